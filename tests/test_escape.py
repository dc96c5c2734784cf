"""Escaped text, read back by Markdown readers: plain ones (CommonMark, GFM) and one that takes math first."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from tests.digests import NASTY
from zhaiyao.publish.escape import (
    markdown,
    markdown_code_block,
    markdown_table_cell,
    math_spans,
    one_line,
    paragraphs,
    printable,
)

MARKUP = st.text(alphabet="\\`*_[]<>#|~&!=-+.:;()/^%'\" \t\n\r19axw中。é\u00a0\u200b\u2028\x00", max_size=30)
WORDS = st.sampled_from(
    ["http://a.b", "www.a.b", "&amp;", "<b>", "<!--", "1. a", "---", "```", "[a]: b", "||", "==a=="]
)
PROSE = st.one_of(MARKUP, st.text(max_size=30).map(lambda text: text.replace("$", "")), st.lists(WORDS).map(" ".join))
TEX = st.text(alphabet="\\{}|_*~<>&[]()^`!;,:=ab1中 @/", min_size=1, max_size=12)
PIECES = st.one_of(PROSE, TEX.map(lambda tex: f"${tex}$"), st.just("$"), st.just("$$x$$"))
MIXED = st.lists(PIECES, max_size=6).map("".join)
TEXTS = {"text", "text_special", "math"}


def math_first(state: StateInline, silent: bool) -> bool:
    """A rule for `$…$` as readers have it that look for math before anything else."""
    match = re.compile(r"(\$\$?)(?=[^\s$])(?:\\.|[^\\$])+(?<=\S)\1(?![\d$])").match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.push("math", "", 0).content = match[0]
    state.pos = match.end()
    return True


def reader(*, math: bool = False) -> MarkdownIt:
    made = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    if math:
        made.inline.ruler.before("escape", "math", math_first)
    return made


PLAIN, MATHEMATICAL = reader(), reader(math=True)


def inline(tokens: list[Token]) -> str:
    """The text of a document of one inline; fails if anything in it is not text."""
    children = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in children} <= TEXTS
    return "".join(child.content for child in children)


def same_math(text: str) -> str:
    """Equal for TeX of equal meaning, as far as `markdown` changes it."""
    for word, sign in {"lbrace": "{", "rbrace": "}", "Vert": "|", "thinspace": ",", "negthinspace": "!"}.items():
        text = text.replace(f"\\{word}", f"\\{sign}")
    return re.sub(r"\s+", "", text.replace(r"\ast", "*"))


@settings(max_examples=150, deadline=None)
@given(text=PROSE)
def test_prose_comes_back_exactly_and_as_one_paragraph(text):
    tokens = PLAIN.parse(markdown(text))
    assert inline(tokens) == one_line(text)
    assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"])


@settings(max_examples=100, deadline=None)
@given(text=PROSE, frame=st.sampled_from(["### 1. {}", "> {}", "- {}", "1. {} — end", "**x** {}", "word {}"]))
def test_prose_comes_back_wherever_a_layout_puts_it(text, frame):
    whole = inline([t for t in PLAIN.parse(frame.format(f"†{markdown(text)}†")) if t.type == "inline" and drop_bold(t)])
    assert one_line(text) in whole


def drop_bold(token: Token) -> bool:
    """The layout's own bold is no text of the paper."""
    token.children = [child for child in token.children or () if child.type not in ("strong_open", "strong_close")]
    return True


@settings(max_examples=150, deadline=None)
@given(text=MIXED)
def test_math_is_inert_where_it_is_not_known_and_intact_where_it_is(text):
    inline(PLAIN.parse(markdown(text)))
    assert same_math(inline(MATHEMATICAL.parse(markdown(text)))) == same_math(one_line(text))


@settings(max_examples=150, deadline=None)
@given(text=MIXED)
def test_a_table_cell_stays_one_cell_and_comes_back(text):
    tokens = MATHEMATICAL.parse(f"| a | b |\n| --- | --- |\n| {markdown_table_cell(text)} | end |")
    cells = [token for token in tokens if token.type == "inline"]
    assert len(cells) == 4
    assert cells[3].content == "end"
    assert same_math(inline([cells[2]])) == same_math(one_line(text))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain 中文", "plain 中文"),
        ("# C# and #tag", r"\# C# and \#tag"),
        ("1. one", r"1\. one"),
        ("2024 was - fine", "2024 was - fine"),
        ("AT&T &lt;", r"AT&T \&lt;"),
        ("a|b", r"a\|b"),
        ("see https://x.test/a_b", r"see https\://x.test/a\_b"),
        ("cost $5 or $10", r"cost \$5 or \$10"),
        ("其中$n$是", "其中 $n$ 是"),
        ("$x^*$ and $y^*$", r"$x^\ast$ and $y^\ast$"),
        (r"$\{x_i\}_{i=1}^n$", r"$\lbrace x_i\rbrace_{i=1}^n$"),
        ("$a<b$", "$a< b$"),
        (r"$\href{javascript:alert(1)}{x}$", r"\$\\href{javascript:alert(1)}{x}\$"),
        ("$`x`$", r"\$\`x\`\$"),
    ],
)
def test_markdown_by_example(text, written):
    assert markdown(text) == written


def test_a_cell_escapes_bars_in_math_too():
    assert markdown_table_cell("a|b $|x|$") == r"a\|b $\|x\|$"


@pytest.mark.parametrize("text", [NASTY, "", "```\n````", "a\n\n  b"])
def test_a_code_block_holds_any_text(text):
    (token,) = PLAIN.parse(markdown_code_block(text))
    assert token.type == "fence"
    assert token.content.rstrip("\n") == printable(text)


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=0x10FFFF, categories=None)))
def test_printable_text_fits_into_xml_and_utf8(text):
    shown = printable(text)
    element = etree.Element("t")
    element.text = shown
    assert len(shown) == len(text)
    assert (etree.fromstring(etree.tostring(element)).text or "") == shown
    assert shown.encode().decode() == shown


def test_what_may_not_be_printed_is_shown_as_missing():
    assert printable("a\x00b\x1bc\u202ed\ud800e\ufffff\tg\n") == "a�b�c�d�e�f\tg\n"


def test_one_line_and_paragraphs():
    assert one_line("  a\n   b\tc  d\u2028e ") == "a b c  d e"
    assert paragraphs("a\nb\n\n  c\n \n\n") == ("a b", "c")


@settings(max_examples=100, deadline=None)
@given(text=MIXED)
def test_math_spans_lose_nothing(text):
    assert "".join(piece for piece, _ in math_spans(text)) == text


def test_math_spans_by_example():
    told = list(math_spans(r"of $a$, $$b$$ at \$5, $6 and $7; $c\$d$"))
    assert [piece for piece, math in told if math] == ["$a$", "$$b$$", r"$c\$d$"]
