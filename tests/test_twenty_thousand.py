"""Search among 20,000 invented papers: by words, by meaning and fused, checked against a scan of all of them."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.bilingual import documents
from zhaiyao.finding import Document, Mode, Reached
from zhaiyao.search.following import Indexes
from zhaiyao.search.fusion import fuse
from zhaiyao.search.querying import parse
from zhaiyao.search.semantic import SemanticIndex

COUNT = 20_000
LEARNED = 300
SIGNS_FROM = 4096
SURNAMES = ("Abara", "Birk", "Czerny", "Doležal", "Espín")
CATEGORIES = ("cs.LG", "math.AG", "hep-th")
FIRST = date(2024, 1, 1)


@dataclass(frozen=True)
class Archive:
    """The papers, the index they are in, and the index of meanings within it."""

    papers: list[Document]
    index: Indexes
    meaning: SemanticIndex

    def found(self, query: str, *, mode: Mode = Mode.LEXICAL, limit: int = 10) -> list[str]:
        hits = self.index.find(parse(query), query, limit=limit, mode=mode).hits
        return [hit.paper_id for hit in hits]


def dressed(paper: Document, number: int) -> Document:
    """A paper with authors, a category and a date; every third in English only, every third in Chinese only, some of
    them marked. Each has a word of its own."""
    shown = {0: {"title_zh": "", "abstract_zh": ""}, 1: {"title": "", "abstract": ""}}.get(number % 3, {})
    return replace(
        paper,
        paper_id=f"24{number % 12 + 1:02}.{number:05}",
        comments=f"item{number}",
        authors=(f"Ada {SURNAMES[number % 5]}",),
        categories=(CATEGORIES[number % 7 % 3],),
        announced=(FIRST + timedelta(days=number % 300),),
        marks=("starred",) if number % 11 == 0 else (),
        **shown,
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder: Path = tmp_path_factory.mktemp("twenty")
    plain = documents(COUNT)
    papers = [dressed(paper, number) for number, paper in enumerate(plain)]
    index = Indexes(folder, meaning=lambda place: SemanticIndex(place, signs_from=SIGNS_FROM), fuse=fuse)
    with index.rebuilding(wait=0) as update:
        assert update is not None
        update.learn(plain[:LEARNED])
        update.put(papers)
        update.commit(Reached(seq=1, proof="one"))
    meaning = SemanticIndex(folder / "current" / "meaning", signs_from=SIGNS_FROM)
    yield Archive(papers, index, meaning)
    meaning.close()
    index.close()


def words_of(paper: Document) -> set[str]:
    return set(f"{paper.title} {paper.abstract} {paper.comments}".split())


QUERIES: dict[str, Callable[[Document], bool]] = {
    "protein": lambda one: "protein" in words_of(one),
    "protein laser": lambda one: {"protein", "laser"} <= words_of(one),
    "量子": lambda one: "量子" in one.title_zh + one.abstract_zh,
    "protein OR 量子": lambda one: "protein" in words_of(one) or "量子" in one.title_zh + one.abstract_zh,
    "robot -music": lambda one: "robot" in words_of(one) and "music" not in words_of(one),
    "au:birk cat:cs": lambda one: one.authors == ("Ada Birk",) and one.categories == ("cs.LG",),
    "date:2024-02..2024-03": lambda one: date(2024, 2, 1) <= one.announced[0] <= date(2024, 3, 31),
    "is:starred glacier": lambda one: bool(one.marks) and "glacier" in words_of(one),
    'ti:"protein laser"': lambda one: "protein laser" in one.title,
    "item777": lambda one: one.comments == "item777",
    "cat:math.AG -date:2024-01..": lambda one: False,
}


@pytest.mark.parametrize("query", QUERIES)
def test_as_many_match_as_a_scan_counts(archive: Archive, query: str) -> None:
    wanted = {paper.paper_id for paper in archive.papers if QUERIES[query](paper)}
    found = archive.index.find(parse(query), query, limit=COUNT, mode=Mode.LEXICAL)
    assert found.total == len(wanted)
    assert {hit.paper_id for hit in found.hits} == wanted


def test_known_items_are_found_in_every_way(archive: Archive) -> None:
    plain = documents(COUNT)
    some = random.Random(5).sample(range(LEARNED, COUNT), 60)
    for number in some:
        paper_id, marker = archive.papers[number].paper_id, f"item{number}"
        assert archive.found(marker) == [paper_id]
        assert paper_id in archive.found(f"{plain[number].title} {marker}", mode=Mode.FUSED)[:3]
    across = [
        archive.papers[number].paper_id
        in archive.found(plain[number].title_zh if number % 3 == 0 else plain[number].title, mode=mode, limit=50)
        for number in some
        if number % 3 < 2  # papers in the other language alone
        for mode in (Mode.SEMANTIC, Mode.FUSED)
    ]
    assert np.mean(across) >= 0.9


@pytest.mark.parametrize("mode", [Mode.SEMANTIC, Mode.FUSED])
@pytest.mark.parametrize("narrowed", ["cat:hep-th", "is:starred au:espin", "date:2024-05-01..2024-05-03"])
def test_filters_hold_whatever_the_mode(archive: Archive, mode: Mode, narrowed: str) -> None:
    passing = archive.index.find(parse(narrowed), narrowed, limit=COUNT, mode=Mode.LEXICAL)
    found = archive.found(f"quantum plasma {narrowed}", mode=mode, limit=30)
    assert len(found) == 30
    assert set(found) <= {hit.paper_id for hit in passing.hits}


def test_signs_find_what_an_exact_scan_does(archive: Archive) -> None:
    """Recall of the ten nearest, of vectors as they are kept: exactly those that a scan of every paper finds."""
    folder = archive.meaning._folder / "vectors"
    assert list(folder.glob("*.signs.npy"))
    everyone = [paper.paper_id for paper in archive.papers]
    hits = wanted = 0
    for paper in archive.papers[7::400]:
        title = paper.title or paper.title_zh
        exact = dict(archive.meaning.search(title, limit=10, allowed=everyone))
        near = dict(archive.meaning.search(title, limit=10))
        worst = min(exact.values())
        hits += sum(score >= worst - 1e-6 for score in near.values())  # papers of the same words are as near
        wanted += 10
    assert hits >= 0.95 * wanted
