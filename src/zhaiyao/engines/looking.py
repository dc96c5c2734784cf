"""Looks whether a server would work with us, by its list of models: to ask for that costs nothing. Asks for no text.

Some lists are told to anybody (llama.cpp's, for one), and then show nothing of a key: so a list that came with a key is
asked for without one, too.
"""

from dataclasses import replace

from zhaiyao.engines import wire
from zhaiyao.engines.background import Background
from zhaiyao.engines.correspondence import Correspondence, ServerSpec, utc_now
from zhaiyao.engines.sending import Answer, Call, Sent, Silence
from zhaiyao.errors import EngineError

QUICK = 10.0
"""Seconds that each of the two questions may take."""

_REFUSED = (401, 403)
_NO_LIST = (404, 405, 410)
"""What a server says that has no list: nothing is wrong with it."""


def look(spec: ServerSpec, *, within: float = QUICK) -> str:
    """What was found, in a few words. Raises EngineError for a server that cannot be reached, for a key that is
    refused, and for whatever else no request of ours would survive."""
    spec.check()
    quick = replace(spec, timeout=min(spec.timeout, within))
    background = Background("zhaiyao-look", subject=spec.model)
    try:
        return background.run(lambda: _found(quick))
    finally:
        background.close(_nothing)


async def _found(spec: ServerSpec) -> str:
    letters = Correspondence(spec, utc_now)
    sent = await _asked(letters)
    match sent.outcome:
        case Silence(fault="bad-reply", detail=detail):
            return f"the key was not checked ({letters.clean(detail)})"
        case Silence(detail=detail):
            hint = f"Check {spec.section}.base_url, {spec.section}.proxy, the network, and that the server runs."
            raise EngineError(f"cannot be reached: {letters.clean(detail)}", subject=letters.where, hint=hint)
        case Answer(is_good=True, text=text):
            return await _told(spec, text)
        case Answer(status=status, text=text):
            if status in _NO_LIST:
                return f"the key was not checked: it has no list of models ({status})"
            refusal = letters.refusal(status, text)
            if isinstance(refusal, EngineError):
                raise refusal
            return f"the key was not checked ({refusal.detail})"


async def _told(spec: ServerSpec, document: str) -> str:
    """What a list of models says, and what it says of the key that it came for."""
    names = {wire.text(one.get("id")) for one in wire.mappings(wire.parsed(document).get("data"))}
    if not names:
        return "the key was not checked: it tells no list of models"
    found = "it answers"
    if spec.api_key:
        without = (await _asked(Correspondence(replace(spec, api_key=""), utc_now))).outcome
        found = "the key was not checked: it lists its models to anybody"
        if isinstance(without, Answer) and without.status in _REFUSED:
            found = "the key is accepted"
    return found if spec.model in names else f"{found}; {spec.model} is not on its list (some leave names out)"


async def _asked(letters: Correspondence) -> Sent:
    sender = letters.sender()
    try:
        path = letters.dialect.models(letters.spec.address)
        return await sender.send(Call(method="GET", path=path, headers={}), once=True)
    finally:
        await sender.close()


async def _nothing() -> None:
    """There is nothing left to close."""
