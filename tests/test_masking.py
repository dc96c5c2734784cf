"""Masking: what is a span, and that every text comes back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.masking import Masked, Unmasked, find_spans, has_placeholder, is_torn, mask, renumber, same_spans, unmask

# Texts in which spans, half spans and placeholders are likely.
PIECES = st.sampled_from([
    "$x$", "$", "$$", r"\(", r"\)", r"\[", r"\]", r"\emph{", "}", "{", r"\cite{a}", r"\$", "\\", "⟦1⟧", "⟦", "⟧",
    "【2】", "[[3]]", "[[", "https://a.org/b", "a@b.org", "`", "5", " and ", "\n\n", "中文", ".",
    r"\begin{align}", "10.1000/x", "www.", "(", "\\ours",
    "$_2$", "$^{13}$", "CO", "O", "10", "R^2", "n^", "a_b", "_", "[12]", "(Li, 2020)", "<b>", "<",
])  # fmt: skip
MESSY = st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=25).map("".join)


def spans_of(text: str) -> list[str]:
    return [text[start:end] for start, end in find_spans(text)]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("We take $n$ samples and $O(n \\log n)$ time.", ["$n$", "$O(n \\log n)$"]),
        ("Authors do write $ x + y $ with blanks.", ["$ x + y $"]),
        ("It is $$a = b$$ here and \\(c\\) and \\[d\\].", ["$$a = b$$", "\\(c\\)", "\\[d\\]"]),
        ("So \\begin{equation}x\\end{equation} holds.", ["\\begin{equation}x\\end{equation}"]),
        ("It costs $5 per run and saves $7 per day.", []),
        ("It costs $5 per run with $n$ users.", ["$n$"]),
        ("From $0.398 to $0.228, an improvement.", []),
        ("A $10 million prize, \\$20 more, and a lone $ sign.", []),
        ("$5$ of $10^6$ cases; $3D$ volumes.", ["$5$", "$10^6$", "$3D$"]),
        ("$f(x) = 1 \\text{ if the cat is in}$ or not", ["$f(x) = 1 \\text{ if the cat is in}$"]),
        ("$\\text{cost $c$}$ nests.", ["$\\text{cost $c$}$"]),
        ("Unbalanced $x in one paragraph.\n\nAnd y$ in the next.", []),
        ("See https://example.org/a_(b), and (www.example.org/x).", ["https://example.org/a_(b)", "www.example.org/x"]),
        ("Code: github.com/a/b.", ["github.com/a/b"]),
        (
            "At example.org. Then doi 10.1000/abc.5, arXiv:2401.00001v2.",
            ["example.org", "10.1000/abc.5", "arXiv:2401.00001v2"],
        ),
        ("Write to a.b@example.org or {c, d}@example.org.", ["a.b@example.org", "{c, d}@example.org"]),
        (
            "As \\cite{one,two} and \\citep[p.~3]{x} and \\ref{eq:1} say.",
            ["\\cite{one,two}", "\\citep[p.~3]{x}", "\\ref{eq:1}"],
        ),
        ("Our \\method beats 360{\\deg}.", ["\\method", "{\\deg}"]),
        ("Run `make all` as ``quoted'' and the model's `s.", ["`make all`"]),
        ("An \\emph{in vivo} study.", ["\\emph{", "}"]),
        ("{\\em Some $x$ text} stays", ["{\\em ", "$x$", "}"]),
        ("\\added{these are new words} here", ["\\added{", "}"]),
        ("\\href{https://a.org}{the whole page}", ["\\href{https://a.org}{the whole page}"]),
        ("A gain of 5\\% \\& more.", []),
        ("Left ⟦7⟧ and 【8】 and a ⟧.", ["⟦7⟧", "【8】", "⟧"]),
        ("In H$_2$O and LaMnO$_3$, Bi$_2$Se$_3$ or Ca(OH)$_2$.", ["H$_2$O", "LaMnO$_3$", "Bi$_2$Se$_3$", "Ca(OH)$_2$"]),
        (
            "Of $^{13}$CO$_2$, 10$^{-3}$ cm$^2$; the data$^*$ of $n$ cats",
            ["$^{13}$CO$_2$", "10$^{-3}$", "cm$^2$", "$^*$", "$n$"],
        ),
        (
            "As [12], [3, 5] and [0] say (Frog et al., 2020; Toad and Newt, 2021b) (see p. 2020)",
            ["[12]", "[3, 5]", "[0]", "(Frog et al., 2020; Toad and Newt, 2021b)"],
        ),
        ("An R^2 of x^{2n} with pond_net_v2 and <EOS>, a < b", ["R^2", "x^{2n}", "pond_net_v2", "<EOS>"]),
        ("Down at bit.ly/frogs now", ["bit.ly/frogs"]),
        ("i.e. e.g. U.S. et al. vs. 3.5 v1.2.3", []),
    ],
)
def test_spans(text: str, spans: list[str]) -> None:
    assert spans_of(text) == spans


def test_numbers_run_from_first() -> None:
    assert mask("$a$ and $b$", first=5) == Masked(text="⟦5⟧ and ⟦6⟧", spans=("$a$", "$b$"))


@pytest.mark.parametrize("form", ["⟦1⟧", "⟦ 1 ⟧", "⟦１⟧", "【1】", "〚1〛", "[[1]]", "〖1〗", "⟦01⟧"])
def test_the_forms_that_models_make_are_understood(form: str) -> None:
    assert unmask(f"取{form}个", ["$n$"]) == Unmasked(text="取$n$个")


@pytest.mark.parametrize(
    ("reply", "lost", "doubled", "foreign"),
    [
        ("取个", (1, 2), (), ()),
        ("⟦2⟧取⟦2⟧", (1,), (2,), ()),
        ("⟦1⟧⟦2⟧⟦9⟧", (), (), ("⟦9⟧",)),
        ("⟦1⟧⟦2", (2,), (), ("⟦",)),
        ("⟦12345⟧⟦1⟧⟦2⟧", (), (), ("⟦", "⟧")),
    ],
)
def test_what_went_wrong_is_told(
    reply: str, lost: tuple[int, ...], doubled: tuple[int, ...], foreign: tuple[str, ...]
) -> None:
    back = unmask(reply, ["$a$", "$b$"])
    assert (back.lost, back.doubled, back.foreign) == (lost, doubled, foreign)
    assert not back.intact


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("见⟦1⟧GitHub", "见https://a.org/b GitHub"),
        ("见⟦1⟧(或)", "见https://a.org/b (或)"),
        ("见⟦1⟧，我", "见https://a.org/b，我"),
    ],
)
def test_a_url_does_not_grow_by_what_follows(reply: str, text: str) -> None:
    assert unmask(reply, ["https://a.org/b"]).text == text


def test_a_macro_does_not_grow_either() -> None:
    assert unmask("用⟦1⟧GPT与⟦1⟧方法", ["\\ours"]).text == "用\\ours GPT与\\ours方法"


@pytest.mark.parametrize(
    ("reply", "span", "text"),
    [
        ("用GPT⟦1⟧GPT", "R^2", "用GPT R^2 GPT"),
        ("用⟦1⟧Net", "H$_2$O", "用H$_2$O Net"),
        ("用Net⟦1⟧，", "CO$_2$", "用Net CO$_2$，"),
        ("用⟦1⟧法", "CO$_2$", "用CO$_2$法"),
        ("用⟦1⟧10", "www.[[3]]$_2$", "用www.[[3]]$_2$10"),
        ("用⟦1⟧Net", "www.[[3]]$_2$", "用www.[[3]]$_2$ Net"),
    ],
)
def test_a_formula_does_not_grow_into_its_neighbours(reply: str, span: str, text: str) -> None:
    assert unmask(reply, [span]).text == text


def test_spans_are_found_beside_chinese() -> None:
    text = "见example.org/b与arXiv:2401.00001和a@b.org、`code`及\\ours方法$n$个"
    assert spans_of(text) == ["example.org/b", "arXiv:2401.00001", "a@b.org", "`code`", "\\ours", "$n$"]


def test_what_reads_as_a_placeholder() -> None:
    assert all(map(has_placeholder, ["a⟦1⟧", "a 【1】 b", "[[2]]", "a⟧"]))
    assert not any(map(has_placeholder, ["a [1] b", "【注】", "X1", ""]))


def test_a_style_macro_may_vanish_whole_but_not_by_half() -> None:
    masked = mask("An \\emph{old} $x$.")
    assert unmask("老⟦3⟧", masked.spans).intact
    assert unmask("⟦1⟧老⟦3⟧", masked.spans).lost == (2,)
    assert same_spans("An \\emph{old} $x$.", "老$x$")
    assert not same_spans("An \\emph{old} $x$.", "老")


@pytest.mark.parametrize("text", ["{老}", "老}", "老\\emph{", "老\\", "{\\em 老", "老\\ 的"])
def test_half_a_macro_is_told_from_what_the_source_has(text: str) -> None:
    assert is_torn("An \\emph{old} pond, of 5\\%.", text)
    assert not is_torn(f"An old {text}", text)
    assert not is_torn("An \\emph{old} pond, of 5\\%.", "\\textbf{老}池塘，5\\%，$\\{x\\}$")


def test_renumbering_gives_the_original_bytes_back() -> None:
    masked = mask("Let $n = 1$ and $m$ and $m$.")
    reply = renumber("设$n=1$，$m$与$m$。", masked.spans)
    assert unmask(reply, masked.spans) == Unmasked(text="设$n = 1$，$m$与$m$。")


@pytest.mark.parametrize("reply", ["设$n$。", "设$n$、$m$、$m$。", "设$n$与$k$。", "无"])
def test_renumbering_shows_lost_and_doubled_spans(reply: str) -> None:
    masked = mask("Let $n$ and $m$.")
    assert not unmask(renumber(reply, masked.spans), masked.spans).intact


def test_same_spans_is_about_counts_and_not_order() -> None:
    assert same_spans("$a$ of $b$ and $b$", "$b$的$a$与$b$")
    assert not same_spans("$a$ of $b$ and $b$", "$b$的$a$")
    assert not same_spans("$a$", "$a$ 见 https://a.org")


@settings(deadline=None, max_examples=300)
@given(MESSY)
def test_every_text_comes_back(text: str) -> None:
    masked = mask(text)
    back = unmask(masked.text, masked.spans)
    assert back.text == text
    assert back.intact


@settings(deadline=None, max_examples=200)
@given(MESSY, st.integers(1, 40))
def test_the_original_text_renumbers_to_itself(text: str, first: int) -> None:
    masked = mask(text, first=first)
    back = unmask(renumber(text, masked.spans, first=first), masked.spans, first=first)
    assert not back.lost
    assert not back.doubled


@settings(deadline=None, max_examples=200)
@given(MESSY)
def test_spans_are_in_order_and_disjoint(text: str) -> None:
    edges = [edge for span in find_spans(text) for edge in span]
    assert edges == sorted(edges)
    assert all(start < end for start, end in find_spans(text))


@settings(deadline=None, max_examples=100)
@given(MESSY, MESSY)
def test_no_reply_breaks_it(text: str, reply: str) -> None:
    masked = mask(text)
    unmask(reply, masked.spans)
    unmask(renumber(reply, masked.spans), masked.spans)
    assert has_placeholder(reply) in (True, False)
