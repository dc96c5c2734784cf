"""What an HTTP refusal of a model's server means: a fault of one request, or the end for all. Pure."""

import re
from dataclasses import dataclass

from zhaiyao.engines import wire

TOO_LONG = "too-long"
"""The fault of a request that does not fit into the model's context: to ask in parts is of use."""

_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class End:
    """Why no request to a server can succeed, and what to do about it; the hint names `{section}` and `{key_variable}`,
    for whoever knows them."""

    what: str
    hint: str


def end_of(status: int, document: str) -> End | None:
    """What every other request would meet, too; None if a refusal is about one request, or may pass."""
    if _NO_MONEY.search(document) and status in (400, 402, 403, _TOO_MANY):
        return _EMPTY
    if status == 403 and _CENSORED.search(document):
        return None
    if 300 <= status < 400:
        return _MOVED
    return _ENDS.get(status)


def fault_of(status: int, document: str) -> str:
    """The fault of a request that was refused."""
    if _CENSORED.search(document):
        return "refused"
    if status == 413 or (status in (400, 422, 500) and _TOO_LONG.search(document)):
        return TOO_LONG
    if status == _TOO_MANY:
        return "rate-limited"
    if status == 408:
        return "timeout"
    return "server-error" if status >= 500 or status in (409, 425) else "bad-request"


def message_of(document: str) -> str:
    """The words of a refusal in one of the usual forms; the whole of it in any other."""
    told = wire.parsed(document)
    error = wire.mapping(told.get("error")) or told
    parts = (wire.text(error.get(name)) for name in ("message", "detail", "param"))
    return " ".join(filter(None, parts)) or document


_CENSORED = re.compile(
    r"content[_ ](filter|policy)|data_inspection|content exists risk|\"1301\"|moderation", re.IGNORECASE
)
_NO_MONEY = re.compile(
    r"insufficient[_ ](quota|balance|credit)|exceeded_current_quota|credit balance is too low|arrearage|overdue-payment"
    r"|\"(?:1113|1112)\"",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    r"context[_ ](length|size|window)|prompt is too long|range of input length|exceeds? the (available )?context"
    r"|input is too long|too many tokens in",
    re.IGNORECASE,
)
_EMPTY = End("the account is empty", "Top it up, or choose another engine.")
_MOVED = End(
    "the server sends us elsewhere", "Set {section}.base_url to the address that it names; a key is not sent on."
)
_ADDRESS = End(
    "no such model or address",
    "Check {section}.model, and that {section}.base_url ends as the server wants (often /v1).",
)
_ENDS = {
    401: End("the key is refused", "Set {section}.api_key (or {key_variable}) to a key of this server."),
    402: _EMPTY,
    403: End("access is refused", "Check what this key may do, and whether the server serves your region."),
    404: _ADDRESS,
    405: _ADDRESS,
    410: _ADDRESS,
}
