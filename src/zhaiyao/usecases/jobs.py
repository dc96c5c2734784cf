"""What the driver asks for: the papers of the queue's best items, with all that is known to help. Writes claims alone.

The glossary and the readers' corrections are read once a pass; what a reader changes meanwhile counts from the next.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhaiyao.asking import Job
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
    while len(jobs) < most and (items := _leased(tx, owner, most - len(jobs), now)):
        places = [(item.paper_id, item.version) for item in items]
        texts = texts_of(tx, places)
        missing = missing_of(tx, texts.values())
        for item, place in zip(items, places, strict=True):
            job = _job(tx, item, texts[place], missing[place], briefing, now) if missing.get(place) else None
            if job is None:
                tx.work.complete(item.id)  # rendered meanwhile, or its text is gone
            else:
                jobs.append(job)
    return tuple(jobs)


def _leased(tx: UnitOfWork, owner: Owner, most: int, now: datetime) -> list[WorkItem]:
    items: list[WorkItem] = []
    while len(items) < most and (item := tx.work.claim(owner, now=now, until=now + LEASE)) is not None:
        items.append(item)
    return items


def _job(
    tx: UnitOfWork, item: WorkItem, text: Version, missing: Kinds, briefing: Briefing, now: datetime
) -> Job | None:
    made = tx.renditions.of(text.paper_id, language=LANGUAGE)
    kinds = _taken_over(tx, text, missing, made)
    if not kinds:
        return None
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
    return _taken_over(tx, text, missing, tx.renditions.of(text.paper_id, language=LANGUAGE)) if missing else ()


def _taken_over(tx: UnitOfWork, text: Version, missing: Kinds, made: Sequence[Rendition]) -> Kinds:
    taken = reusable(text, missing, made)
    if taken:
        tx.renditions.put(taken)
    had = {one.kind for one in taken}
    return tuple(kind for kind in missing if kind not in had)
