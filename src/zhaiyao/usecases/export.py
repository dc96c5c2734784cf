"""Hands the whole archive out as a data set, page by page. Writes no file itself."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from zhaiyao.categories import in_scope
from zhaiyao.intake import shown
from zhaiyao.ports import Progress, Store, UnitOfWork
from zhaiyao.publish.dataset import AnnouncementRow, PaperRow, Row, SentenceRow
from zhaiyao.records import Announcement, Paper, Rendition, RenditionKind, Version

PAGE = 1000
"""Papers that are held in memory at once."""

LANGUAGE = "zh"


class Writer(Protocol):
    """Where rows go: `publish.dataset.DatasetWriter`."""

    counts: dict[str, int]

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Appends rows to a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """How many rows each table got."""

    papers: int
    sentences: int
    announcements: int


def export(store: Store, writer: Writer, categories: Collection[str] = (), *, progress: Progress) -> Exported:
    """Writes every paper that has a text, of these categories and archives or of all, in the order of their ids.

    Each page is read in a transaction of its own, so that an export of millions holds up nobody; a paper that changes
    meanwhile is exported as it was or as it is, never in between.
    """
    progress.start("step.export", None)
    after = ""
    while ids := _page(store, writer, after, categories):
        after = ids[-1]
        progress.advance(len(ids))
    progress.finish()
    return Exported(**writer.counts)


def _page(store: Store, writer: Writer, after: str, categories: Collection[str]) -> tuple[str, ...]:
    with store.reading() as tx:
        ids = tx.papers.ids(after=after, limit=PAGE)
        wanted = [paper for paper in tx.papers.get(ids).values() if _is_wanted(paper, categories)]
        told = tx.papers.announcements(papers=[paper.id for paper in wanted])
        texts = _texts(tx, wanted)
        keys = [(text.paper_id, text.number) for text in texts.values()]
        current = tx.renditions.current(keys, language=LANGUAGE)
    papers = {paper.id: paper for paper in wanted}
    made = {paper_id: current.get((paper_id, text.number), {}) for paper_id, text in texts.items()}
    writer.add("papers", [_paper(papers[one], text, made[one]) for one, text in texts.items()])
    writer.add("sentences", [row for one, text in texts.items() for row in _sentences(text, made[one])])
    writer.add("announcements", [_announcement(one) for one in told])
    return ids


def _is_wanted(paper: Paper, categories: Collection[str]) -> bool:
    return not categories or any(in_scope(paper.categories, asked) for asked in categories)


def _texts(tx: UnitOfWork, papers: Sequence[Paper]) -> dict[str, Version]:
    """The newest text of each paper, by id; papers without any are left out."""
    found = {}
    for paper_id, versions in sorted(tx.papers.versions([paper.id for paper in papers]).items()):
        text = shown(versions, versions[0].number)
        if text is not None:
            found[paper_id] = text
    return found


def _paper(paper: Paper, text: Version, made: Mapping[RenditionKind, Rendition]) -> PaperRow:
    by = next(iter(made.values()), None)
    return PaperRow(
        id=paper.id,
        version=text.number,
        interface=text.interface,
        title=text.title,
        abstract=text.abstract,
        truncated=text.truncated,
        title_zh=_said(made, RenditionKind.TITLE),
        abstract_zh=_said(made, RenditionKind.ABSTRACT),
        tldr_zh=_said(made, RenditionKind.TLDR),
        engine=by.engine if by else "",
        model=by.model if by else "",
        legacy=any(one.is_legacy for one in made.values()),
        authors=tuple(author.name for author in text.authors),
        categories=paper.categories,
        comments=text.comments,
        journal_ref=text.journal_ref,
        doi=text.doi,
        license=text.license,
        submitted_at=text.submitted_at,
    )


def _said(made: Mapping[RenditionKind, Rendition], kind: RenditionKind) -> str:
    return made[kind].text if kind in made else ""


def _sentences(text: Version, made: Mapping[RenditionKind, Rendition]) -> Iterator[SentenceRow]:
    """The aligned sentences of title and abstract; a TL;DR renders no sentence of its own."""
    for kind in (RenditionKind.TITLE, RenditionKind.ABSTRACT):
        rendition = made.get(kind)
        for position, segment in enumerate(rendition.segments if rendition else (), start=1):
            assert rendition is not None
            yield SentenceRow(
                paper_id=text.paper_id,
                version=text.number,
                kind=kind,
                position=position,
                source=segment.source,
                target=segment.target,
                state=segment.state,
                engine=rendition.engine,
                model=rendition.model,
            )


def _announcement(told: Announcement) -> AnnouncementRow:
    return AnnouncementRow(
        paper_id=told.paper_id, category=told.category, date=told.date, type=told.type, version=told.version
    )
