"""The sentence that carries the contribution."""

from hypothesis import given
from hypothesis import strategies as st

from zhaiyao.contribution import choose

TITLE = "TidalNet: Graph networks for storm surges"
ABSTRACT = (
    "Storm surges threaten many coasts of the world.",
    "However, existing models of storm surges are slow.",
    "In this paper we propose TidalNet, a graph network that predicts storm surges along a whole coast within seconds.",
    "Experiments show that it is twice as good as the models that are used by the authorities today.",
    "Code for storm surges with graph networks is available at https://example.org/tidal.",
)


def test_the_proposal_wins() -> None:
    assert choose(TITLE, ABSTRACT) == (2,)


def test_several_come_in_reading_order() -> None:
    assert choose(TITLE, ABSTRACT, most=2) == (2, 3)
    assert choose(TITLE, ABSTRACT[::-1], most=2) == (1, 2)


def test_where_the_code_is_never_wins() -> None:
    assert choose(TITLE, [ABSTRACT[4], ABSTRACT[0]]) == (1,)


def test_ties_go_to_the_earlier() -> None:
    assert choose("", ["Cats sleep.", "Dogs sleep."]) == (0,)


def test_the_name_in_the_title_counts() -> None:
    assert choose(
        "PondNet: more of it", ["We eat many cakes and drink tea.", "Look at what PondNet did again today."]
    ) == (1,)
    assert choose("One PondNet: more of it all in all", ["Cats sleep.", "Dogs sleep."]) == (0,)


def test_no_sentences() -> None:
    assert choose(TITLE, []) == ()


@given(st.text(), st.lists(st.text(), max_size=8), st.integers(1, 4))
def test_any_text(title: str, sentences: list[str], most: int) -> None:
    chosen = choose(title, sentences, most=most)
    assert list(chosen) == sorted(set(chosen))
    assert len(chosen) == min(most, len(sentences))
    assert chosen == choose(title, sentences, most=most)
