"""The query language: what is read, what is refused and where, and that nothing is lost on the way back to text."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.errors import UsageError
from zhaiyao.finding import And, Announced, InCategory, IsPaper, Marked, Not, Or, Phrase, Query, Scope, Words
from zhaiyao.search.querying import LONGEST, MARKS, filters, parse, render, wanted


def words(*texts: str) -> tuple[Words, ...]:
    return tuple(Words(text=text) for text in texts)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", And()),
        ("pond", Words(text="pond")),
        ("pond  tide", And(parts=words("pond", "tide"))),
        ("pond AND tide", And(parts=words("pond", "tide"))),
        ("扩散模型 池塘", And(parts=words("扩散模型", "池塘"))),
        ("扩散模型\u3000池塘", And(parts=words("扩散模型", "池塘"))),
        ('"small tides"', Phrase(text="small tides")),
        ("“小潮汐”", Phrase(text="小潮汐")),
        ("「小潮汐」", Phrase(text="小潮汐")),
        ("pond OR tide", Or(parts=words("pond", "tide"))),
        ("a (b OR c)", And(parts=(Words(text="a"), Or(parts=words("b", "c"))))),
        ("a（b OR c）", And(parts=(Words(text="a"), Or(parts=words("b", "c"))))),
        ("a b OR c", Or(parts=(And(parts=words("a", "b")), Words(text="c")))),
        ("a -b", And(parts=(Words(text="a"), Not(part=Words(text="b"))))),
        ("a NOT b", And(parts=(Words(text="a"), Not(part=Words(text="b"))))),
        ("a －b", And(parts=(Words(text="a"), Not(part=Words(text="b"))))),
        ("-(a b)", Not(part=And(parts=words("a", "b")))),
        ("au:birk", Words(text="birk", scope=Scope.AUTHOR)),
        ("AU:birk", Words(text="birk", scope=Scope.AUTHOR)),
        ("au：birk", Words(text="birk", scope=Scope.AUTHOR)),
        ('ti:"small tides"', Phrase(text="small tides", scope=Scope.TITLE)),
        ("abs:(a b)", And(parts=(Words(text="a", scope=Scope.ABSTRACT), Words(text="b", scope=Scope.ABSTRACT)))),
        ("cat:cs.LG", InCategory(name="cs.LG")),
        ("cat:CS.lg", InCategory(name="cs.LG")),
        ("cat:cs.NA", InCategory(name="math.NA")),
        ("cat:math", InCategory(name="math")),
        ("cat:math.*", InCategory(name="math")),
        ("date:2024", Announced(first=date(2024, 1, 1), last=date(2024, 12, 31))),
        ("date:2024-02", Announced(first=date(2024, 2, 1), last=date(2024, 2, 29))),
        ("date:2024-02-03", Announced(first=date(2024, 2, 3), last=date(2024, 2, 3))),
        ("date:2024-01..2024-03", Announced(first=date(2024, 1, 1), last=date(2024, 3, 31))),
        ("date:2024-05..", Announced(first=date(2024, 5, 1))),
        ("date:..2023", Announced(last=date(2023, 12, 31))),
        ("id:2404.00466v2", IsPaper(paper_id="2404.00466")),
        ("id:hep-th/9901001", IsPaper(paper_id="hep-th/9901001")),
        ("2404.00466", IsPaper(paper_id="2404.00466")),
        (" https://arxiv.org/abs/2404.00466v1 ", IsPaper(paper_id="2404.00466")),
        ("is:starred", Marked(name="starred")),
        ("tdie~", Words(text="tdie", fuzzy=True)),
        ("tdie～", Words(text="tdie", fuzzy=True)),
        ("GPT-4 C++", And(parts=words("GPT-4", "C++"))),
    ],
)
def test_reads(text: str, tree: Query) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('"small tides', Phrase(text="small tides")),
        ("(a b", And(parts=words("a", "b"))),
        ("a) b", And(parts=words("a", "b"))),
        ("OR a OR", Words(text="a")),
        ("a NOT", Words(text="a")),
        ("a - b", And(parts=words("a", "b"))),
        ("a -- b", And(parts=words("a", "b"))),
        ("() a", Words(text="a")),
        ('"" ... ~ - ""', And()),
        ("Ponds: a survey", And(parts=words("Ponds:", "a", "survey"))),
        ("f(x)-net", And(parts=words("f", "x", "net"))),
        ("ti: a", And(parts=words("ti:", "a"))),
    ],
)
def test_what_is_not_well_formed_reads_as_something(text: str, tree: Query) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("pond cat:cs.XX tide", "pond ▸cat:cs.XX◂ tide", ""),
        ("cat:cs.LGG", "▸cat:cs.LGG◂", "cs.LG"),
        ("date:2024-13 a", "▸date:2024-13◂ a", "date:2024-01..2024-03"),
        ("date:yesterday", "▸date:yesterday◂", "date:2024"),
        ("date:2024..2023", "▸date:2024..2023◂", "date:2023..2024"),
        ("id:12", "▸id:12◂", "2404.00466"),
        ("a is:red", "a ▸is:red◂", "is:starred"),
        ("(" * 30 + "a", "(((", "without some"),
        ("NOT " * 490 + "date:x", "date:x", "date:2024"),
    ],
)
def test_what_cannot_mean_anything_is_refused_with_its_place(text: str, place: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(text)
    assert place in refused.value.subject
    assert hint in refused.value.hint


def test_a_text_that_is_no_query_is_told_what_to_use() -> None:
    with pytest.raises(UsageError, match="like-text"):
        parse("a " * LONGEST)


def test_typing_errors_can_be_allowed_everywhere() -> None:
    assert parse('tdie pnod "a b"', fuzzy=True) == And(
        parts=(Words(text="tdie", fuzzy=True), Words(text="pnod", fuzzy=True), Phrase(text="a b"))
    )


def test_what_a_match_may_hold_and_what_only_narrows() -> None:
    query = parse('a "b c" -d cat:cs.LG (e OR -f)')
    assert [part.text for part in wanted(query)] == ["a", "b c", "e"]
    assert filters(query) == And(parts=(Not(part=Words(text="d")), InCategory(name="cs.LG")))


TEXT = st.from_regex(r"[a-zA-Z0-9池塘潮汐][a-z0-9池塘+#.:'-]{0,8}", fullmatch=True).filter(
    lambda text: text not in ("OR", "AND", "NOT") and not text.lower().startswith(tuple(f"{name}:" for name in FIELDS))
)
FIELDS = ("ti", "title", "abs", "abstract", "au", "author", "cat", "category", "date", "id", "is")
SCOPES = st.sampled_from(Scope)
DAYS = st.dates(date(1991, 8, 1), date(2099, 1, 1))
LEAVES = st.one_of(
    st.builds(Words, text=TEXT, scope=SCOPES, fuzzy=st.booleans()),
    st.builds(Phrase, text=st.lists(TEXT, min_size=1, max_size=3).map(" ".join), scope=SCOPES),
    st.sampled_from(["cs.LG", "math.NA", "math", "quant-ph"]).map(lambda name: InCategory(name=name)),
    st.tuples(DAYS, DAYS).map(lambda pair: Announced(first=min(pair), last=max(pair))),
    DAYS.map(lambda day: Announced(first=day)),
    st.sampled_from(["2404.00466", "hep-th/9901001"]).map(lambda one: IsPaper(paper_id=one)),
    st.sampled_from(MARKS).map(lambda name: Marked(name=name)),
)


def joined(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    """Trees as `parse` builds them: nothing nested in its own kind."""
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(lambda some: And(parts=tuple(p for p in some if not isinstance(p, And)))),
        several.map(lambda some: Or(parts=tuple(p for p in some if not isinstance(p, Or)))),
        parts.filter(lambda part: not isinstance(part, Not)).map(lambda part: Not(part=part)),
    ).filter(lambda tree: isinstance(tree, Not) or len(tree.parts) > 1)


@given(st.recursive(LEAVES, joined, max_leaves=8))
@settings(max_examples=200, deadline=None)
def test_a_rendered_tree_reads_as_the_same_tree(tree: Query) -> None:
    assert parse(render(tree)) == tree


@given(st.text(alphabet='ab池 "()-~:：“”.ORTNDti/cat:date2024', max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_crashes_and_what_is_read_stays_so(text: str) -> None:
    try:
        tree = parse(text)
    except UsageError:
        return
    assert parse(render(tree)) == tree
