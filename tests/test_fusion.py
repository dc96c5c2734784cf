"""Two answers made one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.finding import Hit, Mode, Snippet
from zhaiyao.search.fusion import fuse

NAMES = st.sampled_from([f"2601.{number:05}" for number in range(12)])
SCORES = st.floats(0, 50)
LISTS = st.dictionaries(NAMES, SCORES, max_size=10).map(lambda told: sorted(told.items(), key=lambda one: -one[1]))


def hits(told: list[tuple[str, float]]) -> list[Hit]:
    return [Hit(paper_id=paper_id, score=score) for paper_id, score in told]


def order(lexical: list[tuple[str, float]], semantic: list[tuple[str, float]]) -> list[str]:
    return [hit.paper_id for hit in fuse(hits(lexical), semantic)]


def test_what_both_find_comes_first():
    assert order([("a", 9.0), ("b", 8.5)], [("c", 0.9), ("b", 0.88), ("d", 0.1)])[0] == "b"


def test_a_sure_hit_of_words_outweighs_a_near_meaning():
    assert order([("a", 40.0), ("b", 5.0)], [("b", 0.5), ("c", 0.49), ("a", 0.1)])[0] == "a"


def test_meaning_decides_where_words_find_nothing():
    assert order([], [("c", 0.9), ("b", 0.8)]) == ["c", "b"]
    assert order([("a", 3.0)], []) == ["a"]
    assert order([], []) == []


def test_a_hit_tells_its_places_and_keeps_its_snippets():
    snippet = Snippet(name="title", text="On ponds")
    found = fuse([Hit(paper_id="a", score=2.0, snippets=(snippet,))], [("b", 0.9), ("a", 0.3)])
    told = {hit.paper_id: hit for hit in found}
    assert told["a"].places == ((Mode.LEXICAL, 1), (Mode.SEMANTIC, 2))
    assert told["b"].places == ((Mode.SEMANTIC, 1),)
    assert (told["a"].snippets, told["b"].snippets) == ((snippet,), ())


@settings(deadline=None, max_examples=200)
@given(LISTS, LISTS, st.floats(0, 1))
def test_all_are_there_once_best_first(lexical, semantic, words):
    found = fuse(hits(lexical), semantic, words=words)
    assert {hit.paper_id for hit in found} == {name for name, _ in [*lexical, *semantic]}
    assert len(found) == len({hit.paper_id for hit in found})
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert all(0 <= hit.score <= 1.000001 for hit in found)


@settings(deadline=None, max_examples=100)
@given(LISTS, LISTS, st.floats(0.1, 10))
def test_only_the_proportions_of_scores_count(lexical, semantic, factor):
    scaled = fuse(hits([(name, score * factor) for name, score in lexical]), semantic)
    plain = fuse(hits(lexical), semantic)
    assert all(abs(one.score - {hit.paper_id: hit.score for hit in plain}[one.paper_id]) < 1e-6 for one in scaled)
