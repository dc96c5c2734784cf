"""Batches of a provider: everything answered, nothing paid twice, whenever the process dies."""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.build import NOW
from tests.chat_server import HANG, RESET, Answer, Asked, ChatServer, plain, refused
from tests.chat_server.office import Body, Office, shout
from tests.conftest import ROOT
from tests.test_chat_engine import HASTY, KEY, SCHEMA, request
from zhaiyao.engines.batches import LONGEST_WAIT, BatchEngine, BatchSpec
from zhaiyao.engines.journal import Entry, Journal, key_of
from zhaiyao.errors import EngineError
from zhaiyao.prices import Price

CHILD = """
import pickle, sys
from tests.test_chat_engine import request
pickle.loads(bytes.fromhex(sys.argv[1])).open().ask([request("a"), request("b")])
"""


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def server(office: Office) -> Iterator[ChatServer]:
    with ChatServer(office) as running:
        yield running


@pytest.fixture
def spec(server: ChatServer, tmp_path: Path) -> BatchSpec:
    price = Price.of(input=2, cached=0.5, output=8)
    return BatchSpec(
        model="m", base_url=server.url, api_key=KEY, price=price, folder=tmp_path / "j", poll=0.01, patience=HASTY
    )


def ask(spec: BatchSpec, *prompts: str) -> list[str]:
    with closing(spec.open()) as engine:
        return [reply.text or reply.fault for reply in engine.ask([request(prompt) for prompt in prompts])]


def test_all_requests_are_one_batch(server: ChatServer, office: Office, spec: BatchSpec) -> None:
    with closing(spec.open()) as engine:
        replies = engine.ask([request(prompt, schema=SCHEMA) for prompt in ("a", "b", "a")])
    assert [reply.text for reply in replies] == ["A", "B", "A"]
    assert office.paid == ["a", "b"]
    [batch] = office.batches.values()
    assert (batch["endpoint"], batch["completion_window"]) == ("/v1/chat/completions", "24h")
    [line, _] = map(json.loads, office.files["file-0"].splitlines())
    assert (line["method"], line["url"], line["body"]["model"]) == ("POST", "/v1/chat/completions", "m")
    assert line["body"]["response_format"]["json_schema"]["schema"] == SCHEMA
    assert {asked.headers["authorization"] for asked in server.requests} == {f"Bearer {KEY}"}


def test_a_token_of_a_batch_costs_half_and_is_paid_once(spec: BatchSpec) -> None:
    with closing(spec.open()) as engine:
        first, again = (engine.ask([request("a")])[0] for _ in range(2))
    assert (first.prompt_tokens, first.completion_tokens) == (11, 7)
    assert (first.cost_micros, again.cost_micros) == (11 + 7 * 4, 0)
    assert again.text == first.text


def test_nothing_of_a_text_or_a_key_is_in_the_journal(spec: BatchSpec) -> None:
    ask(spec, "a secret sentence")
    [file] = spec.folder.iterdir()
    told = file.read_text()
    assert "secret" not in told
    assert KEY not in told


def test_answers_of_a_batch_that_was_begun_before_are_used(office: Office, spec: BatchSpec) -> None:
    assert ask(spec, "a", "b") == ["A", "B"]
    assert ask(spec, "b", "c") == ["B", "C"]
    assert office.paid == ["a", "b", "c"]


def test_a_kill_while_waiting_pays_nothing_twice(server: ChatServer, office: Office, spec: BatchSpec) -> None:
    office.polls = 10**6
    with subprocess.Popen([sys.executable, "-c", CHILD, pickle.dumps(spec).hex()], cwd=ROOT) as child:
        assert office.begun.wait(30)
        child.kill()
    office.polls = 0
    assert ask(spec, "a", "b") == ["A", "B"]
    assert office.paid == ["a", "b"]


def test_a_kill_before_the_provider_confirmed_pays_nothing_twice(office: Office, spec: BatchSpec) -> None:
    assert ask(spec, "a") == ["A"]
    [file] = spec.folder.iterdir()
    told = json.loads(file.read_text())
    file.write_text(json.dumps({**told, "batch": ""}))  # as it stands between the upload and the confirmation
    assert ask(spec, "a") == ["A"]
    assert office.paid == ["a"]


def test_what_was_only_uploaded_is_begun(office: Office, spec: BatchSpec) -> None:
    assert ask(spec, "a") == ["A"]
    [file] = spec.folder.iterdir()
    file.write_text(json.dumps({**json.loads(file.read_text()), "batch": ""}))
    office.batches.clear()
    office.paid.clear()
    assert ask(spec, "a") == ["A"]
    assert (office.paid, len(spec_files(spec))) == (["a"], 1)


def spec_files(spec: BatchSpec) -> list[Path]:
    return list(spec.folder.iterdir())


def test_a_confirmation_that_was_lost_is_looked_for(office: Office, spec: BatchSpec, server: ChatServer) -> None:
    class Forgetful(Office):
        def begin(self, told: Body) -> Answer:
            super().begin(told)
            return RESET if len(self.batches) == 1 else refused(500)

    forgetful = Forgetful()
    with ChatServer(forgetful) as other:
        assert ask(replace(spec, base_url=other.url), "a") == ["A"]
    assert forgetful.paid == ["a"]


def test_requests_that_failed_in_a_batch_are_faults_and_asked_again(office: Office, spec: BatchSpec) -> None:
    def picky(body: Body) -> Answer:
        return refused(500, "Overloaded.") if body["messages"][-1]["content"] == "b" else shout(body)

    office.answers = picky
    assert ask(spec, "a", "b") == ["A", "server-error"]
    office.answers = shout
    assert ask(spec, "a", "b") == ["A", "B"]
    assert office.paid == ["a", "b", "b"]


def test_a_refused_parameter_is_not_sent_again(office: Office, spec: BatchSpec) -> None:
    def picky(body: Body) -> Answer:
        return refused(400, "Unsupported parameter: 'temperature'") if "temperature" in body else shout(body)

    office.answers = picky
    with closing(spec.open()) as engine:
        assert [engine.ask([request("a")])[0].fault for _ in range(2)] == ["bad-request", ""]


def test_a_batch_that_expired_gives_what_it_has(office: Office, spec: BatchSpec) -> None:
    office.status = "expired"
    office.answers = lambda body: shout(body) if body["messages"][-1]["content"] == "a" else None
    assert ask(spec, "a", "b") == ["A", "no-answer"]
    office.status, office.answers = "completed", shout
    assert ask(spec, "a", "b") == ["A", "B"]
    assert office.paid == ["a", "b", "b"]


def test_a_batch_that_was_cancelled_is_forgotten(office: Office, spec: BatchSpec) -> None:
    office.status = "cancelled"
    assert ask(spec, "a") == ["no-answer"]
    assert list(spec.folder.iterdir()) == []
    office.status = "completed"
    assert ask(spec, "a") == ["A"]


def test_a_batch_that_is_refused_is_an_error(office: Office, spec: BatchSpec) -> None:
    office.status = "failed"
    with pytest.raises(EngineError, match="the provider refused the batch: failed"):
        ask(spec, "a")
    office.status = "completed"
    assert ask(spec, "a") == ["A"]


@pytest.mark.parametrize(
    ("answer", "what"), [(refused(401), "the key is refused"), (refused(404), "no such model or address")]
)
def test_what_every_request_would_meet_is_an_error(
    server: ChatServer, spec: BatchSpec, answer: Answer, what: str
) -> None:
    server.next(answer)
    with pytest.raises(EngineError, match=what):
        ask(spec, "a")


def test_a_provider_that_cannot_be_reached_is_a_fault(spec: BatchSpec) -> None:
    assert ask(replace(spec, base_url="http://127.0.0.1:9/v1"), "a") == ["connection"]


def test_anthropic_has_no_such_batches(spec: BatchSpec) -> None:
    with pytest.raises(EngineError, match="not spoken in the dialect anthropic"):
        replace(spec, dialect="anthropic").open()


def test_ctrl_c_leaves_the_batch_to_be_picked_up(office: Office, spec: BatchSpec) -> None:
    office.polls = 10**6
    engine = BatchEngine(spec)

    def interrupt() -> None:
        office.begun.wait(5)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt), closing(engine):
        engine.ask([request("a")])
    thread.join()
    office.polls = 0
    assert ask(spec, "a") == ["A"]
    assert office.paid == ["a"]


def test_closing_lets_waiting_callers_go(server: ChatServer, spec: BatchSpec) -> None:
    server.next(HANG)
    engine = BatchEngine(spec)
    closer = threading.Thread(target=lambda: (server.asked.wait(5), engine.close()))
    closer.start()
    with pytest.raises(EngineError, match="closed"):
        engine.ask([request("a")])
    closer.join()


def test_the_journal_forgets_what_is_old_and_leaves_what_is_not_its_own(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    young = Entry(server="s", file="f", keys=("k",), at=NOW)
    journal.write(young)
    journal.write(replace(young, file="g", at=NOW - timedelta(days=8)))
    journal.write(replace(young, server="t"))
    (tmp_path / "notes.json").write_text("{")
    (tmp_path / "list.json").write_text('{"at": "2026-01-14T06:00:00+00:00", "keys": 3}')
    assert journal.entries("s", NOW) == [young]
    assert len(list(tmp_path.iterdir())) == 4
    journal.forget(young)
    assert journal.entries("s", NOW) == []


def test_a_confirmed_entry_takes_the_place_of_the_unconfirmed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    entry = Entry(server="s", file="f", keys=("k",), at=NOW)
    journal.write(entry)
    journal.write(replace(entry, batch="b"))
    assert journal.entries("s", NOW) == [replace(entry, batch="b")]


def test_a_journal_that_cannot_be_written_stops_the_batch_before_it_is_paid(office: Office, spec: BatchSpec) -> None:
    spec.folder.write_text("in the way")
    with pytest.raises(EngineError, match="no batch was begun"):
        ask(spec, "a")
    assert office.paid == []


def test_keys_do_not_depend_on_the_order_of_fields() -> None:
    assert key_of({"a": 1, "b": "池"}) == key_of({"b": "池", "a": 1}) != key_of({"a": 1, "b": "塘"})


@pytest.mark.parametrize("is_heard", [True, False])
@pytest.mark.parametrize("moment", range(1, 6))
def test_an_end_at_any_moment_pays_nothing_twice(spec: BatchSpec, moment: int, *, is_heard: bool) -> None:
    """The process ends with request number `moment` under way; `is_heard` says whether the provider got it."""
    office, told = Office(), iter(range(1, 10**6))
    is_over = threading.Event()

    def clerk(asked: Asked) -> Answer | None:
        if next(told) != moment:
            return office(asked)
        if is_heard:
            office(asked)
        is_over.set()
        return HANG

    with ChatServer(clerk) as server:
        own = replace(spec, base_url=server.url)
        engine = own.open()
        ending = threading.Thread(target=lambda: (is_over.wait(10), engine.close()))
        ending.start()
        try:
            with pytest.raises(EngineError, match="closed"):
                engine.ask([request("a"), request("b")])
        finally:
            is_over.set()
            ending.join()
        assert ask(own, "a", "b") == ["A", "B"]
    assert office.paid == ["a", "b"]


def test_new_requests_do_not_wait_for_an_earlier_batch(office: Office, spec: BatchSpec) -> None:
    office.polls = 10**6
    with closing(spec.open()) as engine:
        ended = threading.Thread(target=lambda: (office.begun.wait(5), engine.close()))
        ended.start()
        with pytest.raises(EngineError, match="closed"):
            engine.ask([request("a")])
        ended.join()

    def begin_and_end_all(told: Body) -> Answer:
        office.polls = 0
        return Office.begin(office, told)

    office.begin = begin_and_end_all  # type: ignore[method-assign]
    assert ask(spec, "a", "b") == ["A", "B"]
    assert office.paid == ["a", "b"]


def test_a_batch_that_is_not_known_for_a_moment_is_waited_for(office: Office, spec: BatchSpec) -> None:
    unknown = iter([refused(404), plain(b"<html>Log in</html>"), refused(404)])

    def clerk(asked: Asked) -> Answer | None:
        is_poll = asked.method == "GET" and "/batches/" in asked.path
        return (is_poll and next(unknown, None)) or office(asked)

    with ChatServer(clerk) as server:
        assert ask(replace(spec, base_url=server.url), "a") == ["A"]
    assert office.paid == ["a"]


@pytest.mark.parametrize(
    ("answer", "fault"), [(refused(404), "no-answer"), (plain(b"<html>Log in</html>"), "server-error")]
)
def test_a_batch_that_stays_unknown_is_not_waited_for_for_ever(
    office: Office, spec: BatchSpec, answer: Answer, fault: str
) -> None:
    def clerk(asked: Asked) -> Answer | None:
        return answer if asked.method == "GET" else office(asked)

    with ChatServer(clerk) as server:
        assert ask(replace(spec, base_url=server.url, poll=0.001), "a") == [fault]


def test_a_batch_that_never_ends_is_left_to_the_next_run(office: Office, spec: BatchSpec) -> None:
    office.polls = 10**6
    instants = iter([NOW] * 3)
    engine = BatchEngine(spec, clock=lambda: next(instants, NOW + LONGEST_WAIT + timedelta(seconds=1)))
    with closing(engine):
        [reply] = engine.ask([request("a")])
    assert reply.fault == "timeout"
    assert len(spec_files(spec)) == 1


def test_a_batch_that_is_too_large_is_begun_in_parts(office: Office, spec: BatchSpec) -> None:
    class Narrow(Office):
        def begin(self, told: Body) -> Answer:
            lines = len(self._lines(told["input_file_id"]))
            self.status = "failed" if lines > 2 else "completed"
            before = list(self.paid)
            answer = super().begin(told)
            if lines > 2:
                self.paid = before
                error = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached for m."}
                self.batches[f"batch_{len(self.batches) - 1}"]["errors"] = {"data": [error]}
            return answer

    narrow = Narrow()
    with ChatServer(narrow) as other:
        assert ask(replace(spec, base_url=other.url), *"abcde") == list("ABCDE")
    assert sorted(narrow.paid) == list("abcde")


def test_an_upload_that_is_too_large_is_made_in_parts(office: Office, spec: BatchSpec) -> None:
    def clerk(asked: Asked) -> Answer | None:
        return refused(413) if asked.content.count(b'"custom_id"') > 1 else office(asked)

    with ChatServer(clerk) as server:
        assert ask(replace(spec, base_url=server.url), *"abc") == list("ABC")


def test_a_journal_that_cannot_be_written_after_the_beginning_is_no_error(office: Office, spec: BatchSpec) -> None:
    class Jamming(Office):
        def begin(self, told: Body) -> Answer:
            [entry] = spec.folder.iterdir()
            entry.with_suffix(".part").mkdir()  # the entry can no longer be replaced
            return super().begin(told)

    jamming = Jamming()
    with ChatServer(jamming) as other:
        own = replace(spec, base_url=other.url)
        assert ask(own, "a") == ["A"]
        assert ask(own, "a") == ["A"]
    assert jamming.paid == ["a"]


def test_what_a_provider_calls_a_batch_is_no_path(office: Office, spec: BatchSpec) -> None:
    def clerk(asked: Asked) -> Answer | None:
        answer = office(asked)
        if answer is None or asked.path.endswith("/content") or b'"status"' not in answer.body:
            return answer
        return replace(answer, body=answer.body.replace(b"batch_0", b"../a b?\\n#0"))

    with ChatServer(clerk) as server:
        assert ask(replace(spec, base_url=server.url, poll=0.001), "a") == ["no-answer"]
        assert {asked.path.count("/") for asked in server.requests if "%0A" in asked.path} == {3}


def test_a_poisoned_journal_is_left_aside(office: Office, spec: BatchSpec) -> None:
    spec.folder.mkdir()
    (spec.folder / "deep.json").write_text("[" * 100_000)
    (spec.folder / "odd.json").write_text('{"at": "2026-13-99", "keys": []}')
    (spec.folder / "naive.json").write_text('{"at": "2026-01-14T06:00:00", "keys": []}')
    (spec.folder / "bytes.json").write_bytes(b"\xff\xfe")
    (spec.folder / "folder.json").mkdir()
    assert ask(spec, "a") == ["A"]
    assert len(spec_files(spec)) == 6
