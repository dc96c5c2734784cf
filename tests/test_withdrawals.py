import time

import pytest

from zhaiyao.records import Withdrawal
from zhaiyao.sources.withdrawals import worded


@pytest.mark.parametrize(
    "comments",
    [
        "This paper has been withdrawn by the authors due to a flaw in the argument",
        "This paper has been withdrawn",
        "Paper withdrawn.",
        "Withdrawn due to a crucial error in Lemma 2",
        "withdrawn",
        "Withdrawn by the author",
        "12 pages, 3 figures. This paper is withdrawn: the proof has a gap",
        "12 pages; withdrawn because of an error",
        "This article has been temporarily withdrawn",
        "The paper was retracted by the authors",
        "This submission has been withdrawn by arXiv administrators",
        "arXiv admin note: submission has been withdrawn by arXiv administrators",
        "The author has withdrawn this paper",
        "The authors withdraw this manuscript",
    ],
)
def test_comments_that_withdraw(comments: str) -> None:
    assert worded(abstract="We walk.", comments=comments) is Withdrawal.PERHAPS


@pytest.mark.parametrize(
    "comments",
    [
        "",
        "12 pages, 5 figures",
        "Replaces the withdrawn paper arXiv:2603.90001",
        "The previous version was withdrawn and is now corrected",
        "12 pages. Withdrawn papers of 2020 as data",
        "Accepted at the Workshop on Withdrawn Drugs",
        "A study of retracted articles",
    ],
)
def test_comments_that_do_not(comments: str) -> None:
    assert worded(abstract="We walk.", comments=comments) is Withdrawal.NO


@pytest.mark.parametrize(
    ("abstract", "withdrawal"),
    [
        ("This paper has been withdrawn by the author.", Withdrawal.PERHAPS),
        ("[Withdrawn by arXiv administrators.]", Withdrawal.PERHAPS),
        ("This drug has been withdrawn from the market.", Withdrawal.NO),
        ("We study why this paper has been withdrawn.", Withdrawal.NO),
    ],
)
def test_an_abstract_says_it_first(abstract: str, withdrawal: Withdrawal) -> None:
    assert worded(abstract=abstract) is withdrawal


def test_hostile_comments_cost_little() -> None:
    began = time.perf_counter()
    for comments in ("(" * 100_000, "This " * 50_000, ", the paper has been" * 20_000, "a " * 100_000):
        worded(abstract=comments, comments=comments)
    assert time.perf_counter() - began < 1
