"""A reader's correction: mends one paper's renditions, remembers the sentences and the term, and tells where else the
same wording stands. Changes other papers only when asked to (`apply`), and never what was imported.

A rendition keeps its engine; the sentences that a reader changed carry `by="reader"`, so it is a new rendition by its
key, and the next edition is a new revision.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import UsageError
from zhaiyao.glossary import Glossary, checked, explaining, replaced, wordings
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.records import RenditionKind, Segment, SegmentState, Term
from zhaiyao.usecases.applying import Holder, elsewhere
from zhaiyao.usecases.glossary import LANGUAGE, Rendered, combined, latest_renditions
from zhaiyao.usecases.rewording import (
    BY_READER,
    Change,
    by_reader,
    objections,
    own_of,
    remember,
    segments_of,
    with_changes,
)
from zhaiyao.validating import describe

NEAR, APART = 0.5, 0.1
"""How like a sentence a correction must be (0 to 1), and how much more than like the next one."""

LONGEST = 4000
"""The most characters of a correction."""

MOST_COMPARED = 50_000
"""The most sentences of the store that are looked at to find out which term a wording stands for."""

_ARROW = re.compile(r"\s*(?:->|=>|→|⇒)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What a correction did. Without a `term` only the sentences were remembered. `earlier` are other papers that have
    the old wording of the term, `repeated` those that have one of the sentences; `faults` are those that the reader
    insisted on."""

    paper_id: str
    changes: tuple[Change, ...]
    term: Term | None
    earlier: tuple[Holder, ...]
    repeated: tuple[Holder, ...] = ()
    faults: tuple[str, ...] = ()


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
        faults = objections(rendered, changes)
        if faults and not force:
            told = "; ".join(map(describe, faults))
            raise UsageError(f"the checks object: {told}", subject=paper_id, hint="--force takes it all the same.")
        known = _term(tx, changes, pair, term)
        earlier, repeated = elsewhere(tx, changes, known, but=paper_id)
    _keep(store, paper_id, changes, known, now)
    return Fixed(paper_id=paper_id, changes=changes, term=known, earlier=earlier, repeated=repeated, faults=faults)


def _keep(store: Store, paper_id: str, changes: tuple[Change, ...], term: Term | None, now: datetime) -> None:
    """Writes what a correction does, all of it or nothing. Raises UsageError if the sentences are others by now."""
    with store.writing() as tx:
        rendered = _own(tx, paper_id)
        if not {(one.kind, one.before) for one in changes} <= set(segments_of(rendered)):
            raise UsageError("was translated anew meanwhile", subject=paper_id, hint="Look at it and correct it again.")
        tx.renditions.put(with_changes(rendered, changes, now))
        remember(tx, paper_id, changes, now)
        if term:
            tx.glossary.put([term])


def _plain(words: str) -> str:
    """Words as one line, without what is not seen: they go into pages, prompts and later papers."""
    return "".join(sign for sign in " ".join(words.split()) if unicodedata.category(sign) not in ("Cc", "Cf")).strip()


def _own(tx: UnitOfWork, paper_id: str) -> Rendered:
    """The paper's current renditions that we made."""
    rendered = dict(latest_renditions(tx, [paper_id])).get(paper_id, {})
    own = own_of(rendered)
    if own:
        return own
    if rendered:
        raise UsageError(
            "has only imported translations; those are kept as they are",
            subject=paper_id,
            hint="Only what was translated here can be corrected: a paper is, once arXiv announces a version of it.",
        )
    raise UsageError("has no translation here", subject=paper_id, hint=f"See `zhaiyao why {paper_id}`.")


def _pair(words: str, rendered: Rendered) -> tuple[str, str] | None:
    """Old and new wording, if the correction is one of wording; a whole sentence may hold an arrow, too."""
    parts = [part.strip() for part in _ARROW.split(words)]
    if len(parts) != 2 or not all(parts):
        return None
    old, new = parts
    if any(old in segment.target for _, segment in segments_of(rendered)):
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
    for kind, segment in segments_of(rendered):
        target = replaced(segment.target, old, new) if segment.state is SegmentState.TRANSLATED else segment.target
        if target != segment.target:
            made.append(Change(kind=kind, before=segment, after=by_reader(segment, target)))
    if not made and old not in new:
        raise UsageError(
            "stands only in formulas, addresses or sentences that stayed in the original",
            subject=old[:80],
            hint="Give the whole sentence instead.",
        )
    return tuple(made)


def _respoken(rendered: Rendered, target: str, number: int) -> tuple[Change, ...]:
    """The sentence that the target corrects, and its repetitions in the same paper."""
    segments = segments_of(rendered)
    if number > len(segments):
        raise UsageError(f"there are {len(segments)} sentences", subject=f"--sentence {number}")
    chosen = segments[number - 1][1] if number else _nearest(segments, target)
    same = [(kind, one) for kind, one in segments if (one.source, one.target) == (chosen.source, chosen.target)]
    return tuple(
        Change(kind=kind, before=one, after=by_reader(one, target)) for kind, one in same if one.target != target
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
        for _, segment in segments_of(own_of(rendered)):
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
