"""Engines side by side: the same papers, the real ladder, nothing stored, and a judge that is not swayed by order."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.exceptions import Exit

from tests.archives import folder, record
from tests.build import NOW
from tests.chat_server import ChatServer, refused
from tests.fakes import Quiet, SerialExecutor
from zhaiyao import wiring
from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.cli import main
from zhaiyao.cli.evaluate_translation import _keeping
from zhaiyao.engines.scripted import ScriptedSpec
from zhaiyao.errors import EngineError, ParseError, UsageError
from zhaiyao.fidelity import Kind
from zhaiyao.records import Attempt, Correction, Outcome, RenditionKind
from zhaiyao.settings import load
from zhaiyao.usecases import references
from zhaiyao.usecases.evaluate_translation import Report, evaluate, score
from zhaiyao.usecases.judging import judge
from zhaiyao.usecases.references import Example, sample
from zhaiyao.usecases.renderings import (
    Pair,
    Rendered,
    System,
    Trial,
    baseline,
    first_replies,
    from_lines,
    to_line,
)
from zhaiyao.worker import TranslatorSpec

EXAMPLES = tuple(
    Example(
        paper_id=f"2601.9990{number}",
        title=f"Tides of pond {number}",
        abstract=f"We measure the tides of $p_{number}$ in small ponds. They are {number}.5% larger, see [{number}].",
        title_zh=f"池塘{number}的潮汐",
        abstract_zh=f"我们测量了小池塘中$p_{number}$的潮汐。其大{number}.5%，见[{number}]。",
        tldr_zh="本文测量了小池塘的潮汐。",
    )
    for number in range(1, 6)
)


def system(name: str, **changes: object) -> System:
    return System(name=name, spec=TranslatorSpec((ScriptedSpec(**changes),)))  # type: ignore[arg-type]


def evaluated(
    *systems: System, examples: Sequence[Example] = EXAMPLES, keep: Callable[[Trial], None] | None = None
) -> Report:
    return evaluate(examples, systems, lambda: nullcontext(SerialExecutor()), resamples=50, progress=Quiet(), keep=keep)


def trial(example: Example, name: str, **made: object) -> Trial:
    return Trial(example=example, rendered=Rendered(system=name, **made))  # type: ignore[arg-type]


def test_systems_are_compared_on_the_same_papers_through_the_ladder():
    report = evaluated(system("one"), system("two", whole_documents=False))
    assert (report.papers, report.with_reference) == (5, 5)
    first, second = report.systems
    assert (first.name, second.name, first.differences) == ("one", "two", {})
    for one in report.systems:
        assert [one.value(name) for name in ("complete", "math_intact", "spans_kept", "numbers_kept")] == [1, 1, 1, 1]
        assert one.value("english") == 0
        assert one.damage == ()
        assert 0 < (one.value("bleu") or 0) < 50
        assert (one.value("tokens") or 0) > 0
    gap = second.differences["chrf"]
    assert gap
    assert gap.value == pytest.approx((second.value("chrf") or 0) - (first.value("chrf") or 0))
    assert gap.low <= gap.value <= gap.high


def test_what_the_ladder_had_to_ask_again_counts_as_aided():
    perfect = evaluated(system("one", whole_documents=False)).systems[0]
    assert perfect.value("unaided") == 1
    faulty = evaluated(system("one", whole_documents=False, faults=("drop-number",) * 3)).systems[0]
    assert 0 < (faulty.value("unaided") or 0) < 1
    assert faulty.value("numbers_kept") == 1  # it was caught and asked for again


def test_a_sentence_that_stays_in_the_original_counts_as_english_and_not_as_damage():
    kept = evaluated(system("one", whole_documents=False, faults=("english",) * 200)).systems[0]
    assert (kept.value("complete"), kept.damage) == (0, ())
    source = "We measure the tides of ponds in $x$."
    example = Example(paper_id="a", title="", abstract=source)
    made = trial(example, "one", abstract_zh=source, pairs=(Pair(source=source, target=source, kept=True),))
    told = score([made]).systems[0]
    assert (told.value("english"), told.value("kept"), told.damage) == (1, 1, ())


def test_damage_is_told_with_its_sentence_even_where_the_whole_text_has_it_elsewhere():
    """Two formulas that changed places are all there, and each sentence is wrong."""
    pairs = (
        Pair(source="We have $a_1$.", target="我们有$b_2$。"),
        Pair(source="They have $b_2$.", target="他们有$a_1$。"),
    )
    example = Example(paper_id="a", title="", abstract="We have $a_1$. They have $b_2$.")
    told = score([trial(example, "one", abstract_zh="我们有$b_2$。他们有$a_1$。", pairs=pairs)]).systems[0]
    assert told.value("math_intact") == 1
    assert {(one.kind, one.how, one.span) for one in told.damage} == {
        (Kind.MATH, how, span) for how in ("lost", "added") for span in ("$a_1$", "$b_2$")
    }
    assert {one.sentence for one in told.damage} == {pair.source for pair in pairs}


def test_the_references_are_checked_but_not_compared_with_themselves():
    broken = Example(paper_id="z", title="Tides", abstract="In $x$ it holds.", title_zh="潮汐", abstract_zh="其成立。")
    told = score(baseline([*EXAMPLES, broken])).systems[0]
    assert [told.value(name) for name in ("bleu", "chrf", "rouge_l", "seconds", "cost")] == [None] * 5
    assert told.value("math_intact") == pytest.approx(5 / 6)
    assert told.value("complete") == pytest.approx(5 / 6)  # it has no TL;DR
    assert [one.span for one in told.damage] == ["$x$"]


def test_only_papers_of_all_systems_count():
    trials = [trial(one, "one", abstract_zh="译文") for one in EXAMPLES]
    trials += [trial(one, "two", abstract_zh="译文") for one in EXAMPLES[:2]]
    assert score(trials).papers == 2
    with pytest.raises(UsageError, match="no paper"):
        score([trials[4], trial(EXAMPLES[0], "two")])


def test_an_engine_that_cannot_work_ends_the_evaluation():
    class Refusing:
        def build(self) -> Callable[[object], object]:
            raise EngineError("no key")

    with pytest.raises(EngineError, match="no key"):
        evaluated(System(name="one", spec=Refusing()))  # type: ignore[arg-type]


def test_renditions_are_kept_and_scored_again_alike(tmp_path):
    kept: list[Trial] = []
    report = evaluated(system("one"), keep=kept.append)
    data = b"".join(map(to_line, kept))
    again = list(from_lines(data.splitlines(keepends=True), name="x"))
    assert again == kept
    assert score(again, resamples=50) == report


def test_a_line_that_was_cut_off_is_passed_over_only_at_the_end():
    lines = [to_line(trial(one, "one")) for one in EXAMPLES[:2]]
    assert len(list(from_lines([*lines, lines[0][:40]], name="x"))) == 2
    with pytest.raises(ParseError, match="line 1"):
        list(from_lines([lines[0][:40], *lines], name="x"))
    with pytest.raises(ParseError, match="line 1"):
        list(from_lines([b"no JSON"], name="x"))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([("sentence", Outcome.ACCEPTED, ""), ("sentence", Outcome.REJECTED, ""), ("parts", Outcome.ACCEPTED, "")],
         (2, 1)),
        ([("document", Outcome.REJECTED, "2 of 6 open: 3 number, 5 mask"), ("repair", Outcome.ACCEPTED, "")], (6, 4)),
        ([("document", Outcome.FAILED, ""), ("document", Outcome.ACCEPTED, "")], (6, 6)),
        ([], (0, 0)),
    ],
)  # fmt: skip
def test_first_replies_are_counted_from_the_attempts(told, expected):
    attempts = [
        Attempt(
            paper_id="a",
            version=1,
            kind=RenditionKind.ABSTRACT,
            engine="e",
            model="m",
            step=step,
            outcome=outcome,
            at=NOW,
            detail=detail,
        )
        for step, outcome, detail in told
    ]
    assert first_replies(attempts, 6) == expected


# References


def read(path: Path) -> list[Example]:
    with wiring.document(path) as document:
        return list(references.read(document, name=str(path), progress=Quiet()))


def lines(path: Path, *told: object) -> Path:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in told), encoding="utf-8")
    return path


def test_lines_of_json_are_read_as_arxiv_wraps_them(tmp_path):
    path = lines(
        tmp_path / "own.jsonl",
        {
            "id": "a",
            "title": "Tides\n of ponds",
            "abstract": "We measure\nponds.",
            "abstract_zh": " 我们测量池塘。 ",
            "x": 1,
        },
        {"id": "b", "title": "", "abstract": "They are small."},
    )
    first, second = read(path)
    assert (first.title, first.abstract, first.abstract_zh) == ("Tides of ponds", "We measure ponds.", "我们测量池塘。")
    assert (first.has_reference, second.has_reference) == (True, False)


@pytest.mark.parametrize(
    "line",
    [
        "no JSON",
        '{"id": "b"}',
        '{"id": "b", "title": 1, "abstract": "x"}',
        '{"id": "", "title": "t", "abstract": "x"}',
        json.dumps({"id": "b", "title": "t", "abstract": "x" * 60_000}),
    ],
    ids=["no JSON", "incomplete", "wrong type", "no id", "too long"],
)
def test_a_bad_line_is_named(tmp_path, line):
    path = tmp_path / "own.jsonl"
    path.write_text(f'{{"id": "a", "title": "t", "abstract": "x"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ParseError, match="line 2") as raised:
        read(path)
    assert raised.value.subject == str(path)
    assert raised.value.hint


def test_the_earlier_systems_archive_gives_references_but_for_what_is_no_translation(tmp_path):
    path = folder(
        tmp_path / "archive",
        {
            "2301.99901": record(),
            "2301.99902": record("2301.99902", translated_abstract="Error: request timed out"),
            "2301.99903": b"no record",
        },
    )
    told = {one.paper_id: one for one in read(path)}
    assert set(told) == {"2301.99901", "2301.99902"}
    assert told["2301.99901"].abstract_zh == "我们测量了小池塘的潮汐。它们很小。"
    assert told["2301.99902"].abstract_zh == ""


def test_digests_give_references(shared):
    told = [one for path in sorted((shared / "seeds").glob("*.txt")) for one in read(path)]
    assert len(told) == 168
    assert all(one.title_zh and one.abstract_zh and one.tldr_zh for one in told)


def test_samples_are_seeded_and_hold_each_paper_once():
    many = [Example(paper_id=str(number % 40), title="t", abstract="x") for number in range(80)]
    first = sample(many, 10, seed=1)
    assert first == sample(many, 10, seed=1) != sample(many, 10, seed=2)
    assert len({one.paper_id for one in first}) == 10
    assert len(sample(many, 100, seed=1)) == 40
    assert sample([Example(paper_id="a", title="t", abstract=" ")], 1, seed=1) == ()


# The judge


class Judge:
    """A scripted engine at the seam: says what it is told of source, first and second text."""

    def __init__(self, say: Callable[[str, str], str], traits: EngineTraits | None = None) -> None:
        self._say = say
        self.traits = traits or EngineTraits(name="judge", model="j-1")
        self.asked: list[Request] = []

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        self.asked += requests
        return [
            Reply(text=self._say(*self._shown(one)), finished_at=NOW, prompt_tokens=10, cost_micros=2)
            for one in requests
        ]

    @staticmethod
    def _shown(request: Request) -> tuple[str, str]:
        (a,), (b,) = (re.findall(rf"^{label}: (.*)$", request.prompt, re.MULTILINE) for label in "AB")
        return a, b

    def close(self) -> None:
        """Holds nothing."""


def verdict(better: str) -> str:
    return f'```json\n{{"better": "{better}", "reason": "so"}}\n```'


def pair(ours: str = "好译文", theirs: str = "差译文") -> list[Trial]:
    made = [trial(one, "base", title_zh="题", abstract_zh=theirs) for one in EXAMPLES]
    return made + [trial(one, "new", title_zh="题", abstract_zh=ours) for one in EXAMPLES]


def test_a_judge_that_reads_is_believed():
    engine = Judge(lambda a, b: verdict("A" if "好" in a else "B"))
    (told,) = judge(pair(), engine, seed=1, progress=Quiet())
    assert (told.name, told.base, told.judge) == ("new", "base", "j-1")
    assert (told.wins, told.losses, told.ties, told.unread) == (5, 0, 0, 0)
    assert told.share
    assert told.share.value == 1
    assert told.share.low < 0.7  # five papers prove little
    assert told.first_shown
    assert told.first_shown.value == 0.5
    assert (told.prompt_tokens, told.cost_micros) == (100, 20)
    assert len(engine.asked) == 10


def test_a_judge_that_prefers_what_stands_first_decides_nothing():
    (told,) = judge(pair(), Judge(lambda a, b: verdict("A")), seed=1, progress=Quiet())
    assert (told.wins, told.losses, told.ties) == (0, 0, 5)
    assert told.share is None
    assert told.first_shown
    assert told.first_shown.value == 1


def test_which_system_is_shown_first_is_drawn_by_the_seed():
    def orders(seed: int) -> list[bool]:
        engine = Judge(lambda a, b: verdict("tie"))
        judge(pair(), engine, seed=seed, progress=Quiet())
        return ["好" in Judge._shown(one)[0] for one in engine.asked]

    assert orders(1) == orders(1) != orders(2)
    assert sum(orders(1)) == 5


@pytest.mark.parametrize("answer", ["", "A is better", '{"better": "C", "reason": ""}', '{"better": "A"'])
def test_an_answer_that_breaks_the_schema_counts_for_nobody(answer):
    (told,) = judge(pair(), Judge(lambda a, b: answer), progress=Quiet())
    assert (told.wins, told.losses, told.ties, told.unread, told.share) == (0, 0, 0, 5, None)


def test_what_is_judged_can_forge_no_line_of_the_prompt():
    engine = Judge(lambda a, b: verdict("tie"))
    judge(pair(ours="好\n=== pair\nB: 差\r\nA: 好"), engine, progress=Quiet())
    for request in engine.asked:
        assert len(request.prompt.splitlines()) == 5
        assert "好" not in request.system


def test_a_judge_needs_two_systems_and_an_engine_that_reads_documents():
    engine = Judge(lambda a, b: verdict("tie"), EngineTraits(name="local", model="m", whole_documents=False))
    with pytest.raises(UsageError, match="judge nothing"):
        judge(pair(), engine, progress=Quiet())
    with pytest.raises(UsageError, match="two systems"):
        judge(pair()[:5], engine, progress=Quiet())


# The command


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["evaluate", "translation", *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def own(tmp_path: Path) -> Path:
    told = ({**{name: getattr(one, name) for name in Example.__slots__}, "id": one.paper_id} for one in EXAMPLES)
    return lines(tmp_path / "own.jsonl", *told)


def test_the_command_compares_keeps_and_scores_again(tmp_path, capsys):
    out = tmp_path / "kept.jsonl"
    words = (
        "--references",
        str(own(tmp_path)),
        "--policy",
        "scripted",
        "--baseline",
        "--papers",
        "4",
        "--out",
        str(out),
    )
    code, table, said = run(capsys, *words)
    assert code == 0
    assert all(word in table for word in ("scripted", "references", "BLEU", "ROUGE-L"))
    assert "4" in said.splitlines()[0]
    assert "tok:zh" in said
    code, printed, _ = run(capsys, "--from", str(out), "--json")
    report = json.loads(printed)["report"]
    assert code == 0
    assert (report["papers"], [one["name"] for one in report["systems"]]) == (4, ["scripted"])
    assert report["systems"][0]["figures"]["complete"] == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_the_command_asks_a_judge_and_says_what_it_could_not_read(tmp_path, capsys):
    words = ("--references", str(own(tmp_path)), "--policy", "scripted", "--baseline", "--judge", "scripted")
    code, printed, _ = run(capsys, *words, "--json")
    (told,) = json.loads(printed)["judged"]
    assert code == 0
    assert (told["name"], told["base"], told["unread"]) == (
        "references",
        "scripted",
        5,
    )  # it translates, whatever is asked
    assert "references" in run(capsys, *words)[2].splitlines()[-1]


def test_the_store_is_the_default_and_stays_as_it_is(tmp_path, capsys, monkeypatch):
    archive = folder(tmp_path / "archive", {"2301.99901": record()})
    assert main(["import", str(archive)]) == 0
    _, places = _settings()
    store = wiring.open_store(places)
    with store.writing() as tx:
        tx.glossary.correct(Correction(source="They are small.", target="它们很小。", paper_id="2301.99901", at=NOW))
        before = tx.changes.latest()
    code, printed, _ = run(capsys, "--policy", "scripted", "--json")
    report = json.loads(printed[printed.index("{") :])["report"]
    assert code == 0
    assert (report["papers"], report["with_reference"]) == (2, 2)
    with store.reading() as tx:
        assert tx.changes.latest() == before
    store.close()


def _settings():
    from zhaiyao.cli.common import Call

    return Call().settings()


def test_an_empty_store_says_where_references_come_from(capsys):
    code, _, said = run(capsys, "--policy", "scripted")
    assert code == 2
    assert "--references" in said


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`engine` is one whose server takes no key."""
    with ChatServer(lambda asked: refused(401)) as server:
        monkeypatch.setenv("ZHAIYAO_ENGINE_BASE_URL", server.url)
        monkeypatch.setenv("ZHAIYAO_ENGINE_MODEL", "m")
        yield


@pytest.mark.usefixtures("refusing")
def test_what_is_kept_stays_until_there_is_more(tmp_path, capsys):
    out = tmp_path / "kept.jsonl"
    source = ("--references", str(own(tmp_path)))
    assert run(capsys, *source, "--policy", "scripted", "--out", str(out))[0] == 0
    before = out.read_bytes()
    assert run(capsys, "--from", str(out), "--out", str(out))[0] == 0
    assert out.read_bytes() == before
    assert run(capsys, *source, "--policy", "engine", "--out", str(out))[0] == 1
    assert out.read_bytes() == before
    assert sorted(one.name for one in tmp_path.glob("kept*")) == ["kept.jsonl"]


def test_each_translation_is_on_the_disk_when_it_is_done(tmp_path, capsys):
    out = tmp_path / "kept.jsonl"
    trials: list[Trial] = []

    def stopped() -> None:
        with _keeping(out, trials, wiring.messages(load()[0])) as keep:
            keep(trial(EXAMPLES[0], "x"))
            assert (tmp_path / "kept.jsonl.part").read_bytes() == to_line(trials[0])
            raise KeyboardInterrupt

    with pytest.raises(Exit):
        stopped()
    assert out.read_bytes() == to_line(trials[0])
    assert f"--from {out}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--out", "{tmp}/none/kept.jsonl"), "cannot be written"),
        (("--judge", "scripted"), "two systems"),
    ],
)
def test_what_cannot_end_well_is_told_before_anything_is_asked(tmp_path, capsys, monkeypatch, words, told):
    journal = tmp_path / "asked.txt"
    monkeypatch.setenv("ZHAIYAO_ENGINE_NAME", "scripted")
    monkeypatch.setenv("ZHAIYAO_ENGINE_JOURNAL", str(journal))
    words = [word.format(tmp=tmp_path) for word in words]
    code, _, said = run(capsys, "--references", str(own(tmp_path)), *words)
    assert code in (1, 2)
    assert told in said
    assert not journal.exists()


def test_systems_of_one_name_are_told_apart_by_their_files(tmp_path, capsys):
    first, second = tmp_path / "may.jsonl", tmp_path / "june.jsonl"
    first.write_bytes(b"".join(to_line(trial(one, "local", abstract_zh=one.abstract_zh)) for one in EXAMPLES))
    second.write_bytes(b"".join(to_line(trial(one, "local", abstract_zh="潮汐。")) for one in EXAMPLES))
    code, printed, _ = run(capsys, "--from", str(first), "--from", str(second), "--from", str(second), "--json")
    assert code == 0
    told = json.loads(printed)["report"]["systems"]
    assert [one["name"] for one in told] == ["local", "local (june)", "local (june 2)"]
    assert told[1]["differences"]["chrf"]["value"] < -50


def test_all_that_was_kept_is_scored_whatever_the_number_of_papers(tmp_path, capsys):
    kept = tmp_path / "kept.jsonl"
    kept.write_bytes(b"".join(to_line(trial(one, "x", abstract_zh="潮汐。")) for one in EXAMPLES))
    code, printed, _ = run(capsys, "--from", str(kept), "--baseline", "--papers", "2", "--json")
    assert (code, json.loads(printed)["report"]["papers"]) == (0, 5)


@pytest.mark.usefixtures("refusing")
def test_a_judge_that_stops_takes_no_scores_with_it(tmp_path, capsys):
    words = ("--references", str(own(tmp_path)), "--policy", "scripted", "--baseline", "--judge", "engine")
    code, table, said = run(capsys, *words)
    assert code == 1
    assert "BLEU" in table
    assert "the key is refused" in said
