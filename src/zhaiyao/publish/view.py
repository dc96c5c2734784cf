"""What a page shows of a digest, before it is Markdown, HTML or Atom. Holds no word of the interface and no markup.

Every text in a view is printable and on one line (`escape.one_line`); it is still untrusted, each medium escapes it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.differences import Changes, differences
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.links import Link, links
from zhaiyao.publish.escape import one_line, paragraphs, printable
from zhaiyao.records import (
    AnnounceType,
    Digest,
    DigestEntry,
    LedgerDay,
    Rendition,
    RenditionKind,
    SegmentState,
    Version,
    Withdrawal,
)

SOURCE_LANGUAGE = "en"

# arXiv makes web pages of papers since December 2023.
_FIRST_HTML = (2023, 12)


class State(StrEnum):
    """What became of a text: `absent` = the source itself has none (listings show no abstract of a replacement)."""

    TRANSLATED = "translated"
    LEGACY = "legacy"
    UNTRANSLATED = "untranslated"
    ABSENT = "absent"


class SectionKind(StrEnum):
    """The parts of a page, in their order. `papers`: nobody told how they were announced (imported documents)."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    PAPERS = "papers"


_SECTIONS = {
    AnnounceType.NEW: SectionKind.NEW,
    AnnounceType.CROSS: SectionKind.CROSS,
    AnnounceType.REPLACE: SectionKind.REPLACE,
    AnnounceType.REPLACE_CROSS: SectionKind.REPLACE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence as read, its original beside it (empty where unknown), and the blank that follows, if one does.

    `kept`: it stayed in the original; then `text` is the original. `changed`: the version before had it otherwise.
    """

    text: str
    source: str = ""
    kept: bool = False
    changed: bool = False
    gap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text of a paper: its sentences by paragraph if we have a rendition, else none. `language` is what is read.

    `original` holds the paragraphs of the source where the sentences do not carry them. `flaws` are the codes of what
    is wrong with an imported text.
    """

    state: State
    language: str = SOURCE_LANGUAGE
    body: tuple[tuple[Sentence, ...], ...] = ()
    original: tuple[str, ...] = ()
    flaws: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is read, on one line: the rendition, or else the original."""
        rendered = ("".join(s.text + s.gap for s in paragraph) for paragraph in self.body)
        return " ".join(rendered) if self.body else " ".join(self.original)

    @property
    def kept(self) -> bool:
        """Whether a sentence stayed in the original."""
        return any(sentence.kept for paragraph in self.body for sentence in paragraph)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """One paper as shown. `label` is its id with version, `anchor` names it within the page, uniquely.

    `changes` is what changed since the version before, of a replacement whose earlier version is held.
    """

    number: int
    anchor: str
    arxiv_id: ArxivId
    title: Passage
    original_title: str
    tldr: Passage
    abstract: Passage
    categories: tuple[str, ...]
    announced: tuple[tuple[str, AnnounceType], ...]
    authors: tuple[str, ...]
    withdrawal: Withdrawal
    html_url: str
    comments: str
    journal_ref: str
    doi: str
    license: str
    submitted_at: datetime | None
    rendered_at: datetime | None
    resources: tuple[Link, ...] = ()
    changes: Changes | None = None

    @property
    def label(self) -> str:
        """The id with the version, where one is told."""
        return str(self.arxiv_id)

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The three texts that are rendered."""
        return self.title, self.tldr, self.abstract


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbatimView:
    """An imported entry that did not fit the grammar: its row and body as they stood."""

    number: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The papers of one kind, in the edition's order."""

    kind: SectionKind
    papers: tuple[PaperView | VerbatimView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """A whole page. `makers` are the (engine, model) pairs behind its texts."""

    edition_id: str
    profile: str
    date: date | None
    revision: int
    cause: str
    made_at: datetime
    sections: tuple[Section, ...]
    ledger: tuple[LedgerDay, ...]
    makers: tuple[tuple[str, str], ...]

    @property
    def papers(self) -> tuple[PaperView, ...]:
        """All papers that are not verbatim entries, in the order shown."""
        return tuple(paper for section in self.sections for paper in section.papers if isinstance(paper, PaperView))

    @property
    def size(self) -> int:
        """How many entries there are, verbatim ones included."""
        return sum(len(section.papers) for section in self.sections)

    def having(self, state: State) -> int:
        """How many papers have a text in this state."""
        return sum(any(passage.state is state for passage in paper.passages) for paper in self.papers)

    @property
    def keeping(self) -> int:
        """How many papers have a sentence that stayed in the original."""
        return sum(any(passage.kept for passage in paper.passages) for paper in self.papers)


def view(digest: Digest) -> DigestView:
    """All that a page shows. Entries keep the edition's order within their section; numbers run through the page."""
    edition = digest.edition
    return DigestView(
        edition_id=one_line(edition.id),
        profile=one_line(edition.profile),
        date=edition.date,
        revision=edition.revision,
        cause=one_line(edition.cause),
        made_at=edition.made_at,
        sections=tuple(_sections(digest)),
        ledger=digest.ledger,
        makers=_makers(digest.entries),
    )


def _sections(digest: Digest) -> Iterator[Section]:
    number, anchors = 0, Counter[str]()
    for kind in SectionKind:
        papers = []
        for entry in digest.entries:
            if section_of(entry) is kind:
                number += 1
                papers.append(_entry(entry, number, anchors, digest.edition.date))
        if papers:
            yield Section(kind=kind, papers=tuple(papers))


def section_of(entry: DigestEntry) -> SectionKind:
    """Where an entry stands: new before cross-list before replacement, whatever it is in other categories."""
    types = {told for _, told in entry.entry.announced}
    return next((_SECTIONS[kind] for kind in AnnounceType if kind in types), SectionKind.PAPERS)


def _entry(entry: DigestEntry, number: int, anchors: Counter[str], on: date | None) -> PaperView | VerbatimView:
    if entry.version is None:
        row, body = entry.entry.verbatim or ("", "")
        return VerbatimView(number=number, anchor=f"entry-{number}", text=printable(f"{row}\n\n{body}".strip("\n")))
    anchors[entry.paper.id] += 1
    seen = anchors[entry.paper.id]
    anchor = entry.paper.id if seen == 1 else f"{entry.paper.id}-{seen}"
    return _paper(entry, entry.version, number, anchor, on)


def _paper(entry: DigestEntry, version: Version, number: int, anchor: str, on: date | None) -> PaperView:
    made, abstract = entry.renditions, paragraphs(version.abstract)
    arxiv_id = ArxivId(paper=version.paper_id, version=version.number)
    title = one_line(version.title)
    changes = differences(entry.earlier, version) if entry.earlier else None
    is_withdrawn = version.withdrawal is not Withdrawal.NO
    return PaperView(
        number=number,
        anchor=anchor,
        arxiv_id=arxiv_id,
        title=passage(made.get(RenditionKind.TITLE), (title,) if title else ()),
        original_title=title,
        tldr=_tldr(made.get(RenditionKind.TLDR), () if is_withdrawn else abstract),
        abstract=passage(made.get(RenditionKind.ABSTRACT), abstract, news=changes.news if changes else frozenset()),
        categories=tuple(one_line(category) for category in entry.paper.categories),
        announced=tuple((one_line(category), kind) for category, kind in entry.entry.announced),
        authors=tuple(one_line(author.name) for author in version.authors),
        withdrawal=version.withdrawal,
        html_url=arxiv_id.html_url if _has_html(arxiv_id, on) else "",
        comments=one_line(version.comments),
        journal_ref=one_line(version.journal_ref),
        doi=one_line(version.doi),
        license=one_line(version.license),
        submitted_at=version.submitted_at,
        rendered_at=max((rendition.made_at for rendition in made.values()), default=None),
        resources=links(version.comments, version.abstract),
        changes=changes,
    )


def _has_html(arxiv_id: ArxivId, on: date | None) -> bool:
    """Whether arXiv is likely to have a web page of it: whatever was announced, or begun, since it makes them."""
    return max(arxiv_id.year_month, (on.year, on.month) if on else (0, 0)) >= _FIRST_HTML


def passage(rendition: Rendition | None, original: tuple[str, ...], *, news: frozenset[str] = frozenset()) -> Passage:
    """The rendition of a text beside its original paragraphs; the original alone where there is no rendition.

    `news` are the fingerprints of the sentences that are new in this version.
    """
    if rendition is None or not rendition.text.strip():
        return Passage(state=State.UNTRANSLATED if original else State.ABSENT, original=original)
    carried = any(segment.source.strip() for segment in rendition.segments)
    is_original = all(segment.state is SegmentState.KEPT for segment in rendition.segments)
    return Passage(
        state=State.LEGACY if rendition.is_legacy else State.TRANSLATED,
        language=SOURCE_LANGUAGE if is_original else rendition.language,
        body=tuple(_body(rendition, news)),
        original=() if carried else original,
        flaws=tuple(_flaws(rendition)),
    )


def _flaws(rendition: Rendition) -> Iterator[str]:
    imported = (segment for segment in rendition.segments if segment.state is SegmentState.IMPORTED)
    yield from dict.fromkeys(one_line(fault) for segment in imported for fault in segment.faults)


def _tldr(rendition: Rendition | None, abstract: tuple[str, ...]) -> Passage:
    """A TL;DR has no original to show: it is made from the abstract, unless that tells of a withdrawal."""
    shown = passage(rendition, abstract)
    return Passage(state=shown.state, language=shown.language, body=shown.body, flaws=shown.flaws)


def _body(rendition: Rendition, news: frozenset[str]) -> Iterator[tuple[Sentence, ...]]:
    """The segments as sentences, cut into paragraphs where the source's gap holds a line break."""
    sentences: list[Sentence] = []
    segments = rendition.segments
    for segment, following in zip(segments, (*segments[1:], None), strict=True):
        kept = segment.state is SegmentState.KEPT
        ends = following is None or "\n" in segment.gap
        beside_original = kept or (following is not None and following.state is SegmentState.KEPT)
        gap = " " if segment.gap and beside_original and not ends else ""
        text, source = one_line(segment.target), one_line(segment.source)
        changed = bool(news) and text_fingerprint(segment.source) in news
        sentences.append(Sentence(text=text, source="" if kept else source, kept=kept, changed=changed, gap=gap))
        if ends:
            yield tuple(sentences)
            sentences = []


def _makers(entries: Iterable[DigestEntry]) -> tuple[tuple[str, str], ...]:
    """Who made the texts, sorted. What an imported text was made by is not known well enough to be named."""
    renditions = (rendition for entry in entries for rendition in entry.renditions.values())
    return tuple(sorted({(one_line(r.engine), one_line(r.model)) for r in renditions if not r.is_legacy}))
