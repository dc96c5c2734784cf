"""What the driver asks for: the papers of the queue's best items, with all that is known to help. Writes claims alone.

The glossary and the readers' corrections are read once a pass; what a reader changes meanwhile counts from the next.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhaiyao.asking import Job, Translation
from zhaiyao.bookkeeping import Owner, WorkItem
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.glossary import Glossary, defaults
from zhaiyao.intake import assembled, missing_kinds, remembered, reusable
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.records import Correction, Rendition, RenditionKind, Version
from zhaiyao.segmenting import sentences

LEASE = timedelta(minutes=15)
"""How long a claim holds after its owner was last heard of. A heartbeat renews it three times as often."""

LANGUAGE = "zh"

Place = tuple[str, int]
Kinds = tuple[RenditionKind, ...]


@dataclass(frozen=True, slots=True)
class Briefing:
    """What readers want of every translation: terms, and sentences (by fingerprint) that they corrected."""

    glossary: Glossary
    corrections: Mapping[str, Correction]

    @classmethod
    def read(cls, store: Store) -> "Briefing":
        """The packaged terms with the readers' in front, and all corrections."""
        with store.reading() as tx:
            terms = tx.glossary.terms(language=LANGUAGE)
            corrected = tx.glossary.corrections(language=LANGUAGE)
        own = {term.source.casefold() for term in terms}
        others = (term for term in defaults(LANGUAGE) if term.source.casefold() not in own)
        return cls(Glossary((*terms, *others)), {text_fingerprint(one.source): one for one in reversed(corrected)})

    def of(self, text: str) -> tuple[Correction, ...]:
        """The corrections of sentences that stand in a text."""
        if not self.corrections:
            return ()
        found = (self.corrections.get(text_fingerprint(sentence.text)) for sentence in sentences(text))
        return tuple(one for one in found if one is not None)


def claim(tx: UnitOfWork, owner: Owner, briefing: Briefing, most: int, *, now: datetime) -> tuple[Job, ...]:
    """Up to `most` of the best items that are due, leased. What needs nothing any more is marked as done instead."""
    jobs: list[Job] = []
    while len(jobs) < most:
        items = tx.work.claim(owner, most=most - len(jobs), now=now, until=now + LEASE)
        if not items:
            break
        found = {job.claim: job for job in _jobs(tx, items, briefing, now)}
        tx.work.complete(item.id for item in items if item.id not in found)  # rendered meanwhile, or its text is gone
        jobs += found.values()
    return tuple(jobs)


def _jobs(tx: UnitOfWork, items: Sequence[WorkItem], briefing: Briefing, now: datetime) -> Iterator[Job]:
    """What is to be asked for each item; nothing for those that need nothing."""
    texts = texts_of(tx, [(item.paper_id, item.version) for item in items])
    missing = missing_of(tx, texts.values())
    made = tx.renditions.of([item.paper_id for item in items], language=LANGUAGE)
    for item in items:
        text, earlier = texts.get((item.paper_id, item.version)), made.get(item.paper_id, ())
        if text is not None and (kinds := _taken_over(tx, text, missing[text.paper_id, text.number], earlier)):
            yield _job(item, text, kinds, earlier, briefing, now)


def _job(
    item: WorkItem, text: Version, kinds: Kinds, made: Sequence[Rendition], briefing: Briefing, now: datetime
) -> Job:
    whole = f"{text.title}\n\n{text.abstract}"
    return Job(
        paper_id=item.paper_id,
        version=item.version,
        title=text.title,
        abstract=text.abstract,
        kinds=kinds,
        at=now,
        claim=item.id,
        tries=item.tries,
        known=remembered(made),
        terms=briefing.glossary.occurring(whole),
        corrections=(*briefing.of(text.title), *briefing.of(text.abstract)),
    )


def still_missing(tx: UnitOfWork, arrived: Sequence[Translation]) -> frozenset[int]:
    """The claims whose texts still lack a rendition, now that what was made of them is stored."""
    texts = texts_of(tx, [_place(one.job) for one in arrived])
    doubtful = {one.job.claim: text for one in arrived if (text := texts.get(_place(one.job))) and not _fits(one, text)}
    missing = missing_of(tx, doubtful.values())
    return frozenset(claim for claim, text in doubtful.items() if missing[text.paper_id, text.number])


def _fits(translation: Translation, text: Version) -> bool:
    """Whether everything was asked for and came, and of this very text: then nothing can be missing of it."""
    job = translation.job
    whole = not translation.missing and len(job.kinds) == len(RenditionKind)
    return whole and (job.title, job.abstract) == (text.title, text.abstract)


def _place(job: Job) -> Place:
    return job.paper_id, job.version


def texts_of(tx: UnitOfWork, places: Sequence[Place]) -> dict[Place, Version]:
    """What is known of these (paper id, version) pairs, each put together; pairs without a text are absent."""
    held = tx.papers.versions([paper_id for paper_id, _ in places])
    found = ((place, assembled(held.get(place[0], ()), place[1])) for place in places)
    return {place: text for place, text in found if text is not None}


def missing_of(tx: UnitOfWork, texts: Iterable[Version]) -> dict[Place, Kinds]:
    """The kinds that are still to be made of each text."""
    wanted = {(text.paper_id, text.number): text for text in texts}
    made = tx.renditions.current(wanted, language=LANGUAGE)
    return {place: missing_kinds(text, made.get(place, {})) for place, text in wanted.items()}


def take_over(tx: UnitOfWork, text: Version) -> Kinds:
    """The kinds that must be asked for. What another version's rendition says of the same text is taken over first."""
    missing = missing_of(tx, [text])[text.paper_id, text.number]
    if not missing:
        return ()
    return _taken_over(tx, text, missing, tx.renditions.of([text.paper_id], language=LANGUAGE).get(text.paper_id, ()))


def _taken_over(tx: UnitOfWork, text: Version, missing: Kinds, made: Sequence[Rendition]) -> Kinds:
    taken = reusable(text, missing, made)
    if taken:
        tx.renditions.put(taken)
    had = {one.kind for one in taken}
    return tuple(kind for kind in missing if kind not in had)
