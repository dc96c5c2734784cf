"""What servers say, and what is wrong with it, in values and in words. Asks nobody."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

from zhaiyao.errors import FetchError, ParseError, ZhaiyaoError

_LOGIN = re.compile(r"(?<=//)[^/?#@]*@")

LATER = "Try again in some minutes; nothing was lost."
CHECK_NETWORK = "Check the network, and the address if you set one (arxiv.base_url, --base-url)."
CHECK_ADDRESS = "Check the address (arxiv.base_url, --base-url) and the spelling of the category."
_HINTS = {
    401: "The server wants a login, which arXiv never does: check the address (arxiv.base_url, --base-url).",
    403: "arXiv takes requests after a refusal for an attack, so nobody asks for an hour; set arxiv.contact.",
    407: "The proxy wants a login: check HTTPS_PROXY.",
    429: f"The server is too busy. {LATER}",
    503: f"The server is too busy. {LATER}",
}

Parsed = TypeVar("Parsed")


def _nothing() -> None:
    """There is nothing to forget."""


def ignore(error: ZhaiyaoError) -> None:
    """For whoever does not want to know what went wrong before it went well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A whole answer: where it came from in the end (without a login in the address), headers (names in lower case),
    and the decoded body.

    `unchanged`: the server said 304, so this is the body that it sent the last time (its status is told as 200).
    `forget` drops what was kept of the answer; `suspect` is told that it could not be read and is asked for again.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    unchanged: bool = False
    forget: Callable[[], None] = field(default=_nothing, repr=False, compare=False)
    suspect: Callable[[ZhaiyaoError], None] = field(default=ignore, repr=False, compare=False)

    def read(self, parse: Callable[[bytes], Parsed]) -> Parsed:
        """What `parse` makes of the body. Its ParseError gets the address as subject.

        An answer that cannot be read is forgotten, or a damaged body would come back as unchanged all day.
        """
        try:
            return parse(self.content)
        except ParseError as error:
            self.forget()
            raise ParseError(error.what, subject=self.url, hint=error.hint) from None


def refusal(response: Response, wait: float = 0.0, *, reason: str = "") -> FetchError:
    """The error that a status means: `reason` in the server's words, `wait` in seconds if it asks for that."""
    status = response.status
    try:
        named = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        named = str(status)
    reason = reason or _plain_text(response)
    what = f"the server answered {named}" + (f": {reason}" if reason else "")
    if wait:
        what += f" (it asks to wait {wait:.0f} seconds)"
    general = LATER if status >= 500 else CHECK_ADDRESS
    return FetchError(what, subject=response.url, hint=_HINTS.get(status, general))


def retry_after(value: str, now: datetime) -> float:
    """Seconds that a `Retry-After` header asks to wait (RFC 9110, section 10.2.3); 0.0 if absent or unreadable."""
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        told = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    told = told.replace(tzinfo=UTC) if told.tzinfo is None else told
    return max(0.0, (told - now).total_seconds())


def refuse_downgrade(url: str, following: str) -> None:
    """Raises FetchError for a redirect from https to anything else."""
    if url.startswith("https:") and not following.startswith("https:"):
        what = f"redirected from https to {shown(following)}, where anybody could change what it says"
        raise FetchError(what, subject=shown(url), hint=CHECK_ADDRESS)


def shown(url: object) -> str:
    """An address fit for an error message: without the login that may stand in it."""
    return one_line_of(_LOGIN.sub("", str(url)))


def one_line_of(text: str, limit: int = 300) -> str:
    """Foreign text fit for an error message: on one line, printable, and not long."""
    shown = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    line = " ".join(shown.split())
    return line if len(line) <= limit else f"{line[:limit]}…"


def _plain_text(response: Response) -> str:
    """What a refusal says in plain words, as arXiv's `Rate exceeded.` does; pages and feeds are left out."""
    if not response.headers.get("content-type", "text/plain").startswith("text/plain"):
        return ""
    return one_line_of(response.content.decode("utf-8", "replace"))


def is_about_trust(error: Exception) -> bool:
    import ssl

    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None


def unusable_environment(error: Exception) -> FetchError:
    """A certificate file that is not there, a proxy of an unknown kind, or one that needs another package (SOCKS)."""
    return FetchError(
        f"this machine's network settings cannot be used: {one_line_of(str(error))}",
        subject="HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, SSL_CERT_FILE",
        hint="Correct or unset the environment variable that this is about.",
    )


def not_an_address(url: str, said: str) -> FetchError:
    return FetchError(
        f"not an address that can be asked: {said}",
        subject=shown(url),
        hint="An address begins with https:// and a host's name; check arxiv.base_url or --base-url.",
    )
