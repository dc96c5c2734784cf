"""The index beside a store: following its changes, rebuilding, searching, saved searches, and kills."""

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.build import NOW, announcement, rendition, version
from tests.fakes import Clock, Quiet
from zhaiyao.bookkeeping import FeedbackEvent
from zhaiyao.cli import main
from zhaiyao.errors import InvalidId, UsageError
from zhaiyao.finding import Mode, Note, Remark
from zhaiyao.ports import Store
from zhaiyao.records import Author, Interface, Paper, RenditionKind
from zhaiyao.search.following import Indexes
from zhaiyao.store import open_store
from zhaiyao.usecases import index as indexing
from zhaiyao.usecases.index import follow, rebuild, status
from zhaiyao.usecases.saved_searches import drop, kept, news, save
from zhaiyao.usecases.search import like_papers, like_text, search


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "zhaiyao.db", clock=Clock())
    yield opened
    opened.close()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Indexes]:
    opened = Indexes(tmp_path / "index")
    yield opened
    opened.close()


def add(store: Store, *numbers: int, subject: str = "tides", chinese: str = "池塘的潮汐") -> None:
    """Papers about a subject, translated."""
    with store.writing() as tx:
        for number in numbers:
            paper_id = f"2601.{number:05d}"
            text = version(
                paper_id,
                title=f"The {subject} of pond {number}",
                abstract=f"We look at {subject} in pond {number}. They are small.",
                authors=(Author(name="Ada Birk"),),
            )
            tx.papers.put([Paper(id=paper_id, categories=("cs.LG",))], [text], [announcement(paper_id)])
            tx.renditions.put([rendition(text, kind, chinese) for kind in RenditionKind])


def found(store: Store, index: Indexes, query: str, **how: object) -> list[str]:
    return sorted(card.paper_id for card in search(store, index, query, **how).cards)  # type: ignore[arg-type]


def kept_up(store: Store, index: Indexes, **how: object) -> indexing.Followed:
    return follow(store, index, progress=Quiet(), **how)  # type: ignore[arg-type]


def test_what_is_stored_is_found_after_following(store: Store, index: Indexes) -> None:
    add(store, 1, 2)
    assert kept_up(store, index).papers == 2
    for query in ("tides", "潮汐", "au:birk", "cat:cs.LG", "date:2026-01-14", "is:translated", "pond -kettle"):
        assert found(store, index, query) == ["2601.00001", "2601.00002"], query
    add(store, 3, subject="kettles", chinese="水壶")
    assert kept_up(store, index).papers == 1
    assert found(store, index, "水壶") == found(store, index, "kettle") == ["2601.00003"]
    assert kept_up(store, index) == indexing.Followed()


def test_a_search_follows_by_itself_and_waits_for_nobody(store: Store, index: Indexes, tmp_path: Path) -> None:
    add(store, 1)
    assert found(store, index, "tides") == ["2601.00001"]
    add(store, 2)
    assert {card.paper_id for card in like_text(store, index, "tides").cards} == {"2601.00001", "2601.00002"}
    add(store, 3)
    with Indexes(tmp_path / "index").updating(wait=0) as update:
        assert update is not None
        answer = search(store, index, "tides")
        assert answer.total == 2
        assert [(note.remark, note.count > 0) for note in answer.notes] == [(Remark.BEHIND, True)]
    assert search(store, index, "tides").notes == ()
    assert found(store, index, "tides") == ["2601.00001", "2601.00002", "2601.00003"]


def test_a_large_backlog_is_told_and_left(store: Store, index: Indexes) -> None:
    add(store, 1)
    kept_up(store, index)
    add(store, *range(2, 600))
    with store.reading() as tx:
        unread = tx.changes.latest() - index.reached.seq
    assert unread > indexing.LITTLE
    answer = search(store, index, "tides")
    assert (answer.total, answer.notes) == (1, (Note(remark=Remark.BEHIND, count=unread),))
    kept_up(store, index)
    assert search(store, index, "tides").total == 599


def test_words_widened_are_told(store: Store, index: Indexes) -> None:
    add(store, 1)
    assert search(store, index, "pnod~ tides").fuzzy == ("pnod",)
    assert search(store, index, "pnod kettel 潮汐 is", fuzzy=True).fuzzy == ("pnod", "kettel")
    assert search(store, index, "tides").fuzzy == ()


def test_the_newest_text_by_trust_with_the_newest_translation_there_is(store: Store, index: Indexes) -> None:
    add(store, 1)
    first = version("2601.00001", 2, title="Violins", interface=Interface.API)
    second = version("2601.00001", 2, title="Windmills", interface=Interface.LISTING)
    with store.writing() as tx:
        tx.papers.put([], [first, second], [])
    kept_up(store, index)
    (card,) = search(store, index, "windmills").cards
    assert (card.title, card.title_zh) == ("Windmills", "池塘的潮汐")
    assert found(store, index, "violins") == []


def test_feedback_becomes_marks_and_ceases_to(store: Store, index: Indexes) -> None:
    add(store, 1, 2)
    kept_up(store, index)
    with store.writing() as tx:
        tx.profiles.append(FeedbackEvent(profile="me", kind="configure", at=NOW, payload='{"categories":["cs.LG"]}'))
    for kind, marked in (("star", "is:starred"), ("like", "is:starred is:liked"), ("dislike", "is:disliked -is:liked")):
        with store.writing() as tx:
            tx.profiles.append(FeedbackEvent(profile="me", kind=kind, at=NOW, paper_id="2601.00001"))
        kept_up(store, index)
        assert found(store, index, marked) == ["2601.00001"]
    with store.writing() as tx:
        tx.profiles.append(FeedbackEvent(profile="me", kind="unstar", at=NOW, paper_id="2601.00001"))
    kept_up(store, index)
    assert found(store, index, "is:starred") == []


def test_following_a_little_at_a_time(store: Store, index: Indexes) -> None:
    add(store, 1)
    kept_up(store, index)
    for number in range(2, 12):
        add(store, number)
    behind = [kept_up(store, index, most=5).behind]
    while behind[-1]:
        behind.append(kept_up(store, index, most=5).behind)
    assert len(behind) > 5
    assert behind == sorted(behind, reverse=True)
    assert len(found(store, index, "tides", limit=20)) == 11


def test_a_rebuilt_index_is_the_followed_one(store: Store, index: Indexes) -> None:
    for number in range(1, 8):
        add(store, number)
        kept_up(store, index)
    before = search(store, index, "tides").cards
    rebuild(store, index, progress=Quiet())
    after = search(store, index, "tides").cards
    assert {card.paper_id for card in before} == {card.paper_id for card in after}
    assert status(store, index).behind == 0
    assert status(store, index).size.papers == 7


@pytest.mark.parametrize("harm", ["flip", "truncate", "meta", "format"])
def test_a_damaged_index_is_rebuilt_and_it_is_said(store: Store, index: Indexes, tmp_path: Path, harm: str) -> None:
    add(store, 1, 2)
    kept_up(store, index)
    index.close()
    folder = tmp_path / "index" / "current" / "words"
    files = [file for file in folder.iterdir() if file.suffix in (".term", ".idx", ".store")]
    if harm == "flip":
        for file in files:
            file.write_bytes(bytes(255 - byte for byte in file.read_bytes()))
    elif harm == "truncate":
        for file in files:
            os.truncate(file, 3)
    else:
        (folder / ("meta.json" if harm == "meta" else "zhaiyao.json")).write_text("[]")
    assert status(store, index).damage
    assert kept_up(store, index).rebuilt
    assert not status(store, index).damage
    assert found(store, index, "tides") == ["2601.00001", "2601.00002"]


def test_what_a_killed_writer_left_behind_is_no_damage(store: Store, index: Indexes, tmp_path: Path) -> None:
    add(store, 1)
    kept_up(store, index)
    (tmp_path / "index" / "current" / "words" / f"{'0' * 32}.store").write_bytes(b"half")
    (tmp_path / "index" / "new").mkdir()
    assert not status(store, index).damage
    assert found(store, index, "tides") == ["2601.00001"]


def test_the_index_of_another_store_is_rebuilt(store: Store, index: Indexes, tmp_path: Path) -> None:
    add(store, 1, 2)
    kept_up(store, index)
    other = open_store(tmp_path / "other.db", clock=Clock())
    add(other, 7, 8, 9)
    assert "another store" in kept_up(other, index).rebuilt
    assert found(other, index, "tides") == ["2601.00007", "2601.00008", "2601.00009"]
    other.close()


def test_who_follows_while_another_does_waits_for_nobody(store: Store, index: Indexes, tmp_path: Path) -> None:
    add(store, 1)
    kept_up(store, index)
    add(store, 2)
    other = Indexes(tmp_path / "index")
    with other.updating(wait=0) as update:
        assert update is not None
        followed = kept_up(store, index, wait=0)
        assert (followed.busy, followed.papers) == (True, 0)
        assert found(store, index, "tides") == ["2601.00001"]
    assert kept_up(store, index, wait=0).papers == 1


def test_an_empty_store_has_an_empty_index(store: Store, index: Indexes) -> None:
    assert kept_up(store, index) == indexing.Followed()
    assert status(store, index).size.papers == 0


def follow_until_killed(home: Path) -> None:
    """Follows again and again, one change at a time and thus with many commits."""
    store, index = open_store(home / "zhaiyao.db", clock=Clock()), Indexes(home / "index")
    while True:
        follow(store, index, progress=Quiet(), most=3)


def test_a_kill_at_any_moment_costs_nothing_but_time(store: Store, index: Indexes, tmp_path: Path) -> None:
    add(store, 1)
    kept_up(store, index)
    add(store, *range(2, 40))
    spawn = multiprocessing.get_context("spawn")
    for _ in range(2):
        process = spawn.Process(target=follow_until_killed, args=(tmp_path,))
        process.start()
        before, deadline = index.reached.seq, time.monotonic() + 20
        while index.reached.seq == before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert not status(store, index).damage
    assert not kept_up(store, index).rebuilt
    answer = search(store, index, "tides", limit=100)
    assert (answer.total, len(answer.cards)) == (39, 39)


def test_an_answer_tells_what_a_list_shows(store: Store, index: Indexes) -> None:
    add(store, 1)
    kept_up(store, index)
    answer = search(store, index, "潮汐", mode=Mode.LEXICAL)
    (card,) = answer.cards
    assert (answer.total, answer.searched, answer.mode) == (1, 1, Mode.LEXICAL)
    assert (card.title, card.title_zh, card.tldr_zh) == ("The tides of pond 1", "池塘的潮汐", "池塘的潮汐")
    assert (card.authors, card.categories, str(card.announced)) == (("Ada Birk",), ("cs.LG",), "2026-01-14")
    assert [snippet.text[start:end] for snippet in card.snippets for start, end in snippet.marked] == ["潮汐", "潮汐"]


def test_papers_like_a_paper_a_set_and_a_text(store: Store, index: Indexes) -> None:
    add(store, 1, 2, 3)
    add(store, 11, 12, 13, subject="violins", chinese="小提琴")
    kept_up(store, index)
    alike = [card.paper_id for card in like_papers(store, index, ["arXiv:2601.00011v1"]).cards]
    assert set(alike[:2]) == {"2601.00012", "2601.00013"}
    assert "2601.00011" not in alike
    assert like_papers(store, index, ["2601.00011", "2601.00012"]).cards[0].paper_id == "2601.00013"
    assert {card.paper_id for card in like_text(store, index, "All about violins").cards[:3]} == {
        "2601.00011", "2601.00012", "2601.00013",
    }  # fmt: skip
    with pytest.raises(UsageError, match=r"2601\.00099"):
        like_papers(store, index, ["2601.00011", "2601.00099"])
    with pytest.raises(InvalidId):
        like_papers(store, index, ["nonsense"])
    with pytest.raises(UsageError):
        like_text(store, index, " \n")


@pytest.mark.parametrize(("text", "limit"), [("", 10), ("...", 10), ("pond", 0), ("pond", 10_000), ("cat:xyz", 10)])
def test_what_cannot_be_searched_is_refused(store: Store, index: Indexes, text: str, limit: int) -> None:
    with pytest.raises(UsageError):
        search(store, index, text, limit=limit)


def test_a_saved_search_tells_each_paper_once(store: Store, index: Indexes) -> None:
    add(store, 1)
    kept_up(store, index)
    assert save(store, index, "潮汐", "tides OR tdie~", now=NOW).query == "tides OR tdie~"
    assert news(store, index, now=NOW) == ()
    add(store, 2, 3)
    add(store, 4, subject="violins", chinese="小提琴")
    assert news(store, index, now=NOW) == ()  # not before they are indexed
    kept_up(store, index)
    (one,) = news(store, index, now=NOW)
    assert (one.name, one.papers) == ("潮汐", ("2601.00002", "2601.00003"))
    assert news(store, index, now=NOW) == ()
    add(store, 2, subject="tides", chinese="又是潮汐")
    kept_up(store, index)
    assert news(store, index, now=NOW) == ()
    (held,) = kept(store, "潮汐", limit=10)
    assert {paper for paper, _ in held.papers} == {"2601.00001", "2601.00002", "2601.00003"}
    drop(store, "潮汐")
    assert kept(store, limit=10) == ()
    for again in (lambda: drop(store, "潮汐"), lambda: kept(store, "潮汐", limit=1)):
        with pytest.raises(UsageError, match="no such saved search"):
            again()


@pytest.mark.parametrize(("name", "query"), [("", "a"), ("x" * 200, "a"), ("x", ""), ("x", "cat:xyz")])
def test_what_cannot_be_saved_is_refused(store: Store, index: Indexes, name: str, query: str) -> None:
    with pytest.raises(UsageError):
        save(store, index, name, query, now=NOW)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZHAIYAO_HOME", str(tmp_path))
    monkeypatch.setenv("ZHAIYAO_LANGUAGE", "en")
    opened = open_store(tmp_path / "zhaiyao.db", clock=Clock())
    add(opened, 1, 2)
    opened.close()
    return tmp_path


def test_the_command_searches_what_nobody_indexed_before(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "潮汐", "-kettle", "--limit", "1"]) == 0
    told = capsys.readouterr()
    assert "池塘的潮汐" in told.out
    assert "The tides of pond" in told.out
    assert "2601.0000" in told.out
    assert "2 papers match" in told.err
    assert main(["search", "tides", "--json"]) == 0
    assert {card["paper_id"] for card in json.loads(capsys.readouterr().out)["cards"]} == {"2601.00001", "2601.00002"}


def test_nothing_found_is_said_and_no_failure(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "kettles"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "Nothing found among 2 papers" in told.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--limt", "3"],
        ["cat:xyz"],
        ["a", "--like", "2601.00001"],
        ["--like", "x"],
        ["--limit", "0", "a"],
        ["--drop", "x"],
    ],
)
def test_words_that_are_wrong_end_with_2(home: Path, arguments: list[str]) -> None:
    assert main(["search", *arguments]) == 2


def test_the_command_saves_lists_and_drops_searches(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "tides", "--save", "my tides"]) == 0
    opened = open_store(home / "zhaiyao.db", clock=Clock())
    add(opened, 3)
    opened.close()
    capsys.readouterr()
    assert main(["index"]) == 0
    told = capsys.readouterr()
    assert "my tides: 1 new paper" in told.err
    assert "2601.00003" in told.err
    assert main(["search", "--saved"]) == 0
    assert "my tides" in capsys.readouterr().out
    assert main(["search", "--saved", "my tides"]) == 0
    assert "2601.00003" in capsys.readouterr().out
    assert main(["search", "--drop", "my tides"]) == 0


def test_like_by_id_and_from_stdin(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "--like", "2601.00001"]) == 0
    assert "2601.00002" in capsys.readouterr().out
    (tmp_path / "text").write_text("tides in a pond", encoding="utf-8")
    assert main(["search", "--like-text", str(tmp_path / "text")]) == 0
    assert "2601.00001" in capsys.readouterr().out


def test_the_index_command_tells_how_it_stands(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["index"], ["index", "--rebuild"]):
        assert main([*arguments, "--json"]) == 0
        stands = json.loads(capsys.readouterr().out)
        assert (stands["size"]["papers"], stands["behind"], stands["damage"]) == (2, 0, "")
    (home / "index" / "current" / "words" / "meta.json").write_text("{")
    assert main(["index"]) == 0
    assert "built anew" in capsys.readouterr().err


def test_control_characters_of_a_paper_do_not_act(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = open_store(home / "zhaiyao.db", clock=Clock())
    add(opened, 5, subject="\x1b[31mkettles", chinese="水\u202e壶")
    opened.close()
    assert main(["search", "kettles"]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_a_search_mends_what_it_finds_damaged(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index"]) == 0
    for file in (home / "index" / "current" / "meaning").iterdir():
        if file.is_file():
            file.write_bytes(b"{}")
    capsys.readouterr()
    assert main(["search", "tides"]) == 0
    told = capsys.readouterr()
    assert "built anew" in told.err
    assert "2601.00001" in told.out


def test_each_mode_finds_and_filters(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for mode in ("lexical", "semantic", "fused"):
        assert main(["search", "tides pond", "cat:cs.LG", "--mode", mode, "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["mode"] == mode
        if mode != "semantic":  # two papers are too few to learn what words mean
            assert {card["paper_id"] for card in answer["cards"]} == {"2601.00001", "2601.00002"}
        assert main(["search", "tides pond", "cat:hep-th", "--mode", mode, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["cards"] == []
