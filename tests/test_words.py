"""Words: what is one word, what else it is found by, and that every offset points at what it names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.search.words import Token, chunks, errors_allowed, name_streams, spots, stream, terms


def found_by(text: str) -> set[str]:
    return {word for half in stream(text) for word in half.split()}


def tokens(text: str) -> list[Token]:
    return [token for chunk in chunks(text) for token in sorted((*chunk.parts, *chunk.extras), key=lambda t: t.start)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Transformer模型", {"transform", "模型"}),
        ("GPT-4", {"gpt", "4", "gpt4"}),
        ("GPT4", {"gpt", "gpt4"}),
        ("ＧＰＴ－４", {"gpt", "4", "gpt4"}),
        ("GPT-3.5", {"gpt", "3.5", "gpt3.5"}),
        ("3D", {"3d"}),
        ("ResNet-50", {"resnet", "50", "resnet50"}),
        ("k-NN", {"k", "nn", "knn"}),
        ("C++", {"c++"}),
        ("C#", {"c#"}),
        (r"$\alpha$", {"alpha"}),
        ("α", {"alpha"}),
        (r"$\varphi$", {"phi"}),
        (r"$\beta$-VAE", {"beta", "vae", "betava"}),
        ("β-VAE", {"beta", "vae", "betava"}),
        (r"\mathbb{R}^n", {"r", "n"}),
        ("CO$_2$", {"co", "2", "co2"}),
        ("CO₂", {"co2", "co"}),
        ("Schrödinger", {"schroding"}),
        (r"Schr\"odinger", {"schroding"}),
        ("Newton's", {"newton"}),
        ("Straße", {"strass"}),
        ("人工智能", {"人工智能", "人工", "智能"}),
        ("", set()),
        ("—, …!", set()),
    ],
)
def test_what_a_text_is_found_by(text: str, names: set[str]) -> None:
    assert found_by(text) == names


@pytest.mark.parametrize(
    ("one", "other"), [("networks", "network"), ("Diffusing", "diffusion"), ("Erdős", r"Erd\H{o}s")]
)
def test_what_is_the_same_word(one: str, other: str) -> None:
    assert stream(one)[0] == stream(other)[0]


def test_words_stand_in_order_and_extras_apart() -> None:
    assert stream("扩散模型，GPT-4 and 池塘") == ("扩散 模型 gpt 4 and 池塘", "gpt4")
    assert terms("扩散模型，GPT-4") == ["扩散", "模型", "gpt", "4"]


def test_chunks_tell_what_is_tied() -> None:
    tied, han = chunks("GPT-4 人工智能")
    assert (tied.whole, tied.is_han, tied.plain) == ("gpt4", False, ("gpt", "4"))
    assert (han.whole, han.is_han) == ("", True)


def test_names_are_not_stemmed_and_have_initials() -> None:
    assert name_streams(["Ada Fjords", "J. Grünwald"]) == ["ada fjords", "a fjords", "j grunwald"]


def test_spots_count_the_words_before_them() -> None:
    found = spots("We use GPT-4 on 人工智能.", {"gpt", "gpt4", "智能", "人工智能"})
    assert [(spot.text, spot.place) for spot in found] == [
        ("gpt", 2), ("gpt4", None), ("人工智能", 5), ("智能", None),
    ]  # fmt: skip


def test_typing_errors_grow_with_the_word() -> None:
    assert [errors_allowed(word) for word in ("gpt", "tide", "diffusion", "扩散模型")] == [0, 1, 2, 0]


PIECES = st.sampled_from(
    ["扩散模型", "人工智能", "GPT-4", "k-NN", r"$\alpha$", "α", "Schr\\\"odinger", "C++", "é", "Ⅷ", "ﬁ", "½", "\u0301",
     " ", "。", "-", "_", "^", "{", "}", "$", "\\", "'", "𠀀", "ß", "İ", "\n", "x", "7", ".", "한국", "カナ"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_offsets_and_streams_agree_for_any_text(text: str) -> None:
    cut = list(chunks(text))
    assert stream(text)[0].split() == [token.text for chunk in cut for token in chunk.parts]
    assert sorted(stream(text)[1].split()) == sorted(token.text for chunk in cut for token in chunk.extras)
    for token in tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.text
        assert not token.text.isspace()
    wanted = {token.text for token in tokens(text)}
    assert [(s.text, s.start, s.end) for s in spots(text, wanted)] == [tuple(token) for token in tokens(text)]


def test_hostile_text_takes_linear_time() -> None:
    for text in ("\\" * 50_000, "{" * 50_000, "a-" * 50_000, "_^{$" * 20_000, "a" * 100_000, r"{\'{" * 20_000):
        stream(text)
