"""Snippets: what is marked is what matched, and a piece shows it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.invented import documents
from zhaiyao.finding import Document, Snippet
from zhaiyao.search.querying import parse
from zhaiyao.search.snippets import snippets

LONG = "Ponds are wet. " * 40
PAPER = Document(
    paper_id="2401.00001",
    title="Tides of small ponds",
    abstract=f"{LONG}We train a neural network with GPT-4 on lanterns. {LONG}",
    title_zh="小池塘的潮汐",
    abstract_zh=f"{'池塘是湿的。' * 40}我们用神经网络测量灯笼。{'池塘是湿的。' * 40}",
    tldr_zh="测量潮汐。",
)


def marked(query: str, document: Document = PAPER) -> dict[str, list[str]]:
    return {
        snippet.name: [snippet.text[start:end] for start, end in snippet.marked]
        for snippet in snippets(document, parse(query))
        if snippet.marked
    }


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("tide", {"title": ["Tides"]}),
        ("潮汐", {"title_zh": ["潮汐"], "tldr_zh": ["潮汐"]}),
        ("神经网络", {"abstract_zh": ["神经网络"]}),
        ('"neural network"', {"abstract": ["neural network"]}),
        ('"network neural"', {}),
        ("gpt-4", {"abstract": ["GPT-4"]}),
        ("GPT4", {"abstract": ["GPT-4"]}),
        ("lanters~", {"abstract": ["lanterns"]}),
        ("ti:pond", {"title": ["ponds"]}),
        ("abs:tides", {}),
        ("-tide", {}),
        ("is:starred", {}),
        ("神经网络 lantern", {"abstract_zh": ["神经网络"]}),
        ("the tides of", {"title": ["Tides"]}),
    ],
)
def test_what_is_marked(query: str, shown: dict[str, list[str]]) -> None:
    assert marked(query) == shown


def test_the_piece_is_around_the_match_and_says_where_it_is_cut() -> None:
    (piece,) = (one for one in snippets(PAPER, parse("lantern")) if one.name == "abstract")
    assert piece.text.startswith("…")
    assert piece.text.endswith("…")
    assert "lanterns" in piece.text
    assert len(piece.text) <= 202


def test_most_different_words_win() -> None:
    text = f"A tide. {LONG}A tide with a violin and a kettle. {LONG}"
    (piece,) = snippets(Document(paper_id="1", abstract=text), parse("tide violin kettle"))
    assert {piece.text[start:end] for start, end in piece.marked} == {"tide", "violin", "kettle"}


def test_without_a_match_the_paper_introduces_itself() -> None:
    assert snippets(PAPER, parse("au:birk")) == (Snippet(name="tldr_zh", text="测量潮汐。"),)
    assert snippets(PAPER, None) == (Snippet(name="tldr_zh", text="测量潮汐。"),)
    assert snippets(Document(paper_id="1", title="A"), None) == ()


QUERIES = st.sampled_from(
    ["pond", "池塘", "扩散模型", '"random walk"', "tide~ meadow", "lantern OR 灯笼", "measure 测量", "图嵌入", "item7"]
)


@given(QUERIES, st.sampled_from(list(documents(40))), st.integers(20, 300))
@settings(max_examples=150, deadline=None)
def test_marks_lie_within_the_text_in_order_and_apart(query: str, document: Document, width: int) -> None:
    for snippet in snippets(document, parse(query), width=width):
        ends = [0]
        for start, end in snippet.marked:
            assert ends[-1] <= start < end <= len(snippet.text)
            ends.append(end)
        assert snippet.text.strip("…") in getattr(document, snippet.name)
