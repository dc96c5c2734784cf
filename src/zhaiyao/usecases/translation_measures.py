"""What is measured of translations, as rows of statistics per paper (`scoring`). Draws no intervals."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from zhaiyao import scoring
from zhaiyao.fidelity import STRICT, Fidelity, Kind, check
from zhaiyao.scoring import Reduce, Row
from zhaiyao.usecases.renderings import Rendered, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A span that did not come through: `how` is lost, added or reformatted; `sentence` is where it stood, if told."""

    system: str
    paper_id: str
    kind: Kind
    how: str
    span: str
    sentence: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A trial with the findings of the independent check on its title, its abstract, and each sentence that is shown
    as translated."""

    trial: Trial
    texts: tuple[Fidelity, ...]
    damage: tuple[Damage, ...]

    def spans(self, *kinds: Kind) -> tuple[int, int]:
        """How many spans of these kinds were kept, of how many."""
        fates = [text.fate(kind) for text in self.texts for kind in kinds]
        return sum(fate.kept for fate in fates), sum(fate.expected for fate in fates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure by name. `rows` has one row for each paper in order; `reduce` makes the figure of their sum."""

    name: str
    rows: Callable[[Sequence[Checked]], tuple[Row, ...]]
    reduce: Reduce


def checked(trial: Trial) -> Checked:
    """The independent check of one trial. A text that did not come is not checked: it is missing, not damaged."""
    example, made = trial.example, trial.rendered
    texts = [check(example.title, made.title_zh)] if made.title_zh else []
    texts += [check(example.abstract, made.abstract_zh)] if made.abstract_zh else []
    shown = [pair for pair in made.pairs if not pair.kept]
    sentences = [(pair.source, pair.target, check(pair.source, pair.target)) for pair in shown]
    by_sentence = [one for told in sentences for one in _damages(trial, *told)]
    by_text = [one for text in texts for one in _damages(trial, "", "", text)]
    known = {(one.kind, one.span) for one in by_sentence}
    # What is lost in one sentence and stands in another is seen only here; what is lost at a joint only there.
    damage = (*by_sentence, *(one for one in by_text if (one.kind, one.span) not in known))
    return Checked(trial=trial, texts=tuple(texts), damage=damage)


def _damages(trial: Trial, sentence: str, target: str, found: Fidelity) -> Iterator[Damage]:
    for fate in map(found.fate, STRICT):
        told = {"lost": fate.lost, "added": fate.added, "reformatted": fate.reformatted}
        for how, span in ((how, span) for how, spans in told.items() for span in spans):
            yield Damage(
                system=trial.rendered.system,
                paper_id=trial.example.paper_id,
                kind=fate.kind,
                how=how,
                span=span,
                sentence=sentence,
                target=target,
            )


def _each(row: Callable[[Checked], Row]) -> Callable[[Sequence[Checked]], tuple[Row, ...]]:
    return lambda papers: tuple(map(row, papers))


def _bleu_rows(papers: Sequence[Checked]) -> tuple[Row, ...]:
    return scoring.bleu_rows(*_compared(papers))


def _chrf_rows(papers: Sequence[Checked]) -> tuple[Row, ...]:
    return scoring.chrf_rows(*_compared(papers))


def _compared(papers: Sequence[Checked]) -> tuple[list[str], list[str]]:
    """Title and abstract as one text, of those that have a reference."""
    hypotheses, references = [], []
    for one in papers:
        example, made = one.trial.example, one.trial.rendered
        pairs = [(made.title_zh, example.title_zh), (made.abstract_zh, example.abstract_zh)]
        told = [(ours, theirs) for ours, theirs in pairs if theirs and not made.is_reference]
        hypotheses.append(" ".join(ours for ours, _ in told))
        references.append(" ".join(theirs for _, theirs in told))
    return hypotheses, references


def _rouge(one: Checked) -> Row:
    reference = "" if one.trial.rendered.is_reference else one.trial.example.tldr_zh
    return (scoring.rouge_l(one.trial.rendered.tldr_zh, reference), 1.0) if reference else (0.0, 0.0)


def _math_intact(one: Checked) -> Row:
    """Of papers with any formula."""
    fates = [text.fate(Kind.MATH) for text in one.texts]
    has_any = any(fate.expected for fate in fates)
    return (float(all(fate.is_intact for fate in fates)), 1.0) if has_any else (0.0, 0.0)


def _english(one: Checked) -> Row:
    return float(sum(len(text.english) for text in one.texts)), float(sum(text.sentences for text in one.texts))


def _kept(one: Checked) -> Row:
    pairs = one.trial.rendered.pairs
    return float(sum(pair.kept for pair in pairs)), float(len(pairs))


def _complete(one: Checked) -> Row:
    return float(not one.trial.rendered.missing), 1.0


def _whole(one: Checked) -> Row:
    return float(not any(text.cut for text in one.texts)), float(bool(one.texts))


def _spans(*kinds: Kind) -> Callable[[Checked], Row]:
    def row(one: Checked) -> Row:
        kept, expected = one.spans(*kinds)
        return float(kept), float(expected)

    return row


def _used(value: Callable[[Rendered], float]) -> Callable[[Checked], Row]:
    """A mean over the papers of which it is known: that a system answered without asking tells nothing of its cost."""

    def row(one: Checked) -> Row:
        made = one.trial.rendered
        return (value(made), 1.0) if made.seconds is not None else (0.0, 0.0)

    return row


MEASURES = (
    Measure(name="bleu", rows=_bleu_rows, reduce=scoring.bleu),
    Measure(name="chrf", rows=_chrf_rows, reduce=scoring.chrf),
    Measure(name="rouge_l", rows=_each(_rouge), reduce=scoring.mean),
    Measure(name="math_intact", rows=_each(_math_intact), reduce=scoring.mean),
    Measure(name="spans_kept", rows=_each(_spans(*STRICT)), reduce=scoring.mean),
    Measure(name="macros_kept", rows=_each(_spans(Kind.MACRO)), reduce=scoring.mean),
    Measure(name="numbers_kept", rows=_each(_spans(Kind.NUMBER)), reduce=scoring.mean),
    Measure(
        name="unaided",
        rows=_each(lambda one: (float(one.trial.rendered.unaided), float(one.trial.rendered.asked))),
        reduce=scoring.mean,
    ),
    Measure(name="english", rows=_each(_english), reduce=scoring.mean),
    Measure(name="kept", rows=_each(_kept), reduce=scoring.mean),
    Measure(name="complete", rows=_each(_complete), reduce=scoring.mean),
    Measure(name="whole", rows=_each(_whole), reduce=scoring.mean),
    Measure(name="seconds", rows=_each(_used(lambda made: made.seconds or 0.0)), reduce=scoring.mean),
    Measure(
        name="tokens",
        rows=_each(_used(lambda made: float(made.prompt_tokens + made.completion_tokens))),
        reduce=scoring.mean,
    ),
    Measure(name="cost", rows=_each(_used(lambda made: made.cost_micros / 1e6)), reduce=scoring.mean),
)
"""All measures, in the order of the table. Seconds, tokens and cost (in the prices' currency) are those of a paper."""

SHARES = frozenset(
    {"math_intact", "spans_kept", "macros_kept", "numbers_kept", "unaided", "english", "kept", "complete", "whole"}
)
"""Those that are shares from 0 to 1."""

LOWER_IS_BETTER = frozenset({"english", "kept", "seconds", "tokens", "cost"})


def damage_of(papers: Sequence[Checked]) -> tuple[Damage, ...]:
    """All damage, paper by paper."""
    return tuple(chain.from_iterable(one.damage for one in papers))
