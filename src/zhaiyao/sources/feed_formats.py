"""The three forms of arXiv's feeds, read into one shape: RSS 2.0 and Atom as of 2024, RSS 1.0 as it was until then.

Reads only; what an item means for a paper is `arxiv_feed`'s. A feed is read whole or not at all: an item that cannot
be read or a cut-off end are a ParseError, never a shorter feed; that arXiv itself cut it is told with it. The forms
are described at https://info.arxiv.org/help/rss_specifications.html and
https://info.arxiv.org/help/atom_specifications.html.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.categories import canonical, in_scope, is_archive
from zhaiyao.errors import InvalidId, ParseError
from zhaiyao.http import one_line_of
from zhaiyao.records import AnnounceType
from zhaiyao.sources import safe_xml

if TYPE_CHECKING:
    from lxml.etree import _Element

# arXiv cuts a feed after so many items, and what falls out are new papers.
CAP = 2000

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_RSS1 = "{http://purl.org/rss/1.0/}"

_TITLE = re.compile(r"(?P<names>\S+(?:, \S+)*) updates on arXiv\.org")
_ERROR_TITLE = "Feed error for query:"
_DESCRIPTION = re.compile(r"arXiv:(?P<id>\S+)\s+Announce Type:\s+(?P<type>\S+)\s+Abstract:(?P<abstract>.*)", re.S)
_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[A-Za-z]+)*)?")

# The old feed appends a full stop and this to every title; its authors are links, its abstract is an HTML paragraph.
_OLD_TITLE = re.compile(
    r"(?P<title>.*?)\.? \(arXiv:(?P<id>[^\s()]{1,40}) \[(?P<primary>[^\s\[\]]{1,40})\](?: (?P<mark>[A-Z ]{1,20}))?\)"
)
_OLD_TAG = re.compile(r"</?(?:a|p)(?:\s[^<>]*)?>", re.I)
_OLD_TYPES = {  # by mark: for a paper whose primary category is among the feed's, and for the others
    None: (AnnounceType.NEW, AnnounceType.CROSS),
    "CROSS LISTED": (AnnounceType.CROSS, AnnounceType.CROSS),
    "UPDATED": (AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS),
}

_CHECK_ADDRESS = "Check the address (arxiv.base_url, --base-url)."


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """An item as its feed told it, with TeX and white space still in. `creators` is one string of all authors."""

    id: ArxivId
    type: AnnounceType
    title: str
    abstract: str
    creators: str
    categories: tuple[str, ...]
    license: str = ""
    doi: str = ""
    journal_ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A whole feed: the canonical names that were asked for, the announcement date, and all items in order."""

    names: tuple[str, ...]
    date: date
    items: tuple[FeedItem, ...]

    @property
    def is_full(self) -> bool:
        """Whether arXiv cut it: of the new papers, those with the lowest ids are missing."""
        return len(self.items) >= CAP


def read(data: bytes) -> Feed:
    """A feed in any of the three forms. Raises ParseError, and nothing else, for bytes that are not a whole feed."""
    channel = _open(data)
    if channel.title.startswith(_ERROR_TITLE):
        raise ParseError(f"arXiv refused: {one_line_of(channel.description)}", hint="Check the category's name.")
    names = _names(channel.title)
    dated = tuple(_each(channel, names))
    return Feed(names=names, date=_only_date(channel, dated), items=tuple(item for item, _ in dated))


def reason_of_refusal(data: bytes) -> str:
    """What arXiv says in the feed that it sends along with an error status; empty if it is no such feed."""
    try:
        channel = _open(data)
    except ParseError:
        return ""
    return one_line_of(channel.description) if channel.title.startswith(_ERROR_TITLE) else ""


def fold(name: str) -> str:
    """The canonical name of a category or archive; an unknown one stays as it is."""
    return name.lower() if is_archive(name) else canonical(name)


_Dated = tuple[FeedItem, date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Channel:
    """A feed's head, and its items still unread. `published` is the date that the head names."""

    title: str
    description: str
    published: date
    elements: tuple["_Element", ...]
    read_item: Callable[["_Element", tuple[str, ...]], _Dated]


def _open(data: bytes) -> _Channel:
    root = safe_xml.read(data)
    openers = {"rss": _open_rss, f"{_ATOM}feed": _open_atom, f"{_RDF}RDF": _open_old}
    opener = openers.get(root.tag)
    if opener is None:
        raise ParseError(f"not a feed, but XML with the root {one_line_of(root.tag, 80)}", hint=_CHECK_ADDRESS)
    return opener(root)


def _open_rss(root: "_Element") -> _Channel:
    channel = _child(root, "channel")
    published = safe_xml.text(channel, "pubDate")
    return _Channel(
        title=safe_xml.text(channel, "title"),
        description=safe_xml.text(channel, "description"),
        published=_mail_date(published) if published else _in_new_york(_mail_instant(channel, "lastBuildDate")),
        elements=tuple(channel.findall("item")),
        read_item=_read_rss_item,
    )


def _open_atom(root: "_Element") -> _Channel:
    return _Channel(
        title=safe_xml.text(root, f"{_ATOM}title"),
        description=safe_xml.text(root, f"{_ATOM}subtitle"),
        published=_in_new_york(_iso_instant(root, f"{_ATOM}updated")),
        elements=tuple(root.findall(f"{_ATOM}entry")),
        read_item=_read_atom_item,
    )


def _open_old(root: "_Element") -> _Channel:
    channel = _child(root, f"{_RSS1}channel")
    return _Channel(
        title=safe_xml.text(channel, f"{_RSS1}title"),
        description=safe_xml.text(channel, f"{_RSS1}description"),
        published=_day_of_mailing(_iso_instant(channel, f"{_DC}date")),
        elements=tuple(root.findall(f"{_RSS1}item")),
        read_item=_read_old_item,
    )


def _child(root: "_Element", tag: str) -> "_Element":
    child = root.find(tag)
    if child is None:
        raise ParseError("the feed has no channel", hint=_CHECK_ADDRESS)
    return child


def _names(title: str) -> tuple[str, ...]:
    match = _TITLE.fullmatch(title)
    if match is None:
        raise ParseError(f"not a feed of arXiv: its title is {one_line_of(title, 80)!r}", hint=_CHECK_ADDRESS)
    return tuple(fold(name) for name in match["names"].split(", "))


def _each(channel: _Channel, names: tuple[str, ...]) -> Iterator[_Dated]:
    """All items; the first that cannot be read fails the feed and is named, for nothing may be skipped unseen."""
    for number, element in enumerate(channel.elements, 1):
        try:
            item, on = channel.read_item(element, names)
            _check(item)
        except ParseError as error:
            shown = one_line_of(" ".join(safe_xml.inner_text(element).split()), 80)
            raise ParseError(
                f"item {number} of {len(channel.elements)} cannot be read: {error.what} ({shown})",
                hint="Nothing of this feed was taken in. Fetch it again; if it stays so, please report it.",
            ) from None
        yield item, on


def _read_rss_item(element: "_Element", _: tuple[str, ...]) -> _Dated:
    item = _new_item(
        element,
        guid=safe_xml.text(element, "guid"),
        title=safe_xml.text(element, "title"),
        description=safe_xml.text(element, "description"),
        categories=tuple(safe_xml.inner_text(child) for child in element.findall("category")),
    )
    return item, _mail_date(safe_xml.text(element, "pubDate"))


def _read_atom_item(element: "_Element", _: tuple[str, ...]) -> _Dated:
    item = _new_item(
        element,
        guid=safe_xml.text(element, f"{_ATOM}id"),
        title=safe_xml.text(element, f"{_ATOM}title"),
        description=safe_xml.text(element, f"{_ATOM}summary"),
        categories=tuple((child.get("term") or "").strip() for child in element.findall(f"{_ATOM}category")),
    )
    return item, _iso_instant(element, f"{_ATOM}published").date()


def _new_item(element: "_Element", *, guid: str, title: str, description: str, categories: tuple[str, ...]) -> FeedItem:
    """What RSS and Atom have shared since 2024."""
    match = _DESCRIPTION.fullmatch(description)
    if match is None:
        raise ParseError("its description is not `arXiv:… Announce Type: … Abstract: …`")
    told = _id(match["id"])
    if guid and _id(guid) != told:
        raise ParseError(f"it calls itself {one_line_of(guid, 60)} and {told}")
    return FeedItem(
        id=told,
        type=_type(safe_xml.text(element, f"{_ARXIV}announce_type") or match["type"]),
        title=title,
        abstract=match["abstract"],
        creators=_creators(element),
        categories=categories,
        license=safe_xml.text(element, f"{_DC}rights"),
        doi=safe_xml.text(element, f"{_ARXIV}DOI"),
        journal_ref=safe_xml.text(element, f"{_ARXIV}journal_reference"),
    )


def _read_old_item(element: "_Element", names: tuple[str, ...]) -> _Dated:
    match = _OLD_TITLE.fullmatch(" ".join(safe_xml.text(element, f"{_RSS1}title").split()))
    if match is None or match["mark"] not in _OLD_TYPES:
        raise ParseError("its title does not end in `(arXiv:… […])`")
    inside = any(in_scope((match["primary"],), name) for name in names)
    item = FeedItem(
        id=_id(match["id"]),
        type=_OLD_TYPES[match["mark"]][0 if inside else 1],
        title=html.unescape(match["title"]),
        abstract=_old_text(safe_xml.text(element, f"{_RSS1}description")),
        creators=_old_text(_creators(element)),
        categories=(match["primary"],),
    )
    return item, None


def _creators(element: "_Element") -> str:
    return ", ".join(safe_xml.inner_text(child) for child in element.findall(f"{_DC}creator"))


def _old_text(markup: str) -> str:
    """Text of the old feed's HTML. Only its own tags go: any other `<` is the author's."""
    return html.unescape(_OLD_TAG.sub("", markup)).strip()


def _check(item: FeedItem) -> None:
    if not item.title:
        raise ParseError("it has no title")
    if not item.id.version:
        raise ParseError(f"{item.id} has no version")
    if not item.categories:
        raise ParseError("it has no category")
    for name in item.categories:
        if not _CATEGORY.fullmatch(name):
            raise ParseError(f"{one_line_of(name, 40)!r} is no category")


def _id(told: str) -> ArxivId:
    try:
        return ArxivId.parse(told)
    except InvalidId as error:
        raise ParseError(f"{one_line_of(told, 60)!r} is no arXiv identifier ({error.what})") from None


def _type(told: str) -> AnnounceType:
    try:
        return AnnounceType(told)
    except ValueError:
        raise ParseError(f"{one_line_of(told, 40)!r} is no announce type") from None


def _only_date(channel: _Channel, dated: tuple[_Dated, ...]) -> date:
    """The announcement date: the items' own, or the head's where they have none."""
    dates = sorted({on for _, on in dated if on is not None}) or [channel.published]
    if len(dates) > 1:
        raise ParseError(
            f"its items are of several days: {', '.join(str(on) for on in dates[:5])}",
            hint="A feed shows one announcement day. Fetch it again later.",
        )
    return dates[0]


def _mail_instant(parent: "_Element", tag: str) -> datetime:
    return _mail_moment(safe_xml.text(parent, tag))


def _mail_date(told: str) -> date:
    """The date as printed: arXiv prints midnight in New York, with that day's offset."""
    return _mail_moment(told).date()


def _mail_moment(told: str) -> datetime:
    try:
        return parsedate_to_datetime(told)
    except (ValueError, OverflowError):
        raise _no_date(told) from None


def _iso_instant(parent: "_Element", tag: str) -> datetime:
    told = safe_xml.text(parent, tag)
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        raise _no_date(told) from None


def _in_new_york(moment: datetime) -> date:
    """The calendar date in New York, at whose midnight feeds are built."""
    try:
        return moment.astimezone(ZoneInfo("America/New_York")).date()
    except (ValueError, OverflowError):
        raise _no_date(moment.isoformat()) from None


def _day_of_mailing(moment: datetime) -> date:
    """The announcement date of an old feed. It bears the evening of the mailing (20:30 -05:00), listings the next day.

    So `2018-05-23T20:30:00-05:00` stands over what arXiv lists as Thursday, 24 May 2018.
    """
    try:
        return moment.date() + timedelta(days=1 if moment.hour >= 12 else 0)
    except OverflowError:
        raise _no_date(moment.isoformat()) from None


def _no_date(told: str) -> ParseError:
    return ParseError(f"{one_line_of(told, 60)!r} is no date", hint=_CHECK_ADDRESS)
