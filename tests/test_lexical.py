"""The index of words: what finds what, damage, and readers beside a writer."""

import multiprocessing
import os
import shutil
import time
from collections.abc import Iterator
from datetime import date
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from tests.invented import documents
from zhaiyao.errors import IndexDamaged, SearchError
from zhaiyao.finding import Document, Reached
from zhaiyao.search.lexical import LexicalIndex
from zhaiyao.search.querying import parse

PAPERS = (
    Document(
        paper_id="2401.90001",
        title="Tides of small ponds with GPT-4",
        abstract="We measure $\\alpha$-tides by a neural network. Ponds are C++ programs.",
        title_zh="用Transformer模型研究小池塘的潮汐",
        abstract_zh="我们用神经网络和人工智能测量潮汐。",
        tldr_zh="测量潮汐。",
        comments="12 pages, accepted at PondCon",
        authors=("Ada Grünwald", "Bo Tide"),
        categories=("cs.NA", "cs.LG"),
        announced=(date(2024, 1, 3), date(2024, 2, 7)),
        marks=("starred", "translated"),
    ),
    Document(
        paper_id="2402.90002",
        title="A network of neural lanterns",
        abstract="The lantern is a decision tree and not a pond.",
        authors=("Cy Haddock",),
        categories=("hep-th",),
        announced=(date(2024, 2, 9),),
    ),
    Document(paper_id="hep-th/9901001", title="Old tides", abstract="Bare.", categories=("hep-th",)),
)


def built(folder: Path, papers: tuple[Document, ...] = PAPERS) -> LexicalIndex:
    index = LexicalIndex.create(folder)
    with index.writing() as writer:
        writer.put(papers)
        writer.commit(Reached(seq=7, proof="seven"))
    return index


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    return built(tmp_path / "words")


def ids(index: LexicalIndex, query: str, **how: bool) -> list[str]:
    return [hit.paper_id for hit in index.search(parse(query), limit=10, **how).hits]


POND, LANTERN, OLD = "2401.90001", "2402.90002", "hep-th/9901001"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("pond", [POND, LANTERN]),
        ("ponds measuring", [POND]),
        ("潮汐", [POND]),
        ("Transformer模型", [POND]),
        ("transformer", [POND]),
        ("模型", [POND]),
        ("智能", [POND]),
        ("gpt-4", [POND]),
        ("GPT4", [POND]),
        ("alpha", [POND]),
        ("α", [POND]),
        ("c++", [POND]),
        ("PondCon", [POND]),
        ("lantern pond", [LANTERN]),
        ("pond -lantern", [POND]),
        ("-pond", [OLD]),
        ("lantern OR 潮汐", [LANTERN, POND]),
        ('"neural network"', [POND]),
        ('"neural lanterns"', [LANTERN]),
        ('"network neural"', []),
        ('"small ponds with"', [POND]),
        ("“小池塘的潮汐”", [POND]),
        ("“潮汐小池塘”", []),
        ("au:tide", [POND]),
        ("au:grunwald", [POND]),
        ('au:"A. Grünwald"', [POND]),
        ('au:"Ada Grünwald"', [POND]),
        ('au:"Ada Tide"', []),
        ("ti:tides", [OLD, POND]),
        ("ti:lantern", [LANTERN]),
        ("abs:lanterns", [LANTERN]),
        ("ti:programs", []),
        ("cat:math.NA", [POND]),
        ("cat:math", [POND]),
        ("cat:cs", [POND]),
        ("cat:hep-th", [LANTERN, OLD]),
        ("date:2024-01", [POND]),
        ("date:2024-02", [LANTERN, POND]),
        ("date:..2000", [OLD]),
        ("date:1999-01", [OLD]),
        ("date:2024-02-08..", [LANTERN]),
        ("id:hep-th/9901001", [OLD]),
        ("2401.90001v3", [POND]),
        ("is:starred", [POND]),
        ("-is:translated", [LANTERN, OLD]),
        ("is:starred lantern", []),
        ("the of", [LANTERN]),
        ("the tides of what", [POND, OLD]),
        ("pnod~", [POND, LANTERN]),
        ("pnod", []),
        ("nothinglikeit", []),
        ("(pond OR 潮汐) (cat:hep-th OR is:starred)", [POND, LANTERN]),
    ],
)
def test_what_finds_what(index: LexicalIndex, query: str, found: list[str]) -> None:
    assert sorted(ids(index, query)) == sorted(found)


def test_without_words_the_latest_come_first(index: LexicalIndex) -> None:
    assert ids(index, "-nothinglikeit") == [LANTERN, POND, OLD]


def test_a_title_counts_more_and_words_side_by_side_too(index: LexicalIndex) -> None:
    assert ids(index, "tides")[0] in (POND, OLD)
    assert ids(index, "neural OR decision")[0] == LANTERN


def test_any_word_is_enough_where_asked_but_filters_hold(index: LexicalIndex) -> None:
    assert ids(index, "lantern 潮汐") == []
    assert set(ids(index, "lantern 潮汐", any_word=True)) == {LANTERN, POND}
    assert ids(index, "lantern 潮汐 is:starred", any_word=True) == [POND]
    assert ids(index, "lantern 潮汐 -is:starred", any_word=True) == [LANTERN]


def test_the_total_counts_all_and_the_limit_holds(index: LexicalIndex) -> None:
    found = index.search(parse("tides OR lantern"), limit=1)
    assert (found.total, len(found.hits)) == (3, 1)
    assert index.search(parse("tides"), limit=1, count=False).total is None


def test_a_paper_put_again_is_replaced_and_a_removed_one_is_gone(index: LexicalIndex) -> None:
    with index.writing() as writer:
        writer.put([Document(paper_id=POND, title="A kettle")])
        writer.remove([LANTERN, "2401.99999"])
        assert ids(index, "kettle") == []  # not before the commit
        writer.commit(Reached(seq=9, proof="nine"))
    assert (ids(index, "kettle"), ids(index, "潮汐"), ids(index, "lantern")) == ([POND], [], [])
    assert index.reached == Reached(seq=9, proof="nine")
    assert index.papers == 2


def test_what_is_not_committed_is_dropped(index: LexicalIndex) -> None:
    with index.writing() as writer:
        writer.put([Document(paper_id=POND, title="A kettle")])
    assert ids(index, "kettle") == []
    assert index.reached.seq == 7


def test_a_writer_killed_just_before_its_commit_is_in_nobodys_way(tmp_path: Path) -> None:
    """The list of deleted papers is written before the commit, under a name that the next writer comes to as well."""

    def replace_one(folder: Path) -> None:
        with LexicalIndex(folder).writing() as writer:
            writer.put([Document(paper_id=POND, title="A kettle")])
            writer.commit(Reached(seq=8))

    built(tmp_path / "words").close()
    shutil.copytree(tmp_path / "words", tmp_path / "killed")
    replace_one(tmp_path / "words")
    left = [file for file in (tmp_path / "words").glob("*.del") if not (tmp_path / "killed" / file.name).exists()]
    assert left
    for file in left:
        shutil.copy(file, tmp_path / "killed")
    replace_one(tmp_path / "killed")
    assert ids(LexicalIndex(tmp_path / "killed"), "kettle") == [POND]
    LexicalIndex(tmp_path / "killed").verify()


def test_only_one_writes(index: LexicalIndex) -> None:
    with index.writing(), pytest.raises(SearchError, match="another process"), index.writing():
        pass


def test_among(index: LexicalIndex) -> None:
    assert index.among([POND, OLD, "2401.99999"], parse("tides")) == {POND, OLD}
    assert index.among([LANTERN], parse("tides")) == frozenset()
    assert index.among([], parse("tides")) == frozenset()


def test_papers_like_a_text(tmp_path: Path) -> None:
    papers = tuple(documents(300))
    index = built(tmp_path / "words", papers)
    hits = index.like([f"{papers[5].title} {papers[5].abstract}"], limit=10)
    assert len(hits) == 10
    by_id = {paper.paper_id: paper for paper in papers}
    method = papers[5].title.split(" for ")[0].split(" ", 2)[2]
    assert sum(method in by_id[hit.paper_id].title for hit in hits) >= 8
    assert index.like(["???"], limit=10) == ()


def test_every_paper_is_found_by_its_title_in_either_language(tmp_path: Path) -> None:
    papers = tuple(documents(2000))
    index = built(tmp_path / "words", papers)
    for paper in papers[::100]:
        marker = f"item{papers.index(paper)}"
        for title in filter(None, (paper.title, paper.title_zh)):
            assert ids(index, f"{title} {marker}") == [paper.paper_id]


def data_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in (".term", ".idx", ".pos", ".store", ".fast"))


def test_a_whole_index_verifies_and_every_changed_byte_is_noticed(index: LexicalIndex, tmp_path: Path) -> None:
    index.verify()
    files = data_files(tmp_path / "words")
    assert len(files) >= 5
    for file in files:
        data = file.read_bytes()
        file.write_bytes(bytes([data[0] ^ 1]) + data[1:])
        with pytest.raises(IndexDamaged, match="rebuild"):
            index.verify()
        file.write_bytes(data)
    index.verify()


@pytest.mark.parametrize("harm", ["truncate", "remove", "meta", "format", "no-format"])
def test_damage_is_an_error_of_ours(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "words"
    built(folder).close()
    if harm == "truncate":
        for file in data_files(folder):
            os.truncate(file, 3)
    elif harm == "remove":
        for file in data_files(folder):
            file.unlink()
    else:
        name = "meta.json" if harm == "meta" else "zhaiyao.json"
        (folder / name).write_text("{}")
        if harm == "no-format":
            (folder / name).unlink()
    with pytest.raises(IndexDamaged):
        LexicalIndex(folder).search(parse("pond"), limit=1)


def test_where_there_is_nothing_an_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged, match="no search index yet"):
        LexicalIndex(tmp_path / "none").search(parse("pond"), limit=1)


def test_another_commit_and_another_index_in_its_place_are_seen(tmp_path: Path) -> None:
    index = built(tmp_path / "words")
    assert ids(index, "kettle") == []
    other = LexicalIndex(tmp_path / "words")
    with other.writing() as writer:
        writer.put([Document(paper_id="2403.00003", title="A kettle")])
        writer.commit(Reached(seq=8))
    assert ids(index, "kettle") == ["2403.00003"]
    built(tmp_path / "new", (Document(paper_id="2404.00004", title="A violin"),))
    (tmp_path / "words").rename(tmp_path / "old")
    (tmp_path / "new").rename(tmp_path / "words")
    assert (ids(index, "kettle"), ids(index, "violin")) == ([], ["2404.00004"])


def keep_writing(folder: Path, stop: Event) -> None:
    """Adds and replaces papers, commit by commit."""
    index = LexicalIndex(folder)
    some = list(documents(400, seed=3))
    seq = 7
    while not stop.is_set():
        with index.writing() as writer:
            for at in range(0, len(some), 40):
                seq += 1
                writer.put(some[at : at + 40])
                writer.commit(Reached(seq=seq))


@pytest.fixture
def folder_of_a_writer(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "words"
    built(folder).close()
    spawn = multiprocessing.get_context("spawn")
    stop = spawn.Event()
    process = spawn.Process(target=keep_writing, args=(folder, stop))
    process.start()
    yield folder
    stop.set()
    process.join(30)
    assert process.exitcode == 0


def test_search_while_another_process_writes(folder_of_a_writer: Path) -> None:
    index = LexicalIndex(folder_of_a_writer)
    marks = [index.reached.seq]
    deadline = time.monotonic() + 60
    while len(set(marks)) < 15:
        assert POND in ids(index, "池塘 潮汐 人工智能")
        assert POND in ids(index, '"neural network" is:starred au:grünwald')
        assert index.papers >= 3
        marks.append(index.reached.seq)
        assert time.monotonic() < deadline, "the other process writes too little"
    assert marks == sorted(marks)
