"""What arXiv's listing pages tell, counted against what they promise. `ArxivListings` asks arXiv; the rest is pure.

A listing may be incomplete without an error: its entries and its totals come from different queries, of a database that
may lag behind. So a day is whole only if all its numbers agree; a day that is not is told as far as it goes, with
arXiv's own count, as cut. All such days are right some time later.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import quote

from zhaiyao.categories import in_scope
from zhaiyao.errors import FetchError, ParseError
from zhaiyao.http import Fetcher, Response, refusal
from zhaiyao.records import (
    Announcement,
    AnnounceType,
    Author,
    Fault,
    Interface,
    Page,
    Paper,
    Roster,
    Sighting,
    Version,
)
from zhaiyao.sources import fields, second_try
from zhaiyao.sources.feed_formats import fold
from zhaiyao.sources.listing_formats import Entry, Listing, Section, read, reason_of_refusal
from zhaiyao.sources.withdrawals import worded
from zhaiyao.textex import split_authors

DEFAULT_BASE = "https://arxiv.org"
MOST_PAGES = 10
"""Pages of one day that are asked for: 20,000 entries, several times the busiest archive's day."""
MOST_RECENT_PAGES = 4
"""Pages of the last days that are asked for; the counts of the first days matter most, and stand on the first."""

_PER_PAGE = "2000"  # the most that arXiv gives
_PRIORITY = tuple(AnnounceType)

_MIXED_UP = "A proxy or a cache mixes the pages up: check the address (arxiv.base_url, --base-url)."
_HINTS = {
    "past 90 days": "Catch-up pages reach 90 days back. Earlier days can only be imported (zhaiyao import).",
    "later than today": "That day is still to come: arXiv announces in the evening in New York, for the day after.",
}


class ArxivListings:
    """A `ports.Listings` over arXiv's HTML pages. `base` is the address above `/list/` and `/catchup/`.

    These pages want `gate.PAGES_INTERVAL` between requests. A combination (`cs.AI+cs.LG`) has no listing.
    """

    def __init__(self, http: Fetcher, *, base: str = DEFAULT_BASE) -> None:
        self._http = http
        self._base = base.rstrip("/")

    def latest(self, category: str) -> Page:
        """The latest announcement, new papers, cross-lists and replacements up to version 5.

        Its date is that of arXiv as a whole: of a category without papers that day it is a page with `announced` 0.
        Raises FetchError or ParseError.
        """
        name = fold(category)
        url = f"{self._base}/list/{quote(name, safe='')}/new"
        return day_page(self._day(url, name), category=name, interface=Interface.LISTING)

    def on(self, category: str, day: date) -> Page:
        """What was announced on a past date, as far back as 90 days; text, categories and versions are today's.

        `announced` is 0 for a day without papers as for one without a mailing. Do not ask for a day before it is
        announced: caches keep the empty answer for a week. Raises FetchError, for days out of reach too, or ParseError.
        """
        name = fold(category)
        url = f"{self._base}/catchup/{quote(name, safe='')}/{day.isoformat()}"
        pages = self._day(url, name, {"abs": "True"}, by_page=True)
        if pages[0].date != day:
            raise ParseError(
                f"this is the page of {pages[0].date}, but {day} was asked for", subject=url, hint=_MIXED_UP
            )
        return day_page(pages, category=name, interface=Interface.CATCHUP)

    def recent(self, category: str) -> tuple[Roster, ...]:
        """New papers and cross-lists of the last five announcement dates. Raises FetchError or ParseError."""
        name = fold(category)
        url = f"{self._base}/list/{quote(name, safe='')}/recent"
        pages = self._pages(url, name, {"skip": "0", "show": _PER_PAGE}, most=MOST_RECENT_PAGES)
        return rosters(pages, category=name)

    def _day(
        self, url: str, name: str, first: Mapping[str, str] | None = None, *, by_page: bool = False
    ) -> list[Listing]:
        """All pages of a day. If arXiv announces the next one in between, they are asked for once more."""
        for _ in range(2):
            pages = self._pages(url, name, first, by_page=by_page, most=MOST_PAGES)
            if None in (dates := {page.date for page in pages}):
                raise ParseError("this is a listing of several days", subject=url, hint=_MIXED_UP)
            if len(dates) == 1:
                break
        return pages

    def _pages(
        self, url: str, name: str, first: Mapping[str, str] | None, *, by_page: bool = False, most: int
    ) -> list[Listing]:
        """The first page and those that it leads to, until there are as many entries as it promises."""
        pages = [self._ask(url, name, first)]
        at = 1 if by_page else 0
        while len(pages) < most and _count(pages) < (pages[-1].total or 0):
            following = [number for number in pages[-1].further if number > at]
            if not following:
                break
            at = following[0]
            step = {"page": str(at)} if by_page else {"skip": str(at), "show": _PER_PAGE}
            pages.append(self._ask(url, name, {**(first or {}), **step}))
        return pages

    def _ask(self, url: str, name: str, params: Mapping[str, str] | None) -> Listing:
        page = second_try.ask(lambda: self._get(url, params), read)
        if page.category and fold(page.category) != name:
            what = f"this is the page of {page.category}, but {name} was asked for"
            raise ParseError(what, subject=url, hint=_MIXED_UP)
        return page

    def _get(self, url: str, params: Mapping[str, str] | None) -> Response:
        answer = self._http.get(url, params=params, expect=(400,))
        if answer.status == 400:
            raise _refused(answer)
        return answer


def day_page(pages: Sequence[Listing], *, category: str, interface: Interface) -> Page:
    """One day of a category (its canonical name) from all pages of its listing, in the listing's order.

    Pages of another date than the first one's do not count. The fault is `cut` if any number disagrees.
    """
    on = pages[0].date
    assert on is not None, "a listing of several days is no day"
    same = [page for page in pages if page.date == on]
    sections = [section for page in same for section in page.sections]
    totals = _totals(sections)
    announced = max(*(page.total or 0 for page in same), totals)
    sightings: dict[str, Sighting] = {}
    for section in sections:
        for entry in section.entries:
            told = _sighting(entry, section, category, on, interface)
            held = sightings.get(told.paper.id)
            if held is None or _priority(told) < _priority(held):
                sightings[told.paper.id] = told
    whole = len(same) == len(pages) and all(page.whole and page.total in (None, announced) for page in same)
    agrees = whole and totals == announced and _agrees(sections, announced)
    return Page(
        category=category,
        date=on,
        interface=interface,
        sightings=tuple(sightings.values()),
        announced=announced,
        faults=() if agrees else (Fault.CUT,),
    )


def rosters(pages: Sequence[Listing], *, category: str) -> tuple[Roster, ...]:
    """Each date's count and ids, newest first.

    arXiv cuts its list into days by position. So if one entry is missing, those behind it stand under a wrong date:
    then no ids are told.
    """
    sections = [section for page in pages for section in page.sections if section.date]
    entries = [entry for section in sections for entry in section.entries]
    sound = all(page.whole for page in pages) and all(len(one.entries) == one.shown for one in sections)
    sound = sound and [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    announced: dict[date, int] = {}
    ids: dict[date, list[str]] = {}
    for section in sections:
        assert section.date is not None, "filtered above"
        announced[section.date] = max(section.total, announced.get(section.date, 0))
        ids.setdefault(section.date, []).extend(entry.id.paper for entry in section.entries if sound)
    return tuple(
        Roster(category=category, date=on, announced=announced[on], ids=tuple(dict.fromkeys(ids[on])))
        for on in sorted(announced, reverse=True)
    )


def _count(pages: Sequence[Listing]) -> int:
    return sum(len(section.entries) for page in pages for section in page.sections)


def _totals(sections: Sequence[Section]) -> int:
    """The sum of what the sections promise; one that goes on over several pages counts once."""
    by_type: dict[AnnounceType | None, int] = {}
    for section in sections:
        by_type[section.type] = max(section.total, by_type.get(section.type, 0))
    return sum(by_type.values())


def _agrees(sections: Sequence[Section], announced: int) -> bool:
    """Whether as many entries are shown as are counted, without a gap and none of them twice."""
    entries = [entry for section in sections for entry in section.entries]
    positions = [entry.position for entry in entries]
    papers = {entry.id.paper for entry in entries}
    shown = sum(section.shown for section in sections)
    return positions == list(range(1, announced + 1)) and len(papers) == shown == announced


def _sighting(entry: Entry, section: Section, category: str, on: date, interface: Interface) -> Sighting:
    kind = _type(entry, section, category)
    number = entry.id.version
    if not number and kind is AnnounceType.NEW and interface is Interface.LISTING:
        number = 1
    return Sighting(
        paper=Paper(id=entry.id.paper, categories=entry.categories),
        version=_version(entry, number, interface),
        announcement=Announcement(
            paper_id=entry.id.paper, category=category, date=on, type=kind, version=number, interface=interface
        ),
    )


def _type(entry: Entry, section: Section, category: str) -> AnnounceType:
    """What the heading says, unless the entry says that it is a replacement.

    Whether that is one of a cross-list is told nowhere: it is if the primary category is another's. An entry's
    `cross-list from` says less than the heading: on the page of `cs` it stands at a new paper of math.NA = cs.NA.
    """
    kind = AnnounceType.REPLACE if entry.mark is AnnounceType.REPLACE else section.type
    assert kind is not None, "the sections of a day have a type"
    if kind is AnnounceType.REPLACE and not in_scope(entry.categories[:1], category):
        return AnnounceType.REPLACE_CROSS
    return kind


def _priority(sighting: Sighting) -> int:
    assert sighting.announcement is not None, "every entry of a listing is announced"
    return _PRIORITY.index(sighting.announcement.type)


def _version(entry: Entry, number: int, interface: Interface) -> Version:
    """A page without abstracts has cut them: such a text never counts as the whole."""
    abstract = fields.prose(entry.abstract or "")
    comments = fields.line(entry.comments)
    return Version(
        paper_id=entry.id.paper,
        number=number,
        interface=interface,
        title=fields.line(entry.title),
        abstract=abstract,
        authors=tuple(Author(name=name, affiliations=places) for name, places in split_authors(entry.authors)),
        comments=comments,
        journal_ref=fields.line(entry.journal_ref),
        withdrawal=worded(abstract=abstract, comments=comments),
        truncated=entry.abstract is None,
    )


def _refused(answer: Response) -> FetchError:
    """A refusal in arXiv's words, which stand in the page's title."""
    reason = reason_of_refusal(answer.content)
    error = refusal(answer, reason=reason)
    hint = next((hint for wording, hint in _HINTS.items() if wording in reason), error.hint)
    return FetchError(error.what, subject=error.subject, hint=hint)
