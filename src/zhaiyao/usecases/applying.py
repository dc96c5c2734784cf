"""A reader's corrections in earlier papers: where a wording or a sentence stands that was corrected elsewhere, and its
replacement there. Changes only what is certain, and never what was imported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from zhaiyao.errors import UsageError
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.glossary import Glossary, mended, replaced
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.records import RenditionKind, SegmentState, Term
from zhaiyao.usecases.glossary import LANGUAGE, Rendered, combined, latest_renditions
from zhaiyao.usecases.rewording import (
    BY_READER,
    Change,
    by_reader,
    objections,
    own_of,
    remember,
    segments_of,
    source_of,
    with_changes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An earlier paper in which a corrected wording or sentence stands as it was, in so many sentences."""

    paper_id: str
    title: str
    sentences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How earlier papers were mended: papers and sentences; `uncertain` papers were left, for a person to look at, and
    so were the `imported` ones. `term` is None where it was by whole sentences."""

    term: Term | None = None
    papers: tuple[str, ...]
    sentences: int
    uncertain: tuple[str, ...]
    imported: int


def apply(store: Store, source: str, *, now: datetime) -> Applied:
    """Replaces the avoided wordings of a reader's term in all current renditions, where that is certain.

    Raises UsageError if the reader has no such term, or if it avoids nothing.
    """
    papers: list[str] = []
    uncertain: list[str] = []
    sentences = imported = 0
    with store.writing() as tx:
        term = _named(tx, source)
        terms = combined(tx.glossary.terms(language=LANGUAGE))
        for paper_id, rendered in latest_renditions(tx):
            own, held = own_of(rendered), _holds(rendered, term)
            if not held:
                continue
            imported += len(own) < len(rendered) and not _holds(own, term)
            changes = _mended(own, term, terms)
            if changes:
                tx.renditions.put(with_changes(own, changes, now))
                remember(tx, paper_id, (one for one in changes if one.before.by == BY_READER), now)
                papers.append(paper_id)
                sentences += len(changes)
            if len(changes) < _holds(own, term):
                uncertain.append(paper_id)
    return Applied(term=term, papers=tuple(papers), sentences=sentences, uncertain=tuple(uncertain), imported=imported)


def apply_sentences(store: Store, *, now: datetime) -> Applied:
    """Puts every sentence that a reader corrected into all current renditions where it stands otherwise.

    What a reader corrected there stays as it is, and so does a sentence of which the checks object to the correction.
    """
    papers: list[str] = []
    uncertain: list[str] = []
    sentences = imported = 0
    with store.writing() as tx:
        corrected = tx.glossary.corrections(language=LANGUAGE)
        wanted = {text_fingerprint(one.source): one.target for one in reversed(corrected)}
        for paper_id, rendered in latest_renditions(tx) if wanted else ():
            own = own_of(rendered)
            changes = _repeated(own, wanted)
            sure = [one for one in changes if not objections(own, [one])]
            imported += len(_repeated(rendered, wanted)) > len(changes)
            if sure:
                tx.renditions.put(with_changes(own, sure, now))
                papers.append(paper_id)
                sentences += len(sure)
            if len(sure) < len(changes):
                uncertain.append(paper_id)
    return Applied(papers=tuple(papers), sentences=sentences, uncertain=tuple(uncertain), imported=imported)


def elsewhere(
    tx: UnitOfWork, changes: Iterable[Change], term: Term | None, *, but: str
) -> tuple[tuple[Holder, ...], tuple[Holder, ...]]:
    """The other papers, imported texts aside, where a sentence has the term and an avoided wording of it; and those
    that have one of the corrected sentences, otherwise than it is now."""
    wanted = {text_fingerprint(one.before.source): one.after.target for one in changes if one.before.source}
    wordings: list[Holder] = []
    sentences: list[Holder] = []
    for paper_id, rendered in latest_renditions(tx):
        own = own_of(rendered) if paper_id != but else {}
        for found, count in (
            (wordings, _holds(own, term) if term else 0),
            (sentences, len(_repeated(own, wanted))),
        ):
            if count:
                found.append(Holder(paper_id=paper_id, title=_title(own), sentences=count))
    return tuple(wordings), tuple(sentences)


def _repeated(rendered: Rendered, wanted: Mapping[str, str]) -> tuple[Change, ...]:
    """What becomes of sentences, by their fingerprints, that are wanted otherwise and that no reader has put so."""
    others = ((kind, one) for kind, one in segments_of(rendered) if one.source and one.by != BY_READER)
    told = ((kind, one, wanted.get(text_fingerprint(one.source))) for kind, one in others)
    return tuple(
        Change(kind=kind, before=one, after=by_reader(one, target))
        for kind, one, target in told
        if target is not None and target != one.target
    )


def _named(tx: UnitOfWork, source: str) -> Term:
    own = Glossary(tx.glossary.terms(language=LANGUAGE))
    term = own.get(source)
    if term is None or not term.avoid:
        raise UsageError(
            "no term of yours that avoids a wording" if term is None else "this term avoids no wording",
            subject=source[:80],
            hint=f'Add what to replace: zhaiyao glossary add "{source[:40]}" … --avoid …',
        )
    return term


def _title(rendered: Rendered) -> str:
    return rendered[RenditionKind.TITLE].text if RenditionKind.TITLE in rendered else ""


def _holds(rendered: Rendered, term: Term) -> int:
    """How many sentences have the term in the source and an avoided wording in the target."""
    avoided = [(kind, one) for kind, one in segments_of(rendered) if _is_avoiding(one.target, term)]
    if not avoided:
        return 0
    glossary = Glossary([term])
    paper = f"{source_of(rendered, RenditionKind.TITLE)}\n\n{source_of(rendered, RenditionKind.ABSTRACT)}"
    return sum(bool(glossary.occurrences(one.source or paper)) for _, one in avoided)


def _is_avoiding(target: str, term: Term) -> bool:
    return any(replaced(target, old, term.target) != target for old in term.avoid if old in target)


def _mended(rendered: Rendered, term: Term, terms: Glossary) -> tuple[Change, ...]:
    """The sentences that can be mended for certain. A TL;DR of its own follows the abstract if all there was sure."""
    made: list[Change] = []
    doubtful = False
    for kind, segment in segments_of(rendered):
        if segment.state is not SegmentState.TRANSLATED or not _is_avoiding(segment.target, term):
            continue
        target = segment.target
        if segment.source:
            others = (one for one in terms.occurring(segment.source) if one.source != term.source)
            target = mended(segment.source, target, (*(replace(one, avoid=()) for one in others), term))
        elif made and not doubtful:
            for old in term.avoid:
                target = replaced(target, old, term.target)
        change = Change(kind=kind, before=segment, after=by_reader(segment, target))
        is_good = target != segment.target and not objections(rendered, [change])
        doubtful = doubtful or not is_good
        if is_good:
            made.append(change)
    return tuple(made)
