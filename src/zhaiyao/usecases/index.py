"""Keeps the index up with the store: follows its log of changes, or builds the index anew. Searches nothing.

    read the changes after those that the index has read
    collect the papers they touch, as they are now
    put these into the index, remove those that are gone, commit with the last change's number

Reading and committing again what was read before changes nothing, so a kill at any moment costs a repetition at most.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice

from zhaiyao.bookkeeping import Change
from zhaiyao.errors import IndexDamaged
from zhaiyao.finding import Document, Index, IndexSize, IndexUpdate, Reached
from zhaiyao.intake import shown
from zhaiyao.ports import Progress, Store, UnitOfWork
from zhaiyao.records import Paper, Rendition, RenditionKind, Version

AT_ONCE = 1000
"""Papers read from the store in one transaction."""

COMMIT_EVERY = 20_000
"""Papers put into the index between two commits: what a kill costs at most."""

MOST_LEARNED = 60_000
"""Papers that a new index learns from at most, the first in the order of their ids."""

PATIENCE = 10.0
"""Seconds to wait for another process that changes the index."""

_OF_PAPERS = ("paper", "version", "announcement", "rendition")
_MARKS = {"star": "starred", "like": "liked", "dislike": "disliked", "hide": "hidden"}
_OPPOSITES = {"liked": "disliked", "disliked": "liked"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What following did. `papers`: put or removed. `behind`: changes still unread. `busy`: another process was at it.

    `rebuilt` says why the index was built anew, or is empty.
    """

    papers: int = 0
    behind: int = 0
    busy: bool = False
    rebuilt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStatus:
    """How the index stands: its size, the number of the last change it has read, and how many it has not.

    `damage` says what is wrong with it, or is empty.
    """

    size: IndexSize
    reached: int
    behind: int
    damage: str = ""


def status(store: Store, index: Index, *, verify: bool = True) -> IndexStatus:
    """How the index stands; with `verify`, every byte of it is looked at. Changes nothing."""
    with store.reading() as tx:
        latest = tx.changes.latest()
    try:
        if verify:
            index.verify()
        reached = index.reached
        damage = "" if _is_of(store, reached) else FOREIGN
        return IndexStatus(size=index.size, reached=reached.seq, behind=max(latest - reached.seq, 0), damage=damage)
    except IndexDamaged as error:
        return IndexStatus(size=IndexSize(papers=0), reached=0, behind=latest, damage=error.what)


def follow(
    store: Store, index: Index, *, progress: Progress, most: int | None = None, wait: float = PATIENCE
) -> Followed:
    """Reads what changed since the last time, `most` changes at most. An index that is missing, damaged or another
    store's is built anew. Raises StoreError, SearchError.
    """
    try:
        reached = index.reached
        if _is_of(store, reached):
            return _follow(store, index, reached, progress=progress, most=most, wait=wait)
        why = FOREIGN
    except IndexDamaged as error:
        why = error.what
    return rebuild(store, index, why=why, progress=progress, wait=wait)


def _follow(
    store: Store, index: Index, reached: Reached, *, progress: Progress, most: int | None, wait: float
) -> Followed:
    behind = _behind(store, reached)
    if not behind:
        return Followed()
    if not reached.seq:
        return rebuild(store, index, progress=progress, wait=wait)
    with index.updating(wait=wait, bulk=behind > COMMIT_EVERY) as update:
        if update is None:
            return Followed(behind=behind, busy=True)
        wanted = behind if most is None else min(behind, most)
        progress.start("step.index", wanted)
        papers = _catch_up(store, update, progress, wanted)
        progress.finish()
        return Followed(papers=papers, behind=_behind(store, update.reached))


def rebuild(store: Store, index: Index, *, progress: Progress, why: str = "", wait: float = PATIENCE) -> Followed:
    """Builds the index anew from all papers; until it is whole, the old one is searched. Raises StoreError,
    SearchError.
    """
    with index.rebuilding(wait=wait) as update:
        if update is None:
            return Followed(busy=True)
        reached = _reached(store)
        progress.start("step.index", None)
        update.learn(islice(chain.from_iterable(_pages(store)), MOST_LEARNED))
        papers = 0
        for page in _pages(store):
            update.put(page)
            papers += len(page)
            progress.advance(len(page))
        update.commit(reached)
        progress.finish()
    return Followed(papers=papers, behind=_behind(store, reached), rebuilt=why)


def relearn(store: Store, index: Index, *, progress: Progress) -> Followed | None:
    """Builds the index anew if it has much more to learn from than when it learned; None where that is not so, or
    another process is at it."""
    if not index.stale:
        return None
    followed = rebuild(store, index, why=LEARNS, progress=progress, wait=0)
    return None if followed.busy else followed


LEARNS = "there are so many more papers to learn from"
FOREIGN = "the index belongs to another store"


def documents(tx: UnitOfWork, ids: Iterable[str]) -> tuple[Document, ...]:
    """What is to be found of these papers, in the given order; unknown ones are left out."""
    return _documents(tx, list(dict.fromkeys(ids)), _marks(tx))


def _documents(tx: UnitOfWork, ids: Sequence[str], marks: Mapping[str, Collection[str]]) -> tuple[Document, ...]:
    papers = tx.papers.get(ids)
    versions = tx.papers.versions(ids)
    dates: dict[str, set[date]] = {}
    for told in tx.papers.announcements(papers=ids):
        dates.setdefault(told.paper_id, set()).add(told.date)
    pairs = [(text.paper_id, text.number) for texts in versions.values() for text in texts]
    current = tx.renditions.current(pairs, language="zh")
    found = []
    for paper_id in ids:
        if paper_id in papers:
            texts = versions.get(paper_id, ())
            announced = tuple(sorted(dates.get(paper_id, ())))
            chinese = _latest(texts, current)
            found.append(_document(papers[paper_id], texts, chinese, announced, marks.get(paper_id, ())))
    return tuple(found)


def _latest(
    texts: Sequence[Version], current: Mapping[tuple[str, int], Mapping[RenditionKind, Rendition]]
) -> dict[RenditionKind, Rendition]:
    """Of each kind the rendition of the newest version that has one: an old translation finds better than none."""
    latest: dict[RenditionKind, Rendition] = {}
    for paper_id, number in sorted({(text.paper_id, text.number) for text in texts}):
        latest |= current.get((paper_id, number), {})
    return latest


def _document(
    paper: Paper,
    texts: Sequence[Version],
    chinese: Mapping[RenditionKind, Rendition],
    announced: tuple[date, ...],
    marks: Collection[str],
) -> Document:
    text = _newest(texts)
    zh = {kind: rendition.text for kind, rendition in chinese.items()}
    return Document(
        paper_id=paper.id,
        title=text.title if text else "",
        abstract=text.abstract if text else "",
        title_zh=zh.get(RenditionKind.TITLE, ""),
        abstract_zh=zh.get(RenditionKind.ABSTRACT, ""),
        tldr_zh=zh.get(RenditionKind.TLDR, ""),
        comments=text.comments if text else "",
        authors=tuple(author.name for author in text.authors) if text else (),
        categories=paper.categories,
        announced=announced,
        marks=(*sorted(marks), *(("translated",) if RenditionKind.TITLE in zh else ())),
    )


def _newest(texts: Sequence[Version]) -> Version | None:
    """The text that is shown of the newest version."""
    return shown(texts, max((text.number for text in texts), default=0))


def _marks(tx: UnitOfWork) -> dict[str, set[str]]:
    """What the readers marked, by paper: `star` and its like set a mark, `unstar` takes it away."""
    marks: dict[str, set[str]] = {}
    for profile in tx.profiles.names():
        for event in tx.profiles.events(profile):
            mark = _MARKS.get(event.kind.removeprefix("un"))
            if not event.paper_id or mark is None:
                continue
            held = marks.setdefault(event.paper_id, set())
            if event.kind.startswith("un"):
                held.discard(mark)
            else:
                held.add(mark)
                held.discard(_OPPOSITES.get(mark, ""))
    return marks


def _catch_up(store: Store, update: IndexUpdate, progress: Progress, most: int) -> int:
    """Reads at most so many changes, and commits now and then; returns how many papers were touched."""
    with store.reading() as tx:
        marks = _marks(tx)
    papers = uncommitted = read = 0
    last: Change | None = None
    while read < most:
        with store.reading() as tx:
            changes = tx.changes.since(last.seq if last else update.reached.seq, limit=min(AT_ONCE, most - read))
            if not changes:
                break
            ids = touched(tx, changes)
            found = _documents(tx, ids, marks)
        update.put(found)
        update.remove(sorted(set(ids) - {document.paper_id for document in found}))
        last, read = changes[-1], read + len(changes)
        papers, uncommitted = papers + len(ids), uncommitted + len(ids)
        progress.advance(len(changes))
        if uncommitted >= COMMIT_EVERY:
            update.commit(_told(last))
            uncommitted = 0
    if last is not None and last.seq > update.reached.seq:
        update.commit(_told(last))
    return papers


def touched(tx: UnitOfWork, changes: Sequence[Change]) -> list[str]:
    """The papers that these changes touch, each once; of a reader's feedback, all papers with feedback of his."""
    ids = dict.fromkeys(change.key for change in changes if change.kind in _OF_PAPERS)
    for profile in {change.key for change in changes if change.kind == "feedback"}:
        ids |= dict.fromkeys(event.paper_id for event in tx.profiles.events(profile) if event.paper_id)
    return list(ids)


def _pages(store: Store) -> Iterator[tuple[Document, ...]]:
    """Every paper, page by page, each page as it is when its turn comes."""
    after = ""
    with store.reading() as tx:
        marks = _marks(tx)
    while True:
        with store.reading() as tx:
            ids = tx.papers.ids(after=after, limit=AT_ONCE)
            found = _documents(tx, ids, marks)
        if not ids:
            return
        yield found
        after = ids[-1]


def _reached(store: Store) -> Reached:
    """The end of the log of changes."""
    with store.reading() as tx:
        last = tx.changes.since(tx.changes.latest() - 1, limit=1)
    return _told(last[0]) if last else Reached()


def _told(change: Change) -> Reached:
    return Reached(seq=change.seq, proof=f"{change.at.isoformat()} {change.kind} {change.key}")


def _is_of(store: Store, reached: Reached) -> bool:
    """Whether the last change that the index read is one of this store's."""
    if not reached.seq:
        return True
    with store.reading() as tx:
        found = tx.changes.since(reached.seq - 1, limit=1)
    return bool(found) and _told(found[0]) == reached


def _behind(store: Store, reached: Reached) -> int:
    with store.reading() as tx:
        return max(tx.changes.latest() - reached.seq, 0)
