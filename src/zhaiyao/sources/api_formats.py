"""The query API's Atom, of the service of November 2025 and of the one before, and the queries that it understands.

Pure. Elements are found by name, never by place. An answer is read whole or not at all. The form is described at
https://info.arxiv.org/help/api/user-manual.html; where that differs from what arXiv sends, arXiv is followed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.categories import canonical, categories, in_scope, is_archive, subscription
from zhaiyao.errors import ParseError
from zhaiyao.http import one_line_of
from zhaiyao.records import Author, Interface, Paper, Sighting, Version
from zhaiyao.sources import fields, safe_xml
from zhaiyao.sources.withdrawals import worded

if TYPE_CHECKING:
    from lxml.etree import _Element

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ERRORS = "/api/errors"

_CHECK_ADDRESS = "Check the address (arxiv.base_url, --base-url)."
_AGAIN = "Nothing of this answer was taken in. Ask again; if it stays so, please report it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One page: how many papers match in all, and those shown here, in their order; or why arXiv refused."""

    total: int
    sightings: tuple[Sighting, ...] = ()
    refusal: str = ""


def read(data: bytes) -> Answer:
    """The answer in these bytes. Raises ParseError, and nothing else, for all that is not a whole one."""
    root = safe_xml.read(data)
    if root.tag != f"{_ATOM}feed":
        raise ParseError(f"not a feed, but XML with the root {one_line_of(str(root.tag), 80)}", hint=_CHECK_ADDRESS)
    total = _total(safe_xml.text(root, f"{_SEARCH}totalResults"))
    entries = root.findall(f"{_ATOM}entry")
    for entry in entries:
        if _ERRORS in safe_xml.text(entry, f"{_ATOM}id"):
            return Answer(total=0, refusal=_reason(entry))
    return Answer(total=total, sightings=tuple(_each(entries)))


def scope(category: str) -> str:
    """The search term for all papers of a category or archive, under each name that the API may know them by.

    The API takes names literally, and of the two names of a category a paper may bear only one. Raises UnknownCategory.
    """
    asked = subscription(category)
    known = [one.id for one in categories()]
    if is_archive(asked):
        inside = f"{asked}."
        names = [name for name in known if in_scope((name,), asked) and not name.startswith(inside)]
        names = [f"{inside}*", *names] if any(name.startswith(inside) for name in known) else names
    else:
        names = [asked, *(name for name in known if canonical(name) == asked)]
    return f"({' OR '.join(dict.fromkeys(f'cat:{name}' for name in names))})"


def submitted_between(first: datetime, last: datetime) -> str:
    """The search term for papers whose first version came in these minutes (UTC), both included."""
    return f"submittedDate:[{first:%Y%m%d%H%M} TO {last:%Y%m%d%H%M}]"


def _total(told: str) -> int:
    if not (told.isascii() and told.isdecimal() and len(told) < 10):
        raise ParseError("not an answer of arXiv's query API: it does not say how many results", hint=_CHECK_ADDRESS)
    return int(told)


def _reason(entry: "_Element") -> str:
    return one_line_of(safe_xml.text(entry, f"{_ATOM}summary")) or "an error without a reason"


def _each(entries: "list[_Element]") -> Iterator[Sighting]:
    for number, entry in enumerate(entries, 1):
        try:
            yield _sighting(entry)
        except ParseError as error:
            shown = one_line_of(" ".join(safe_xml.inner_text(entry).split()), 80)
            what = f"entry {number} of {len(entries)} cannot be read: {error.what} ({shown})"
            raise ParseError(what, hint=_AGAIN) from None


def _sighting(entry: "_Element") -> Sighting:
    told = fields.paper(safe_xml.text(entry, f"{_ATOM}id"))
    if not told.version:
        raise ParseError(f"{told} has no version")
    return Sighting(paper=Paper(id=told.paper, categories=_categories(entry)), version=_version(entry, told))


def _version(entry: "_Element", told: ArxivId) -> Version:
    title = fields.line(safe_xml.text(entry, f"{_ATOM}title"))
    if not title:
        raise ParseError("it has no title")
    abstract = fields.prose(safe_xml.text(entry, f"{_ATOM}summary"))
    comments = fields.line(safe_xml.text(entry, f"{_ARXIV}comment"))
    return Version(
        paper_id=told.paper,
        number=told.version,
        interface=Interface.API,
        title=title,
        abstract=abstract,
        authors=tuple(_authors(entry)),
        comments=comments,
        journal_ref=fields.line(safe_xml.text(entry, f"{_ARXIV}journal_ref")),
        doi=fields.dois(safe_xml.inner_text(doi) for doi in entry.findall(f"{_ARXIV}doi")),
        submitted_at=fields.iso_instant(safe_xml.text(entry, f"{_ATOM}updated")),
        withdrawal=worded(abstract=abstract, comments=comments),
    )


def _authors(entry: "_Element") -> Iterator[Author]:
    for author in entry.findall(f"{_ATOM}author"):
        places = [fields.line(safe_xml.inner_text(place)) for place in author.findall(f"{_ARXIV}affiliation")]
        if name := fields.line(safe_xml.text(author, f"{_ATOM}name")):
            yield Author(name=name, affiliations=tuple(place for place in places if place))


def _categories(entry: "_Element") -> tuple[str, ...]:
    """The primary category first. The older service listed MSC and ACM classes among them, which are left out."""
    marked = [*entry.findall(f"{_ARXIV}primary_category"), *entry.findall(f"{_ATOM}category")]
    terms = dict.fromkeys((one.get("term") or "").strip() for one in marked)
    names = tuple(term for term in terms if fields.is_category(term))
    if not names:
        raise ParseError("it has no category")
    return names
