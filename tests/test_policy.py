"""A policy of several engines, terms, corrections: who is asked for what, and who gets the credit."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from zhaiyao.asking import EngineTraits, Job, Reply, Request, Translation
from zhaiyao.engines.scripted import Script, ScriptedEngine, in_order
from zhaiyao.records import Correction, Rendition, RenditionKind, Segment, SegmentState, Term
from zhaiyao.segmenting import sentences
from zhaiyao.translating import CHOSEN, STOPPED, translate

NOW = datetime(2026, 1, 14, tzinfo=UTC)
TITLE, ABSTRACT, TLDR = RenditionKind.TITLE, RenditionKind.ABSTRACT, RenditionKind.TLDR
CHEAP = EngineTraits(name="chat", model="cheap-1")
STRONG = EngineTraits(name="chat", model="strong-1")
LOCAL = EngineTraits(name="local", model="small-1", whole_documents=False, structured=False, max_words=40)

SENTENCES = (
    "The tides of ponds with $n$ frogs are small and poorly understood by their owners.",
    "In this paper we propose PondNet, a graph network that predicts the tides of $k$ ponds within 3.5 seconds.",
    "We show that PondNet improves the tables of 1987 by 12% on the ponds of the valley.",
    "Code is available at https://example.org/pond.",
)
JOB = Job(
    paper_id="2601.99901",
    version=1,
    title="PondNet: Graph networks for the tides of small ponds",
    abstract=" ".join(SENTENCES),
    kinds=(TITLE, ABSTRACT, TLDR),
    at=NOW,
)


class Crew:
    """Engines by their place in the policy; remembers who was looked at and who was asked for what."""

    def __init__(self, *engines: tuple[EngineTraits, Script]) -> None:
        self.seen: list[str] = []
        self.asked: list[tuple[int, tuple[str, ...]]] = []
        self._engines = engines

    def policy(self) -> Iterator[EngineTraits]:
        for traits, _ in self._engines:
            self.seen.append(traits.model)
            yield traits

    def run(self, job: Job, resting: Sequence[EngineTraits] = ()) -> Translation:
        ladder = translate(job, self.policy(), resting=resting)
        try:
            requests = next(ladder)
            while True:
                requests = ladder.send([self._reply(request) for request in requests])
        except StopIteration as end:
            result: Translation = end.value
            return result

    def _reply(self, request: Request) -> Reply:
        labels = request.sheets[0].asked if request.sheets else request.sources
        self.asked.append((request.engine, labels))
        traits, script = self._engines[request.engine]
        fault, _, year = script(0, request).partition(" ")
        engine = ScriptedEngine(traits, script=lambda call, asked: "" if year else fault, clock=lambda: NOW)
        reply = engine.ask([request])[0]
        return replace(reply, text=reply.text.replace(year, year[::-1])) if year else reply


def good(call: int, request: Request) -> str:
    return ""


def fails(fault: str) -> Script:
    return lambda call, request: fault


def spoils(year: str) -> Script:
    """As a script: the year comes back as another one."""
    return lambda call, request: f"change {year}"


def made(translation: Translation) -> dict[RenditionKind, Rendition]:
    return {rendition.kind: rendition for rendition in translation.renditions}


def credited(rendition: Rendition) -> list[str]:
    return [segment.by for segment in rendition.segments]


# --- the policy ---


def test_an_engine_that_can_do_it_leaves_nothing_to_the_next() -> None:
    crew = Crew((CHEAP, good), (STRONG, good))
    translation = crew.run(JOB)
    assert crew.seen == ["cheap-1"], "the next one is not even opened"
    assert translation.missing == ()


@pytest.mark.parametrize("next_one", [STRONG, LOCAL], ids=["documents", "sentences"])
def test_only_what_one_engine_could_not_do_is_asked_of_the_next(next_one: EngineTraits) -> None:
    crew = Crew((CHEAP, spoils("1987")), (next_one, good))
    translation = crew.run(JOB)
    abstract = made(translation)[ABSTRACT]
    assert [labels for place, labels in crew.asked if place == 1] == [("3",) if next_one is STRONG else (SENTENCES[2],)]
    assert credited(abstract) == ["", "", next_one.model, ""]
    assert not abstract.kept
    assert (abstract.engine, abstract.model, abstract.prompt_version) == ("chat", "cheap-1", "document-2")
    assert abstract.prompt_tokens == sum(one.prompt_tokens for one in translation.attempts if one.kind is ABSTRACT)
    assert [one.model for one in translation.attempts] == ["cheap-1"] * 3 + [next_one.model]
    assert translation.attempts[-1].prompt_version == ("document-2" if next_one is STRONG else "sentence-1")


def test_a_rendition_is_by_the_engine_that_made_most_of_it() -> None:
    crew = Crew((LOCAL, lambda call, request: "" if "Code" in request.prompt else "english"), (STRONG, good))
    abstract = made(crew.run(JOB))[ABSTRACT]
    assert (abstract.engine, abstract.model) == ("chat", "strong-1")
    assert credited(abstract) == ["", "", "", "small-1"]


@pytest.mark.parametrize("fault", ["timeout", "connection", STOPPED])
def test_an_engine_that_does_not_answer_is_followed_by_the_next(fault: str) -> None:
    def ask(request: Request) -> Reply:
        return Reply(text="", finished_at=NOW, fault=fault)

    crew = Crew((CHEAP, good), (LOCAL, good))
    asked: list[int] = []
    ladder = translate(JOB, crew.policy())
    requests = next(ladder)
    try:
        while True:
            asked += [request.engine for request in requests]
            requests = ladder.send([crew._reply(one) if one.engine else ask(one) for one in requests])
    except StopIteration as end:
        translation: Translation = end.value
    assert translation.missing == ()
    assert asked.count(0) == (1 if fault == STOPPED else 2), "to ask an engine that rests again is no use"
    assert {rendition.model for rendition in translation.renditions} == {"small-1"}
    assert made(translation)[TLDR].prompt_version == CHOSEN
    assert {one.fault for one in translation.attempts if one.model == "cheap-1"} == {fault}


def test_what_no_engine_could_do_stays_in_the_original_or_is_missing() -> None:
    kept = Crew((CHEAP, spoils("1987")), (STRONG, spoils("1987"))).run(JOB)
    assert [segment.faults for segment in made(kept)[ABSTRACT].kept] == [("number",)]
    assert "number" not in made(kept)[ABSTRACT].checks
    none = Crew((CHEAP, fails("english")), (LOCAL, fails("english"))).run(JOB)
    assert none.missing == (TITLE, ABSTRACT)
    assert {one.model for one in none.attempts} == {"cheap-1", "small-1"}


def test_a_missing_tldr_alone_is_chosen_and_costs_no_other_engine() -> None:
    def no_tldr(requests: Sequence[Request]) -> list[Reply]:
        engine = ScriptedEngine(replace(CHEAP, structured=False), clock=lambda: NOW)
        return [replace(one, text=one.text.partition("AS|")[0]) for one in engine.ask(requests)]

    seen: list[str] = []

    def policy() -> Iterator[EngineTraits]:
        for traits in (replace(CHEAP, structured=False), STRONG):
            seen.append(traits.model)
            yield traits

    ladder = translate(JOB, policy())
    requests = next(ladder)
    try:
        while True:
            requests = ladder.send(no_tldr(requests))
    except StopIteration as end:
        translation: Translation = end.value
    assert made(translation)[TLDR].prompt_version == CHOSEN
    assert seen == ["cheap-1"]


def test_french_is_left_to_an_engine_that_reads_it() -> None:
    french = "Nous mesurons les marées des petits étangs dans le nord du pays."
    crew = Crew((LOCAL, good), (STRONG, good))
    abstract = made(crew.run(replace(JOB, abstract=f"{JOB.abstract}\n\n{french}")))[ABSTRACT]
    assert crew.asked[-1] == (1, ("5",))
    assert credited(abstract)[-1] == "strong-1"


def test_nobody_to_ask_makes_nothing() -> None:
    translation = Crew().run(JOB)
    assert (translation.missing, translation.attempts) == (JOB.kinds, ())


def test_own_instructions_take_the_place_of_the_usual_ones_and_name_the_version() -> None:
    tuned = replace(CHEAP, instructions="tuned-7", instructions_text="Translate like a frog.")
    requests: list[Request] = []

    def script(call: int, request: Request) -> str:
        requests.append(request)
        return ""

    translation = Crew((tuned, script)).run(JOB)
    assert requests[0].system.startswith("Translate like a frog.\n")
    assert "never instructions" in requests[0].system
    assert {rendition.prompt_version for rendition in translation.renditions} == {"tuned-7"}


# --- memory ---


def again(job: Job, *renditions: Rendition) -> Job:
    return replace(job, version=2, kinds=(ABSTRACT,), known=renditions, at=NOW + timedelta(days=1))


def test_memory_keeps_the_credit_of_each_sentence() -> None:
    first = made(Crew((CHEAP, spoils("1987")), (STRONG, good)).run(JOB))[ABSTRACT]
    crew = Crew((CHEAP, good), (STRONG, good))
    second = made(crew.run(again(JOB, first)))[ABSTRACT]
    assert crew.asked == []
    assert (second.model, credited(second)) == ("cheap-1", ["", "", "strong-1", ""])


def test_what_a_later_engine_of_the_policy_made_counts_when_the_ladder_comes_to_it() -> None:
    first = made(Crew((LOCAL, good)).run(JOB))[ABSTRACT]
    crew = Crew((CHEAP, fails("timeout")), (LOCAL, good))
    second = made(crew.run(again(JOB, first)))[ABSTRACT]
    assert {place for place, _ in crew.asked} == {0}
    assert (second.model, second.text) == ("small-1", first.text)


def test_what_an_engine_that_rests_made_counts_too() -> None:
    first = made(Crew((CHEAP, good)).run(JOB))
    crew = Crew((LOCAL, good))
    new = replace(JOB, abstract=" ".join((*SENTENCES[:3], "The owners of the ponds are now very happy.")))
    second = made(crew.run(again(new, first[ABSTRACT], first[TLDR]), resting=[CHEAP]))[ABSTRACT]
    assert crew.asked == [(0, ("The owners of the ponds are now very happy.",))]
    assert (second.model, credited(second)) == ("cheap-1", ["", "", "", "small-1"])


# --- corrections ---


def corrected(*pairs: tuple[str, str]) -> tuple[Correction, ...]:
    return tuple(Correction(source=source, target=target, paper_id="2601.00001", at=NOW) for source, target in pairs)


@pytest.mark.parametrize("traits", [CHEAP, LOCAL], ids=["documents", "sentences"])
def test_a_readers_sentence_is_never_asked_for(traits: EngineTraits) -> None:
    crew = Crew((traits, good))
    job = replace(JOB, corrections=corrected((SENTENCES[2].replace(" ", "  "), "读者的话。"), (JOB.title, "池网")))
    renditions = made(crew.run(job))
    asked = {label for _, labels in crew.asked for label in labels}
    assert not {"3", "T", SENTENCES[2], JOB.title} & asked
    assert renditions[ABSTRACT].segments[2] == Segment(source=SENTENCES[2], target="读者的话。", gap=" ", by="reader")
    assert (renditions[TITLE].text, credited(renditions[TITLE])) == ("池网", ["reader"])


def test_the_newest_correction_wins_and_memory_comes_after_it() -> None:
    first = made(Crew((CHEAP, good)).run(JOB))[ABSTRACT]
    wanted = corrected((SENTENCES[0], "新。"), (SENTENCES[0], "旧。"))
    second = made(Crew((CHEAP, good)).run(replace(again(JOB, first), corrections=wanted)))[ABSTRACT]
    assert second.segments[0].target == "新。"
    third = made(Crew((CHEAP, good)).run(again(JOB, second)))[ABSTRACT]
    assert (third.segments[0].target, third.segments[0].by) == ("新。", "reader")


# --- terms ---

TERM = Term(source="graph network", target="图网", accept=("图网络",), avoid=("图表网络",), origin="reader")
OTHER = Term(source="neural network", target="神经网络")


def without_terms(prompt: str) -> str:
    return "\n".join(line for line in prompt.split("\n") if not line.startswith("Terms"))


def saying(*wordings: str) -> tuple[Crew, list[Request]]:
    """A tagged chat engine that translates the term by these wordings, one call after the other."""
    traits = replace(CHEAP, structured=False)
    engine = ScriptedEngine(traits, clock=lambda: NOW)
    requests: list[Request] = []
    told = iter(wordings)

    class Saying(Crew):
        def _reply(self, request: Request) -> Reply:
            requests.append(request)
            wording = next(told)
            bare = replace(
                request, prompt="\n".join(line for line in request.prompt.split("\n") if "Terms" not in line)
            )
            reply = engine.ask([bare])[0]
            lines = [f"{line}{wording}。" if line.startswith("A2|") else line for line in reply.text.split("\n")]
            return replace(reply, text="\n".join(lines))

    return Saying((traits, good)), requests


def term_job(**changes: object) -> Job:
    job = replace(JOB, title="Tides of small ponds", abstract=JOB.abstract, kinds=(ABSTRACT,), terms=(OTHER, TERM))
    return replace(job, **changes)  # type: ignore[arg-type]


def test_terms_are_sent_only_where_they_occur_and_noted_in_the_rendition() -> None:
    crew, requests = saying("图网")
    translation = crew.run(term_job())
    assert "Terms: graph network 图网.\n" in requests[0].prompt
    assert len(requests) == 1
    assert made(translation)[ABSTRACT].glossary == ("graph network=图网",)
    crew, requests = saying("")
    assert "Terms" not in crew.run(term_job(abstract=SENTENCES[0])).attempts[0].detail
    assert "Terms" not in requests[0].prompt


def test_a_missing_term_is_asked_for_once_more_by_name() -> None:
    crew, requests = saying("曲线网", "图网络")
    translation = crew.run(term_job())
    assert [sheet.asked for request in requests for sheet in request.sheets] == [("1", "2", "3", "4"), ("2",)]
    assert "graph network is 图网" in requests[1].prompt
    segment = made(translation)[ABSTRACT].segments[1]
    assert "图网络" in segment.target
    assert segment.faults == ()
    assert [(one.step, one.fault) for one in translation.attempts] == [("document", "term"), ("repair", "")]


def test_a_term_that_stays_missing_is_accepted_and_said() -> None:
    crew, requests = saying("曲线网", "弯线网")
    translation = crew.run(term_job())
    assert len(requests) == 2, "a mild fault is worth one more request, and no more"
    segment = made(translation)[ABSTRACT].segments[1]
    assert (segment.state, segment.faults) == (SegmentState.TRANSLATED, ("term",))
    assert translation.missing == ()


def test_a_mild_fault_is_no_reason_to_open_another_engine() -> None:
    crew, _ = saying("曲线网", "弯线网")
    crew._engines = (*crew._engines, (STRONG, good))
    crew.run(term_job())
    assert crew.seen == ["cheap-1"]


@pytest.mark.parametrize("last", ["timeout", "english"])
def test_the_second_best_is_kept_whatever_comes_after_it(last: str) -> None:
    crew, _ = saying("曲线网", "", "", "")
    engine, calls = crew._reply, iter([""])

    def reply(request: Request) -> Reply:
        if next(calls, None) is not None:
            return engine(request)
        return ScriptedEngine(CHEAP, script=in_order([last]), clock=lambda: NOW).ask([request])[0]

    crew._reply = reply  # type: ignore[method-assign]
    segment = made(crew.run(term_job()))[ABSTRACT].segments[1]
    assert "曲线网" in segment.target
    assert (segment.state, segment.faults) == (SegmentState.TRANSLATED, ("term",))


@pytest.mark.parametrize("traits", [replace(CHEAP, structured=False), LOCAL], ids=["documents", "sentences"])
def test_an_avoided_wording_is_put_right_without_asking(traits: EngineTraits) -> None:
    class Avoided(Crew):
        def _reply(self, request: Request) -> Reply:
            self.asked.append((request.engine, request.sources))
            reply = ScriptedEngine(traits, clock=lambda: NOW).ask(
                [replace(request, prompt=without_terms(request.prompt))]
            )[0]
            told = "图表网络。"
            if not request.sheets:
                return replace(reply, text=reply.text + told if "graph network" in request.sources[0] else reply.text)
            lines = [line + told if line.startswith("A2|") else line for line in reply.text.split("\n")]
            return replace(reply, text="\n".join(lines))

    crew = Avoided((traits, good))
    segment = made(crew.run(term_job()))[ABSTRACT].segments[1]
    assert "图网" in segment.target
    assert "图表网络" not in segment.target
    assert len(crew.asked) == (1 if traits.whole_documents else len(sentences(JOB.abstract)))
