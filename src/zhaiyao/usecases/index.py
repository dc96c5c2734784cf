"""Keeps the index up with the store: follows its log of changes, or builds the index anew. Searches nothing.

    read the changes after those that the index has read
    collect the papers they touch, as they are now
    put these into the index, remove those that are gone, commit with the last change's number

    built anew: learn from a sample of all papers, translated ones first; put all papers

Reading and committing again what was read before changes nothing, so a kill at any moment costs a repetition at most.
"""

import hashlib
import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from zhaiyao.bookkeeping import Change
from zhaiyao.errors import IndexDamaged, SearchError
from zhaiyao.finding import Document, Index, IndexSize, IndexUpdate, Reached
from zhaiyao.intake import shown
from zhaiyao.ports import Progress, Store, UnitOfWork
from zhaiyao.records import Paper, Rendition, RenditionKind, Version
from zhaiyao.usecases.silent import Silent

AT_ONCE = 1000
"""Papers read from the store in one transaction."""

COMMIT_EVERY = 20_000
"""Papers put into the index between two commits: what a kill costs at most."""

MOST_TRANSLATED, MOST_OTHERS = 40_000, 20_000
"""Papers that a new index learns from at most: with a Chinese title, and others."""

LITTLE = 2000
"""Changes that a search reads before it answers: half a second's work."""

PATIENCE = 10.0
"""Seconds to wait for another process that changes the index."""

_IDS_AT_ONCE = 20_000
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


def follow_a_little(store: Store, index: Index) -> int:
    """Reads what changed since the last time if that takes no second; returns how many changes are left unread.

    For who wants an answer now: what is more, or in another process's hands, is left. Raises StoreError, and
    IndexDamaged where only a long rebuilding would help.
    """
    with store.reading() as tx:
        latest = tx.changes.latest()
    is_small = latest <= LITTLE
    try:
        if not is_small and not _is_of(store, index.reached):
            raise IndexDamaged(FOREIGN, hint="Run zhaiyao index.")
        behind = latest if is_small else max(latest - index.reached.seq, 0)
        if not behind or behind > LITTLE:
            return behind
        return follow(store, index, progress=Silent(), wait=0).behind
    except IndexDamaged:
        raise
    except SearchError:  # a folder that this process may only read
        return max(latest - index.reached.seq, 0)


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
        update.learn(sample(store))
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


def pay_owed(store: Store, index: Index, *, progress: Progress) -> Followed:
    """Puts those papers again for which an embedder from outside gave no vectors when they came in. What it does not
    embed now either stays owed: `behind` counts it. Raises StoreError, SearchError.
    """
    owed = index.owed(limit=COMMIT_EVERY)
    if not owed:
        return Followed()
    with index.updating(wait=0, bulk=len(owed) > AT_ONCE) as update:
        if update is None:
            return Followed(behind=len(owed), busy=True)
        progress.start("step.index", len(owed))
        for start in range(0, len(owed), AT_ONCE):
            with store.reading() as tx:
                found = documents(tx, owed[start : start + AT_ONCE])
            update.put(found)
            progress.advance(len(found))
        update.commit(update.reached)
        progress.finish()
    left = len(index.owed(limit=COMMIT_EVERY))
    return Followed(papers=max(len(owed) - left, 0), behind=left)


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


def sample(store: Store, *, most: int = MOST_TRANSLATED, others: int = MOST_OTHERS) -> Iterator[Document]:
    """Papers to learn from, from all times and in no order: `most` translated ones at most, then that many others.

    Those whose ids have the smallest digests, so that the same papers give the same sample, and only its ids are held.
    """
    with store.reading() as tx:
        marks = _marks(tx)

    def translated(tx: UnitOfWork, after: str) -> tuple[str, ...]:
        return tx.renditions.translated(language="zh", after=after, limit=_IDS_AT_ONCE)

    def any_paper(tx: UnitOfWork, after: str) -> tuple[str, ...]:
        return tx.papers.ids(after=after, limit=_IDS_AT_ONCE)

    first = heapq.nsmallest(most, _ids(store, translated), key=_digest)
    known = frozenset(first)
    rest = heapq.nsmallest(others, (one for one in _ids(store, any_paper) if one not in known), key=_digest)
    for ids in (first, rest):
        for start in range(0, len(ids), AT_ONCE):
            with store.reading() as tx:
                yield from _documents(tx, ids[start : start + AT_ONCE], marks)


def _ids(store: Store, page: Callable[[UnitOfWork, str], tuple[str, ...]]) -> Iterator[str]:
    """All ids that come page by page."""
    after = ""
    while True:
        with store.reading() as tx:
            ids = page(tx, after)
        if not ids:
            return
        yield from ids
        after = ids[-1]


def _digest(paper_id: str) -> bytes:
    return hashlib.blake2b(paper_id.encode(), digest_size=8).digest()


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
