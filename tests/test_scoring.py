"""Scores are those of the libraries and papers cited; intervals hold what they promise and are the same for a seed."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from zhaiyao import scoring
from zhaiyao.scoring import bootstrap

HYPOTHESES = ["我们测量了池塘的潮汐。", "结果很小，提高了3.5%。", "该模型 BERT 更好。", ""]
REFERENCES = ["我们测量池塘的潮汐。", "其结果较小，提升了3.5%。", "BERT 模型更好。", "没有译文。"]


def test_sums_of_rows_score_as_the_library_scores_the_corpus():
    total = bootstrap.total(scoring.bleu_rows(HYPOTHESES, REFERENCES))
    assert scoring.bleu(total) == pytest.approx(BLEU(tokenize="zh").corpus_score(HYPOTHESES, [REFERENCES]).score)
    total = bootstrap.total(scoring.chrf_rows(HYPOTHESES, REFERENCES))
    assert scoring.chrf(total) == pytest.approx(CHRF().corpus_score(HYPOTHESES, [REFERENCES]).score)


def test_a_text_without_a_reference_counts_as_nothing():
    with_one = scoring.bleu_rows([*HYPOTHESES, "多余的译文。"], [*REFERENCES, ""])
    assert scoring.bleu(bootstrap.total(with_one)) == scoring.bleu(
        bootstrap.total(scoring.bleu_rows(HYPOTHESES, REFERENCES))
    )
    assert scoring.bleu(bootstrap.total(scoring.bleu_rows(["译文。"], [""]))) is None
    assert scoring.chrf(bootstrap.total(scoring.chrf_rows(["译文。"], [""]))) is None


def test_the_signature_names_the_tokeniser():
    assert "tok:zh" in scoring.signature()


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("本文测量潮汐", "本文测量潮汐", 1.0),
        ("本文 测量潮汐", "本文测量 潮汐", 1.0),
        ("甲乙丙", "丁戊", 0.0),
        ("", "甲", 0.0),
        ("甲乙丙丁", "甲丙", 2 * 2 / 6),
        ("丙甲", "甲丙", 2 * 1 / 4),
    ],
)
def test_rouge_l_is_the_f1_of_the_longest_common_subsequence(ours, theirs, expected):
    assert scoring.rouge_l(ours, theirs) == pytest.approx(expected)


@settings(max_examples=100, deadline=None)
@given(st.text("甲乙丙 ", max_size=12), st.text("甲乙丙 ", max_size=12))
def test_rouge_l_is_symmetric_and_bounded(one, other):
    assert scoring.rouge_l(one, other) == scoring.rouge_l(other, one)
    assert 0 <= scoring.rouge_l(one, other) <= 1


def test_resamples_are_seeded_and_of_the_same_size():
    assert bootstrap.draws(7, seed=1, count=20) == bootstrap.draws(7, seed=1, count=20)
    assert bootstrap.draws(7, seed=1, count=20) != bootstrap.draws(7, seed=2, count=20)
    assert {sum(one) for one in bootstrap.draws(7, seed=1, count=20)} == {7}
    assert bootstrap.draws(0, seed=1) == ()


def test_95_of_100_intervals_hold_the_true_mean():
    chance = random.Random(5)
    held = 0
    for seed in range(100):
        rows = tuple((chance.gauss(10, 3), 1.0) for _ in range(60))
        found = bootstrap.interval(rows, scoring.mean, bootstrap.draws(60, seed=seed, count=200))
        assert found is not None
        assert found.low <= found.value <= found.high
        held += found.low <= 10 <= found.high
    assert 88 <= held <= 99


def test_a_small_difference_on_the_same_papers_is_sure_where_the_intervals_overlap():
    chance = random.Random(3)
    base = tuple((chance.gauss(50, 20), 1.0) for _ in range(80))
    better = tuple((value + chance.gauss(1, 1), one) for value, one in base)
    drawn = bootstrap.draws(80, seed=0)
    ours, theirs = (bootstrap.interval(rows, scoring.mean, drawn) for rows in (better, base))
    gap = bootstrap.difference(better, base, scoring.mean, drawn)
    assert ours
    assert theirs
    assert gap
    assert ours.low < theirs.high
    assert gap.low > 0
    assert gap.p < 0.01
    back = bootstrap.difference(base, better, scoring.mean, drawn)
    assert back
    assert (back.value, back.p) == (-gap.value, gap.p)
    same = bootstrap.difference(base, base, scoring.mean, drawn)
    assert same
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_what_says_nothing_has_no_figure():
    drawn = bootstrap.draws(2, seed=0, count=10)
    assert bootstrap.interval(((0.0, 0.0), (0.0, 0.0)), scoring.mean, drawn) is None
    assert bootstrap.interval((), scoring.mean, ()) is None
    assert bootstrap.difference(((1.0, 1.0),) * 2, ((0.0, 0.0),) * 2, scoring.mean, drawn) is None
    alone = bootstrap.interval(((3.0, 4.0),), scoring.mean, ())
    assert alone == bootstrap.Interval(value=0.75, low=0.75, high=0.75)


def test_shares_of_few_trials_have_wide_intervals():
    found = bootstrap.binomial(8, 10)  # Wilson's interval of 8 of 10, as tables print it
    assert found
    assert (round(found.low, 3), round(found.high, 3)) == (0.490, 0.943)
    assert bootstrap.binomial(0, 0) is None
    none, every = bootstrap.binomial(0, 5), bootstrap.binomial(5, 5)
    assert none
    assert every
    assert none.low == pytest.approx(0)
    assert none.high == pytest.approx(1 - every.low)
