"""Reads a classic digest, the Markdown file that the earlier system published, into records. Pure; stores nothing.

Only the title of an entry may hold line feeds, so a table row and its entry fix each other: the row tells link and
TL;DR, which stand alone on lines of the entry. Every entry is printed again and compared: one that does not come back
the same is kept verbatim, and a document that does not is refused.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from zhaiyao import classic_form as form
from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import InvalidId, ParseError
from zhaiyao.records import (
    AnnounceType,
    ClassicShape,
    EditionEntry,
    Interface,
    Paper,
    Rendition,
    RenditionKind,
    Version,
)
from zhaiyao.sources import legacy
from zhaiyao.sources.decorations import (
    Told,
    Undressed,
    undress_abstract,
    undress_abstract_zh,
    undress_title,
    undress_title_zh,
)

_EXPECTED = (
    "A classic digest is UTF-8 text with LF line ends that begins with '# 摘要' and a table of Ref, Title, Summary."
)
_DAMAGED = "The file was cut or edited. Nothing was imported; get an undamaged copy."
_LONGEST_TITLE = 10_000
"""Characters. Keeps the search for the end of a title from running through a hostile file again and again."""
_LINK = re.compile(r"\]\((https?://[^\s()\[\]|]+)\) \| ")


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFile:
    """A classic digest as records. `document` is the SHA-256 of its bytes; each paper is told once, in file order.

    An entry's `announced` has the primary category where the file tells it and the type says so, else an empty one.
    """

    document: str
    entries: tuple[EditionEntry, ...]
    papers: tuple[Paper, ...]
    versions: tuple[Version, ...]
    renditions: tuple[Rendition, ...]

    @property
    def verbatim(self) -> int:
        """How many entries did not fit the grammar and were kept as they stand."""
        return sum(entry.verbatim is not None for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where an entry is looked for: its row, and the offset among the details at which its body begins."""

    row: str
    details: str
    start: int
    number: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """The fields of one entry as they stand in the file."""

    cell: str
    link: str
    tldr: str
    escaped: bool
    title_zh: str
    title: str
    tldr_en: str
    abstract_zh: str
    abstract: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clean:
    """The texts of one entry without their decorations."""

    linked: ArxivId
    title: Undressed
    abstract: Undressed
    title_zh: Undressed
    abstract_zh: Undressed
    tldr: Undressed
    cut: bool

    @property
    def texts(self) -> form.Texts:
        """The texts that the shape frames."""
        return form.Texts(
            title=self.title.text,
            abstract=self.abstract.text,
            title_zh=self.title_zh.text,
            abstract_zh=self.abstract_zh.text,
        )

    @property
    def told(self) -> Told:
        """What all decorations and the link say together."""
        return Told(
            version=self.abstract.told.version or self.title.told.version or self.linked.version,
            category=self.title.told.category,
            type=self.abstract.told.type or self.title.told.type,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One entry as records, its row and body printed from them, and the offset behind its body."""

    entry: EditionEntry
    printed: tuple[str, str]
    end: int
    paper: Paper | None = None
    version: Version | None = None
    renditions: tuple[Rendition, ...] = ()


def parse(data: bytes, *, made_at: datetime, name: str = "") -> DigestFile:
    """Reads a digest. `made_at` is noted on its renditions; `name` is what errors call the document.

    Raises ParseError for what is no classic digest, or would not come back byte for byte.
    """
    rows, details = _halves(_decoded(data, name), name)
    read: list[_Read] = []
    start = 0
    for number, row in enumerate(rows, start=1):
        place = _Place(row=row, details=details, start=start, number=number, count=len(rows))
        one = _fitting(place, made_at) or _verbatim(place, name)
        read.append(one)
        start = one.end + 1
    _compare(data, read, name)
    return DigestFile(
        document=sha256(data).hexdigest(),
        entries=tuple(one.entry for one in read),
        papers=_once(one.paper for one in read if one.paper),
        versions=tuple(one.version for one in read if one.version),
        renditions=tuple(rendition for one in read for rendition in one.renditions),
    )


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"not UTF-8 (at byte {error.start})", subject=name, hint=_EXPECTED) from error


def _halves(text: str, name: str) -> tuple[list[str], str]:
    """The rows of the table, and all that follows the heading of the details."""
    if not text.startswith(form.HEADER):
        raise ParseError(_why_not(text), subject=name, hint=_EXPECTED)
    table, heading, details = text[len(form.HEADER) :].partition(form.DETAILS)
    if not heading:
        raise _damaged("the document ends before its details ('# 详细')", name)
    return (table.split("\n") if table else []), details


def _why_not(text: str) -> str:
    if text.startswith("\ufeff"):
        return "begins with a byte order mark, which would be lost"
    if text.replace("\r\n", "\n").startswith(form.HEADER):
        return "has CRLF line ends, so it is not the file that was published"
    return "not a classic digest"


def _damaged(what: str, name: str) -> ParseError:
    return ParseError(what, subject=name, hint=_DAMAGED)


def _fitting(place: _Place, made_at: datetime) -> _Read | None:
    """The entry as records, or None if it does not fit the grammar."""
    for fields, end in _candidates(place):
        try:
            clean = _undressed(fields)
        except InvalidId:
            continue
        if (shape := _shape(fields, clean)) is None:
            continue
        row, body = form.row(place.number, shape, clean.title.text), form.body(place.number, shape, clean.texts)
        if (row, body) == (place.row, place.details[place.start : end]):
            entry, paper, version, renditions = _records(place.number, shape, clean, made_at)
            return _Read(entry=entry, printed=(row, body), end=end, paper=paper, version=version, renditions=renditions)
    return None


def _candidates(place: _Place) -> Iterator[tuple[_Fields, int]]:
    """All ways to take the row apart (titles and TL;DRs may hold `](`) that fit a body, and where that body ends."""
    head, tail = f"| [^{place.number}] | [", " |"
    if not place.row.startswith(head) or not place.row.endswith(tail):
        return
    cells = place.row[len(head) : -len(tail)]
    for escaped in (False, True):
        for match in _LINK.finditer(cells):
            cell, link, tldr = cells[: match.start()], match[1], cells[match.end() :]
            if escaped:
                cell, tldr = form.unescape(cell), form.unescape(tldr)
            if body := _body_pattern(place, link, tldr).match(place.details, place.start):
                fields = _Fields(cell=cell, link=link, tldr=tldr, escaped=escaped, **body.groupdict())
                yield fields, body.end()


def _body_pattern(place: _Place, link: str, tldr: str) -> re.Pattern[str]:
    """A body with this link and TL;DR, up to where the next one (or the end) stands."""
    parts = (
        rf"\[\^{place.number}\]: (?P<title_zh>[^\n]*)",
        rf"(?P<title>(?s:.{{0,{_LONGEST_TITLE}}}?))",
        re.escape(f"[{link}]({link})"),
        re.escape(tldr),
        r"(?P<tldr_en>[^\n]*)",
        r"(?P<abstract_zh>[^\n]*)",
        r"(?P<abstract>[^\n]*)",
    )
    behind = r"\n\n\Z" if place.number == place.count else rf"\n\[\^{place.number + 1}\]: "
    return re.compile(rf"{form.GAP.join(parts)}\n    (?={behind})")


def _undressed(fields: _Fields) -> _Clean:
    """Takes the decorations off. Raises InvalidId if the link leads to no paper."""
    linked = ArxivId.parse(fields.link)
    title = undress_title(fields.title, linked.paper)
    return _Clean(
        linked=linked,
        title=title,
        abstract=undress_abstract(fields.abstract, linked.paper),
        title_zh=undress_title_zh(fields.title_zh, linked.paper, source=title.text),
        abstract_zh=undress_abstract_zh(fields.abstract_zh, linked.paper),
        tldr=undress_abstract_zh(fields.tldr, linked.paper),
        cut=legacy.was_cut(fields.abstract),
    )


def _shape(fields: _Fields, clean: _Clean) -> ClassicShape | None:
    """All that is not text of the paper, or None if the row shows another title than the entry."""
    row_title = form.row_frame(clean.title.text, fields.cell, escaped=fields.escaped)
    if row_title is None:
        return None
    return ClassicShape(
        link=fields.link,
        tldr=fields.tldr,
        tldr_en=fields.tldr_en,
        row_title=row_title,
        title=clean.title.frame,
        abstract=clean.abstract.frame,
        title_zh=clean.title_zh.frame,
        abstract_zh=clean.abstract_zh.frame,
        escaped=fields.escaped,
    )


def _records(
    number: int, shape: ClassicShape, clean: _Clean, made_at: datetime
) -> tuple[EditionEntry, Paper, Version, tuple[Rendition, ...]]:
    told, paper_id = clean.told, clean.linked.paper
    version = Version(
        paper_id=paper_id,
        number=told.version,
        interface=Interface.DIGEST,
        title=clean.title.text,
        abstract=clean.abstract.text,
        truncated=clean.cut,
    )
    texts = {
        RenditionKind.TITLE: clean.title_zh.text,
        RenditionKind.ABSTRACT: clean.abstract_zh.text,
        RenditionKind.TLDR: clean.tldr.text,
    }
    renditions = tuple(legacy.renditions(version, texts, made_at=made_at))
    entry = EditionEntry(
        position=number,
        paper_id=paper_id,
        version_key=version.key,
        rendition_keys=tuple(rendition.key for rendition in renditions),
        announced=_announced(told),
        shape=shape,
    )
    paper = Paper(id=paper_id, categories=(told.category,) if told.category else ())
    return entry, paper, version, renditions


def _announced(told: Told) -> tuple[tuple[str, AnnounceType], ...]:
    """A paper is new or replaced in its primary category; where it was cross-listed, the file does not say."""
    if told.type is None:
        return ()
    return ((told.category if told.type in (AnnounceType.NEW, AnnounceType.REPLACE) else "", told.type),)


def _verbatim(place: _Place, name: str) -> _Read:
    """An entry as it stands, row and body. Raises ParseError where the file was cut."""
    end = _last_end(place, name) if place.number == place.count else _next_start(place, name) - 1
    verbatim = (place.row, place.details[place.start : end])
    entry = EditionEntry(position=place.number, paper_id="", version_key="", verbatim=verbatim)
    return _Read(entry=entry, printed=verbatim, end=end)


def _next_start(place: _Place, name: str) -> int:
    """Where the next entry begins."""
    mark = f"\n[^{place.number + 1}]: "
    found = place.details.find(f"\n    {mark}", place.start)
    at = found + len("\n    ") if found >= 0 else place.details.find(mark, place.start)
    if at < 0:
        raise _damaged(f"the document ends before entry {place.number + 1} of {place.count}", name)
    return at + 1


def _last_end(place: _Place, name: str) -> int:
    """Where the last entry ends. With fewer parts than an entry has, it is the cut that ends it."""
    rest = place.details[place.start :]
    if f"\n    \n[^{place.count + 1}]: " in rest:
        raise _damaged(f"the table has {place.count} rows, but there is an entry {place.count + 1}", name)
    if not rest.endswith(f"\n    {form.END}") or rest.count(form.GAP) < form.PARTS - 1:
        raise _damaged(f"the document ends inside entry {place.number} of {place.count}", name)
    return len(place.details) - len(form.END)


def _compare(data: bytes, read: list[_Read], name: str) -> None:
    """Prints the whole document again. Raises ParseError at the first byte that differs."""
    again = form.document([one.printed for one in read]).encode()
    if again != data:
        pairs = enumerate(zip(again, data, strict=False))
        at = next((index for index, (ours, theirs) in pairs if ours != theirs), min(len(again), len(data)))
        raise _damaged(f"would not come back the same: differs at byte {at} of {len(data)}", name)


def _once(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Each paper once, with the categories of the first entry that tells them."""
    told: dict[str, Paper] = {}
    for paper in papers:
        if paper.id not in told or (paper.categories and not told[paper.id].categories):
            told[paper.id] = paper
    return tuple(told.values())
