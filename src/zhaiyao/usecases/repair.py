"""Asks arXiv for the whole text of papers that are held only cut, or only as the earlier system had them.

Stores what comes and queues what changed: a text that was cut and is now whole is translated anew, one that turns out
to be the very same is not. Translates nothing itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from zhaiyao.errors import FetchError, ParseError, UsageError
from zhaiyao.intake import fingerprints, merge, missing_kinds, shown
from zhaiyao.ports import Arxiv, Clock, Progress, Store, Texts, UnitOfWork
from zhaiyao.records import Sighting, Version

BATCH = 100
"""Papers asked for at once, stored in one transaction: what a kill or an error of arXiv's loses at most."""

PRIORITY = -1.0
"""Behind everything that a profile wants today: the earlier system's papers are years old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What came of a repair: of the papers `asked` for, how many got their text, which texts are `changed` (the others
    turned out whole), how many are newly `queued`, and which ids arXiv does not know.

    `error` is what stopped it early; the same call goes on from there.
    """

    asked: int = 0
    found: int = 0
    changed: int = 0
    queued: int = 0
    absent: tuple[str, ...] = ()
    error: FetchError | ParseError | None = None


def repair(store: Store, arxiv: Arxiv, *, clock: Clock, progress: Progress) -> Repaired:
    """Goes through all such papers once, in batches of a hundred. An error of arXiv's ends it, and is in the result.

    Raises UsageError if the interface that tells texts by id is not to be had.
    """
    if arxiv.texts is None:
        hint = "Switch it on in the settings (arxiv), or leave out --repair."
        raise UsageError("arXiv's query API may not be asked, and nothing else tells texts by id", hint=hint)
    total = sum(1 for _ in _damaged(store))
    done = Repaired()
    if not total:
        return done
    progress.start("step.repair", total)
    try:
        for batch in _batches(store):
            done = _added(done, _repair(store, arxiv.texts, batch))
            if done.error is not None:
                break
            progress.advance(len(batch))
    finally:
        progress.finish()
    return done


def _added(done: Repaired, more: Repaired) -> Repaired:
    return Repaired(
        asked=done.asked + more.asked,
        found=done.found + more.found,
        changed=done.changed + more.changed,
        queued=done.queued + more.queued,
        absent=done.absent + more.absent,
        error=more.error,
    )


def _damaged(store: Store, size: int = 10_000) -> Iterator[str]:
    """The ids of all papers that need repair, read page by page; each page sees what was repaired meanwhile."""
    after = ""
    while True:
        with store.reading() as tx:
            page = tx.papers.cut(after=after, limit=size)
        yield from page
        if len(page) < size:
            return
        after = page[-1]


def _batches(store: Store) -> Iterator[list[str]]:
    left = _damaged(store)
    while batch := list(islice(left, BATCH)):
        yield batch


def _repair(store: Store, texts: Texts, ids: Sequence[str]) -> Repaired:
    """Asks for one batch, and stores what came in one transaction."""
    with store.reading() as tx:
        held = tx.papers.versions(ids)
    broken = {paper_id: text for paper_id in ids if (text := latest_broken(held.get(paper_id, ()))) is not None}
    try:
        told = _ask(texts, broken)
    except (FetchError, ParseError) as error:
        return Repaired(error=error)
    with store.writing() as tx:
        known = tx.papers.get(told)
        papers = [merge(known.get(paper_id), one.paper) for paper_id, one in told.items()]
        tx.papers.put(papers, [one.version for one in told.values()], [])
        changed = [
            one.version for paper_id, one in told.items() if fingerprints(one.version) != fingerprints(broken[paper_id])
        ]
        queued = tx.work.enqueue(_wanted(tx, changed))
    return Repaired(
        asked=len(broken),
        found=len(told),
        changed=len(changed),
        queued=queued,
        absent=tuple(paper_id for paper_id in broken if paper_id not in told),
    )


def latest_broken(versions: Sequence[Version]) -> Version | None:
    """The latest text that is cut, or that only the earlier system told, with no whole one of arXiv's of its version or
    a later one. What `Papers.cut` finds, as a value."""
    whole = [v.number for v in versions if v.interface.is_arxiv and v.abstract and not v.truncated]
    broken = [v for v in versions if v.truncated or not v.interface.is_arxiv]
    return next((v for v in broken if v.number > max(whole, default=-1)), None)


def _ask(texts: Texts, broken: Mapping[str, Version]) -> dict[str, Sighting]:
    """What arXiv tells of these papers by id: of the version held where its number is known, so that the same text is
    compared and editions stay what they were; of the present one where that is not to be had."""
    exact = [f"{paper_id}v{text.number}" if text.number else paper_id for paper_id, text in broken.items()]
    told = {one.paper.id: one for one in texts.of(exact)}
    if left := [paper_id for paper_id, text in broken.items() if text.number and paper_id not in told]:
        told |= {one.paper.id: one for one in texts.of(left)}
    return {paper_id: told[paper_id] for paper_id in broken if paper_id in told}


def _wanted(tx: UnitOfWork, texts: Sequence[Version]) -> Iterator[tuple[str, int, float]]:
    """Those that are not translated yet; what the earlier system made of a cut text does not count."""
    held = tx.papers.versions([text.paper_id for text in texts])
    current = tx.renditions.current([(text.paper_id, text.number) for text in texts], language="zh")
    for text in texts:
        best = shown(held[text.paper_id], text.number)
        if best is not None and missing_kinds(best, current.get((text.paper_id, text.number), {})):
            yield text.paper_id, text.number, PRIORITY
