"""A reader's correction: the paper, what is remembered, and what is offered for other papers."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from tests.build import NOW, version
from zhaiyao.errors import UsageError
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.ports import Store
from zhaiyao.records import Paper, Rendition, RenditionKind, Segment, SegmentState, Term
from zhaiyao.store import open_store
from zhaiyao.usecases.applying import apply, apply_sentences
from zhaiyao.usecases.correcting import Fixed, fix
from zhaiyao.usecases.glossary import check
from zhaiyao.usecases.jobs import Briefing

TITLE, ABSTRACT, TLDR = RenditionKind
LATER = NOW + timedelta(hours=1)
FIRST, SECOND, THIRD = "2601.99901", "2601.99902", "2601.99903"

Pairs = tuple[tuple[str, str], ...]
POND: Pairs = (
    ("Each agent swims in the pond.", "每个代理在池塘里游泳。"),
    ("The frogs are watched by two agents.", "青蛙由两个代理观察。"),
)
RIVER: Pairs = (
    ("An agent crosses the river.", "一个代理渡过河流。"),
    ("The river is wide.", "河流很宽。"),
)
LAKE: Pairs = (
    ("Our agent sleeps by the lake.", "我们的代理睡在湖边。"),
    ("Agents and agents and proxies meet.", "代理与代理相遇。"),
)


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(open_store("sqlite://", clock=lambda: NOW)) as opened:
        yield opened


def keep(
    store: Store, paper_id: str, pairs: Pairs, *, tldr: str = "", state: SegmentState = SegmentState.TRANSLATED
) -> None:
    """Stores a paper with this abstract, sentence by sentence, and its renditions."""
    text = version(paper_id, abstract=" ".join(source for source, _ in pairs), title="Of ponds")
    texts: dict[RenditionKind, Pairs] = {TITLE: (("Of ponds", "论池塘"),), ABSTRACT: pairs}
    if tldr:
        texts[TLDR] = (("", tldr),)
    made = [_rendition(paper_id, kind, held, state) for kind, held in texts.items()]
    with store.writing() as tx:
        tx.papers.put([Paper(id=paper_id, categories=("cs.LG",))], [text], [])
        tx.renditions.put(made)


def _rendition(paper_id: str, kind: RenditionKind, pairs: Pairs, state: SegmentState) -> Rendition:
    return Rendition(
        paper_id=paper_id,
        version=1,
        kind=kind,
        segments=tuple(Segment(source=source, target=target, gap=" ", state=state) for source, target in pairs),
        engine="scripted",
        model="test",
        source_fingerprint=text_fingerprint(" ".join(source for source, _ in pairs)),
        made_at=NOW,
        prompt_tokens=70,
        cost_micros=5,
    )


def current(store: Store, paper_id: str = FIRST, kind: RenditionKind = ABSTRACT) -> Rendition:
    with store.reading() as tx:
        return tx.renditions.current([(paper_id, 1)], language="zh")[paper_id, 1][kind]


def targets(store: Store, paper_id: str = FIRST) -> list[str]:
    return [segment.target for segment in current(store, paper_id).segments]


def terms(store: Store) -> tuple[Term, ...]:
    with store.reading() as tx:
        return tx.glossary.terms(language="zh")


def reworded(store: Store, words: str = "代理 -> 智能体", term: str = "agent") -> Fixed:
    return fix(store, FIRST, words, now=LATER, term=term)


@pytest.mark.parametrize("arrow", ["->", " => ", "→", " ⇒ "])
def test_a_wording_is_replaced_throughout_the_paper(store: Store, arrow: str) -> None:
    keep(store, FIRST, POND, tldr="两个代理在池塘里观察青蛙。")
    fixed = reworded(store, f"代理{arrow}智能体")
    assert targets(store) == ["每个智能体在池塘里游泳。", "青蛙由两个智能体观察。"]
    assert current(store, kind=TLDR).text == "两个智能体在池塘里观察青蛙。"
    assert current(store, kind=TITLE).text == "论池塘"
    assert len(fixed.changes) == 3


def test_the_rendition_keeps_its_engine_and_its_sentences_are_the_readers(store: Store) -> None:
    keep(store, FIRST, POND)
    before = current(store)
    fix(store, FIRST, "每个 -> 每一个", now=LATER)
    after = current(store)
    assert after.key != before.key
    assert (after.engine, after.model, after.source_fingerprint) == ("scripted", "test", before.source_fingerprint)
    assert [segment.by for segment in after.segments] == ["reader", ""]
    assert (after.prompt_tokens, after.cost_micros, after.made_at) == (0, 0, LATER)


def test_the_sentences_and_the_term_are_remembered(store: Store) -> None:
    keep(store, FIRST, POND, tldr="两个代理在池塘里观察青蛙。")
    fixed = reworded(store)
    assert fixed.term == Term(source="agent", target="智能体", avoid=("代理",), origin="reader")
    assert terms(store) == (fixed.term,)
    with store.reading() as tx:
        kept = tx.glossary.corrections(language="zh")
    assert {one.source: one.target for one in kept} == {
        POND[0][0]: "每个智能体在池塘里游泳。",
        POND[1][0]: "青蛙由两个智能体观察。",
    }
    assert {one.paper_id for one in kept} == {FIRST}


def test_later_papers_are_told_of_it(store: Store) -> None:
    keep(store, FIRST, POND)
    fixed = reworded(store)
    briefing = Briefing.read(store)
    assert [one.target for one in briefing.of(f"Rain falls. {POND[0][0]}")] == ["每个智能体在池塘里游泳。"]
    assert briefing.glossary.occurring("Many agents learn.") == (fixed.term,)


def test_a_term_of_the_glossary_is_recognised_by_its_wording(store: Store) -> None:
    source = "We train it by reinforcement learning."
    keep(store, FIRST, ((source, "我们用增强学习训练它。"),))
    fixed = fix(store, FIRST, "增强学习 -> 强化学习", now=LATER)
    assert fixed.term is not None
    assert (fixed.term.source, fixed.term.target, fixed.term.origin) == ("reinforcement learning", "强化学习", "reader")


def test_a_term_is_recognised_by_what_the_stores_sentences_have_in_common(store: Store) -> None:
    keep(store, FIRST, POND)
    keep(store, SECOND, RIVER)
    fixed = fix(store, FIRST, "代理 -> 智能体", now=LATER)
    assert fixed.term is not None
    assert fixed.term.source == "agent"


def test_of_an_unclear_term_only_the_sentences_are_remembered(store: Store) -> None:
    keep(store, FIRST, POND)
    assert fix(store, FIRST, "代理 -> 智能体", now=LATER).term is None
    assert terms(store) == ()


def test_a_second_correction_of_a_term_keeps_what_was_avoided(store: Store) -> None:
    keep(store, FIRST, POND)
    reworded(store)
    fixed = reworded(store, "智能体 -> 主体")
    assert fixed.term == Term(source="agent", target="主体", avoid=("代理", "智能体"), origin="reader")
    assert reworded(store, "主体 -> 代理").term == Term(
        source="agent", target="代理", avoid=("智能体", "主体"), origin="reader"
    )


def test_a_whole_sentence_takes_the_place_of_the_nearest(store: Store) -> None:
    keep(store, FIRST, POND)
    fixed = fix(store, FIRST, "每个智能体都在池塘里游泳。", now=LATER)
    assert targets(store) == ["每个智能体都在池塘里游泳。", POND[1][1]]
    assert fixed.term is None
    with store.reading() as tx:
        assert [one.source for one in tx.glossary.corrections(language="zh")] == [POND[0][0]]


def test_a_sentence_that_is_near_to_none_shows_the_candidates_and_can_be_named(store: Store) -> None:
    keep(store, FIRST, POND)
    words = "水中人人皆泳者也。"
    with pytest.raises(UsageError, match="not clear") as caught:
        fix(store, FIRST, words, now=LATER)
    assert f"2: {POND[0][1]}" in caught.value.hint
    fix(store, FIRST, words, now=LATER, sentence=2)
    assert targets(store) == [words, POND[1][1]]
    with pytest.raises(UsageError, match="3 sentences"):
        fix(store, FIRST, words, now=LATER, sentence=4)


def test_a_sentence_like_two_others_is_not_guessed(store: Store) -> None:
    keep(store, FIRST, (("One frog sits here.", "一只青蛙坐在这里。"), ("One toad sits here.", "一只蟾蜍坐在这里。")))
    with pytest.raises(UsageError, match="not clear"):
        fix(store, FIRST, "一只蜥蜴坐在这里。", now=LATER)


def test_a_whole_sentence_may_hold_an_arrow(store: Store) -> None:
    keep(store, FIRST, (("The map frogs -> ponds is onto.", "映射 frogs->ponds 满。"),))
    fix(store, FIRST, "青蛙到池塘的映射 frogs -> ponds 是满的。", now=LATER, sentence=2)
    assert targets(store) == ["青蛙到池塘的映射 frogs -> ponds 是满的。"]


def test_a_kept_sentence_can_be_translated_by_its_reader(store: Store) -> None:
    keep(store, FIRST, ((POND[0][0], POND[0][0]),), state=SegmentState.KEPT)
    fix(store, FIRST, "每个智能体都在池塘里游泳。", now=LATER, sentence=2)
    assert current(store).segments[0].state is SegmentState.TRANSLATED


def test_a_faulty_correction_is_refused_unless_forced(store: Store) -> None:
    keep(store, FIRST, (("It took 12 days.", "它用了 12 天。"),))
    with pytest.raises(UsageError, match="checks object") as caught:
        fix(store, FIRST, "12 天 -> 21 天", now=LATER)
    assert "--force" in caught.value.hint
    assert targets(store) == ["它用了 12 天。"]
    with store.reading() as tx:
        assert tx.glossary.corrections(language="zh") == ()
    assert fix(store, FIRST, "12 天 -> 21 天", now=LATER, force=True).faults
    assert targets(store) == ["它用了 21 天。"]


@pytest.mark.parametrize(
    ("words", "term", "told"),
    [
        ("蝌蚪 -> 智能体", "", "does not stand"),
        ("代理 -> 代理", "", "both wordings are the same"),
        ("代理 -> 智能体", "tide", "does not occur"),
        ("每个智能体在池塘里游泳。", "agent", "names no wording"),
        (POND[0][1], "", "reads so already"),
        ("  ", "", "characters"),
        ("长" * 4001, "", "characters"),
    ],
)
def test_what_fits_nothing_changes_nothing(store: Store, words: str, term: str, told: str) -> None:
    keep(store, FIRST, POND)
    with pytest.raises(UsageError, match=told):
        fix(store, FIRST, words, now=LATER, term=term)
    assert targets(store) == [target for _, target in POND]
    assert terms(store) == ()


def test_imported_and_absent_translations_are_not_corrected(store: Store) -> None:
    keep(store, FIRST, POND, state=SegmentState.IMPORTED)
    with pytest.raises(UsageError, match="only imported"):
        reworded(store)
    with pytest.raises(UsageError, match="no translation here"):
        fix(store, SECOND, "代理 -> 智能体", now=LATER)


def test_earlier_papers_are_listed_and_not_touched(store: Store) -> None:
    for paper_id, pairs in ((FIRST, POND), (SECOND, RIVER), (THIRD, LAKE)):
        keep(store, paper_id, pairs)
    fixed = reworded(store)
    assert [(one.paper_id, one.sentences, one.title) for one in fixed.earlier] == [
        (SECOND, 1, "论池塘"),
        (THIRD, 2, "论池塘"),
    ]
    assert targets(store, SECOND) == [target for _, target in RIVER]


def test_earlier_papers_are_mended_where_that_is_certain(store: Store) -> None:
    keep(store, FIRST, POND)
    keep(store, SECOND, RIVER, tldr="一个代理渡河。")
    keep(store, THIRD, (*LAKE, ("One agent is a proxy.", "一个代理是代理。")), tldr="代理睡在湖边。")
    keep(store, "2601.99904", RIVER, state=SegmentState.IMPORTED)
    reworded(store)
    applied = apply(store, "Agents", now=LATER)
    assert targets(store, SECOND) == ["一个智能体渡过河流。", "河流很宽。"]
    assert current(store, SECOND, TLDR).text == "一个智能体渡河。"
    assert targets(store, THIRD) == ["我们的智能体睡在湖边。", "智能体与智能体相遇。", "一个代理是代理。"]
    assert current(store, THIRD, TLDR).text == "代理睡在湖边。"
    assert targets(store, "2601.99904") == [target for _, target in RIVER]
    assert (applied.papers, applied.sentences) == ((SECOND, THIRD), 4)
    assert (applied.uncertain, applied.imported) == ((THIRD,), 1)
    assert [segment.by for segment in current(store, SECOND).segments] == ["reader", ""]


def test_applying_twice_changes_nothing_more(store: Store) -> None:
    keep(store, FIRST, POND)
    keep(store, SECOND, RIVER)
    reworded(store)
    apply(store, "agent", now=LATER)
    again = apply(store, "agent", now=LATER)
    assert (again.papers, again.sentences, again.uncertain) == ((), 0, ())


def test_only_a_readers_term_that_avoids_something_is_applied(store: Store) -> None:
    with store.writing() as tx:
        tx.glossary.put([Term(source="tide", target="潮", origin="reader")])
    with pytest.raises(UsageError, match="avoids no wording"):
        apply(store, "tide", now=LATER)
    with pytest.raises(UsageError, match="no term of yours"):
        apply(store, "neural network", now=LATER)


def test_what_misses_a_term_is_counted(store: Store) -> None:
    keep(store, FIRST, POND)
    keep(store, SECOND, RIVER, state=SegmentState.IMPORTED)
    agent = Term(source="agent", target="智能体", origin="reader")
    with store.writing() as tx:
        tx.glossary.put([agent, replace(agent, source="frog", target="青蛙")])
    found = check(store)
    assert [(one.term, one.sentences, one.papers) for one in found.missed] == [(agent, 2, (FIRST,))]
    assert (found.terms, found.papers, found.imported) == (2, 1, 1)


def test_a_correction_is_one_line_of_plain_text(store: Store) -> None:
    keep(store, FIRST, POND)
    fix(store, FIRST, " 每个智能体在\x1b池塘里\u202e\n 悠闲地游泳。\x07\u200b", now=LATER)
    assert targets(store)[0] == "每个智能体在池塘里 悠闲地游泳。"
    with pytest.raises(UsageError, match="1 to"):
        fix(store, FIRST, "\x1b\n\u200b", now=LATER)


def test_a_wording_goes_with_no_number(store: Store) -> None:
    keep(store, FIRST, POND)
    with pytest.raises(UsageError, match="throughout"):
        fix(store, FIRST, "代理 -> 智能体", now=LATER, sentence=1)
    assert targets(store) == [target for _, target in POND]


def test_what_was_translated_anew_meanwhile_is_not_said_to_be_corrected(store: Store) -> None:
    keep(store, FIRST, POND)

    class Busy:
        """The store, and another process that writes between the look and the correction."""

        reading = staticmethod(store.reading)

        def writing(self) -> object:
            keep(store, FIRST, tuple((source, target.replace("池塘", "水塘")) for source, target in POND))
            return store.writing()

    with pytest.raises(UsageError, match="meanwhile"):
        fix(cast(Store, Busy()), FIRST, "代理 -> 智能体", now=LATER, term="agent")
    assert "每个代理在水塘里游泳。" in targets(store)
    assert Briefing.read(store).corrections == {}
    assert terms(store) == ()


def test_what_was_mended_is_remembered_as_mended(store: Store) -> None:
    """Else a later version of the paper would have the wording again that its reader gave up."""
    keep(store, FIRST, POND)
    keep(store, SECOND, RIVER)
    reworded(store, "代理 -> 主体")
    assert apply(store, "agent", now=LATER).papers == (SECOND,)
    fix(store, SECOND, "主体 -> 智能体", now=LATER + timedelta(hours=1))
    assert apply(store, "agent", now=LATER + timedelta(hours=2)).papers == (FIRST,)
    assert targets(store) == ["每个智能体在池塘里游泳。", "青蛙由两个智能体观察。"]
    assert [one.target for one in Briefing.read(store).of(POND[0][0])] == ["每个智能体在池塘里游泳。"]


CODE = "All code is on 3 public servers."
SHARED: Pairs = ((CODE, "代码全在 3 台公共服务器上。"), ("The frogs leap far.", "青蛙跳得很远。"))
BETTER = "全部代码均在 3 台公共服务器上公开。"


def test_a_corrected_sentence_is_offered_to_papers_that_have_it_too(store: Store) -> None:
    keep(store, FIRST, SHARED)
    keep(store, SECOND, (*RIVER, SHARED[0]))
    keep(store, THIRD, SHARED, state=SegmentState.IMPORTED)
    fixed = fix(store, FIRST, BETTER, now=LATER)
    assert (fixed.term, fixed.earlier) == (None, ())
    assert [(one.paper_id, one.title, one.sentences) for one in fixed.repeated] == [(SECOND, "论池塘", 1)]
    assert targets(store, SECOND)[-1] == SHARED[0][1], "offered, not done"
    applied = apply_sentences(store, now=LATER)
    assert (applied.term, applied.papers, applied.sentences, applied.uncertain, applied.imported) == (
        None, (SECOND,), 1, (), 1,
    )  # fmt: skip
    assert targets(store, SECOND) == [RIVER[0][1], RIVER[1][1], BETTER]
    assert current(store, SECOND).segments[-1].by == "reader"
    assert targets(store, THIRD) == [target for _, target in SHARED]
    assert apply_sentences(store, now=LATER).papers == ()


def test_what_a_reader_said_of_a_paper_counts_there(store: Store) -> None:
    keep(store, FIRST, SHARED)
    keep(store, SECOND, SHARED)
    fix(store, SECOND, "代码一律在 3 台公共服务器上。", now=NOW)
    assert fix(store, FIRST, BETTER, now=LATER).repeated == ()
    assert apply_sentences(store, now=LATER).papers == ()
    assert targets(store, SECOND)[0] == "代码一律在 3 台公共服务器上。"


def test_what_the_checks_object_to_is_put_nowhere_else(store: Store) -> None:
    keep(store, FIRST, SHARED)
    keep(store, SECOND, SHARED)
    fix(store, FIRST, "代码全在公共服务器上。", now=LATER, force=True)
    applied = apply_sentences(store, now=LATER)
    assert (applied.papers, applied.uncertain) == ((), (SECOND,))
    assert targets(store, SECOND)[0] == SHARED[0][1]


def test_without_corrections_no_paper_is_looked_at(store: Store) -> None:
    keep(store, FIRST, SHARED)
    assert apply_sentences(store, now=LATER).sentences == 0
