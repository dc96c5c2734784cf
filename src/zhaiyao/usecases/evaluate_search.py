"""Measures the search on translated papers that it has not learned from. Leaves the store and its index alone.

    keep some translated papers out
    learn from the others, and index all by their text in one language only
    ask for each paper kept out by its title in the other language
    see at which place it stands

Both directions, each by words, by meaning and fused; into an index in a scratch folder, opened by the caller.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from zhaiyao.errors import ParseError, UsageError
from zhaiyao.finding import Document, Index, Mode, Reached
from zhaiyao.ports import Progress, Store
from zhaiyao.records import RenditionKind
from zhaiyao.search.known_items import Quality, Share, quality
from zhaiyao.search.querying import parse
from zhaiyao.sources import archive
from zhaiyao.sources.containers import Document as Container
from zhaiyao.usecases.importing import batches
from zhaiyao.usecases.index import documents

__all__ = ["Direction", "Measured", "Quality", "SearchReport", "Share", "archived", "evaluate", "stored"]

DEEP = 100
"""Hits looked at; what stands further back counts as not found."""

FEWEST = 100
"""Papers kept out at least: fewer say nothing."""

_AT_ONCE = 1000


class Direction(StrEnum):
    """From the language of the title asked with, to that of the text found."""

    TO_ENGLISH = "zh-en"
    TO_CHINESE = "en-zh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How well papers were found in one direction in one way."""

    direction: Direction
    mode: Mode
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReport:
    """All measures. `papers` were indexed, of which `learned` in both languages were learned from, `kept_out` asked
    for. `mixed`: the others were indexed in both languages."""

    papers: int
    learned: int
    kept_out: int
    mixed: bool
    seed: int
    measured: tuple[Measured, ...]


def evaluate(
    papers: Iterable[Document],
    open_index: Callable[[Path], Index],
    folder: Path,
    *,
    keep_out: int,
    seed: int,
    progress: Progress,
    mixed: bool = False,
) -> SearchReport:
    """Measures. With `mixed`, papers not kept out are indexed in both languages, as a store in use has them: harder,
    for they are found by the words of the query itself. Raises UsageError if there are too few translated papers.
    """
    known = list({one.paper_id: one for one in papers}.values())
    translated = sorted((one for one in known if _is_translated(one)), key=lambda one: one.paper_id)
    if len(translated) < keep_out + FEWEST or keep_out < FEWEST:
        raise UsageError(
            f"{len(translated)} translated papers are too few to keep {keep_out} out",
            hint=f"At least {FEWEST} must be kept out and as many learned from; try --keep-out {FEWEST}.",
        )
    out = random.Random(seed).sample(translated, keep_out)
    hidden = {one.paper_id for one in out}
    rest = [one for one in known if one.paper_id not in hidden]
    measured: list[Measured] = []
    for direction in Direction:
        shown = [*(_only(one, direction) for one in out), *(one if mixed else _only(one, direction) for one in rest)]
        index = open_index(folder / direction)
        try:
            _build(index, rest, shown, progress)
            measured += _measure(index, out, direction, progress, seed)
        finally:
            index.close()
    return SearchReport(
        papers=len(known),
        learned=len(translated) - keep_out,
        kept_out=keep_out,
        mixed=mixed,
        seed=seed,
        measured=tuple(measured),
    )


def stored(store: Store) -> Iterator[Document]:
    """Every paper of a store."""
    after = ""
    while True:
        with store.reading() as tx:
            ids = tx.papers.ids(after=after, limit=_AT_ONCE)
            found = documents(tx, ids)
        if not ids:
            return
        yield from found
        after = ids[-1]


def archived(container: Container, *, progress: Progress) -> Iterator[Document]:
    """Every readable paper of an archive of the earlier system. Raises ParseError if it is damaged."""
    for pieces in batches(container, _AT_ONCE, progress):
        for piece in pieces:
            try:
                yield _document(archive.parse(piece.content(), made_at=_NO_MATTER))
            except ParseError:
                continue  # `zhaiyao import` is where one is told of these


_NO_MATTER = datetime(2000, 1, 1, tzinfo=UTC)


def _document(filed: archive.Filed) -> Document:
    chinese = {made.kind: made.text for made in filed.renditions if made.language == "zh"}
    return Document(
        paper_id=filed.paper.id,
        title=filed.version.title,
        abstract=filed.version.abstract,
        title_zh=chinese.get(RenditionKind.TITLE, ""),
        abstract_zh=chinese.get(RenditionKind.ABSTRACT, ""),
        tldr_zh=chinese.get(RenditionKind.TLDR, ""),
        categories=filed.paper.categories,
    )


def _is_translated(document: Document) -> bool:
    return bool(document.title and document.abstract and document.title_zh and document.abstract_zh)


def _only(document: Document, direction: Direction) -> Document:
    """A paper without its text in the language that is asked with; one that has no other stays as it is."""
    if direction is Direction.TO_ENGLISH:
        return replace(document, title_zh="", abstract_zh="", tldr_zh="") if document.title else document
    return replace(document, title="", abstract="", comments="") if document.title_zh else document


def _build(index: Index, learned: Sequence[Document], shown: Sequence[Document], progress: Progress) -> None:
    with index.rebuilding(wait=0) as update:
        if update is None:
            raise AssertionError("nobody else knows the scratch folder")
        progress.start("step.learn", None)
        update.learn(learned)
        progress.finish()
        progress.start("step.index", len(shown))
        for start in range(0, len(shown), _AT_ONCE):
            page = shown[start : start + _AT_ONCE]
            update.put(page)
            progress.advance(len(page))
        update.commit(Reached(seq=1))
        progress.finish()


def _measure(
    index: Index, out: Sequence[Document], direction: Direction, progress: Progress, seed: int
) -> Iterator[Measured]:
    progress.start("step.search", len(out) * len(Mode))
    for mode in Mode:
        places = []
        for one in out:
            title = one.title_zh if direction is Direction.TO_ENGLISH else one.title
            places.append(_place(index, title, one.paper_id, mode))
            progress.advance()
        yield Measured(direction=direction, mode=mode, quality=quality(places, seed=seed))
    progress.finish()


def _place(index: Index, title: str, paper_id: str, mode: Mode) -> int:
    """Where a paper stands if one pastes this title; 0 if nowhere. What reads as a wrong field is read as words."""
    try:
        query = parse(title)
    except UsageError:
        title = title.replace(":", " ")
        query = parse(title)
    hits = index.find(query, title, limit=DEEP, mode=mode).hits
    return next((place for place, hit in enumerate(hits, 1) if hit.paper_id == paper_id), 0)
