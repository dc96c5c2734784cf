"""Both indexes as one where one of them fails or knows nothing yet, on invented papers and on real ones."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tests.bilingual import documents
from tests.build import rendition, version
from tests.fakes import Clock, Quiet
from zhaiyao import wiring
from zhaiyao.errors import EmbedderError
from zhaiyao.features import Embedder
from zhaiyao.features.lsi import ENOUGH_PAIRS, ENOUGH_TEXTS
from zhaiyao.finding import Document, Mode, Note, Reached, Remark
from zhaiyao.ports import Store
from zhaiyao.records import Paper, RenditionKind
from zhaiyao.search.following import Indexes
from zhaiyao.search.fusion import fuse
from zhaiyao.search.querying import parse
from zhaiyao.search.semantic import SemanticIndex
from zhaiyao.search.snippets import snippets
from zhaiyao.settings import load
from zhaiyao.store import open_store
from zhaiyao.usecases.evaluate_search import archived
from zhaiyao.usecases.index import Followed, follow, pay_owed, rebuild, relearn, sample
from zhaiyao.usecases.search import search


def opened(folder: Path, embedder: Embedder | None = None) -> Indexes:
    return Indexes(folder, meaning=lambda place: SemanticIndex(place, embedder), fuse=fuse)


def filled(folder: Path, papers: list[Document], embedder: Embedder | None = None) -> Indexes:
    index = opened(folder, embedder)
    with index.rebuilding(wait=0) as update:
        assert update is not None
        update.learn(papers)
        update.put(papers)
        update.commit(Reached(seq=1, proof="one"))
    return index


def test_fused_is_the_answer_by_words_as_long_as_nothing_is_learned(tmp_path: Path) -> None:
    papers = documents(ENOUGH_TEXTS - 1)
    index = filled(tmp_path, papers)
    missing = (Note(remark=Remark.UNTAUGHT, count=1),)
    for query in ("protein", "robot music", "量子", "graph -laser", papers[3].title):
        by_words = index.find(parse(query), query, limit=20, mode=Mode.LEXICAL)
        assert index.find(parse(query), query, limit=20, mode=Mode.FUSED) == replace(by_words, notes=missing)
        assert index.find(parse(query), query, limit=20, mode=Mode.SEMANTIC).notes == missing
    by_words = index.like(papers[:1], limit=5, mode=Mode.LEXICAL)
    assert by_words.hits
    assert index.like(papers[:1], limit=5, mode=Mode.FUSED) == replace(by_words, notes=missing)
    index.close()


def test_a_chinese_query_is_told_that_translations_are_missing(tmp_path: Path) -> None:
    index = filled(tmp_path, documents(100))
    for mode in (Mode.SEMANTIC, Mode.FUSED):
        assert index.find(parse("量子"), "量子", limit=5, mode=mode).notes == (
            Note(remark=Remark.ONE_LANGUAGE, count=ENOUGH_PAIRS - 100),
        )
        assert index.find(parse("quantum"), "quantum", limit=5, mode=mode).notes == ()
    index.close()


def test_where_there_is_no_index_nothing_is_found_and_nothing_made(tmp_path: Path) -> None:
    index = opened(tmp_path / "index")
    for mode in Mode:
        assert index.find(parse("tides"), "tides", limit=5, mode=mode).hits == ()
    assert index.like(documents(1), limit=5, mode=Mode.FUSED).hits == ()
    assert not (tmp_path / "index").exists()


class Faulty:
    """An embedder from outside: counts the letters a to h; told to, it does not answer."""

    name, version = "letters", "1"

    def __init__(self) -> None:
        self.answers = True
        self.asked = 0

    @property
    def dimensions(self) -> int:
        self.check()
        return 8

    def check(self) -> None:
        self.asked += 1
        if not self.answers:
            raise EmbedderError("the embedding endpoint failed: no route")

    def embed(self, passages):
        self.check()
        rows = np.array([[one.text.count(letter) for letter in "abcdefgh"] for one in passages], np.float32)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)

    def hubness(self, vectors):
        return np.zeros(len(vectors), np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(tmp_path / "zhaiyao.db", clock=Clock())
    yield made
    made.close()


def add(store: Store, *titles: str) -> None:
    """Papers of these titles, with ids from 2601.00001 on."""
    with store.writing() as tx:
        start = len(tx.papers.ids(limit=10_000)) + 1
        texts = [version(f"2601.{start + at:05}", title=title, abstract="") for at, title in enumerate(titles)]
        tx.papers.put([Paper(id=text.paper_id, categories=("cs.LG",)) for text in texts], texts, [])


def test_papers_are_found_by_words_while_the_embedder_is_silent_and_by_meaning_later(
    store: Store, tmp_path: Path
) -> None:
    embedder = Faulty()
    index = opened(tmp_path / "index", embedder)
    add(store, "aaaa", "bbbb")
    follow(store, index, progress=Quiet())
    embedder.answers = False
    add(store, "cccc", "dddd cccc")
    answer = search(store, index, "cccc", mode=Mode.FUSED)
    assert [card.paper_id for card in answer.cards] == ["2601.00003", "2601.00004"]
    assert (answer.total, [note.remark for note in answer.notes]) == (2, [Remark.UNANSWERED])
    assert "no route" in answer.notes[0].detail
    with pytest.raises(EmbedderError):
        search(store, index, "cccc", mode=Mode.SEMANTIC)
    assert index.owed(limit=10) == ("2601.00003", "2601.00004")
    assert pay_owed(store, index, progress=Quiet()).behind == 2
    embedder.answers = True
    assert pay_owed(store, index, progress=Quiet()) == Followed(papers=2)
    assert index.owed(limit=10) == ()
    assert pay_owed(store, index, progress=Quiet()) == Followed()
    near = search(store, index, "cc", mode=Mode.SEMANTIC)
    assert (near.cards[0].paper_id, near.notes) == ("2601.00003", ())
    index.close()


def test_an_index_that_was_made_while_the_embedder_was_silent_learns_when_it_answers(
    store: Store, tmp_path: Path
) -> None:
    embedder = Faulty()
    embedder.answers = False
    index = opened(tmp_path / "index", embedder)
    add(store, "aaaa", "bbbb", "aaaa bbbb")
    follow(store, index, progress=Quiet())
    answer = search(store, index, "aaaa")
    assert {card.paper_id for card in answer.cards} == {"2601.00001", "2601.00003"}
    assert answer.notes == (Note(remark=Remark.UNANSWERED),)
    assert relearn(store, index, progress=Quiet()) is None
    add(store, "cccc")
    assert len(search(store, index, "cccc").cards) == 1
    embedder.answers = True
    assert relearn(store, index, progress=Quiet()) is not None
    assert relearn(store, index, progress=Quiet()) is None
    assert search(store, index, "cc", mode=Mode.SEMANTIC).cards[0].paper_id == "2601.00004"
    index.close()


def test_other_threads_search_what_was_committed_while_one_writes(tmp_path: Path) -> None:
    papers = documents(ENOUGH_PAIRS + 200)
    index = filled(tmp_path, papers[:ENOUGH_PAIRS])
    wanted = index.find(parse("protein"), "protein", limit=10, mode=Mode.SEMANTIC).hits
    wrong: list[object] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            hits = index.find(parse("protein"), "protein", limit=10, mode=Mode.SEMANTIC).hits
            if hits != wanted:
                wrong.append(hits)

    asking = [threading.Thread(target=ask) for _ in range(3)]
    with index.updating(wait=0) as update:
        assert update is not None
        for thread in asking:
            thread.start()
        for start in range(0, len(papers), 40):
            update.remove([paper.paper_id for paper in papers[start : start + 40]])
            update.put(papers[ENOUGH_PAIRS:])
        done.set()
        for thread in asking:
            thread.join()
        assert wrong == []
        update.commit(Reached(seq=2, proof="two"))
    assert index.find(parse("protein"), "protein", limit=10, mode=Mode.SEMANTIC).hits != wanted
    index.close()


def test_what_is_learned_from_is_translated_first_and_of_all_times(store: Store, tmp_path: Path) -> None:
    texts = [version(f"{year}01.{number:05}") for year in range(10, 20) for number in range(1, 31)]
    with store.writing() as tx:
        tx.papers.put([Paper(id=text.paper_id, categories=("cs.LG",)) for text in texts], texts, [])
        tx.renditions.put([rendition(text, kind) for text in texts[1::2] for kind in RenditionKind])
    learned = list(sample(store, most=40, others=20))
    assert all(one.title_zh for one in learned[:40])
    assert len({one.paper_id for one in learned}) == 60
    for part in (learned[:20], learned[:40], learned[40:]):
        assert len({one.paper_id[:2] for one in part}) >= 7, "ten years, of which hardly one is left out"
    assert [one.paper_id for one in sample(store, most=40, others=20)] == [one.paper_id for one in learned]
    index = opened(tmp_path / "index")
    assert rebuild(store, index, progress=Quiet()).papers == 300
    index.close()


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Indexes, list[Document]]]:
    """An index of 400 papers of the archive, half of them in one language only."""
    with wiring.document(shared / "corpus" / "archive-sample.tar.xz") as container:
        papers = list(islice(archived(container, progress=Quiet()), 400))
    shown = [
        replace(one, title_zh="", abstract_zh="", tldr_zh="") if at % 4 == 0 else one for at, one in enumerate(papers)
    ]
    index = opened(tmp_path_factory.mktemp("real"))
    with index.rebuilding(wait=0) as update:
        assert update is not None
        update.learn(shown)
        update.put(shown)
        update.commit(Reached(seq=1, proof="one"))
    yield index, papers
    index.close()


def place(index: Indexes, title: str, paper_id: str, mode: Mode) -> bool:
    """Whether a title as it stands finds its paper among the first ten; what reads as a wrong field is words."""
    text = title if "cat:" not in title.lower() else title.replace(":", " ")
    return paper_id in [hit.paper_id for hit in index.find(parse(text), text, limit=10, mode=mode).hits]


def test_real_titles_find_their_papers(real: tuple[Indexes, list[Document]]) -> None:
    index, papers = real
    english = [place(index, one.title, one.paper_id, Mode.LEXICAL) for one in papers]
    chinese = [
        place(index, one.title_zh, one.paper_id, Mode.LEXICAL)
        for at, one in enumerate(papers)
        if at % 4 and one.title_zh
    ]
    across = [place(index, one.title_zh, one.paper_id, Mode.FUSED) for one in papers[::4] if one.title_zh]
    assert np.mean(english) >= 0.99
    assert np.mean(chinese) >= 0.99
    assert np.mean(across) >= 0.9, "papers indexed in English alone"
    assert np.mean([place(index, one.title, one.paper_id, Mode.SEMANTIC) for one in papers[::4]]) >= 0.95


def test_pieces_of_real_texts_are_pieces_of_them_and_hold_what_is_marked(real: tuple[Indexes, list[Document]]) -> None:
    _, papers = real
    marked = 0
    for one in papers:
        for title in (one.title, one.title_zh):
            for piece in snippets(one, parse(title.replace(":", " ")) if title else None):
                text = getattr(one, piece.name).replace("\n", " ")
                assert piece.text.removeprefix("…").removesuffix("…") in text
                ends = [end for pair in piece.marked for end in pair]
                assert ends == sorted(ends)
                assert all(0 <= start < end <= len(piece.text) for start, end in piece.marked)
                marked += len(piece.marked)
    assert marked > 5 * len(papers)


def test_the_settings_name_an_embedder_and_their_key_is_not_shown(tmp_path: Path) -> None:
    environment = {
        "ZHAIYAO_HOME": str(tmp_path),
        "ZHAIYAO_SEARCH_EMBEDDER": "endpoint",
        "ZHAIYAO_SEARCH_EMBEDDING_URL": "http://me:secret@localhost:1/v1",
        "ZHAIYAO_SEARCH_EMBEDDING_MODEL": "m",
        "ZHAIYAO_SEARCH_EMBEDDING_KEY": "secret",
    }
    settings, places = load(environment=environment)
    assert "secret" not in repr(settings) + repr(settings.search) + str(list(settings.shown()))
    papers = documents(ENOUGH_PAIRS)
    with wiring.index(settings, places) as index, index.rebuilding(wait=0) as update:
        assert update is not None
        update.learn(papers)
        update.put(papers)
        update.commit(Reached(seq=1, proof="one"))
    with wiring.index(settings, places) as index:
        found = index.find(parse("protein"), "protein", limit=5, mode=Mode.FUSED)
        assert found.hits
        assert [note.remark for note in found.notes] == [Remark.UNANSWERED]
        assert index.size.vectors == ENOUGH_PAIRS
