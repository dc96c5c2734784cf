"""Checks a translation against its source, apart from the validator of the ladder, so that each finds the other's
faults: shares no code with it, knows no placeholders and no engine. Pure; repairs nothing.

What must stand in the target as often as in the source: formulas, addresses (URL, DOI, arXiv id, e-mail), citations,
commands outside formulas, numbers. Blanks in a formula, the escape in `\\_` and full-width punctuation around a span
are no damage. A span whose content stands there in another form (`95%` for `$95\\%$`, `【3】` for `[3]`) is told as
`reformatted`: to a strict reader damage, to a lenient one not.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from zhaiyao.fidelity import language, numbers, spans


class Kind(StrEnum):
    """What is looked for."""

    MATH = "math"
    LINK = "link"
    CITATION = "citation"
    MACRO = "macro"
    NUMBER = "number"


STRICT = (Kind.MATH, Kind.LINK, Kind.CITATION)
"""The kinds of which no translation that is shown may miss one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of the spans of one kind: `kept` counts, the others tell them as they stand, one by one."""

    kind: Kind
    kept: int = 0
    lost: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    reformatted: tuple[str, ...] = ()

    @property
    def expected(self) -> int:
        """How many the source has."""
        return self.kept + len(self.lost) + len(self.reformatted)

    @property
    def is_intact(self) -> bool:
        """Whether nothing is lost, changed or made up."""
        return not (self.lost or self.added or self.reformatted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """The findings on one text.

    `sentences` counts the target's, `english` are those of them that hold a clause left in English, `english_share`
    is the share of letters in plain English words. `cut`: the target is far shorter than a translation would be.
    `traditional` counts characters in their traditional form.
    """

    fates: tuple[Fate, ...]
    sentences: int
    english: tuple[str, ...]
    english_share: float
    cut: bool
    traditional: int

    def fate(self, kind: Kind) -> Fate:
        """What became of this kind."""
        return next(fate for fate in self.fates if fate.kind is kind)

    @property
    def damage(self) -> tuple[tuple[Kind, str], ...]:
        """Formulas, addresses and citations that are lost, made up or of another form."""
        found = (self.fate(kind) for kind in STRICT)
        return tuple((fate.kind, one) for fate in found for one in (*fate.lost, *fate.added, *fate.reformatted))


def check(source: str, target: str) -> Fidelity:
    """Compares a text with its translation into Chinese. Both may be anything; never raises."""
    of_source, of_target = spans.find(source), spans.find(target)
    fates = [_fate(kind, of_source, of_target, target) for kind in Kind if kind is not Kind.NUMBER]
    plain_source, plain_target = spans.without(source, of_source), spans.without(target, of_target)
    fates.append(_number_fate(plain_source, plain_target, of_source, fates))
    told = language.look(plain_target)
    return Fidelity(
        fates=tuple(fates),
        sentences=told.sentences,
        english=told.english,
        english_share=told.share,
        cut=language.is_cut(plain_source, plain_target),
        traditional=told.traditional,
    )


def _fate(kind: Kind, of_source: Iterable[spans.Span], of_target: Iterable[spans.Span], target: str) -> Fate:
    """Compares by canonical form; what is missing may still stand there in another one."""
    wanted = [span for span in of_source if span.kind == kind]
    there = Counter(span.canonical for span in of_target if span.kind == kind)
    kept, missing = 0, []
    for span in wanted:
        if there[span.canonical]:
            there[span.canonical] -= 1
            kept += 1
        else:
            missing.append(span)
    extra = [span for span in of_target if span.kind == kind and _taken(there, span.canonical)]
    lost: list[str] = []
    reformatted: list[str] = []
    for span in missing:
        other = next((one for one in extra if one.content == span.content), None)
        if other is not None:
            extra.remove(other)
        (reformatted if other is not None or _stands_in(span.content, target, wanted) else lost).append(span.shown)
    return Fate(
        kind=kind,
        kept=kept,
        lost=tuple(lost),
        added=tuple(span.shown for span in extra),
        reformatted=tuple(reformatted),
    )


def _taken(there: Counter[str], canonical: str) -> bool:
    """Takes one of these out, if there is one left."""
    if there[canonical] <= 0:
        return False
    there[canonical] -= 1
    return True


def _stands_in(content: str, target: str, wanted: Iterable[spans.Span]) -> bool:
    """Whether the content of a span stands in the target more often than the spans of this content are many.

    A single letter or digit stands anywhere and proves nothing.
    """
    if len(content) < 2:
        return False
    others = sum(span.content == content for span in wanted)
    return spans.content_of(target).count(content) >= others


def _number_fate(source: str, target: str, of_source: Iterable[spans.Span], fates: Iterable[Fate]) -> Fate:
    """Compares the numbers outside of spans. One that the target sets as a formula is there all the same, and one that
    it takes out of a formula is not made up."""
    newly_set = " ; ".join(one for fate in fates for one in fate.added)
    unpacked = " ; ".join(span.text for span in of_source)
    compared = numbers.compare(source, f"{target} ; {newly_set}", excused=unpacked)
    return Fate(kind=Kind.NUMBER, kept=compared.kept, lost=compared.lost, added=compared.added)
