"""/list and /catchup of arxiv.org: what a request asks for, and the page that answers it."""

import re
from collections.abc import Sequence
from datetime import UTC, date, timedelta
from email.utils import parsedate_to_datetime
from itertools import groupby

from tests.arxiv_server.cycle import listed_at
from tests.arxiv_server.mailings import IN_CATCHUP, IN_NEW, Shown
from tests.arxiv_server.postings import Entry
from tests.arxiv_server.render_listing import (
    SIZES,
    Cut,
    Leaf,
    Section,
    catchup_page,
    error_page,
    month_page,
    new_page,
    recent_page,
)
from tests.arxiv_server.taxonomy import ARCHIVES, NAMES, canonical, touches
from tests.arxiv_server.view import Params, View
from tests.arxiv_server.wire import Answer

RECENT_DAYS = 5
CATCHUP_DAYS = 91
LAGGING = b"This listing is temporarily unavailable; please retry in a few minutes."

_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])")
_OTHER_MONTH = re.compile(r"(\d{4})-?(\d)|(\d{4})(\d{2})|(\d{2})")


class Refusal(Exception):
    """A request that arXiv answers with a page about an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer = _page(error_page(message), status=status)


def listing(view: View, subject: str, which: str, query: Params, headers: Params) -> Answer:
    """`/list/{subject}/{which}`."""
    if subject not in NAMES and subject not in ARCHIVES:
        return Refusal(400, f"Invalid archive or category: {subject}").answer
    try:
        answer = _listing(view, canonical(subject), which, query)
    except Refusal as refusal:
        return refusal.answer
    return _inverted(view, answer, headers)


def _listing(view: View, subject: str, which: str, query: Params) -> Answer:
    if which == "new":
        return _new(view, subject, query)
    if which in ("recent", "pastweek"):
        return _recent(view, subject, query)
    if which == "current":
        which = f"{view.today:%Y-%m}"
    if month := _MONTH.fullmatch(which):
        return _month(view, subject, date(int(month["year"]), int(month["month"]), 1), query)
    if other := _OTHER_MONTH.fullmatch(which):
        year, number = other[1] or other[3] or f"20{other[5]}", other[2] or other[4] or ""
        if other[4] and not _MONTH.fullmatch(f"{year}-{number}"):
            raise Refusal(404, "Page not found")
        to = f"{year}-{int(number):02}" if number else year
        return Answer(status=301, headers={"Location": f"/list/{subject}/{to}"})
    raise Refusal(404 if re.fullmatch(r"\d{4}", which) else 400, f"Invalid listing: {which}")


def catchup(view: View, subject: str, told: str, query: Params) -> Answer:
    """`/catchup/{subject}/{told}?abs=True&page=1`."""
    try:
        if subject not in NAMES and subject not in ARCHIVES:
            raise Refusal(400, f"Invalid subject: {subject}")
        if subject != canonical(subject):
            words = "&".join(f"{name}={value}" for name, value in query.items())
            return Answer(status=301, headers={"Location": f"/catchup/{canonical(subject)}/{told}?{words}"})
        day, number = _catchup_day(view, told), _catchup_page(query)
    except Refusal as refusal:
        return refusal.answer
    shown = view.page(subject, day, IN_CATCHUP)
    kept = tuple(one for one in shown if one[0].startswith("replace")) if "half-listing" in view.faults else shown
    totals, size = _totals(shown), view.sizes.catchup
    leaf = Leaf(
        total=len(shown),
        number=number,
        pages=len(shown) // size + 1 if len(shown) >= size else 1,
        abstracts=query.get("abs", "False") == "True",
        starts={kind: (at, (at - 1) // size + 1) for kind, at in _starts(totals).items()},
        after=view.day_after(day),
    )
    sections = _sections(kept, totals if kept == shown else _totals(kept), (number - 1) * size, size)
    return _page(catchup_page(subject, day, sections, leaf), keep=604800)


def _catchup_day(view: View, told: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", told):
        raise Refusal(400, f"Invalid date: {told}. Date format must be YYYY-MM-DD")
    try:
        day = date.fromisoformat(told)
    except ValueError:
        raise Refusal(400, f"Invalid date: {told}") from None
    if day > view.today:
        raise Refusal(400, f"Invalid date: {told}. Can't request date later than today")
    if day < view.today - timedelta(days=CATCHUP_DAYS):
        raise Refusal(400, f"Invalid date: {told}. Catchup only allowed for past 90 days")
    return day


def _catchup_page(query: Params) -> int:
    if query.keys() - {"abs", "page"}:
        raise Refusal(400, "Unexpected parameters. Only accepted parameters are: 'page', and 'abs'")
    if query.get("abs", "True") not in ("True", "False"):
        raise Refusal(400, "Invalid abs value. abs must be True or False")
    number = query.get("page", "1")
    if not number.isdecimal() or not int(number):
        raise Refusal(400, "Invalid page value. Page value must be a positive integer")
    return int(number)


def _new(view: View, subject: str, query: Params) -> Answer:
    skip, show = _window(query, 2000)
    day = view.listing_day
    shown = view.page(subject, day, IN_NEW) if day else ()
    kept = _lagging(shown) if "half-listing" in view.faults else shown
    if any(kind == "new" for kind, _ in shown) and not any(kind == "new" for kind, _ in kept):
        return Answer(status=503, body=LAGGING, headers={"Content-Type": "text/plain", "Retry-After": "300"})
    cut = Cut(total=len(shown), skip=skip, show=show, path=f"/list/{subject}/new")
    sections = _sections(kept, _totals(shown), skip, show)
    page = new_page(subject, day or view.today, sections, _starts(_totals(shown)), cut)
    return _page(page, keep=604800 if shown else 300)


def _recent(view: View, subject: str, query: Params) -> Answer:
    skip, show = _window(query, 50)
    seen: set[str] = set()
    days: list[tuple[date, list[Entry]]] = []
    for day in view.listing_days(RECENT_DAYS):
        kinds = ("new", "cross")
        fresh = [entry for kind, entry in _of_recent(view, subject, day) if kind in kinds and entry.id not in seen]
        seen.update(entry.id for entry in fresh)
        fresh.sort(key=lambda entry: entry.id, reverse=True)
        fresh.sort(key=lambda entry: not touches(entry.categories[:1], (subject,)))
        days.append((day, fresh))
    before, places, sections = 0, [], []
    total = sum(len(entries) for _, entries in days)
    for day, entries in days:
        places.append((day, before))
        section = _section("", [("", entry) for entry in entries], len(entries), before, skip, show)
        if section.entries or (not entries and skip <= before <= skip + show):
            sections.append((day, section))
        before += len(entries)
    cut = Cut(total=total, skip=skip, show=show, path=f"/list/{subject}/recent")
    return _page(recent_page(subject, places, sections, cut), keep=604800 if total else 300)


def _of_recent(view: View, subject: str, day: date) -> tuple[Shown, ...]:
    """Here the cross-lists inside an archive are not left out."""
    if view.listing_day is None or "empty-listing" in view.faults:
        return ()
    shown = view.world.everything(subject, day, seen=view.listing_day)
    return tuple(one for one in shown if not view.hides(day, one[1].id))


def _month(view: View, subject: str, month: date, query: Params) -> Answer:
    skip, show = _window(query, 50)
    entries = []
    for paper_id in view.world.ids_of(f"{month:%y%m}"):
        entry = view.entry(paper_id, view.listing_day)
        if entry and touches(entry.categories, (subject,)):
            entries.append(entry)
    entries.sort(key=lambda entry: (not touches(entry.categories[:1], (subject,)), entry.id))
    cut = Cut(total=len(entries), skip=skip, show=show, path=f"/list/{subject}/{month:%Y-%m}")
    return _page(month_page(subject, month, entries[skip : skip + show], cut), keep=604800)


def _window(query: Params, default: int) -> tuple[int, int]:
    skip, show = query.get("skip", "0"), query.get("show", str(default))
    if show not in map(str, SIZES):
        raise Refusal(400, f"Invalid show value. Valid values: {', '.join(map(str, SIZES))}")
    return int(skip) if skip.isdecimal() else 0, int(show)


def _kind(shown: Shown) -> str:
    return shown[0].removesuffix("-cross")


def _totals(shown: Sequence[Shown]) -> dict[str, int]:
    return {kind: len(tuple(group)) for kind, group in groupby(shown, key=_kind)}


def _starts(totals: dict[str, int]) -> dict[str, int]:
    starts, at = {}, 1
    for kind, count in totals.items():
        starts[kind] = at
        at += count
    return starts


def _sections(kept: Sequence[Shown], totals: dict[str, int], skip: int, show: int) -> list[Section]:
    """The sections on a page. What is promised comes from `totals`, what is shown from `kept`."""
    sections, before = [], 0
    for kind, group in groupby(kept, key=_kind):
        entries = list(group)
        section = _section(kind, entries, totals[kind], before, skip, show)
        if section.entries:
            sections.append(section)
        before += len(entries)
    return sections


def _section(kind: str, shown: Sequence[Shown], of: int, before: int, skip: int, show: int) -> Section:
    begin, end = max(skip - before, 0), max(skip + show - before, 0)
    return Section(
        kind=kind,
        entries=tuple(entry for _, entry in shown[begin:end]),
        of=of,
        start=before + begin + 1,
        continued=begin > 0,
        cut=end < len(shown),
    )


def _lagging(shown: Sequence[Shown]) -> tuple[Shown, ...]:
    """What a copy of the database has that is not there yet: the lower three fifths of each section."""
    kept: list[Shown] = []
    for _, group in groupby(shown, key=_kind):
        entries = list(group)
        kept += entries[: len(entries) * 3 // 5]
    return tuple(kept)


def _page(text: str, *, status: int = 200, keep: int = 0) -> Answer:
    headers = {"Content-Type": "text/html; charset=utf-8"} | ({"Surrogate-Control": f"max-age={keep}"} if keep else {})
    return Answer(status=status, body=text.encode(), headers=headers)


def _inverted(view: View, answer: Answer, headers: Params) -> Answer:
    """arXiv's test of If-Modified-Since on listings is the wrong way round: 304 means changed."""
    told = headers.get("if-modified-since", "")
    if not told or answer.status != 200 or view.listing_day is None:
        return answer
    try:
        since = parsedate_to_datetime(told)
    except ValueError:
        return answer
    changed = listed_at(view.listing_day) > (since if since.tzinfo else since.replace(tzinfo=UTC))
    return Answer(status=304) if changed else answer
