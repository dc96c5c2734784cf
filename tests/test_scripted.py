"""The scripted engine: what it says validates, and its faults are the ones ordered."""

import json
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zhaiyao.asking import Request
from zhaiyao.engines.scripted import (
    REPLY_FAULTS,
    TEXT_FAULTS,
    ScriptedEngine,
    ScriptedSpec,
    in_order,
    render,
    reply_text,
    spoil,
)
from zhaiyao.masking import same_spans
from zhaiyao.records import RenditionKind
from zhaiyao.validating import check

NOW = datetime(2026, 1, 14, tzinfo=UTC)
SENTENCE = "We train ⟦1⟧ small networks on $n$ samples of CIFAR-10, see https://example.org/a; accuracy rises by 3.5%."


IN_DOCUMENTS = ("drop-item", "drop-paper", "double-id", "foreign-id", "bad-json")
"""Faults that only a document can have."""


def request(*sources: str) -> Request:
    return Request(
        kind=RenditionKind.ABSTRACT, system="", prompt=f"English: {sources[0]}\nChinese:", sources=sources, max_tokens=9
    )


def test_render_keeps_what_must_stay() -> None:
    text = render(SENTENCE)
    assert check(SENTENCE, text) == ()
    for kept in ("⟦1⟧", "$n$", "CIFAR-10", "https://example.org/a", "3.5%"):
        assert kept in text


def test_the_same_word_is_the_same_characters() -> None:
    assert render("networks learn") == render("Networks") + render("learn")
    assert render("GPT BERT networks GPT") == f"GPT BERT{render('networks')}GPT"
    assert render("We ask GPT-4 and BERT v2 now.").endswith("。")


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=80))
def test_any_text_keeps_its_spans(text: str) -> None:
    assume("⟦" not in text)
    assert same_spans(text, render(text))


def test_ask_is_deterministic_and_in_order() -> None:
    engine = ScriptedEngine(clock=lambda: NOW)
    requests = [request("We go."), request("They stay.")]
    replies = engine.ask(requests)
    assert replies == ScriptedEngine(clock=lambda: NOW).ask(requests)
    assert [reply.text.strip() for reply in replies] == [render("We go."), render("They stay.")]
    assert replies[0].finished_at == NOW
    assert replies[0].prompt_tokens == 4
    assert engine.calls == 2
    engine.close()


def test_the_clock_and_the_latency_are_injected() -> None:
    now = NOW
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += timedelta(seconds=seconds)
        slept.append(seconds)

    engine = ScriptedEngine(latency=2.0, clock=lambda: now, sleep=sleep)
    replies = engine.ask([request("We go."), request("We stay.")])
    assert slept == [2.0, 2.0]
    assert [reply.finished_at - NOW for reply in replies] == [timedelta(seconds=2), timedelta(seconds=4)]
    assert replies[0].seconds == 2.0


@pytest.mark.parametrize("fault", REPLY_FAULTS)
def test_reply_faults_come_with_no_text(fault: str) -> None:
    replies = ScriptedEngine(script=in_order([fault])).ask([request("We go."), request("We go.")])
    assert [reply.fault for reply in replies] == [fault, ""]
    assert replies[0].text == ""
    assert replies[1].text


@pytest.mark.parametrize("fault", [fault for fault in TEXT_FAULTS if fault not in IN_DOCUMENTS])
def test_text_faults_are_in_the_text(fault: str) -> None:
    reply = ScriptedEngine(script=in_order([fault])).ask([request(SENTENCE)])[0]
    assert reply.fault == ""
    assert reply.truncated is (fault == "truncated")
    assert reply.truncated or check(SENTENCE, reply.text.strip())


def test_each_spoiling_is_the_one_named() -> None:
    assert check(SENTENCE, spoil(SENTENCE, "drop-number")) == ("mask", "number")
    assert check("Take $n$ of them all.", spoil("Take $n$ of them all.", "drop-mask")) == ("mask",)
    assert "loop" in check(SENTENCE, spoil(SENTENCE, "loop"))
    assert check(SENTENCE, spoil(SENTENCE, "english")) == ("wrong-script",)
    assert "echo" in check(SENTENCE, reply_text(request(SENTENCE), "echo"))


def test_a_script_may_decide_by_the_request() -> None:
    engine = ScriptedEngine(script=lambda call, asked: "timeout" if "cat" in asked.prompt else "")
    assert [reply.fault for reply in engine.ask([request("A dog."), request("A cat.")])] == ["", "timeout"]


def test_the_journal_has_a_line_for_every_source(tmp_path: Path) -> None:
    journal = tmp_path / "asked.jsonl"
    engine = ScriptedSpec(journal=journal, faults=("timeout",)).open()
    engine.ask([request("We go."), request("One\nline.", "Two.")])
    assert [json.loads(line) for line in journal.read_text("utf-8").splitlines()] == ["We go.", "One\nline.", "Two."]


def test_the_spec_is_picklable() -> None:
    spec = ScriptedSpec(whole_documents=False, latency=0.5, faults=("empty",))
    assert pickle.loads(pickle.dumps(spec)) == spec
    engine = spec.open()
    assert engine.traits.whole_documents is False
    assert engine.latency == 0.5
