"""What a day's counts say."""

import pytest

from tests.build import DAY
from zhaiyao.ledger import DayState, state, totals
from zhaiyao.records import LedgerDay


def day(announced: int | None, fetched: int, translated: int, published: int) -> LedgerDay:
    return LedgerDay(
        category="cs.LG", date=DAY, announced=announced, fetched=fetched, translated=translated, failed=0,
        published=published,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((None, 0, 0, 0), DayState.EMPTY),
        ((0, 0, 0, 0), DayState.EMPTY),
        ((5, 0, 0, 0), DayState.MISSING),
        ((5, 4, 4, 4), DayState.MISSING),
        ((5, 5, 4, 5), DayState.UNTRANSLATED),
        ((5, 5, 5, 4), DayState.UNPUBLISHED),
        ((5, 5, 5, 5), DayState.COMPLETE),
        ((None, 5, 5, 5), DayState.UNCHECKED),
    ],
)
def test_the_first_thing_that_is_wrong(counts: tuple[int | None, int, int, int], expected: DayState) -> None:
    assert state(day(*counts)) is expected


def test_totals_know_what_arxiv_did_not_tell() -> None:
    assert totals([day(5, 5, 4, 5), day(2, 2, 2, 2)]).announced == 7
    assert totals([day(5, 5, 4, 5), day(None, 2, 2, 2)]).announced is None
    assert totals([day(5, 5, 4, 5), day(None, 2, 2, 2)]).translated == 6
