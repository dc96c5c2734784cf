"""Reading what chat models answer, however they wrap it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.translating.replies import read

ITEMS = {"AT": "题", "A1": "一", "A2": "二", "AS": "要"}
WHOLE = {"items": [{"id": name, "zh": text} for name, text in ITEMS.items()]}


def told(reply: str) -> dict[str, str]:
    return read(reply, alone=True)


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps(WHOLE),
        json.dumps(WHOLE, ensure_ascii=False, indent=1),
        f"```json\n{json.dumps(WHOLE)}\n```",
        f"Here it is: {json.dumps(WHOLE)} I hope it helps {{really}}.",
        json.dumps(WHOLE).replace('"A1"', '"A01"'),
        json.dumps(WHOLE | {"more": [1, None]}),
        json.dumps(WHOLE)[:-1],
        json.dumps(ITEMS),
    ],
)
def test_json(reply: str) -> None:
    assert told(reply) == ITEMS


@pytest.mark.parametrize(
    "reply",
    [
        "AT| 题\nA1| 一\nA2| 二\nAS| 要",
        "Sure!\n\n**AT**｜ 题\n\nA1: 一\n[[A02]]二\n\nAS|\n要\n",
    ],
)
def test_tagged(reply: str) -> None:
    assert told(reply) == ITEMS


def test_a_paper_that_was_alone_may_lack_its_letter_and_no_other() -> None:
    reply = '{"items": [{"id": 1, "zh": "一"}, {"id": "T", "zh": "题"}]}'
    assert told(reply) == {"A1": "一", "AT": "题"}
    assert not {"A1", "AT"} & set(read(reply, alone=False))


def test_a_cut_reply_gives_what_is_whole() -> None:
    assert told('{"items": [{"id": "AT", "zh": "题"}, {"id": "A1", "zh": "一"}, {"id": "A2", "zh": "二') == {
        "AT": "题",
        "A1": "一",
    }


def test_tex_backslashes_survive() -> None:
    reply = r'{"items": [{"id": "AT", "zh": "用\alpha与\\beta与\frac与\text与\u4e2d与\un"}]}'
    assert told(reply) == {"AT": r"用\alpha与\beta与\frac与\text与中与\un"}


def test_a_cut_reply_with_tex() -> None:
    assert told(r'{"items": [{"id": "A1", "zh": "用\alpha与\"引\""}, {"id"') == {"A1": r'用\alpha与"引"'}


def test_what_is_told_twice_counts_only_if_it_is_the_same() -> None:
    reply = '{"items": [{"id": "A1", "zh": "甲"}, {"id": "A2", "zh": "丙"}, {"id": "A1", "zh": "%s"}]}'
    assert told(reply % "甲") == {"A1": "甲", "A2": "丙"}
    assert told(reply % "乙") == {"A2": "丙"}
    assert told("A1| 甲\nA1| 乙\nA2| 丙") == {"A2": "丙"}


@pytest.mark.parametrize(
    "reply",
    ["", "no", "{", "[]", "{}", '{"items": 5}', '{"items": [5]}', '{"title": "题"}', "[" * 99999, '{"a":' * 9999],
)
def test_nothing_to_read(reply: str) -> None:
    assert told(reply) == {}


def test_a_tag_counts_only_where_a_line_begins_and_with_its_bar() -> None:
    assert told("A1| 见A2| 与⟦3⟧\nT 细胞\n次行") == {"A1": "见A2| 与⟦3⟧\nT 细胞\n次行"}


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(), st.text(alphabet='{}[]":,|\\idzhtemsATS1 \n', max_size=60)))
def test_no_reply_breaks_it(reply: str) -> None:
    for alone in (True, False):
        assert all(isinstance(label, str) and isinstance(text, str) for label, text in read(reply, alone=alone).items())


def test_tex_that_json_took_for_a_line_break_comes_back() -> None:
    assert told('{"items":[{"id":"A1","zh":"$\\nabla u$ 与 $\\nu$"}]}') == {"A1": "$\\nabla u$ 与 $\\nu$"}
    assert told(json.dumps({"items": [{"id": "A1", "zh": "一\nnot"}]})) == {"A1": "一\nnot"}
