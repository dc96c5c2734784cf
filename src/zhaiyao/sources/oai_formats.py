"""OAI-PMH as arXiv speaks it since March 2025: records in `arXivRaw` and `arXiv`, headers, sets, errors, tokens.

Pure. Elements are found by name, never by place. A page is read whole or not at all, and the echo of the request in it
is not believed, for arXiv prints a wrong one there. The protocol is https://www.openarchives.org/OAI/openarchivesprotocol.html,
arXiv's use of it https://info.arxiv.org/help/oa/index.html.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from zhaiyao.categories import archives, canonical, category, is_archive, subscription
from zhaiyao.errors import ParseError
from zhaiyao.http import one_line_of
from zhaiyao.records import Sighting
from zhaiyao.sources import fields, safe_xml
from zhaiyao.sources.oai_records import sighting

if TYPE_CHECKING:
    from lxml.etree import _Element

_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_CHECK_ADDRESS = "Check the address (arxiv.base_url, --base-url)."
_AGAIN = "Nothing of this page was taken in. Ask again; if it stays so, please report it."

NO_RECORDS = "noRecordsMatch"
BAD_TOKEN = "badResumptionToken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Which paper's record changed last on which date (UTC), and the sets it is in, by their names in the protocol."""

    paper_id: str
    changed_on: date
    sets: tuple[str, ...] = ()
    deleted: bool = False

    @property
    def categories(self) -> tuple[str, ...]:
        """The sets as categories, aliases folded: records name a set by both its names, plain headers by one."""
        return tuple(dict.fromkeys(canonical(category_of(name)) for name in self.sets))


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiPage:
    """A page of records, or of headers alone. `token` asks for the next page; there is none if it is empty.

    A later page without headers means that the list has become shorter than the way that led there.
    `error` is the protocol's code, which comes with HTTP 200 and no records, and `reason` what arXiv says about it.
    """

    headers: tuple[Header, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    token: str = ""
    error: str = ""
    reason: str = ""

    @property
    def deleted(self) -> tuple[str, ...]:
        """The papers whose records are gone. arXiv promises to tell them, and has never done so."""
        return tuple(header.paper_id for header in self.headers if header.deleted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What a server says of itself. `earliest`: no record changed before."""

    name: str
    address: str
    earliest: date


def read(data: bytes) -> OaiPage:
    """An answer to ListRecords, ListIdentifiers or GetRecord. Raises ParseError, and nothing else, for all else."""
    root = _open(data)
    if error := _error(root):
        return error
    for verb, tag in (("ListRecords", "record"), ("GetRecord", "record"), ("ListIdentifiers", "header")):
        if (answer := root.find(f"{_OAI}{verb}")) is not None:
            return _page(answer, f"{_OAI}{tag}")
    raise _unexpected(root)


def read_sets(data: bytes) -> tuple[tuple[str, str], ...]:
    """An answer to ListSets: each set's name in the protocol, and for people. Raises ParseError."""
    root = _open(data)
    answer = root.find(f"{_OAI}ListSets")
    if answer is None:
        raise _unexpected(root)
    told = {
        safe_xml.text(one, f"{_OAI}setSpec"): fields.line(safe_xml.text(one, f"{_OAI}setName"))
        for one in answer.findall(f"{_OAI}set")
    }
    return tuple((spec, name) for spec, name in told.items() if spec)


def read_identity(data: bytes) -> Repository:
    """An answer to Identify. Raises ParseError."""
    root = _open(data)
    answer = root.find(f"{_OAI}Identify")
    if answer is None:
        raise _unexpected(root)
    return Repository(
        name=safe_xml.text(answer, f"{_OAI}repositoryName"),
        address=safe_xml.text(answer, f"{_OAI}baseURL"),
        earliest=_date(safe_xml.text(answer, f"{_OAI}earliestDatestamp")),
    )


def set_of(name: str) -> str:
    """The set of a category or archive: `cs:cs:LG`, `physics:hep-th`, `physics:cond-mat`, `cs`.

    Of a category with two names it is that of the canonical one. Raises UnknownCategory.
    """
    asked = subscription(name)
    archive = asked if is_archive(asked) else category(asked).archive
    group = next(one.group for one in archives() if one.id == archive)
    if asked != archive:
        return f"{group}:{archive}:{asked.removeprefix(f'{archive}.')}"
    # A group of one archive is that archive; `physics` alone is a group of thirteen.
    siblings = [one for one in archives() if one.group == group and one.active]
    return group if len(siblings) == 1 else f"{group}:{archive}"


def category_of(spec: str) -> str:
    """The category or archive that a set is: `cs.LG` of `cs:cs:LG`, `hep-th` of `physics:hep-th`."""
    _, _, inner = spec.partition(":")
    return inner.replace(":", ".") or spec


def _open(data: bytes) -> "_Element":
    root = safe_xml.read(data)
    if root.tag != f"{_OAI}OAI-PMH":
        raise ParseError(f"not OAI-PMH, but XML with the root {one_line_of(str(root.tag), 80)}", hint=_CHECK_ADDRESS)
    return root


def _error(root: "_Element") -> OaiPage | None:
    errors = root.findall(f"{_OAI}error")
    if not errors:
        return None
    code = one_line_of((errors[0].get("code") or "").strip(), 60) or "error"
    return OaiPage(error=code, reason="; ".join(one_line_of(safe_xml.inner_text(one)) for one in errors[:3]))


def _unexpected(root: "_Element") -> ParseError:
    if error := _error(root):
        return ParseError(f"arXiv answered {error.error}: {error.reason}", hint=_CHECK_ADDRESS)
    verbs = [str(child.tag).removeprefix(_OAI) for child in root]
    return ParseError(f"an answer to something else: {one_line_of(', '.join(verbs), 80)}", hint=_CHECK_ADDRESS)


def _page(answer: "_Element", tag: str) -> OaiPage:
    items = answer.findall(tag)
    if not items and answer.find(f"{_OAI}resumptionToken") is None:
        raise ParseError("a list without a single record, which the protocol does not know", hint=_AGAIN)
    read_all = [_numbered(item, number, len(items)) for number, item in enumerate(items, 1)]
    return OaiPage(
        headers=tuple(header for header, _ in read_all),
        sightings=tuple(shown for _, shown in read_all if shown is not None),
        token=safe_xml.text(answer, f"{_OAI}resumptionToken"),
    )


def _numbered(item: "_Element", number: int, total: int) -> tuple[Header, Sighting | None]:
    try:
        return _item(item)
    except ParseError as error:
        shown = one_line_of(" ".join(safe_xml.inner_text(item).split()), 80)
        what = f"record {number} of {total} cannot be read: {error.what} ({shown})"
        raise ParseError(what, hint=_AGAIN) from None


def _item(item: "_Element") -> tuple[Header, Sighting | None]:
    """A record, or a header that stands alone in a list of identifiers or for a deleted record."""
    alone = item.tag == f"{_OAI}header"
    found = item if alone else item.find(f"{_OAI}header")
    if found is None:
        raise ParseError("it has no header")
    header = _header(found)
    metadata = item.find(f"{_OAI}metadata")
    if alone or header.deleted:
        return header, None
    if metadata is None or not len(metadata):
        raise ParseError("it has no metadata")
    shown = sighting(metadata[0])
    if shown.paper.id != header.paper_id:
        raise ParseError(f"its header is that of {header.paper_id}, its metadata that of {shown.paper.id}")
    return header, shown


def _header(element: "_Element") -> Header:
    return Header(
        paper_id=fields.paper(safe_xml.text(element, f"{_OAI}identifier")).paper,
        changed_on=_date(safe_xml.text(element, f"{_OAI}datestamp")),
        sets=tuple(spec for one in element.findall(f"{_OAI}setSpec") if (spec := safe_xml.inner_text(one))),
        deleted=(element.get("status") or "").strip() == "deleted",
    )


def _date(told: str) -> date:
    """A datestamp; where a server is more exact than arXiv, its date."""
    return fields.iso_instant(told).date()
