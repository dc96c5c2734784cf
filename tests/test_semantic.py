"""The index of meanings: learned, filled, asked in both languages, kept up, and followed by readers."""

from dataclasses import replace

import numpy as np
import pytest

from tests.bilingual import documents
from zhaiyao.errors import IndexDamaged, SearchError
from zhaiyao.features import Passage
from zhaiyao.features.lsi import ENOUGH_PAIRS, ENOUGH_TEXTS
from zhaiyao.finding import Document
from zhaiyao.search.semantic import Material, SemanticIndex, worth_learning


def english_only(paper: Document) -> Document:
    return replace(paper, title_zh="", abstract_zh="")


def chinese_only(paper: Document) -> Document:
    return replace(paper, title="", abstract="")


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """An index that learned from 400 papers and holds them, 100 new English ones and 100 new Chinese ones."""
    index = SemanticIndex(tmp_path_factory.mktemp("semantic") / "index")
    papers = documents(600)
    index.learn(papers[:400])
    index.apply(papers[:400])
    index.apply(english_only(paper) for paper in papers[400:500])
    index.apply(chinese_only(paper) for paper in papers[500:])
    index.commit()
    yield index, papers
    index.close()


def found(index: SemanticIndex, text: str, **told: object) -> list[str]:
    return [paper_id for paper_id, _ in index.search(text, **{"limit": 10, **told})]  # type: ignore[arg-type]


def test_chinese_finds_english_and_english_chinese(learned):
    index, papers = learned
    to_english = [paper.paper_id in found(index, paper.title_zh) for paper in papers[400:500]]
    to_chinese = [paper.paper_id in found(index, paper.title) for paper in papers[500:]]
    assert np.mean(to_english) > 0.85
    assert np.mean(to_chinese) > 0.85


def test_it_tells_what_it_is(learned):
    index, _ = learned
    assert (index.size, index.crosslingual, index.missing, index.stale) == (600, True, 0, False)
    assert index.lexicon.of("量子")[0][0] == "quantum"


def test_a_text_without_known_words_finds_nothing(learned):
    index, _ = learned
    assert found(index, "zzzz 12345") == found(index, "") == []


def test_only_allowed_papers_are_found(learned):
    index, papers = learned
    some = {paper.paper_id for paper in papers[::7]}
    assert set(found(index, papers[3].title, allowed=some)) <= some
    assert found(index, papers[3].title, allowed=()) == []


def test_similar_papers_share_topics_and_are_others(learned):
    index, papers = learned
    told = {paper.paper_id: set(paper.title.split()) for paper in papers}
    near = [paper_id for paper_id, _ in index.similar([papers[0].paper_id], limit=5)]
    assert papers[0].paper_id not in near
    assert all(told[paper_id] & set(papers[0].abstract.split()) for paper_id in near if told[paper_id])
    assert index.similar(["9999.99999"], limit=5) == []


def test_an_index_that_holds_papers_learns_no_more(learned):
    index, papers = learned
    with pytest.raises(SearchError, match="only an empty index"):
        index.learn(papers)


def test_replaced_and_removed_papers(tmp_path):
    index = SemanticIndex(tmp_path)
    papers = documents(ENOUGH_PAIRS)
    index.learn(papers)
    index.apply(papers)
    index.commit()
    changed = replace(
        papers[0], title="glacier ocean", abstract="glacier ocean", title_zh="冰川与海洋", abstract_zh="冰川，海洋"
    )
    index.apply([changed])
    index.remove([papers[1].paper_id, "9999.99999"])
    index.commit()
    assert index.size == ENOUGH_PAIRS - 1
    assert papers[0].paper_id in found(index, "冰川与海洋")
    assert papers[1].paper_id not in found(index, papers[1].title)


def test_before_anything_is_learned_papers_are_counted_and_nothing_found(tmp_path):
    index = SemanticIndex(tmp_path)
    assert (index.size, index.crosslingual, index.missing, index.stale) == (0, False, ENOUGH_PAIRS, False)
    index.apply(documents(ENOUGH_TEXTS))
    index.commit()
    assert (index.size, index.missing, found(index, "protein")) == (ENOUGH_TEXTS, ENOUGH_PAIRS - ENOUGH_TEXTS, [])


def test_an_untranslated_store_finds_english_by_english(tmp_path):
    index = SemanticIndex(tmp_path)
    papers = documents(300, translated=0)
    index.learn(papers)
    index.apply(papers)
    index.commit()
    assert (index.crosslingual, index.missing) == (False, ENOUGH_PAIRS)
    assert np.mean([paper.paper_id in found(index, paper.title) for paper in papers[:50]]) > 0.9
    assert found(index, "蛋白质") == []


def test_it_is_stale_when_there_is_twice_as_much_to_learn_from(tmp_path):
    index = SemanticIndex(tmp_path)
    papers = documents(2 * ENOUGH_PAIRS)
    index.learn(papers[:ENOUGH_PAIRS])
    index.apply(papers[:-1][:ENOUGH_PAIRS])
    index.commit()
    assert not index.stale
    index.apply(papers[:-1])
    index.commit()
    assert not index.stale
    index.apply(papers)
    index.commit()
    assert index.stale
    assert SemanticIndex(tmp_path).stale


@pytest.mark.parametrize(
    ("then", "now", "worth"),
    [
        (Material(), Material(texts=ENOUGH_TEXTS - 1), False),
        (Material(), Material(texts=ENOUGH_TEXTS), True),
        (Material(texts=60), Material(texts=119, pairs=10), False),
        (Material(texts=60), Material(texts=120), True),
        (Material(texts=9000), Material(texts=9000, pairs=ENOUGH_PAIRS), True),
        (Material(texts=9000, pairs=300), Material(texts=90_000, pairs=599), False),
        (Material(texts=9000, pairs=300), Material(texts=9000, pairs=600), True),
    ],
)
def test_when_learning_is_worth_it(then, now, worth):
    assert worth_learning(then, now) is worth


def test_learning_from_a_part_does_not_make_it_stale_for_ever(tmp_path):
    index = SemanticIndex(tmp_path)
    papers = documents(3 * ENOUGH_PAIRS)
    index.learn(papers[:ENOUGH_PAIRS])
    index.apply(papers)
    index.commit()
    assert not index.stale


def test_a_reader_follows_an_index_that_takes_the_place(tmp_path):
    place, beside = tmp_path / "index", tmp_path / "new"
    reader = SemanticIndex(place)
    assert found(reader, "protein") == []
    new = SemanticIndex(beside)
    papers = documents(ENOUGH_PAIRS)
    new.learn(papers)
    new.apply(papers)
    new.commit()
    new.close()
    place.rename(tmp_path / "old")
    assert found(reader, "protein") == []
    beside.rename(place)
    assert found(reader, "protein") != []
    assert reader.size == ENOUGH_PAIRS


class Letters:
    """An embedder from outside: counts the letters a to h."""

    name = "letters"
    dimensions = 8

    def __init__(self, version: str = "1") -> None:
        self.version = version

    def embed(self, passages):
        rows = np.array([[passage.text.count(letter) for letter in "abcdefgh"] for passage in passages], np.float32)
        return rows.reshape(-1, 8) / np.maximum(np.linalg.norm(rows.reshape(-1, 8), axis=1, keepdims=True), 1)

    def hubness(self, vectors):
        return np.zeros(len(vectors), np.float32)


def test_an_embedder_from_outside_is_used_and_remembered(tmp_path):
    index = SemanticIndex(tmp_path, Letters())
    papers = documents(ENOUGH_PAIRS)
    index.learn(papers)
    index.apply([*papers, Document(paper_id="2602.00001", title="hhhh")])
    index.commit()
    assert (index.crosslingual, found(index, "hh")[0]) == (True, "2602.00001")
    assert index.lexicon.of("量子")[0][0] == "quantum"
    assert SemanticIndex(tmp_path, Letters()).size == ENOUGH_PAIRS + 1
    for other in (Letters("2"), None):
        with pytest.raises(IndexDamaged):
            SemanticIndex(tmp_path, other)


@pytest.mark.parametrize("damage", [b"", b"[]", b"{}", b'{"format": 99}'])
def test_a_damaged_head_is_told(tmp_path, damage):
    SemanticIndex(tmp_path).close()
    (tmp_path / "semantic.json").write_bytes(damage)
    with pytest.raises(IndexDamaged):
        SemanticIndex(tmp_path)


def test_a_passage_is_one_text():
    assert Passage(title="a", body="b").text == "a\nb"
    assert Passage(body="b").text == "b"
