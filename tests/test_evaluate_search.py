"""Measuring the search: what is kept out is not learned from, and what is measured is told with its uncertainty."""

import json
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from tests.archives import folder, record
from tests.bilingual import documents
from tests.fakes import Quiet
from zhaiyao import wiring
from zhaiyao.cli import main
from zhaiyao.errors import UsageError
from zhaiyao.finding import Document, Found, Hit, Mode
from zhaiyao.search.known_items import quality
from zhaiyao.usecases.evaluate_search import DEEP, Direction, SearchReport, archived, evaluate

KEPT_OUT = 100


def measured(report: SearchReport, direction: Direction, mode: Mode) -> float:
    (one,) = [one for one in report.measured if (one.direction, one.mode) == (direction, mode)]
    return one.quality.recall_10.value


def test_both_directions_are_measured(tmp_path):
    papers = documents(320)
    report = evaluate(papers, wiring.scratch_index, tmp_path, keep_out=KEPT_OUT, seed=1, progress=Quiet(), mixed=True)
    assert (report.papers, report.learned, report.kept_out, report.mixed) == (320, 220, KEPT_OUT, True)
    assert len(report.measured) == 6
    for direction in Direction:
        assert measured(report, direction, Mode.SEMANTIC) > 0.7
        assert measured(report, direction, Mode.FUSED) > 0.9
        assert measured(report, direction, Mode.FUSED) >= measured(report, direction, Mode.SEMANTIC)


class Spy:
    """An index that notes what it is shown, and finds the same papers whatever is asked."""

    def __init__(self, answer: Sequence[str] = ()) -> None:
        self.answer = answer
        self.learned: list[Document] = []
        self.shown: list[Document] = []
        self.texts: list[str] = []

    @contextmanager
    def rebuilding(self, *, wait):
        yield self

    def learn(self, papers):
        self.learned += papers

    def put(self, papers):
        self.shown += papers

    def commit(self, reached):
        assert reached.seq

    def find(self, query, text, *, limit, mode):
        assert limit == DEEP
        self.texts.append(text)
        return Found(hits=tuple(Hit(paper_id=name, score=1.0) for name in self.answer))

    def close(self):
        """Holds nothing."""


def numbered(papers: list[Document]) -> list[Document]:
    """The same with titles that no two share."""
    return [
        replace(one, title=f"{one.title} {at}", title_zh=one.title_zh and f"{one.title_zh} {at}")
        for at, one in enumerate(papers)
    ]


def spied(papers: list[Document], tmp_path: Path, **told: bool) -> tuple[SearchReport, list[Spy]]:
    spies: list[Spy] = []

    def opened(_: Path) -> Spy:
        spies.append(Spy([papers[0].paper_id]))
        return spies[-1]

    report = evaluate(papers, opened, tmp_path, keep_out=KEPT_OUT, seed=3, progress=Quiet(), **told)  # type: ignore[arg-type]
    return report, spies


def test_what_is_kept_out_is_not_learned_and_shown_in_one_language(tmp_path):
    papers = numbered(documents(250))
    _, (to_english, to_chinese) = spied(papers, tmp_path)
    asked = set(to_english.texts)
    assert len(asked) == KEPT_OUT
    assert not asked & {one.title_zh for one in to_english.learned}
    assert {one.paper_id for one in to_english.shown} == {one.paper_id for one in papers}
    assert not any(one.title_zh or one.abstract_zh or one.tldr_zh for one in to_english.shown)
    assert not any(one.title or one.abstract for one in to_chinese.shown)
    assert not set(to_chinese.texts) & {one.title for one in to_chinese.learned}


def test_mixed_shows_the_others_in_both(tmp_path):
    _, (to_english, _) = spied(documents(250), tmp_path, mixed=True)
    assert sum(bool(one.title_zh) for one in to_english.shown) == 150


def test_untranslated_papers_are_candidates_and_are_never_asked_for(tmp_path):
    papers = documents(260, translated=250)
    report, (to_english, to_chinese) = spied(papers, tmp_path)
    assert (report.papers, report.learned) == (260, 150)
    assert len(to_english.shown) == len(to_chinese.shown) == 260


def test_a_title_that_reads_as_a_wrong_field_is_asked_as_words(tmp_path):
    papers = [replace(one, title_zh=f"cat:无此类 {one.title_zh}") for one in documents(250)]
    _, (to_english, _) = spied(papers, tmp_path)
    assert all(text.startswith("cat 无此类") for text in to_english.texts)


def test_the_same_paper_twice_counts_once(tmp_path):
    report, _ = spied(documents(250) * 2, tmp_path)
    assert report.papers == 250


def test_too_few_translated_papers_are_told(tmp_path):
    with pytest.raises(UsageError, match="150 translated papers are too few"):
        spied(documents(300, translated=150), tmp_path)


def test_measures_with_their_intervals():
    told = quality([1, 1, 0, 5, 20])
    assert (told.searches, told.recall_1.value, told.recall_10.value) == (5, 0.4, 0.6)
    assert told.reciprocal.value == pytest.approx((1 + 1 + 0.2 + 0.05) / 5)
    assert told.recall_10.low < 0.6 < told.recall_10.high
    assert quality([1] * 50).recall_1 == quality([1] * 50, seed=5).recall_1
    assert (quality([1] * 50).recall_1.low, quality([0] * 50).recall_10.high) == (1, 0)


def test_an_interval_is_narrower_with_more_searches():
    few, many = quality([1, 0] * 20).recall_1, quality([1, 0] * 500).recall_1
    assert many.high - many.low < (few.high - few.low) / 3


def archive_of(root: Path, count: int) -> Path:
    papers = documents(count)
    records = {
        f"2602.{at:05}": record(
            f"2602.{at:05}",
            title=one.title,
            abstract=one.abstract,
            translated_title=one.title_zh,
            translated_abstract=one.abstract_zh,
            tldr=one.title_zh,
        )
        for at, one in enumerate(papers, 1)
    }
    return folder(root / "archive", {**records, "2602.99999": b"no record"})


def test_the_command_measures_an_archive_and_makes_no_store(tmp_path, capsys):
    arguments = ["evaluate", "search", str(archive_of(tmp_path, 210)), "--keep-out", "100"]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["papers"], told["kept_out"], len(told["measured"])) == (210, 100, 6)
    assert not list((tmp_path / "home").rglob("*.db"))
    assert main(["--language", "en", *arguments]) == 0
    assert "Chinese title → English text" in capsys.readouterr().out


def test_an_empty_store_is_told(tmp_path, capsys):
    assert main(["evaluate", "search"]) == 2
    assert "too few" in capsys.readouterr().err


def test_the_archive_sample(shared, tmp_path):
    """A small part of what `zhaiyao evaluate search` measures on all of it."""
    with wiring.document(shared / "corpus" / "archive-sample.tar.xz") as container:
        papers = list(islice(archived(container, progress=Quiet()), 500))
    report = evaluate(papers, wiring.scratch_index, tmp_path, keep_out=KEPT_OUT, seed=0, progress=Quiet())
    for direction in Direction:
        semantic = measured(report, direction, Mode.SEMANTIC)
        assert semantic >= 0.87
        assert measured(report, direction, Mode.FUSED) >= max(semantic, 0.95)
