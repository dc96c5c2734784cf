"""The independent check: each kind of damage is seen, harmless differences are not, and the validator agrees."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.build import NOW
from zhaiyao.fidelity import Fidelity, Kind, check
from zhaiyao.records import RenditionKind
from zhaiyao.sources.digest_file import parse
from zhaiyao.validating import check as validate

SOURCE = (
    r"We bound $\| x \|_2 \le 3$ by \(y^2\), as in [3, 12] and \cite{pond21}, with $$a = b$$ and 95.5% of 1,200 ponds; "
    r"see https://ponds.test/a_b(c), doi:10.1234/abc.5, arXiv:2404.00466v2 or wei@ponds.test. \emph{Depth} is -4 m."
)
TARGET = (
    r"我们用\(y^2\)给出$\|x\|_2\le3$的界，如[3,12]和\cite{pond21}所示，其中$$a=b$$，占1200个池塘的95.5%；"
    r"见https://ponds.test/a_b(c)、doi:10.1234/abc.5、arXiv:2404.00466v2或wei@ponds.test。\emph{深度}为-4米。"
)


def found(source: str, target: str, kind: Kind) -> tuple[int, int, int, int]:
    """Kept, lost, added, reformatted."""
    fate = check(source, target).fate(kind)
    return fate.kept, len(fate.lost), len(fate.added), len(fate.reformatted)


def faults(told: Fidelity) -> dict[Kind, tuple[str, ...]]:
    return {fate.kind: (*fate.lost, *fate.added, *fate.reformatted) for fate in told.fates if not fate.is_intact}


def test_a_faithful_translation_has_no_fault():
    told = check(SOURCE, TARGET)
    assert faults(told) == {}
    assert {fate.kind: fate.kept for fate in told.fates} == {
        Kind.MATH: 3,
        Kind.LINK: 4,
        Kind.CITATION: 2,
        Kind.MACRO: 1,
        Kind.NUMBER: 3,
    }
    assert (told.english, told.cut, told.traditional, told.damage) == ((), False, 0, ())


@pytest.mark.parametrize(
    ("piece", "kind"),
    [
        (r"$\|x\|_2\le3$", Kind.MATH),
        (r"\(y^2\)", Kind.MATH),
        ("$$a=b$$", Kind.MATH),
        ("https://ponds.test/a_b(c)", Kind.LINK),
        ("doi:10.1234/abc.5", Kind.LINK),
        ("arXiv:2404.00466v2", Kind.LINK),
        ("wei@ponds.test", Kind.LINK),
        ("[3,12]", Kind.CITATION),
        (r"\cite{pond21}", Kind.CITATION),
        (r"\emph{深度}", Kind.MACRO),
        ("1200", Kind.NUMBER),
        ("95.5%", Kind.NUMBER),
        ("-4", Kind.NUMBER),
    ],
)
def test_what_is_dropped_is_lost(piece, kind):
    assert TARGET.count(piece) == 1
    told = check(SOURCE, TARGET.replace(piece, "某处"))
    assert [one.kind for one in told.fates if one.lost] == [kind]
    assert len(told.fate(kind).lost) == 1


@pytest.mark.parametrize(
    ("source", "target", "kind"),
    [
        ("a $x_1$ b", "甲 $x_2$ 乙", Kind.MATH),
        ("a $x$ and $x$", "甲$x$", Kind.MATH),
        (r"a $\alpha x$ b", r"甲$\alphax$乙", Kind.MATH),
        (r"a $\text{if } x$ b", r"甲$\text{若 } x$乙", Kind.MATH),
        (r"\begin{align}a\end{align}", r"\begin{align}b\end{align}", Kind.MATH),
        ("see https://a.test/bc", "见https://a.test/b", Kind.LINK),
        ("at github.com/pond/tide", "见github.com/pond", Kind.LINK),
        ("as Wei et al. (2020) say", "如魏等人（2020）所述", Kind.CITATION),
        ("by 3.5 points", "提高35个百分点", Kind.NUMBER),
        ("by 5%", "提高5", Kind.NUMBER),
        ("of -3 dB", "为3 dB", Kind.NUMBER),
        ("a 7B model", "一个7亿参数的模型", Kind.NUMBER),
        ("1.5 million ponds", "15万个池塘", Kind.NUMBER),
        ("at 1e-5", "在1e-4时", Kind.NUMBER),
    ],
)
def test_what_is_changed_is_lost_even_if_it_looks_alike(source, target, kind):
    assert check(source, target).fate(kind).lost


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (r"a $ x + \alpha y $ b", r"甲$x+\alpha y$乙"),
        (r"a $x\, y$ b", r"甲$x\,y$乙"),
        ("(see https://a.test/b).", "（见https://a.test/b）。"),
        (r"see https://a.test/b\_c", "见https://a.test/b_c，"),
        ("Wei et al. (2020) say", "Wei等人（2020）指出"),
        ("(Wei and Li, 2020)", "（Wei和Li，2020）"),
        ("costs $5 and $10 a day", "每天花费5美元和10美元"),
        ("10,000 ponds", "1万个池塘"),
        ("1.5 million ponds", "150万个池塘"),
        ("a 7B model", "一个70亿参数的模型"),
        ("a 7B model", "一个7B模型"),
        ("3 ponds", "三个池塘"),
        ("three ponds in June", "6月的3个池塘"),
        ("5 percent", "百分之五"),
        ("by 2.5 points", "提高2.5个百分点"),
        ("the 1990s", "20世纪90年代"),
        ("up to .48", "高达0.48"),
        ("10 000 ponds", "10,000个池塘"),
        ("interleukin-6 (IL-6)", "白介素-6（IL-6）"),
        ("it is -6", "它为-6"),
        ("GPT-4 and CO2 at 3-5 m", "GPT-4和CO2，3至5米"),
        (r"95\% of ponds", "95%的池塘"),
        ("５％ of ponds", "5%的池塘"),
    ],
)
def test_harmless_differences_are_no_fault(source, target):
    assert faults(check(source, target)) == {}


@pytest.mark.parametrize(
    ("source", "target", "kind"),
    [
        (r"in $95\%$ of ponds", "在95%的池塘中", Kind.MATH),
        ("in $O(n)$ time", "以O(n)的时间", Kind.MATH),
        (r"in $n^2$ time", r"以\(n^2\)的时间", Kind.MATH),
        ("as in [13]", "如【13】", Kind.CITATION),
        (r"at \url{https://a.test/b}", "见https://a.test/b", Kind.LINK),
    ],
)
def test_content_in_another_form_is_told_apart_from_loss(source, target, kind):
    told = check(source, target)
    assert [(fate.kind, len(fate.reformatted)) for fate in told.fates if not fate.is_intact] == [(kind, 1)]
    assert [one for one, _ in told.damage] == [kind]


def test_a_number_set_as_a_formula_is_there_and_the_formula_is_made_up():
    assert found("95% of ponds", r"$95\%$的池塘", Kind.NUMBER) == (1, 0, 0, 0)
    assert found("95% of ponds", r"$95\%$的池塘", Kind.MATH) == (0, 0, 1, 0)


def test_what_is_made_up_is_added():
    assert found("Ponds.", "池塘$x$。", Kind.MATH) == (0, 0, 1, 0)
    assert found("Ponds.", "池塘见https://a.test/b。", Kind.LINK) == (0, 0, 1, 0)
    assert found("Ponds.", "42个池塘。", Kind.NUMBER) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("target", "left"),
    [
        ("我们测量潮汐。The tides of the ponds are small.", 1),
        ("我们测量潮汐，which are much larger than expected，并报告结果。", 1),
        ("我们使用ImageNet、Stanford Pond Answering Dataset（SPAD）和BERT。", 0),
        ("该数据集名为SPAD（Stanford Pond Answering Data for Tides）。", 0),
        ("代码见 pond.tides.of.small.test 。", 0),
        ("The ponds.", 0),
    ],
)
def test_clauses_left_in_english_are_counted_by_sentence(target, left):
    assert len(check("Whatever it was.", target).english) == left


def test_a_text_cut_short_and_traditional_characters_are_told():
    source = "We measure the tides of ponds on every day of the year. " * 6
    assert check(source, "我们测量了潮汐。").cut
    assert not check(source, "我们在一年中的每一天都测量了池塘的潮汐。" * 5).cut
    assert check("The model learns.", "這個模型學習數據。").traditional == 5
    assert check("The model learns.", "这个模型学习数据，区别于条件。").traditional == 0


PIECES = [
    *"ab1 $\\{}[](),.%^_-3é一三万百点，。@:/",
    "$$",
    "\\(",
    "\\)",
    "https://a.test/",
    "10.1234/x",
    "Wei et al. 2020",
]
TEXT = st.lists(
    st.sampled_from(PIECES),
    max_size=60,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXT)
@example("$" * 500)
@example("\\begin{a}" * 50)
@example("[" * 200 + "1," * 200)
def test_a_text_is_faithful_to_itself(text):
    assert faults(check(text, text)) == {}


@settings(max_examples=200, deadline=None)
@given(TEXT, TEXT)
def test_any_two_texts_can_be_compared(source, target):
    for fate in check(source, target).fates:
        assert fate.expected == fate.kept + len(fate.lost) + len(fate.reformatted)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (r"我们在$x^2+y$中得到结果。", r"我们在$x^2-y$中得到结果。"),
        (r"我们在$x^2+y$中得到结果。", "我们得到结果。"),
    ],
)
def test_the_validator_of_the_ladder_agrees_on_formulas(good, bad):
    source = "We obtain the result in $x^2+y$."
    assert not validate(source, good)
    assert not check(source, good).damage
    assert validate(source, bad)
    assert check(source, bad).damage


def test_the_check_sees_the_damage_in_the_digests(shared):
    """Read one by one: four of the nine abstracts with formulas lost one."""
    told = []
    for path in sorted((shared / "seeds").glob("*.txt")):
        digest = parse(path.read_bytes(), made_at=NOW)
        chinese = {one.paper_id: one.text for one in digest.renditions if one.kind is RenditionKind.ABSTRACT}
        told += [check(one.abstract, chinese[one.paper_id]).fate(Kind.MATH) for one in digest.versions]
    with_math = [fate for fate in told if fate.expected]
    assert (len(told), len(with_math), sum(not fate.is_intact for fate in with_math)) == (168, 9, 4)


def test_an_address_may_stand_right_beside_chinese() -> None:
    found = check("Maps of ponds are available at frogs.example.org/maps.", "池塘地图可在frogs.example.org/maps获得。")
    assert not found.damage
