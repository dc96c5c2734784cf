"""One paper's metadata in arXiv's two formats of OAI-PMH: `arXivRaw`, nearest to what authors wrote, and `arXiv`.

Both tell the current version alone. `arXivRaw` dates all versions and marks the withdrawn ones; of those dates only the
current version's is kept here. `arXiv` names no version, has split names without affiliations, and its `created` is a
date of the current version and not of the first: nothing is made of it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from zhaiyao.errors import ParseError
from zhaiyao.http import one_line_of
from zhaiyao.records import Author, Interface, Paper, Sighting, Version, Withdrawal
from zhaiyao.sources import fields, safe_xml
from zhaiyao.sources.withdrawals import worded
from zhaiyao.textex import split_authors

if TYPE_CHECKING:
    from lxml.etree import _Element

_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_ARXIV = "{http://arxiv.org/OAI/arXiv/}"
_NUMBER = re.compile(r"v([1-9][0-9]{0,3})", re.ASCII)

# Beside flags (`A`, `S`) for ancillary and hidden files, this letter of a source type says: no text, withdrawn.
_WITHDRAWN = "I"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edition:
    """A version in the history that arXivRaw tells."""

    number: int
    submitted_at: datetime
    withdrawn: bool


def sighting(element: "_Element") -> Sighting:
    """The paper that a record's metadata tells, in its current version. Raises ParseError for other formats too."""
    readers: dict[str, Callable[[_Element], Version]] = {f"{_RAW}arXivRaw": _raw, f"{_ARXIV}arXiv": _split}
    reader = readers.get(str(element.tag))
    if reader is None:
        raise ParseError(f"its format is {one_line_of(str(element.tag), 80)}, not arXivRaw or arXiv")
    space = _RAW if reader is _raw else _ARXIV
    version = reader(element)
    names = tuple(dict.fromkeys(safe_xml.text(element, f"{space}categories").split()))
    if not names:
        raise ParseError("it has no category")
    if odd := [name for name in names if not fields.is_category(name)]:
        raise ParseError(f"{one_line_of(odd[0], 40)!r} is no category")
    return Sighting(paper=Paper(id=version.paper_id, categories=names), version=version)


def _raw(element: "_Element") -> Version:
    current = max(
        (_edition(one) for one in element.findall(f"{_RAW}version")), key=lambda one: one.number, default=None
    )
    if current is None:
        raise ParseError("it tells no version")
    names = split_authors(safe_xml.text(element, f"{_RAW}authors"))
    return _version(
        element,
        _RAW,
        Interface.OAI_RAW,
        current,
        tuple(Author(name=name, affiliations=places) for name, places in names),
    )


def _split(element: "_Element") -> Version:
    return _version(element, _ARXIV, Interface.OAI, None, tuple(_split_names(element)))


def _version(
    element: "_Element", space: str, interface: Interface, current: _Edition | None, authors: tuple[Author, ...]
) -> Version:
    """What the two formats share, which is all but the version and the names."""
    title = fields.line(safe_xml.text(element, f"{space}title"))
    if not title:
        raise ParseError("it has no title")
    abstract = fields.prose(safe_xml.text(element, f"{space}abstract"))
    comments = fields.line(safe_xml.text(element, f"{space}comments"))
    withdrawn = current is not None and current.withdrawn
    return Version(
        paper_id=fields.paper(safe_xml.text(element, f"{space}id")).paper,
        number=current.number if current else 0,
        interface=interface,
        title=title,
        abstract=abstract,
        authors=authors,
        comments=comments,
        journal_ref=fields.line(safe_xml.text(element, f"{space}journal-ref")),
        doi=fields.dois([safe_xml.text(element, f"{space}doi")]),
        license=safe_xml.text(element, f"{space}license"),
        submitted_at=current.submitted_at if current else None,
        withdrawal=Withdrawal.YES if withdrawn else worded(abstract=abstract, comments=comments),
    )


def _edition(element: "_Element") -> _Edition:
    told = _NUMBER.fullmatch((element.get("version") or "").strip())
    if told is None:
        raise ParseError(f"{one_line_of(element.get('version') or '', 40)!r} is no version")
    return _Edition(
        number=int(told[1]),
        submitted_at=fields.mail_instant(safe_xml.text(element, f"{_RAW}date")),
        withdrawn=_WITHDRAWN in safe_xml.text(element, f"{_RAW}source_type"),
    )


def _split_names(element: "_Element") -> Iterator[Author]:
    for author in element.iterfind(f"{_ARXIV}authors/{_ARXIV}author"):
        parts = (safe_xml.text(author, f"{_ARXIV}{part}") for part in ("forenames", "keyname", "suffix"))
        places = [fields.line(safe_xml.inner_text(one)) for one in author.findall(f"{_ARXIV}affiliation")]
        if name := fields.line(" ".join(part for part in parts if part)):
            yield Author(name=name, affiliations=tuple(place for place in places if place))
