"""Reading what chat models answer, however they wrap it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.translating.replies import read_json, read_tagged

WHOLE = {"title": "题", "segments": [{"id": 1, "zh": "一"}, {"id": 2, "zh": "二"}], "tldr": "要"}
READ = {"T": "题", "1": "一", "2": "二", "TLDR": "要"}


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps(WHOLE),
        json.dumps(WHOLE, ensure_ascii=False, indent=1),
        f"```json\n{json.dumps(WHOLE)}\n```",
        f"Here it is: {json.dumps(WHOLE)} I hope it helps {{really}}.",
        json.dumps(WHOLE).replace('"id": 1', '"id": "01"'),
        json.dumps(WHOLE | {"more": [1, None]}),
        json.dumps(WHOLE)[:-1],
    ],
)
def test_json(reply: str) -> None:
    assert read_json(reply) == READ


def test_a_cut_reply_gives_what_is_whole() -> None:
    assert read_json('{"title": "题", "segments": [{"id": 1, "zh": "一"}, {"id": 2, "zh": "二') == {
        "T": "题",
        "1": "一",
    }


def test_tex_backslashes_survive() -> None:
    reply = r'{"title": "用\alpha与\\beta与\frac与\text与\u4e2d与\un", "segments": []}'
    assert read_json(reply) == {"T": r"用\alpha与\beta与\frac与\text与中与\un"}


def test_a_cut_reply_with_tex() -> None:
    assert read_json(r'{"segments": [{"id": 1, "zh": "用\alpha与\"引\""}, {"id"') == {"1": r'用\alpha与"引"'}


def test_the_first_of_two_answers_counts() -> None:
    reply = '{"segments": [{"id": 1, "zh": "甲"}, {"id": 1, "zh": "乙"}]}'
    assert read_json(reply) == {"1": "甲"}
    assert read_tagged("[[1]] 甲\n[[1]] 乙") == {"1": "甲"}


@pytest.mark.parametrize(
    "reply",
    ["", "no", "{", "[]", "{}", '{"segments": 5}', '{"segments": [5]}', '{"title": 5}', "[" * 99999, '{"a":' * 9999],
)
def test_nothing_to_read(reply: str) -> None:
    assert read_json(reply) == {}


@pytest.mark.parametrize(
    "reply",
    [
        "[[T]] 题\n[[1]] 一\n[[2]] 二\n[[TLDR]] 要",
        "Sure!\n\n**[[T]]**: 题\n\n[[1]]: 一\n[[ 02 ]]二\n\n[[TLDR]]\n要\n",
    ],
)
def test_tagged(reply: str) -> None:
    assert read_tagged(reply) == READ


def test_a_tag_counts_only_where_a_line_begins() -> None:
    assert read_tagged("[[1]] 见[[2]]与⟦3⟧\n次行") == {"1": "见[[2]]与⟦3⟧\n次行"}


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(), st.text(alphabet='{}[]":,\\idzhtlesgmnT1 \n', max_size=60)))
def test_no_reply_breaks_it(reply: str) -> None:
    for found in (read_json(reply), read_tagged(reply)):
        assert all(isinstance(label, str) and isinstance(text, str) for label, text in found.items())
