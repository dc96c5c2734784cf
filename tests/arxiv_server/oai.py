"""/oai: verbs, sets, dates and tokens as arXiv handles them; every error comes with status 200."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, date, timedelta
from urllib.parse import quote, unquote

from tests.arxiv_server import render_oai
from tests.arxiv_server.render_oai import FORMATS, Record
from tests.arxiv_server.taxonomy import ALIASES, oai_sets, set_of
from tests.arxiv_server.view import Params, View
from tests.arxiv_server.wire import Answer

EARLIEST = date(2005, 9, 16)
SKIPPED = 3
_LISTS = ("ListRecords", "ListIdentifiers")
_PLAIN: dict[str, Callable[[], str]] = {
    "Identify": render_oai.identify,
    "ListSets": render_oai.sets,
    "ListMetadataFormats": render_oai.formats,
}
_NAME = re.compile(r"oai:arXiv\.org:(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-zA-Z-]+)?/\d{7})(?:v\d+)?")
_TOKEN = re.compile(
    r"verb=(?P<verb>\w+)&metadataPrefix=(?P<metadataPrefix>\w+)&from=(?P<from>[\d-]{10})&until=(?P<until>[\d-]{10})"
    r"(?:&set=(?P<set>[^&]+))?&skip=(?P<skip>\d+)"
)
_OTHER_NAMES = {**ALIASES, **{name: alias for alias, name in ALIASES.items()}}


class _Refusal(Exception):
    """An error of the protocol. `echo`: whether the request is echoed with its words."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code, reason)
        self.body = render_oai.error(code, reason)
        self.echo = code not in ("badArgument", "badVerb", "badResumptionToken", "idDoesNotExist")


def answer(view: View, query: Params) -> Answer:
    """`/oai?verb=…`."""
    words = dict(query)
    try:
        words, body = _answered(view, words)
    except _Refusal as refusal:
        body, words = refusal.body, words if refusal.echo else {}
    sent = render_oai.envelope(view.now, render_oai.request(words), body)
    return Answer(body=sent, headers={"Content-Type": "text/xml"})


def _answered(view: View, words: dict[str, str]) -> tuple[dict[str, str], str]:
    verb = words.get("verb", "")
    if verb in _PLAIN:
        return words, _PLAIN[verb]()
    if verb == "GetRecord":
        return words, _get(view, words)
    if verb in _LISTS:
        return _list(view, verb, words)
    raise _Refusal("badVerb", f"Invalid verb provided: {verb}")


def _get(view: View, words: dict[str, str]) -> str:
    if words.keys() != {"verb", "identifier", "metadataPrefix"}:
        raise _Refusal("badArgument", "GetRecord needs identifier and metadataPrefix, and nothing else")
    match, prefix = _NAME.fullmatch(words["identifier"]), _prefix(words)
    if match is None:
        raise _Refusal("idDoesNotExist", "Invalid arXiv_id structure")
    if view.oai_day is None or view.world.entry(match["id"], on=view.oai_day) is None:
        raise _Refusal("idDoesNotExist", "Nothing found for this id")
    return render_oai.listed("GetRecord", [render_oai.record(_record(view, match["id"]), prefix)])


def _list(view: View, verb: str, words: dict[str, str]) -> tuple[dict[str, str], str]:
    resumed = words.get("resumptionToken")
    asked, skip = _resumed(view, verb, words) if resumed is not None else (_checked(view, words), 0)
    begin, end = date.fromisoformat(asked["from"]), date.fromisoformat(asked["until"])
    found = _matching(view, begin, end, asked.get("set", ""))
    if resumed and "oai-skip" in view.faults:
        skip += SKIPPED
    size = view.sizes.oai if verb == "ListRecords" else view.sizes.oai_identifiers
    shown = found[skip : skip + size]
    if not shown and not resumed:
        raise _Refusal("noRecordsMatch")
    following = found[skip + size : skip + size + 1]
    token = None if not resumed and not following else ""
    if following:
        token = _next_token(verb, asked, found, skip + size)
    # On a first page arXiv echoes where the next one begins.
    echo = {**words, "from": following[0][0].isoformat()} if following and "from" in words else words
    items = [_item(view, verb, paper_id, asked["metadataPrefix"]) for _, paper_id in shown]
    expires = view.now.astimezone(UTC).date() + timedelta(days=1)
    return echo, render_oai.listed(verb, items, None if token is None else render_oai.token(token, expires))


def _item(view: View, verb: str, paper_id: str, prefix: str) -> str:
    one = _record(view, paper_id)
    return render_oai.record(one, prefix) if verb == "ListRecords" else render_oai.header(one, aliases=False)


def _checked(view: View, words: dict[str, str]) -> dict[str, str]:
    """The arguments of a first request, dates filled in."""
    if words.keys() - {"verb", "metadataPrefix", "from", "until", "set"}:
        raise _Refusal("badArgument", "Unallowed parameter. Only metadataPrefix, from, until, set are allowed")
    if "metadataPrefix" not in words:
        raise _Refusal("badArgument", "metadataPrefix required")
    today = view.now.astimezone(UTC).date()
    begin, end = _date(words.get("from"), EARLIEST), _date(words.get("until"), today)
    if begin < EARLIEST:
        raise _Refusal("badArgument", "start date too early")
    if end > today + timedelta(days=1):
        raise _Refusal("badArgument", "until date too late")
    if end < begin:
        raise _Refusal("badArgument", "until date before from date")
    if "set" in words and words["set"] not in dict(oai_sets()):
        raise _Refusal("badArgument", "Set does not exist")
    asked = {"metadataPrefix": _prefix(words), "from": begin.isoformat(), "until": end.isoformat()}
    return {**asked, "set": words["set"]} if "set" in words else asked


def _prefix(words: dict[str, str]) -> str:
    if words["metadataPrefix"] not in FORMATS:
        raise _Refusal("cannotDisseminateFormat", "Did not recognize requested format")
    return words["metadataPrefix"]


def _date(told: str | None, otherwise: date) -> date:
    if told is None:
        return otherwise
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", told):
        raise _Refusal("badArgument", "date format must be YYYY-MM-DD")
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise _Refusal("badArgument", "date format must be YYYY-MM-DD") from None


def _resumed(view: View, verb: str, words: dict[str, str]) -> tuple[dict[str, str], int]:
    """What a token stands for; it may come back encoded once or twice."""
    if words.keys() != {"verb", "resumptionToken"}:
        raise _Refusal("badArgument", "resumptionToken excludes all other arguments")
    told = plain(words["resumptionToken"])
    match = _TOKEN.fullmatch(told)
    if match is None or match["verb"] != verb or "oai-token-expired" in view.faults:
        raise _Refusal("badResumptionToken", "Token decoding failed or format is invalid.")
    asked = {name: match[name] for name in ("metadataPrefix", "from", "until", "set") if match[name]}
    return asked, int(match["skip"])


def plain(token: str) -> str:
    """The words in a token, however often it was encoded on the way."""
    return unquote(unquote(token))


def _next_token(verb: str, asked: dict[str, str], found: list[tuple[date, str]], at: int) -> str:
    """From the date of the next record on, without those of that date that were given already."""
    day = found[at][0]
    skip = at - bisect_left(found, day, key=lambda one: one[0])
    within = f"&set={asked['set']}" if "set" in asked else ""
    words = (
        f"verb={verb}&metadataPrefix={asked['metadataPrefix']}&from={day}&until={asked['until']}{within}&skip={skip}"
    )
    return quote(words, safe="")


def _matching(view: View, begin: date, end: date, wanted: str) -> list[tuple[date, str]]:
    """(date of last change, id) of the records of a set, by date and id."""
    if view.oai_day is None:
        return []
    stamped = view.world.stamped(view.oai_day)
    low = bisect_left(stamped, begin, key=lambda one: one[0])
    high = bisect_right(stamped, end, key=lambda one: one[0])
    if not wanted:
        return stamped[low:high]
    return [(day, paper_id) for day, paper_id in stamped[low:high] if _in_set(view, paper_id, wanted)]


def _in_set(view: View, paper_id: str, wanted: str) -> bool:
    entry = view.entry(paper_id, view.oai_day)
    categories = entry.categories if entry else ()
    specs = (set_of(name) for category in categories for name in (category, _OTHER_NAMES.get(category, category)))
    return any(spec == wanted or spec.startswith(f"{wanted}:") for spec in specs)


def _record(view: View, paper_id: str) -> Record:
    assert view.oai_day is not None
    versions = view.world.versions(paper_id, on=view.oai_day)
    return Record(versions=versions, stamp=view.world.changed(paper_id, on=view.oai_day))
