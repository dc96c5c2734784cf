"""How many at once, and when again: the limiter, its places, and the pauses between tries."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.engines.limits import SHORTEST_WINDOW, Limiter, Places
from zhaiyao.engines.retrying import Patience, may_pass, told_pause

NOW = datetime(2026, 1, 14, 6, tzinfo=UTC)


def play(limiter: Limiter, refused: int, of: int) -> None:
    """A window's worth of tries, the refused ones first, all sent at the moment when they are answered."""
    for number in range(of):
        limiter.answered(refused=number < refused, epoch=limiter.epoch)


@pytest.mark.parametrize(("refused", "allowed"), [(0, 64), (3, 64), (12, 64), (13, 32), (64, 32)])
def test_only_more_than_a_fifth_of_a_window_halves(refused: int, allowed: int) -> None:
    limiter = Limiter(64)
    play(limiter, refused, 64)
    assert limiter.allowed == allowed


def test_nothing_happens_before_a_window_is_full() -> None:
    limiter = Limiter(64)
    play(limiter, 63, 63)
    assert limiter.allowed == 64


def test_a_window_of_few_at_once_is_not_too_short() -> None:
    limiter = Limiter(2)
    play(limiter, 3, SHORTEST_WINDOW - 1)
    assert limiter.allowed == 2
    play(limiter, 2, 1)
    assert limiter.allowed == 2


def test_what_was_sent_before_a_halving_does_not_halve_again() -> None:
    limiter = Limiter(64)
    play(limiter, 64, 64)
    for _ in range(63):
        limiter.answered(refused=True, epoch=0)
    assert (limiter.allowed, limiter.epoch) == (32, 1)
    play(limiter, 32, 32)
    assert limiter.allowed == 16


def test_it_never_falls_under_one() -> None:
    limiter = Limiter(3)
    for _ in range(9):
        play(limiter, SHORTEST_WINDOW, SHORTEST_WINDOW)
    assert limiter.allowed == 1
    assert Limiter(0).allowed == 1


def test_clean_windows_give_back_an_eighth_each_and_no_more_than_there_was() -> None:
    limiter = Limiter(64)
    play(limiter, 64, 64)
    steps = []
    while limiter.allowed < 64:
        play(limiter, 0, limiter.allowed)
        steps.append(limiter.allowed)
    assert steps == [40, 48, 56, 64]
    play(limiter, 0, 64)
    assert limiter.allowed == 64


def test_a_window_with_some_refusals_changes_nothing() -> None:
    limiter = Limiter(64)
    play(limiter, 64, 64)
    play(limiter, 6, 32)
    assert limiter.allowed == 32


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 100), st.lists(st.booleans(), max_size=400))
def test_it_stays_within_its_bounds(most: int, answers: list[bool]) -> None:
    limiter = Limiter(most)
    for refused in answers:
        limiter.answered(refused=refused, epoch=limiter.epoch)
        assert 1 <= limiter.allowed <= most


def test_no_more_get_in_than_are_allowed_and_in_order() -> None:
    async def story() -> tuple[list[int], int]:
        places, order, inside, most = Places(Limiter(3)), [], 0, 0

        async def visit(number: int) -> None:
            nonlocal inside, most
            await places.enter()
            order.append(number)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            places.leave()

        await asyncio.gather(*map(visit, range(10)))
        return order, most

    assert asyncio.run(story()) == (list(range(10)), 3)


def test_who_had_a_place_before_goes_first() -> None:
    async def story() -> list[str]:
        places, order = Places(Limiter(1)), []
        await places.enter()

        async def visit(name: str, *, again: bool) -> None:
            await places.enter(again=again)
            order.append(name)
            places.leave()

        tasks = [asyncio.ensure_future(visit(name, again=name == "c")) for name in "abc"]
        await asyncio.sleep(0)
        places.leave()
        await asyncio.gather(*tasks)
        return order

    assert asyncio.run(story()) == ["c", "a", "b"]


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_who_gives_up_waiting_takes_no_place_along(steps: int) -> None:
    async def story() -> None:
        places = Places(Limiter(1))
        await places.enter()
        waiting = asyncio.ensure_future(places.enter())
        await asyncio.sleep(0)
        if steps:
            places.leave()  # calls it in
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        if not steps:
            places.leave()
        async with asyncio.timeout(1):
            await places.enter()

    asyncio.run(story())


def test_a_pause_doubles_and_chance_takes_up_to_half_of_it() -> None:
    patience = Patience(tries=7, first=1.0, longest=10.0)
    assert [patience.pause(tried, chance=0.0) for tried in range(1, 8)] == [1, 2, 4, 8, 10, 10, None]
    assert [patience.pause(tried, chance=1.0) for tried in range(1, 5)] == [0.5, 1, 2, 4]


def test_what_the_server_says_goes_before_up_to_two_minutes() -> None:
    patience = Patience()
    assert patience.pause(1, told=7.5, chance=0.3) == 7.5
    assert patience.pause(1, told=120.0, chance=0.3) == 120.0
    assert patience.pause(1, told=120.1, chance=0.3) is None
    assert patience.pause(patience.tries, told=1.0, chance=0.3) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": "Wed, 14 Jan 2026 06:00:30 GMT"}, 30.0),
        ({"retry-after": "Wed, 14 Jan 2026 05:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "inf"}, 0.0),
        ({"retry-after": "nan"}, 0.0),
        ({"retry-after": "9" * 400}, 99999999999999999999.0),
        ({"retry-after": "Wed, 99 Jan 2026 06:00:30 GMT"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"}, 360.0),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "3"}, 0.0),
        ({"x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        ({"x-ratelimit-reset": "90"}, 90.0),
        ({"x-ratelimit-reset": "1768370412"}, 12.0),
        ({"x-ratelimit-reset": "1768370412000"}, 12.0),
        ({"x-ratelimit-reset": "1768370000"}, 0.0),
        ({"x-ratelimit-reset": "tomorrow"}, 0.0),
        ({"x-ratelimit-reset": "5 parsecs"}, 0.0),
    ],
)
def test_how_long_a_server_wants_one_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert told_pause(headers, NOW) == pytest.approx(seconds)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_header_makes_a_pause_that_is_none(value: str) -> None:
    for name in ("retry-after", "retry-after-ms", "x-ratelimit-reset"):
        assert told_pause({name: value}, NOW) >= 0


@pytest.mark.parametrize(
    ("status", "passes"),
    [
        (200, False),
        (400, False),
        (401, False),
        (404, False),
        (408, True),
        (409, True),
        (429, True),
        (500, True),
        (529, True),
    ],
)
def test_which_refusals_may_pass(status: int, passes: bool) -> None:
    assert may_pass(status) == passes
