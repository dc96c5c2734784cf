"""The worker: batches climb together, engines open late and rest early, and no paper pays for another."""

import pickle
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.asking import Batch, EngineTraits, Job, Reply, Request, Translation
from zhaiyao.engines.scripted import TEXT_FAULTS, ScriptedEngine, ScriptedSpec
from zhaiyao.errors import EngineError
from zhaiyao.masking import same_spans
from zhaiyao.ports import EngineSpec
from zhaiyao.records import Outcome, RenditionKind, SegmentState
from zhaiyao.translating import STOPPED
from zhaiyao.worker import MOST_BROKEN, Translator, TranslatorSpec

NOW = datetime(2026, 1, 14, tzinfo=UTC)
CHAT = EngineTraits(name="chat", model="large-1", batch=8)
LOCAL = EngineTraits(name="local", model="small-1", whole_documents=False, structured=False, max_words=40)
LOST = EngineError("the key is refused", subject="large-1", hint="Set another.")

Say = Callable[[int, Request], "str | Reply"]


def good(call: int, request: Request) -> str:
    return ""


@dataclass
class Fake:
    """A recipe and its engine in one: says by call what the script wants, and remembers all requests."""

    traits: EngineTraits = CHAT
    say: Say = good
    refuses_to_open: EngineError | None = None
    stops_at: int = 10**9
    requests: list[Request] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> "Fake":
        if self.refuses_to_open is not None:
            raise self.refuses_to_open
        self.opened += 1
        return self

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        with self.lock:
            if len(self.requests) >= self.stops_at:
                raise LOST
            first = len(self.requests)
            self.requests += requests
        return [self._reply(first + at, request) for at, request in enumerate(requests)]

    def close(self) -> None:
        self.closed += 1

    def _reply(self, call: int, request: Request) -> Reply:
        said = self.say(call, request)
        if isinstance(said, Reply):
            return said
        reply = ScriptedEngine(self.traits, script=lambda _, __: said, clock=lambda: NOW).ask([request])[0]
        return replace(reply, cost_micros=7 * reply.prompt_tokens + 1, cached_tokens=reply.prompt_tokens // 3)

    @property
    def papers(self) -> list[int]:
        """Papers in each request."""
        return [len(request.sheets) for request in self.requests]


def failing(fault: str) -> Say:
    return lambda call, request: Reply(text="", finished_at=NOW, fault=fault)


def first_fails(say: str | Reply, calls: int = 1) -> Say:
    return lambda call, request: say if call < calls else ""


def jobs(count: int, **changes: object) -> Batch:
    made = (
        Job(
            paper_id=f"2601.{number:05}",
            version=1,
            title=f"Graph networks for the tides of pond {number}",
            abstract=f"The tides of pond {number} with $n$ frogs are small. We propose graphs for {number + 3} ponds.",
            kinds=tuple(RenditionKind),
            at=NOW,
        )
        for number in range(count)
    )
    return tuple(replace(job, **changes) for job in made)  # type: ignore[arg-type]


def worker(*specs: EngineSpec) -> Translator:
    return TranslatorSpec(engines=specs).build()


def steps(translation: Translation) -> list[tuple[str, str, int]]:
    return [(one.step, one.fault, one.shared_by) for one in translation.attempts]


# --- packed ---


def test_a_batch_is_one_request_and_its_costs_are_shared_out_exactly() -> None:
    engine = Fake()
    translations = worker(engine)(jobs(8))
    assert engine.papers == [8]
    assert [one.job for one in translations] == list(jobs(8))
    assert all(not one.missing for one in translations)
    assert [steps(one) for one in translations] == [[("document", "", 8)]] * 8
    [request] = engine.requests
    reply = Fake()._reply(0, request)
    attempts = [attempt for one in translations for attempt in one.attempts]
    assert sum(one.prompt_tokens for one in attempts) == reply.prompt_tokens
    assert sum(one.completion_tokens for one in attempts) == reply.completion_tokens
    assert sum(one.cached_tokens for one in attempts) == reply.cached_tokens > 0
    assert sum(one.cost_micros for one in attempts) == reply.cost_micros


def test_a_batch_gives_what_each_paper_alone_would_give() -> None:
    together, alone = worker(Fake())(jobs(5)), worker(Fake(traits=replace(CHAT, batch=1)))(jobs(5))
    for one, other in zip(together, alone, strict=True):
        assert [made.segments for made in one.renditions if made.kind is not RenditionKind.TLDR] == [
            made.segments for made in other.renditions if made.kind is not RenditionKind.TLDR
        ]


@pytest.mark.parametrize("fault", ["bad-json", "empty"])
def test_a_reply_bad_as_a_whole_is_split_into_halves(fault: str) -> None:
    engine = Fake(say=lambda call, request: fault if len(request.sheets) > 2 else "")
    translations = worker(engine)(jobs(8))
    assert engine.papers == [8, 4, 4, 2, 2, 2, 2]
    assert all(not one.missing for one in translations)
    assert [shared for _, _, shared in steps(translations[0])] == [8, 4, 2]


@pytest.mark.parametrize("fault", ["timeout", "too-long", "refused", "bad-request"])
def test_a_shared_request_that_fails_is_split_until_the_culprit_is_alone(fault: str) -> None:
    def say(call: int, request: Request) -> str | Reply:
        is_bad = any("pond 5" in source for source in request.sources)
        return Reply(text="", finished_at=NOW, fault=fault) if is_bad else ""

    engine = Fake(say=say)
    translations = worker(engine)(jobs(8))
    assert [one.job.paper_id for one in translations if one.missing] == ["2601.00005"]
    asked = [source for request in engine.requests for source in request.sources if "pond 1" in source]
    assert len(asked) == 2 * 2, "pond 1 was asked for with pond 5 among the eight, and once more without it"


def test_a_cut_reply_is_salvaged_and_only_the_rest_is_asked_for_again() -> None:
    engine = Fake(say=first_fails("truncated"))
    translations = worker(engine)(jobs(8))
    assert all(not one.missing for one in translations)
    once = [one for one in translations if len(one.attempts) == 1]
    assert len(once) >= 3
    again = {request.sources for request in engine.requests[1:]}
    assert not any(once[0].job.title in sources for sources in again)


@pytest.mark.parametrize("fault", ["drop-item", "drop-paper", "double-id"])
def test_a_part_that_is_not_covered_is_asked_for_alone(fault: str) -> None:
    engine = Fake(say=first_fails(fault))
    translations = worker(engine)(jobs(6))
    assert all(not one.missing for one in translations)
    assert engine.papers == [6, 1]
    assert sorted(len(one.attempts) for one in translations) == [1, 1, 1, 1, 1, 2]
    twice = next(one for one in translations if len(one.attempts) == 2)
    assert steps(twice) == [("document", "missing", 6), ("repair", "", 1)]


def test_repairs_are_packed_too() -> None:
    engine = Fake(say=first_fails("drop-mask"))
    translations = worker(engine)(jobs(4))
    assert engine.papers == [4, 4]
    assert engine.requests[1].prompt.startswith(
        "Answer only: A1, B1, C1, D1.\nWrong in your last answer: A1, B1, C1, D1"
    )
    assert [steps(one)[-1] for one in translations] == [("repair", "", 4)] * 4


def test_a_refused_schema_is_forgotten_for_all_at_once() -> None:
    engine = Fake(say=first_fails("schema-unsupported"))
    assert all(not one.missing for one in worker(engine)(jobs(4)))
    assert [request.schema is None for request in engine.requests] == [False, True, True]


# --- policies ---


def test_the_next_engine_is_opened_when_it_is_needed_and_once() -> None:
    first, second = Fake(say=first_fails("loop", calls=9)), Fake(traits=LOCAL)
    translator = worker(first, second)
    assert (first.opened, second.opened) == (1, 0)
    translations = translator(jobs(2))
    assert second.opened == 1
    assert all(not one.missing for one in translations)
    assert {made.model for one in translations for made in one.renditions if made.kind is not RenditionKind.TLDR} == {
        "small-1"
    }
    translator(jobs(2))
    translator.close()
    translator.close()
    assert (first.opened, second.opened, first.closed, second.closed) == (1, 1, 1, 1)


def test_a_batch_is_asked_of_a_sentence_engine_together() -> None:
    engine = Fake(traits=LOCAL)
    worker(engine)(jobs(3))
    assert len(engine.requests) == 3 * 3
    assert all(not request.sheets for request in engine.requests)


def test_an_engine_that_stops_rests_and_the_next_goes_on() -> None:
    first, second = Fake(stops_at=1), Fake(traits=LOCAL)
    translator = worker(first, second)
    assert translator(jobs(3))[0].setbacks == ()
    [one, *_] = translator(jobs(3))
    assert one.setbacks == (LOST,)
    assert one.stopped is None
    assert not one.missing
    assert [(attempt.engine, attempt.fault) for attempt in one.attempts][:2] == [("chat", STOPPED), ("local", "")]
    [later, *_] = translator(jobs(1))
    assert {attempt.engine for attempt in later.attempts} == {"local"}
    assert later.setbacks == (LOST,)
    assert len(first.requests) == 1


def test_what_was_answered_before_the_last_engine_stopped_is_kept() -> None:
    engine = Fake(say=first_fails("drop-mask"), stops_at=1)
    [one] = worker(engine)(jobs(1))
    assert one.stopped is LOST
    assert one.setbacks == ()
    assert [attempt.outcome for attempt in one.attempts] == [Outcome.REJECTED, Outcome.FAILED]
    abstract = next(made for made in one.renditions if made.kind is RenditionKind.ABSTRACT)
    assert [segment.state for segment in abstract.segments] == [SegmentState.KEPT, SegmentState.TRANSLATED]


def test_all_engines_stopped() -> None:
    first, second = Fake(stops_at=0), Fake(traits=LOCAL, stops_at=0)
    [one] = worker(first, second)(jobs(1))
    assert one.stopped is not None
    assert len(one.setbacks) == 1
    assert one.missing == tuple(RenditionKind)


def test_an_engine_that_cannot_be_reached_rests() -> None:
    first, second = Fake(say=failing("connection")), Fake(traits=LOCAL)
    translator = worker(first, second)
    [one, *_] = translator(jobs(3))
    assert not one.missing
    [setback] = one.setbacks
    assert "cannot be reached" in setback.what
    assert setback.subject == "chat large-1"
    asked = len(first.requests)
    translator(jobs(3))
    assert len(first.requests) == asked


def test_one_reset_is_no_outage() -> None:
    engine = Fake(
        say=lambda call, request: Reply(text="", finished_at=NOW, fault="connection") if call % 2 == 0 else ""
    )
    translator = worker(engine)
    for _ in range(MOST_BROKEN + 1):
        [one] = translator(jobs(1))
        assert (one.stopped, one.missing) == (None, ())


def test_an_engine_that_cannot_be_opened_is_told_and_passed_over() -> None:
    second = Fake(traits=LOCAL)
    translator = worker(Fake(refuses_to_open=LOST), second)
    [one] = translator(jobs(1))
    assert (one.setbacks, one.stopped, one.missing) == ((LOST,), None, ())
    with pytest.raises(EngineError, match="refused"):
        worker(Fake(refuses_to_open=LOST), Fake(refuses_to_open=LOST))


def test_a_fallback_that_cannot_be_opened_harms_nobody_who_does_not_need_it() -> None:
    translator = worker(Fake(), Fake(refuses_to_open=LOST))
    [one] = translator(jobs(1))
    assert (one.setbacks, one.stopped) == ((), None)


def test_what_a_resting_engine_made_is_not_made_again() -> None:
    first, second = Fake(stops_at=1), Fake(traits=LOCAL)
    translator = worker(first, second)
    [before] = translator(jobs(1))
    translator(jobs(1))
    [job] = jobs(1, version=2, kinds=(RenditionKind.ABSTRACT,), known=before.renditions)
    asked = len(second.requests)
    [after] = translator((job,))
    assert len(second.requests) == asked
    assert after.renditions[0].segments == before.renditions[1].segments
    assert after.renditions[0].model == "large-1"


# --- side by side ---


def test_workers_share_their_engines_across_threads() -> None:
    first, second = Fake(stops_at=5), Fake(traits=LOCAL)
    translator = worker(first, second)
    with ThreadPoolExecutor(8) as pool:
        done = [one for batch in pool.map(translator, [jobs(2)] * 24) for one in batch]
    assert all(not one.missing for one in done)
    assert all(one.stopped is None for one in done)
    assert (first.opened, second.opened) == (1, 1)


def test_the_spec_is_picklable() -> None:
    spec = TranslatorSpec(engines=(ScriptedSpec(batch=4), ScriptedSpec(whole_documents=False)))
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert spec.build()(jobs(2))[1].missing == ()


# --- whatever comes ---

FAULTS = st.sampled_from(["", "", "", *TEXT_FAULTS, "timeout", "rate-limited", "server-error", "schema-unsupported"])


@settings(deadline=None, max_examples=80)
@given(st.lists(FAULTS, max_size=14), st.integers(1, 9), st.integers(1, 10))
def test_whatever_a_shared_engine_says_nothing_that_succeeded_is_asked_again(
    faults: list[str], count: int, batch: int
) -> None:
    engine = Fake(
        traits=replace(CHAT, batch=batch), say=lambda call, request: faults[call] if call < len(faults) else ""
    )
    translations = worker(engine)(jobs(count))
    spent = sum(attempt.prompt_tokens for one in translations for attempt in one.attempts)
    assert spent == sum(len(one.system.split()) + len(one.prompt.split()) for one in engine.requests)
    for one in translations:
        assert not one.missing or len(faults) > 1
        outcomes = [attempt.outcome for attempt in one.attempts]
        assert Outcome.ACCEPTED not in outcomes[:-1] or one.attempts[-1].step == "parts"
        assert len(outcomes) <= 20
        for segment in (segment for made in one.renditions for segment in made.segments if segment.source):
            assert segment.state is SegmentState.KEPT or same_spans(segment.source, segment.target)
