"""Sentences: where abstracts part, where they do not, and that nothing is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.masking import find_spans
from zhaiyao.segmenting import Sentence, sentences, split_long, word_count

PIECES = st.sampled_from(
    [
        "We",
        "show.",
        "e.g.",
        "Fig.",
        "$x. Y$",
        "3.5",
        "et al.",
        "\n\n",
        "\n",
        "。",
        "！",
        "?",
        "...",
        "https://a.org/b.",
        "A.",
        ", and",
        "; ",
        "(see",
        "this)",
        "U.S.",
    ]
)
MESSY = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=40).flatmap(
    lambda parts: st.sampled_from(["", " ", "  "]).map(lambda blank: blank.join(parts))
)


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in sentences(text)]


@pytest.mark.parametrize(
    "whole",
    [
        "We use methods, e.g. Lasso, i.e. $\\ell_1$ terms, vs. Ridge (cf. Smith et al. 2020).",
        "Fig. 3 and Eq. (2) and Sec. IV and Ref. [5] agree w.r.t. Theorem 1.",
        "The value 3.14 of v1.2.3 is approx. 5 in No. 7.",
        "Work by J. R. Smith and Dr. Jones in St. Louis.",
        "It holds for $n. We$ and https://example.org/a.B too.",
        "It grows ... and shrinks again.",
        "Papers in the U.S. economy literature.",
        "Is it (yes!) so, Mr. X?",
        "The set {a. b} of i.i.d. samples a.s. converges.",
    ],
)
def test_one_sentence(whole: str) -> None:
    assert texts(whole) == [whole]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("We ask. We answer.", ["We ask.", "We answer."]),
        ("Is it so? Yes! 3 cases remain.", ["Is it so?", "Yes!", "3 cases remain."]),
        ("It is $x$. $y$ follows.", ["It is $x$.", "$y$ follows."]),
        ("It is $x.$ We go on.", ["It is $x.$", "We go on."]),
        ('He said "no." "Yes," she said.', ['He said "no."', '"Yes," she said.']),
        ("(We do it.) Then (again).", ["(We do it.)", "Then (again)."]),
        ("Shown by Smith et al. We extend it.", ["Shown by Smith et al.", "We extend it."]),
        ("A gain in the U.S. We explain it.", ["A gain in the U.S.", "We explain it."]),
        ("Cats, dogs, etc. Many more exist.", ["Cats, dogs, etc.", "Many more exist."]),
        ("State of the art. See no. 5.", ["State of the art.", "See no. 5."]),
        ("It takes vitamin C. We say so.", ["It takes vitamin C.", "We say so."]),
        ("Data are lost. iPhone users know.", ["Data are lost.", "iPhone users know."]),
        ("No blank.However we go on.", ["No blank.", "However we go on."]),
        (r"No blank.\textsc{One} goes on.", ["No blank.", r"\textsc{One} goes on."]),
        (
            r"We ask. \emph{They} go. \ours stays. {\em All} do.",
            ["We ask.", r"\emph{They} go.", r"\ours stays.", r"{\em All} do."],
        ),
        (r"We say e.g. \emph{this} and vs. \emph{that} here.", [r"We say e.g. \emph{this} and vs. \emph{that} here."]),
        ("First paragraph\n\nsecond paragraph", ["First paragraph", "second paragraph"]),
        ("We measure. \n\n Nous mesurons. Cela marche.", ["We measure.", "Nous mesurons.", "Cela marche."]),
        ("¿Qué es? ¡Es así! Se mide.", ["¿Qué es?", "¡Es así!", "Se mide."]),
        ("我们测量。它很小！好 吗？", ["我们测量。", "它很小！", "好 吗？"]),
        ("wrapped\nlines. Stay\ntogether.", ["wrapped\nlines.", "Stay\ntogether."]),
        ("Steps: 1. Cut. 2. Glue.", ["Steps: 1.", "Cut.", "2. Glue."]),
        ("At https://a.org/b. We share it.", ["At https://a.org/b.", "We share it."]),
    ],
)
def test_several_sentences(text: str, parts: list[str]) -> None:
    assert texts(text) == parts


def test_edges() -> None:
    assert sentences("") == ()
    assert sentences("  ") == (Sentence("", "  "),)
    assert sentences("  We ask.  We go. ") == (Sentence("  We ask.", "  "), Sentence("We go.", " "))
    assert sentences("a\n\n b") == (Sentence("a", "\n\n "), Sentence("b", ""))


def test_a_long_sentence_parts_where_it_hurts_least() -> None:
    text = (
        "We cut the wood into small pieces, paint each of them in red; then we glue all of the pieces together again."
    )
    assert [part.text for part in split_long(text, 20)] == [
        "We cut the wood into small pieces, paint each of them in red;",
        "then we glue all of the pieces together again.",
    ]
    assert split_long(text, 12)[0].text == "We cut the wood into small pieces,"


def test_brackets_and_formulas_are_never_parted() -> None:
    text = "Take all of (the red ones, and the blue ones, which we like) or $a, and b, c, d$ of the many there."
    for part in split_long(text, 4):
        assert part.text.count("(") == part.text.count(")")
        assert part.text.count("$") % 2 == 0


def test_a_sentence_without_a_place_to_part_stays_whole() -> None:
    text = "word " * 50 + "end."
    assert split_long(text, 10) == (Sentence(text, ""),)
    assert split_long("short one", 10) == (Sentence("short one", ""),)
    assert split_long("no limit at all here", 0) == (Sentence("no limit at all here", ""),)
    assert split_long("", 5) == ()


@settings(deadline=None, max_examples=300)
@given(MESSY)
def test_pieces_join_to_the_text(text: str) -> None:
    pieces = sentences(text)
    assert "".join(piece.text + piece.gap for piece in pieces) == text
    assert all(not piece.gap.strip() for piece in pieces)
    assert all(piece.text.strip() for piece in pieces[1:])


@settings(deadline=None, max_examples=200)
@given(MESSY)
def test_no_span_is_ever_cut(text: str) -> None:
    edges, position = set(), 0
    for piece in sentences(text):
        position += len(piece.text)
        edges.add(position)
        position += len(piece.gap)
    assert not any(start < edge < end for start, end in find_spans(text) for edge in edges if edge < len(text.rstrip()))


@settings(deadline=None, max_examples=200)
@given(MESSY, st.integers(0, 12))
def test_parts_join_to_the_sentence(text: str, max_words: int) -> None:
    parts = split_long(text, max_words)
    assert "".join(part.text + part.gap for part in parts) == text
    assert len(parts) <= max(1, word_count(text))
