"""A new version pays for what changed, and the whole is as true as if all of it had been asked for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.asking import EngineTraits, Job, Reply, Request, Translation
from zhaiyao.engines.scripted import ScriptedEngine, in_order
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.masking import same_spans
from zhaiyao.records import Rendition, RenditionKind, Segment, SegmentState
from zhaiyao.segmenting import sentences
from zhaiyao.translating import translate
from zhaiyao.translating.memory import carried
from zhaiyao.validating import check

NOW = datetime(2026, 1, 14, tzinfo=UTC)
TITLE, ABSTRACT, TLDR = RenditionKind.TITLE, RenditionKind.ABSTRACT, RenditionKind.TLDR
CHAT = EngineTraits(name="scripted", model="table-1")
LOCAL = replace(CHAT, whole_documents=False, structured=False, max_words=40)
BOTH = pytest.mark.parametrize("traits", [CHAT, LOCAL], ids=["documents", "sentences"])

SENTENCES = (
    "The tides of ponds with $n$ frogs are small and poorly understood by their owners.",
    "In this paper we propose PondNet, a graph network that predicts the tides of $k$ ponds within 3.5 seconds.",
    "We show that PondNet improves the tables of 1987 by 12% on the ponds of the valley.",
    "The network reads the wind over the water and the age of the frogs.",
    "It costs the owners of ponds very little time.",
    "Experiments on four seasons show that graph networks learn the tides of small ponds.",
    "The frogs were not harmed by any of the measurements of this work.",
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


def climb(job: Job, traits: EngineTraits, *faults: str) -> tuple[Translation, list[str]]:
    """What came of a job, and the labels (documents) or texts (sentences) that were asked for."""
    engine = ScriptedEngine(traits, script=in_order(faults), clock=lambda: NOW)
    ladder, asked = translate(job, (traits,)), []

    def ask(requests: Sequence[Request]) -> list[Reply]:
        for request in requests:
            asked.extend(request.sheets[0].asked if traits.whole_documents else request.sources)
        return engine.ask(requests)

    try:
        requests = next(ladder)
        while True:
            requests = ladder.send(ask(requests))
    except StopIteration as end:
        return end.value, asked


def made(translation: Translation) -> dict[RenditionKind, Rendition]:
    return {rendition.kind: rendition for rendition in translation.renditions}


def second(job: Job, traits: EngineTraits, abstract: str, *faults: str) -> tuple[Translation, list[str]]:
    """The second version's abstract and TL;DR, after the first one was translated."""
    first, _ = climb(job, traits)
    known = tuple(one for one in first.renditions if one.kind is not TITLE)
    again = replace(job, version=2, abstract=abstract, kinds=(ABSTRACT, TLDR), known=known, at=NOW + timedelta(days=1))
    return climb(again, traits, *faults)


def changed(*places: int, text: str = "The owners now weigh their frogs on every day of the week.") -> str:
    return " ".join(text if place in places else sentence for place, sentence in enumerate(SENTENCES))


@BOTH
def test_only_a_changed_sentence_is_asked_for(traits: EngineTraits) -> None:
    translation, asked = second(JOB, traits, changed(4))
    assert len(asked) == 1
    before, after = made(climb(JOB, traits)[0])[ABSTRACT], made(translation)[ABSTRACT]
    assert [one.source for one in after.segments] == [one.text for one in sentences(changed(4))]
    kept = [place for place in range(8) if place != 4]
    assert [after.segments[place].target for place in kept] == [before.segments[place].target for place in kept]
    assert after.segments[4].state is SegmentState.TRANSLATED
    assert (after.version, after.source_fingerprint) == (2, text_fingerprint(changed(4)))
    assert after.prompt_tokens == sum(attempt.prompt_tokens for attempt in translation.attempts)
    assert after.prompt_tokens < before.prompt_tokens


@BOTH
def test_a_sentence_that_was_taken_out_costs_nothing(traits: EngineTraits) -> None:
    abstract = " ".join(SENTENCES[:6] + SENTENCES[7:])
    translation, asked = second(JOB, traits, abstract)
    assert asked == []
    assert translation.missing == ()
    assert translation.attempts == ()
    assert all(rendition.prompt_tokens == 0 for rendition in translation.renditions)
    assert made(translation)[ABSTRACT].made_at == NOW + timedelta(days=1)


def test_the_formulas_are_those_of_the_new_text() -> None:
    old = replace(JOB, abstract=r"The tides of $\alpha$ ponds and $\beta$ frogs are small in every season.")
    new = "The tides of $α$ ponds and $β$ frogs are small in every season."
    for traits in (CHAT, LOCAL):
        translation, asked = second(old, traits, new)
        assert asked == []
        target = made(translation)[ABSTRACT].text
        assert "$α$" in target
        assert "$β$" in target
        assert "\\alpha" not in target


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("池塘的潮汐很小。", "a formula is lost"),
        ("$x$ 个池塘有 12 次潮汐。", "fine"),
        ("$x$ 个池塘有潮汐。", "a number is lost"),
    ],
)
def test_only_what_passes_the_checks_is_taken_over(target: str, why: str) -> None:
    segment = Segment(source="There are 12 tides in $x$ ponds.", target=target)
    assert (carried(segment, "There are 12 tides in $x$  ponds.") is not None) is (why == "fine")


def test_a_formula_that_became_another_text_is_asked_for_again() -> None:
    segment = Segment(source=r"We weigh the \alpha-frogs of the pond.", target=r"我们给池塘里的 \alpha-蛙称重。")
    assert carried(segment, "We weigh the α-frogs of the pond.") is None


@BOTH
@pytest.mark.parametrize("state", [SegmentState.KEPT, SegmentState.IMPORTED])
def test_what_was_kept_or_imported_is_asked_for_again(traits: EngineTraits, state: SegmentState) -> None:
    first, _ = climb(JOB, traits)
    abstract = made(first)[ABSTRACT]
    spoilt = tuple(replace(one, state=state) if at == 6 else one for at, one in enumerate(abstract.segments))
    known = (replace(abstract, segments=spoilt),)
    _, asked = climb(replace(JOB, version=2, kinds=(ABSTRACT,), known=known), traits)
    assert asked == (["7"] if traits.whole_documents else [SENTENCES[6]])


@BOTH
def test_another_models_sentences_are_not_mixed_in(traits: EngineTraits) -> None:
    _, asked = second(JOB, replace(traits, model="older"), changed(4))
    assert len(asked) == 1
    first, _ = climb(JOB, replace(traits, model="older"))
    _, asked = climb(replace(JOB, version=2, kinds=(ABSTRACT,), known=first.renditions), traits)
    assert len(asked) == len(SENTENCES)


@BOTH
def test_a_changed_sentence_that_fails_stays_in_the_original_and_the_rest_stands(traits: EngineTraits) -> None:
    translation, _ = second(JOB, traits, changed(4, text="We find 77 frogs."), *["drop-number"] * 20)
    abstract = made(translation)[ABSTRACT]
    assert [one.source for one in abstract.kept] == ["We find 77 frogs."]
    assert sum(one.state is SegmentState.TRANSLATED for one in abstract.segments) == len(SENTENCES) - 1


@BOTH
def test_an_engine_that_does_not_answer_makes_nothing_of_what_is_known(traits: EngineTraits) -> None:
    translation, _ = second(JOB, traits, changed(1), *["timeout"] * 20)
    assert translation.missing == (ABSTRACT, TLDR), "the changed sentence would stay in the original for ever"
    again, _ = second(JOB, traits, changed(1), "timeout")
    assert again.missing == ()
    assert not made(again)[ABSTRACT].kept


def test_an_engine_that_does_not_answer_chooses_no_tldr() -> None:
    first, _ = climb(JOB, CHAT)
    job = replace(JOB, kinds=(TLDR,), known=(made(first)[ABSTRACT],))
    translation, asked = climb(job, CHAT, *["timeout"] * 20)
    assert set(asked) == {"TLDR"}
    assert translation.missing == (TLDR,)


def test_the_tldr_is_written_anew_only_if_what_it_rests_on_changed() -> None:
    before = made(climb(JOB, CHAT)[0])[TLDR]
    aside, asked = second(JOB, CHAT, changed(4))
    assert asked == ["5"]
    told = made(aside)[TLDR]
    assert (told.segments, told.version, told.prompt_tokens) == (before.segments, 2, 0)
    assert told.source_fingerprint == text_fingerprint(changed(4))
    for abstract, why in (
        (changed(1), "the contribution changed"),
        (changed(3, 4, 6), "more than a quarter changed"),
        (changed(4, text="We propose a graph network for the tides of small ponds: PondNet."), "a better sentence"),
    ):
        assert "TLDR" in second(JOB, CHAT, abstract)[1], why


def test_a_tldr_with_a_number_that_is_gone_is_written_anew() -> None:
    first, _ = climb(JOB, CHAT)
    abstract, tldr = made(first)[ABSTRACT], made(first)[TLDR]
    numbered = replace(tldr, segments=(Segment(source="", target="PondNet 用图网络预测池塘潮汐，且耗时仅为 44 秒。"),))
    for text, asked in ((f"{SENTENCES[4][:-1]} of 44 seconds.", False), (SENTENCES[4], True)):
        job = replace(
            JOB, version=2, abstract=changed(4, text=text), kinds=(ABSTRACT, TLDR), known=(numbered, abstract)
        )
        assert ("TLDR" in climb(job, CHAT)[1]) is asked


WORDS = st.sampled_from(["ponds", "frogs", "tides", "owners", "$x$", "$y_2$", "seasons", "weather", "42", "tables"])
NEW = st.lists(WORDS, min_size=3, max_size=8).map(lambda words: f"Now we also weigh the {' '.join(words)} again.")


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.integers(0, len(SENTENCES) - 1), NEW, max_size=5), st.sampled_from([CHAT, LOCAL]))
def test_k_changed_sentences_cost_at_most_k_texts_and_a_tldr(new: dict[int, str], traits: EngineTraits) -> None:
    abstract = " ".join(new.get(place, sentence) for place, sentence in enumerate(SENTENCES))
    translation, asked = second(JOB, traits, abstract)
    assert len(asked) <= len(new) + traits.whole_documents
    assert translation.missing == () or not new
    rendition = made(translation)[ABSTRACT]
    assert "".join(one.source + one.gap for one in rendition.segments) == abstract
    for segment in rendition.segments:
        assert segment.state is SegmentState.TRANSLATED
        assert same_spans(segment.source, segment.target)
        assert check(segment.source, segment.target) == ()
