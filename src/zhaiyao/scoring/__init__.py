"""Scores translations against references: BLEU and chrF (by sacrebleu), ROUGE-L on characters. Translates nothing.

Every measure is a function of sums of rows of numbers, one row a paper (of n-gram counts, say, or "kept, of so many").
So a corpus is scored by adding rows, and a resample of it (`bootstrap`) without counting any text again.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from zhaiyao.errors import UsageError

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric

Row = tuple[float, ...]
Reduce = Callable[[Row], float | None]
"""From the sum of rows to a figure; None where they say nothing (no paper has a formula)."""

TOKENISER = "zh"
"""sacrebleu's tokeniser for Chinese: each character is a token, other scripts by words."""


def bleu_rows(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[Row, ...]:
    """The statistics of BLEU (Papineni et al. 2002) per text. Raises UsageError where sacrebleu is missing."""
    return _rows(_bleu(), hypotheses, references)


def bleu(total: Row) -> float | None:
    """Corpus BLEU from 0 to 100, of the sum of `bleu_rows`; None without any reference."""
    return _score(_bleu(), total)


def chrf_rows(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[Row, ...]:
    """The statistics of chrF (Popović 2015) per text. Raises UsageError where sacrebleu is missing."""
    return _rows(_chrf(), hypotheses, references)


def chrf(total: Row) -> float | None:
    """Corpus chrF2 from 0 to 100, of the sum of `chrf_rows`; None without any reference."""
    return _score(_chrf(), total)


def rouge_l(hypothesis: str, reference: str) -> float:
    """ROUGE-L, F1 over characters without blanks, from 0 to 1 (Lin 2004, "ROUGE: A Package for Automatic Evaluation of
    Summaries"; β = 1)."""
    ours, theirs = "".join(hypothesis.split()), "".join(reference.split())
    common = _longest_common(ours, theirs)
    return 2 * common / (len(ours) + len(theirs)) if common else 0.0


def mean(total: Row) -> float | None:
    """The sum's first number by its second: a mean, or a share."""
    return total[0] / total[1] if total[1] else None


def signature() -> str:
    """How BLEU and chrF were counted, as sacrebleu asks to tell with every score."""
    return " ; ".join(_signature(metric) for metric in (_bleu(), _chrf()))


def _signature(metric: "Metric") -> str:
    metric.corpus_score(["一"], [["一"]])  # it tells the number of references, which it knows only then
    return str(metric.get_signature())


def _longest_common(one: str, other: str) -> int:
    """The length of the longest common subsequence, in the memory of a line."""
    line = [0] * (len(other) + 1)
    for sign in one:
        diagonal = 0
        for at, with_sign in enumerate(other, 1):
            above = line[at]
            line[at] = diagonal + 1 if sign == with_sign else max(above, line[at - 1])
            diagonal = above
    return line[-1]


def _rows(metric: "Metric", hypotheses: Sequence[str], references: Sequence[str]) -> tuple[Row, ...]:
    """A text without a reference counts as nothing. The method is of sacrebleu's base class, which its own significance
    tests use; there is no public one that keeps what a text adds to the corpus."""
    told = [at for at, reference in enumerate(references) if reference]
    rows: list[Row] = [()] * len(references)
    if told:
        found = metric._extract_corpus_statistics([hypotheses[at] for at in told], [[references[at] for at in told]])
        for at, row in zip(told, found, strict=True):
            rows[at] = tuple(map(float, row))
    width = max(map(len, rows), default=0)
    return tuple(row or (0.0,) * width for row in rows)


def _score(metric: "Metric", total: Row) -> float | None:
    return float(metric._compute_score_from_stats(list(map(int, total))).score) if any(total) else None


@cache
def _bleu() -> "Metric":
    try:
        from sacrebleu.metrics.bleu import BLEU
    except ImportError:
        raise _missing() from None
    return BLEU(tokenize=TOKENISER)


@cache
def _chrf() -> "Metric":
    try:
        from sacrebleu.metrics.chrf import CHRF
    except ImportError:
        raise _missing() from None
    return CHRF()


def _missing() -> UsageError:
    return UsageError("sacrebleu is not installed", hint="pip install 'zhaiyao[evaluation]'")
