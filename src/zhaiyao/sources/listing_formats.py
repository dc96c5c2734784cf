"""arXiv's listing pages (`/list/X/new`, `/list/X/recent`, `/catchup/X/DATE`) read into values. Judges nothing.

What a page promises (its total, "showing 7 of 12") stands beside what it shows; whether the two agree, and what an
entry means for a paper, is `arxiv_listing`'s. An entry that cannot be read is a ParseError, never a shorter page. A
page whose end is missing loses its last entry, which may be half, and says that it is not whole.

The pages show accents as Unicode, no version but in the link to the HTML form (the current one), and at most 100
authors. An address in a text is shown as `this https URL`, and a DOI as a link to doi.org: here they are what the
author wrote.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import unquote

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import InvalidId, ParseError
from zhaiyao.http import one_line_of
from zhaiyao.records import AnnounceType
from zhaiyao.sources import safe_html
from zhaiyao.sources.safe_html import has_class, line, prose

if TYPE_CHECKING:
    from lxml.etree import _Element

AUTHORS_SHOWN = 100
"""After so many authors a listing stops, and does not say so."""

_NUMBER = r"([0-9]{1,7})"
_COUNTS = rf"\((?:continued, )?showing (?:first |last )?{_NUMBER} of {_NUMBER} entr(?:ies|y) ?\)"
_SECTION = re.compile(rf"(New|Cross|Replacement) submissions {_COUNTS}")
_DAY = re.compile(rf"(\w{{3}}, [0-9]{{1,2}} \w{{3}} [0-9]{{4}})(?: {_COUNTS})?")
_TYPES = {"New": AnnounceType.NEW, "Cross": AnnounceType.CROSS, "Replacement": AnnounceType.REPLACE}
_MARKS = {"cross-list from": AnnounceType.CROSS, "replaced": AnnounceType.REPLACE}

_HEADING = re.compile(r"(?:Showing new listings for|Catchup results for .{1,200} on) (.{1,40})")
_RECENT = re.compile(r"Authors and titles for recent submissions")
_TOTAL = re.compile(rf"Total of {_NUMBER} entr(?:ies|y)")
_NOTHING = re.compile(r"No (?:further )?updates (?:today|for)\b")
_DATE = re.compile(r"\w{3,9}, ([0-9]{1,2}) ([A-Z][a-z]{2,8}) ([0-9]{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_PLACE = re.compile(r"/(?:list|catchup)/([^/?#]{1,40})/")
_SKIP = re.compile(rf"[?&]skip={_NUMBER}(?![0-9])")
_PAGE = re.compile(rf"[?&]page={_NUMBER}(?![0-9])")
_POSITION = re.compile(rf"item{_NUMBER}")
_CATEGORY = re.compile(r"\(([a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[A-Za-z]+)*)?)\)\s*(?:;|$)")
_HIDDEN_URL = re.compile(r"this \w{1,10} URL")

_CHECK_ADDRESS = "Check the address (arxiv.base_url, --base-url)."
_CHANGED = "Fetch it again; if it stays so, arXiv has changed its pages: please report it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A paper as a listing shows it, at its place on the list (from 1). `id` has the version of the HTML form, or none.

    `mark` is what the entry says of itself, None if nothing. `authors` is one string of names and affiliations.
    `abstract` is None on pages that show none.
    """

    position: int
    id: ArxivId
    mark: AnnounceType | None
    title: str
    authors: str
    categories: tuple[str, ...]
    comments: str = ""
    journal_ref: str = ""
    abstract: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Entries under one heading: a type on a day's listing, a date on one of several days.

    The heading says that it shows `shown` of `total`.
    """

    type: AnnounceType | None
    date: date | None
    shown: int
    total: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page. `date` is that of its heading, None on a listing of several days; `category` may be empty.

    `total` is None where the page prints none. `further`: where its links to other pages of the same listing lead, as
    numbers of entries to skip, or of pages. `whole`: it came to its end.
    """

    category: str
    date: date | None
    sections: tuple[Section, ...]
    total: int | None
    further: tuple[int, ...]
    whole: bool


def read(data: bytes) -> Listing:
    """A page of any of the three listings. Raises ParseError, and nothing else, for bytes that are none."""
    root = safe_html.read(data)
    whole = safe_html.is_whole(data)
    content = next((found for found in root.iter("div") if found.get("id") == "dlpage"), root)
    day = _heading(content)
    lists = [found for found in content.iter("dl") if next(found.iter("dt", "h3"), None) is not None]
    sections = tuple(_sections(lists, dated=day is None, whole=whole))
    for found in lists:  # what remains is no text of authors
        _remove(found)
    around = line(content)
    total = _TOTAL.search(around)
    if not sections and total is None and not _NOTHING.search(around):
        raise ParseError("the page shows neither entries nor a number of them", hint=_CHANGED)
    return Listing(
        category=_category(content),
        date=day,
        sections=sections,
        total=int(total[1]) if total else None,
        further=tuple(sorted(set(_further(content)))),
        whole=whole,
    )


def reason_of_refusal(data: bytes) -> str:
    """What arXiv says on the page that it sends along with an error status; empty if it is no such page."""
    try:
        root = safe_html.read(data)
    except ParseError:
        return ""
    return next((told for part in root.iter("title", "h1") if (told := one_line_of(line(part)))), "")


def _heading(content: "_Element") -> date | None:
    """The page's date, None for a listing of several days."""
    for heading in content.iter("h1", "h2", "h3"):
        text = line(heading)
        if match := _HEADING.fullmatch(text):
            return _date(match[1])
        if _RECENT.fullmatch(text):
            return None
    raise ParseError("not a listing of arXiv, but another page", hint=_CHECK_ADDRESS)


def _sections(lists: "Sequence[_Element]", *, dated: bool, whole: bool) -> Iterator[Section]:
    for number, found in enumerate(lists, 1):
        is_last = number == len(lists)
        heading = next((line(part) for part in found.iter("h3")), "")
        match = (_DAY if dated else _SECTION).fullmatch(heading)
        if match is not None:
            yield Section(
                type=None if dated else _TYPES[match[1]],
                date=_date(match[1]) if dated else None,
                shown=int(match[2] or 0),
                total=int(match[3] or 0),
                entries=tuple(_entries(found, whole=whole or not is_last)),
            )
        elif whole or not is_last:
            raise ParseError(f"the heading {one_line_of(heading, 80)!r} is none of a listing's", hint=_CHANGED)


def _entries(found: "_Element", *, whole: bool) -> Iterator[Entry]:
    """All entries; the last of a page that was cut off is not to be trusted."""
    parts = list(found.iter("dt", "dd"))
    starts = [number for number, part in enumerate(parts) if part.tag == "dt"]
    for number in starts if whole else starts[:-1]:
        head, *body = parts[number : number + 2]
        try:
            yield _entry(head, body[0] if body and body[0].tag == "dd" else None)
        except ParseError as error:
            shown = one_line_of(line(head), 80)
            raise ParseError(f"an entry cannot be read: {error.what} ({shown})", hint=_CHANGED) from None


def _entry(head: "_Element", body: "_Element | None") -> Entry:
    if body is None:
        raise ParseError("it has no description")
    _show_addresses(body)
    fields = {
        name: part
        for part in body.iter("div")
        for name in ("title", "authors", "comments", "journal-ref", "subjects")
        if has_class(part, f"list-{name}")
    }
    abstract = next((part for part in body.iter("p") if has_class(part, "mathjax")), None)
    entry = Entry(
        position=_position(head),
        id=_id(head),
        mark=_mark(head),
        title=_field(fields, "title"),
        authors=_field(fields, "authors"),
        categories=_categories(fields.get("subjects")),
        comments=_field(fields, "comments"),
        journal_ref=_field(fields, "journal-ref"),
        abstract=None if abstract is None else prose(abstract),
    )
    if not entry.title:
        raise ParseError("it has no title")
    return entry


def _position(head: "_Element") -> int:
    for anchor in head.iter("a"):
        if match := _POSITION.fullmatch(anchor.get("name") or ""):
            return int(match[1])
    raise ParseError("it has no number")


def _id(head: "_Element") -> ArxivId:
    """The paper, with the version that its link to the HTML form names: the current one."""
    links = [link.get("href") or "" for link in head.iter("a")]
    paper = next((_parsed(link) for link in links if "/abs/" in link), None)
    if paper is None:
        raise ParseError("it has no identifier")
    current = next((_parsed(link) for link in links if "/html/" in link), paper)
    if current.paper != paper.paper:
        raise ParseError(f"it calls itself {paper} and {current}")
    return current


def _parsed(link: str) -> ArxivId:
    _, _, told = link.replace("/html/", "/abs/").partition("/abs/")
    try:
        return ArxivId.parse(told)
    except InvalidId as error:
        raise ParseError(f"{one_line_of(told, 60)!r} is no arXiv identifier ({error.what})") from None


def _mark(head: "_Element") -> AnnounceType | None:
    text = line(head)
    return next((mark for wording, mark in _MARKS.items() if f"({wording}" in text), None)


def _field(fields: dict[str, "_Element"], name: str) -> str:
    """The text of a field behind its label (`Title:`)."""
    found = fields.get(name)
    if found is None:
        return ""
    for label in found.iter("span"):
        if has_class(label, "descriptor"):
            del label[:]
            label.text = ""
    return prose(found)


def _categories(subjects: "_Element | None") -> tuple[str, ...]:
    """Categories, primary first: `Machine Learning (cs.LG); Probability (math.PR)`."""
    if subjects is None:
        raise ParseError("it has no category")
    primary = [line(part) for part in subjects.iter("span") if has_class(part, "primary-subject")]
    found = _CATEGORY.findall("; ".join([*primary, line(subjects)]))
    if not found:
        raise ParseError("it has no category")
    return tuple(dict.fromkeys(found))


def _show_addresses(body: "_Element") -> None:
    """Puts addresses and DOIs back as they were written, from the links that arXiv made of them."""
    for link in body.iter("a"):
        shown, target = line(link), link.get("href") or ""
        if doi := link.get("data-doi"):
            written = doi
        elif _HIDDEN_URL.fullmatch(shown):
            written = target
        elif shown == target and "doi.org/" in shown:
            written = unquote(shown)
        else:
            continue
        del link[:]
        link.text = "".join(letter if letter.isprintable() else " " for letter in written)


def _category(content: "_Element") -> str:
    """The category that the page links to as its own; empty if it does not."""
    places = (_PLACE.search(link.get("href") or "") for link in content.iter("a"))
    return next((place[1] for place in places if place), "")


def _further(content: "_Element") -> Iterator[int]:
    """Where links to pages lead. `skip` also stands in links to sections and sizes, which are none."""
    for block in content.iter("div"):
        if has_class(block, "paging"):
            yield from (int(found[1]) for link in block.iter("a") if (found := _SKIP.search(link.get("href") or "")))
    for link in content.iter("a"):
        if found := _PAGE.search(link.get("href") or ""):
            yield int(found[1])


def _remove(element: "_Element") -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _date(told: str) -> date:
    """`Wednesday, 20 August 2025`, `Wed, 20 Aug 2025` or `Tue, 01 Feb 2011`, whatever this machine's language."""
    match = _DATE.fullmatch(told)
    try:
        if match is None:
            raise ValueError
        return date(int(match[3]), _MONTHS.index(match[2][:3].lower()) + 1, int(match[1]))
    except ValueError:
        raise ParseError(f"{one_line_of(told, 60)!r} is no date", hint=_CHANGED) from None
