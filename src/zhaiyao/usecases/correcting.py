"""A reader's correction: mends one paper's renditions, remembers the sentences and the term, and tells where else the
same wording stands. Changes other papers only when asked to (`apply`), and never what was imported.

A rendition keeps its engine; the sentences that a reader changed carry `by="reader"`, so it is a new rendition by its
key, and the next edition is a new revision.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import UsageError
from zhaiyao.glossary import Glossary, checked, explaining, mended, replaced, wordings
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.records import Correction, Rendition, RenditionKind, Segment, SegmentState, Term
from zhaiyao.usecases.glossary import LANGUAGE, Rendered, combined, latest_renditions
from zhaiyao.validating import check, check_tldr, describe, is_mild

BY_READER = "reader"

NEAR, APART = 0.5, 0.1
"""How like a sentence a correction must be (0 to 1), and how much more than like the next one."""

LONGEST = 4000
"""The most characters of a correction."""

MOST_COMPARED = 50_000
"""The most sentences of the store that are looked at to find out which term a wording stands for."""

_ARROW = re.compile(r"\s*(?:->|=>|→|⇒)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A sentence that a reader changed, before and after."""

    kind: RenditionKind
    before: Segment
    after: Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An earlier paper whose renditions have the corrected wording for the term."""

    paper_id: str
    title: str
    sentences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What a correction did. Without a `term` only the sentences were remembered. `faults` are those that the reader
    insisted on."""

    paper_id: str
    changes: tuple[Change, ...]
    term: Term | None
    earlier: tuple[Holder, ...]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How earlier papers were mended: papers and sentences; `uncertain` papers were left, for a person to look at, and
    so were the `imported` ones."""

    term: Term
    papers: tuple[str, ...]
    sentences: int
    uncertain: tuple[str, ...]
    imported: int


def fix(
    store: Store, paper: str, words: str, *, now: datetime, term: str = "", sentence: int = 0, force: bool = False
) -> Fixed:
    """Corrects a paper: `"old wording -> new wording"`, or a whole sentence as it should be.

    `term` names the English term meant; `sentence` is the number of the sentence meant, from 1. Raises UsageError if
    nothing fits, if more than one sentence does, if the paper changes meanwhile, or, without `force`, if the checks
    find a new fault.
    """
    paper_id = ArxivId.parse(paper).paper
    words = _plain(words)
    if not 0 < len(words) <= LONGEST:
        raise UsageError(f"a correction has 1 to {LONGEST} characters", subject=paper_id)
    with store.reading() as tx:
        rendered = _own(tx, paper_id)
        pair = _pair(words, rendered)
        if pair and sentence:
            raise UsageError("a wording is replaced throughout the paper", subject=f"--sentence {sentence}")
        changes = _reworded(rendered, *pair) if pair else _respoken(rendered, words, sentence)
        if not changes:
            raise UsageError("reads so already; nothing was changed", subject=paper_id)
        faults = _faults(rendered, changes)
        if faults and not force:
            told = "; ".join(map(describe, faults))
            raise UsageError(f"the checks object: {told}", subject=paper_id, hint="--force takes it all the same.")
        known = _term(tx, changes, pair, term)
        earlier = tuple(_holders(tx, known, but=paper_id)) if known else ()
    _keep(store, paper_id, changes, known, now)
    return Fixed(paper_id=paper_id, changes=changes, term=known, earlier=earlier, faults=faults)


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
            own, held = _without_imported(rendered), _holds(rendered, term)
            if not held:
                continue
            imported += len(own) < len(rendered) and not _holds(own, term)
            changes = _mended(own, term, terms)
            if changes:
                tx.renditions.put(_with(own, changes, now))
                _remember(tx, paper_id, (one for one in changes if one.before.by == BY_READER), now)
                papers.append(paper_id)
                sentences += len(changes)
            if len(changes) < _holds(own, term):
                uncertain.append(paper_id)
    return Applied(term=term, papers=tuple(papers), sentences=sentences, uncertain=tuple(uncertain), imported=imported)


def _keep(store: Store, paper_id: str, changes: tuple[Change, ...], term: Term | None, now: datetime) -> None:
    """Writes what a correction does, all of it or nothing. Raises UsageError if the sentences are others by now."""
    with store.writing() as tx:
        rendered = _own(tx, paper_id)
        if not {(one.kind, one.before) for one in changes} <= set(_segments(rendered)):
            raise UsageError("was translated anew meanwhile", subject=paper_id, hint="Look at it and correct it again.")
        tx.renditions.put(_with(rendered, changes, now))
        _remember(tx, paper_id, changes, now)
        if term:
            tx.glossary.put([term])


def _remember(tx: UnitOfWork, paper_id: str, changes: Iterable[Change], now: datetime) -> None:
    """Keeps corrected sentences for wherever they stand: but a TL;DR's wording holds for its paper alone."""
    for one in changes:
        if one.after.source and one.kind is not RenditionKind.TLDR:
            source, target = one.after.source, one.after.target
            tx.glossary.correct(Correction(source=source, target=target, paper_id=paper_id, at=now))


def _plain(words: str) -> str:
    """Words as one line, without what is not seen: they go into pages, prompts and later papers."""
    return "".join(sign for sign in " ".join(words.split()) if unicodedata.category(sign) not in ("Cc", "Cf")).strip()


def _own(tx: UnitOfWork, paper_id: str) -> Rendered:
    """The paper's current renditions that we made."""
    rendered = dict(latest_renditions(tx, [paper_id])).get(paper_id, {})
    own = _without_imported(rendered)
    if own:
        return own
    if rendered:
        raise UsageError(
            "has only imported translations; those are kept as they are",
            subject=paper_id,
            hint="Only what was translated here can be corrected: a paper is, once arXiv announces a version of it.",
        )
    raise UsageError("has no translation here", subject=paper_id, hint=f"See `zhaiyao why {paper_id}`.")


def _without_imported(rendered: Rendered) -> Rendered:
    return {kind: one for kind, one in rendered.items() if not one.is_legacy}


def _segments(rendered: Rendered) -> list[tuple[RenditionKind, Segment]]:
    """All sentences in the order in which they are numbered: title, abstract, TL;DR."""
    return [(kind, one) for kind in RenditionKind if kind in rendered for one in rendered[kind].segments]


def _pair(words: str, rendered: Rendered) -> tuple[str, str] | None:
    """Old and new wording, if the correction is one of wording; a whole sentence may hold an arrow, too."""
    parts = [part.strip() for part in _ARROW.split(words)]
    if len(parts) != 2 or not all(parts):
        return None
    old, new = parts
    if any(old in segment.target for _, segment in _segments(rendered)):
        if old == new:
            raise UsageError("both wordings are the same", subject=old[:80])
        return old, new
    if words.rstrip().endswith(("。", "！", "？")):
        return None
    raise UsageError(
        "does not stand in this paper's translation", subject=old[:80], hint="The wording must be exact, as printed."
    )


def _reworded(rendered: Rendered, old: str, new: str) -> tuple[Change, ...]:
    """Every translated sentence with the new wording in the place of the old one."""
    made = []
    for kind, segment in _segments(rendered):
        target = replaced(segment.target, old, new) if segment.state is SegmentState.TRANSLATED else segment.target
        if target != segment.target:
            made.append(Change(kind=kind, before=segment, after=_by_reader(segment, target)))
    if not made and old not in new:
        raise UsageError(
            "stands only in formulas, addresses or sentences that stayed in the original",
            subject=old[:80],
            hint="Give the whole sentence instead.",
        )
    return tuple(made)


def _respoken(rendered: Rendered, target: str, number: int) -> tuple[Change, ...]:
    """The sentence that the target corrects, and its repetitions in the same paper."""
    segments = _segments(rendered)
    if number > len(segments):
        raise UsageError(f"there are {len(segments)} sentences", subject=f"--sentence {number}")
    chosen = segments[number - 1][1] if number else _nearest(segments, target)
    same = [(kind, one) for kind, one in segments if (one.source, one.target) == (chosen.source, chosen.target)]
    return tuple(
        Change(kind=kind, before=one, after=_by_reader(one, target)) for kind, one in same if one.target != target
    )


def _nearest(segments: list[tuple[RenditionKind, Segment]], target: str) -> Segment:
    """The sentence that is most like the target. Raises UsageError that shows the candidates if none clearly is."""
    likeness = [SequenceMatcher(None, one.target, target, autojunk=False).ratio() for _, one in segments]
    order = sorted(range(len(segments)), key=likeness.__getitem__, reverse=True)
    best = segments[order[0]][1]
    rest = [likeness[at] for at in order[1:] if segments[at][1].target != best.target]
    if likeness[order[0]] >= NEAR and (not rest or likeness[order[0]] - rest[0] >= APART):
        return best
    shown = "\n".join(f"{at + 1}: {segments[at][1].target[:100]}" for at in order[:5])
    raise UsageError(
        "it is not clear which sentence this corrects",
        subject=target[:40],
        hint=f"Name it by its number, as in `--sentence {order[0] + 1}`:\n{shown}",
    )


def _by_reader(segment: Segment, target: str) -> Segment:
    return replace(segment, target=target, state=SegmentState.TRANSLATED, faults=(), by=BY_READER)


def _faults(rendered: Rendered, changes: Iterable[Change]) -> tuple[str, ...]:
    """The faults that the changes bring in. What the sentence had before, and what is mild, is no objection."""
    found: dict[str, None] = {}
    for one in changes:
        was = () if one.before.state is SegmentState.KEPT else _judge(rendered, one.before)
        found.update((code, None) for code in _judge(rendered, one.after) if code not in was and not is_mild(code))
    return tuple(found)


def _judge(rendered: Rendered, segment: Segment) -> tuple[str, ...]:
    if segment.source:
        return check(segment.source, segment.target)
    return check_tldr(_source(rendered, RenditionKind.TITLE), _source(rendered, RenditionKind.ABSTRACT), segment.target)


def _source(rendered: Rendered, kind: RenditionKind) -> str:
    return "".join(one.source + one.gap for one in rendered[kind].segments) if kind in rendered else ""


def _with(rendered: Rendered, changes: Iterable[Change], now: datetime) -> list[Rendition]:
    """The renditions that change, changed. What they cost stays with the ones that they came from."""
    after = {(one.kind, one.before): one.after for one in changes}
    made = []
    for kind, rendition in rendered.items():
        segments = tuple(after.get((kind, one), one) for one in rendition.segments)
        if segments != rendition.segments:
            free = replace(rendition, prompt_tokens=0, completion_tokens=0, cost_micros=0)
            made.append(replace(free, segments=segments, made_at=now))
    return made


def _term(tx: UnitOfWork, changes: tuple[Change, ...], pair: tuple[str, str] | None, named: str) -> Term | None:
    """The term that the correction is about, as it is to be from now on; None if that is not known."""
    own = tx.glossary.terms(language=LANGUAGE)
    source = " ".join(dict.fromkeys(one.before.source for one in changes))
    if pair is None:
        if named:
            raise UsageError("a whole sentence names no wording", subject=named[:80], hint='Give "old -> new".')
        return None
    old, new = pair
    held = combined(own)
    term: Term | None
    if named:
        term = held.get(named) or Term(source=named, target=new)
        if not Glossary([term]).occurrences(source):
            raise UsageError("does not occur in the sentences that change", subject=named[:80])
    else:
        term = _known(held, source, old, new) or _associated(tx, source, old, new)
    return _renewed(term, old, new) if term else None


def _known(held: Glossary, source: str, old: str, new: str) -> Term | None:
    """The one term of the glossary that occurs and is translated with either wording."""
    occurring = held.occurring(source)
    exact = [term for term in occurring if old in (*wordings(term), *term.avoid)]
    found = exact or [term for term in occurring if new in wordings(term)]
    return found[0] if len(found) == 1 else None


def _associated(tx: UnitOfWork, source: str, old: str, new: str) -> Term | None:
    """The words that the store's sentences pair with the old wording, if several papers do, clearly."""
    holding: list[str] = []
    others: list[str] = []
    papers = 0
    for _, rendered in latest_renditions(tx):
        before = len(holding)
        for _, segment in _segments(_without_imported(rendered)):
            if segment.source and segment.state is SegmentState.TRANSLATED:
                (holding if old in segment.target else others).append(segment.source)
        papers += len(holding) > before
        if len(others) > MOST_COMPARED:
            break
    words = explaining(holding, others, among=source) if papers > 1 else ""
    return Term(source=words, target=new) if words else None


def _renewed(term: Term, old: str, new: str) -> Term:
    """The term with the new wording for its target, and the old one among those to avoid."""
    accept = tuple(one for one in term.accept if one not in (old, new))
    avoid = (*(one for one in term.avoid if one != new), old)
    return checked(replace(term, target=new, accept=accept, avoid=tuple(dict.fromkeys(avoid)), origin=BY_READER))


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


def _holders(tx: UnitOfWork, term: Term, *, but: str) -> Iterator[Holder]:
    """The papers, imported texts aside, where a sentence has the term and an avoided wording of it."""
    for paper_id, rendered in latest_renditions(tx):
        count = _holds(_without_imported(rendered), term) if paper_id != but else 0
        if count:
            yield Holder(paper_id=paper_id, title=_title(rendered), sentences=count)


def _title(rendered: Rendered) -> str:
    return rendered[RenditionKind.TITLE].text if RenditionKind.TITLE in rendered else ""


def _holds(rendered: Rendered, term: Term) -> int:
    """How many sentences have the term in the source and an avoided wording in the target."""
    avoided = [(kind, one) for kind, one in _segments(rendered) if _is_avoiding(one.target, term)]
    if not avoided:
        return 0
    glossary = Glossary([term])
    paper = f"{_source(rendered, RenditionKind.TITLE)}\n\n{_source(rendered, RenditionKind.ABSTRACT)}"
    return sum(bool(glossary.occurrences(one.source or paper)) for _, one in avoided)


def _is_avoiding(target: str, term: Term) -> bool:
    return any(replaced(target, old, term.target) != target for old in term.avoid if old in target)


def _mended(rendered: Rendered, term: Term, terms: Glossary) -> tuple[Change, ...]:
    """The sentences that can be mended for certain. A TL;DR of its own follows the abstract if all there was sure."""
    made: list[Change] = []
    doubtful = False
    for kind, segment in _segments(rendered):
        if segment.state is not SegmentState.TRANSLATED or not _is_avoiding(segment.target, term):
            continue
        target = segment.target
        if segment.source:
            others = (one for one in terms.occurring(segment.source) if one.source != term.source)
            target = mended(segment.source, target, (*(replace(one, avoid=()) for one in others), term))
        elif made and not doubtful:
            for old in term.avoid:
                target = replaced(target, old, term.target)
        change = Change(kind=kind, before=segment, after=_by_reader(segment, target))
        is_good = target != segment.target and not _faults(rendered, [change])
        doubtful = doubtful or not is_good
        if is_good:
            made.append(change)
    return tuple(made)
