from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import NOW, rendition, renditions, version
from tests.contract.test_store_papers import INSTANTS, NUMBERS, ONE_STORE, TEXT
from zhaiyao.errors import StoreError
from zhaiyao.ports import Store
from zhaiyao.records import Attempt, Outcome, Paper, Rendition, RenditionKind, Segment, SegmentState

ANY_PAPER = version()
SEGMENTS = st.builds(
    Segment,
    source=TEXT,
    target=TEXT,
    gap=st.sampled_from(["", " ", "\n\n"]),
    state=st.sampled_from(SegmentState),
    faults=st.lists(TEXT, max_size=2).map(tuple),
)
RENDITIONS = st.builds(
    Rendition,
    paper_id=st.just(""),
    version=st.integers(0, 9),
    kind=st.sampled_from(RenditionKind),
    segments=st.lists(SEGMENTS, max_size=3).map(tuple),
    engine=TEXT,
    model=TEXT,
    source_fingerprint=TEXT,
    made_at=INSTANTS,
    language=st.sampled_from(["zh", "en"]),
    glossary=st.lists(TEXT, max_size=2).map(tuple),
    checks=st.lists(TEXT, max_size=2).map(tuple),
    prompt_tokens=st.integers(0, 2**31 - 1),
    cost_micros=st.integers(0, 2**63 - 1),
)
TITLE = RenditionKind.TITLE
PLACE = (ANY_PAPER.paper_id, ANY_PAPER.number)


def put(store: Store, *made: Rendition) -> None:
    with store.writing() as tx:
        tx.papers.put([], [ANY_PAPER], [])
        tx.renditions.put(made)


def current(store: Store) -> Rendition:
    with store.reading() as tx:
        return tx.renditions.current([PLACE], language="zh")[PLACE][TITLE]


@ONE_STORE
@given(RENDITIONS)
def test_a_rendition_comes_back_equal(store: Store, made: Rendition) -> None:
    paper = version(f"p{next(NUMBERS)}")
    made = replace(made, paper_id=paper.paper_id)
    place = (made.paper_id, made.version)
    with store.writing() as tx:
        tx.papers.put([], [paper], [])
        tx.renditions.put([made])
        assert tx.renditions.current([place], language=made.language) == {place: {made.kind: made}}


def test_the_last_one_put_is_current(store: Store) -> None:
    first, second = rendition(ANY_PAPER, TITLE, "一"), rendition(ANY_PAPER, TITLE, "二")
    put(store, first)
    assert current(store) == first
    put(store, second)
    assert current(store) == second
    put(store, first)
    assert current(store) == first
    put(store, second, first, second)
    assert current(store) == second


def test_a_known_one_keeps_what_it_said_of_itself(store: Store) -> None:
    first = rendition(ANY_PAPER, TITLE)
    put(store, first)
    put(store, replace(first, made_at=NOW + timedelta(days=1), prompt_tokens=7))
    assert current(store) == first


def test_another_systems_text_never_displaces_ours(store: Store) -> None:
    ours = rendition(ANY_PAPER, TITLE, "我们的")
    theirs = rendition(ANY_PAPER, TITLE, "他们的", SegmentState.IMPORTED)
    other = rendition(ANY_PAPER, TITLE, "别人的", SegmentState.IMPORTED)
    put(store, theirs)
    assert current(store) == theirs
    put(store, other)
    assert current(store) == other
    put(store, ours)
    put(store, theirs)
    assert current(store) == ours
    put(store, ours, other)
    assert current(store) == ours


def test_current_gives_what_was_asked_for_and_no_more(store: Store) -> None:
    made = renditions(ANY_PAPER)
    english = replace(made[TITLE], language="en")
    put(store, *made.values(), english, rendition(replace(ANY_PAPER, number=2), TITLE))
    with store.reading() as tx:
        assert tx.renditions.current([PLACE, ("none", 1)], language="zh") == {PLACE: made}
        assert tx.renditions.current([PLACE], language="en") == {PLACE: {TITLE: english}}
        assert tx.renditions.current([], language="zh") == {}
        assert tx.renditions.current([("2601.99901", 3)], language="zh") == {}


def test_translated_papers_come_page_by_page(store: Store) -> None:
    texts = [version(f"2601.0000{number}") for number in range(1, 6)]
    with store.writing() as tx:
        tx.papers.put([Paper(id=text.paper_id, categories=("cs.LG",)) for text in texts], texts, [])
        tx.renditions.put([rendition(text, kind) for text in texts[1:4] for kind in RenditionKind])
        tx.renditions.put([rendition(texts[4], RenditionKind.ABSTRACT)])
    with store.reading() as tx:
        first = tx.renditions.translated(language="zh", limit=2)
        assert first == ("2601.00002", "2601.00003")
        assert tx.renditions.translated(language="zh", after=first[-1], limit=2) == ("2601.00004",)
        assert tx.renditions.translated(language="zh", after="2601.00004", limit=2) == ()
        assert tx.renditions.translated(language="ja", limit=9) == ()


def test_all_of_a_paper_come_newest_first(store: Store) -> None:
    first, second = rendition(ANY_PAPER, TITLE, "一"), rendition(ANY_PAPER, TITLE, "二")
    late = replace(first, model="late", made_at=NOW + timedelta(days=1))
    abstract = rendition(ANY_PAPER, RenditionKind.ABSTRACT)
    other = rendition(replace(ANY_PAPER, number=2), TITLE)
    put(store, first, abstract, late, other, second, replace(first, language="en"))
    with store.reading() as tx:
        found = tx.renditions.of([ANY_PAPER.paper_id, "none"], language="zh")
        assert list(found) == [ANY_PAPER.paper_id]
        made = found[ANY_PAPER.paper_id]
        assert made[:2] == (late, other)
        assert set(made[2:4]) == {first, second}
        assert made[4:] == (abstract,)
        english = tx.renditions.of([ANY_PAPER.paper_id], language="en")
    assert english == {ANY_PAPER.paper_id: (replace(first, language="en"),)}


def test_a_rendition_of_an_unknown_paper_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="names what it does not hold"), store.writing() as tx:
        tx.renditions.put([rendition(version("9"), TITLE)])


def test_attempts_are_all_kept_in_order(store: Store) -> None:
    tries = [
        Attempt(
            paper_id=ANY_PAPER.paper_id,
            version=1,
            kind=TITLE,
            engine="scripted",
            model="test",
            step="whole",
            outcome=outcome,
            at=NOW,
            fault="echo",
            detail="它说了原话",
            seconds=0.1 + 0.2,
        )
        for outcome in (Outcome.FAILED, Outcome.REJECTED, Outcome.REJECTED, Outcome.ACCEPTED)
    ]
    put(store)
    with store.writing() as tx:
        tx.renditions.record(tries[:1])
        tx.renditions.record(iter(tries[1:]))
        tx.renditions.record([])
    with store.reading() as tx:
        assert tx.renditions.attempts(ANY_PAPER.paper_id) == tuple(tries)
        assert tx.renditions.attempts("none") == ()


def test_spending_is_summed_by_utc_day_engine_model_and_kind(store: Store) -> None:
    midnight = datetime(2026, 1, 14, tzinfo=UTC)
    beijing = timezone(timedelta(hours=8))
    asked = Attempt(
        paper_id=ANY_PAPER.paper_id,
        version=1,
        kind=TITLE,
        engine="chat",
        model="m",
        step="whole",
        outcome=Outcome.ACCEPTED,
        at=midnight,
        prompt_tokens=10,
        cached_tokens=4,
        completion_tokens=5,
        cost_micros=2**40,
        shared_by=4,
    )
    tries = [
        asked,
        replace(asked, at=datetime(2026, 1, 15, 7, 59, tzinfo=beijing), outcome=Outcome.FAILED, shared_by=2),
        replace(asked, at=midnight - timedelta(microseconds=1)),
        replace(asked, kind=RenditionKind.TLDR),
        replace(asked, model="n"),
        replace(asked, engine="anthropic"),
    ]
    put(store)
    with store.writing() as tx:
        tx.renditions.record(tries)
    with store.reading() as tx:
        every = tx.renditions.spent()
        assert [(one.day.day, one.engine, one.model, one.kind, one.attempts) for one in every] == [
            (13, "chat", "m", TITLE, 1),
            (14, "anthropic", "m", TITLE, 1),
            (14, "chat", "m", TITLE, 2),
            (14, "chat", "m", RenditionKind.TLDR, 1),
            (14, "chat", "n", TITLE, 1),
        ]
        both = every[2]
        assert (both.requests, both.prompt_tokens, both.cached_tokens, both.completion_tokens) == (0.75, 20, 8, 10)
        assert both.cost_micros == 2**41
        assert tx.renditions.spent(since=midnight) == every[1:]
        assert tx.renditions.spent(until=midnight) == every[:1]
        assert tx.renditions.spent(since=midnight + timedelta(days=2)) == ()
