"""Punctuation and labels of Chinese text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.masking import PLACEHOLDER
from zhaiyao.translating.polishing import join, polish


@pytest.mark.parametrize(
    ("reply", "source", "text"),
    [
        (" 我们走。\n", "We go.", "我们走。"),
        ("我们走", "We go.", "我们走。"),
        ("我们走.", "We go.", "我们走。"),
        ("我们走?", "Do we go?", "我们走？"),
        ("我们走。", "Do we go?", "我们走？"),
        ("论走路。", "On walking", "论走路"),
        ("论GPT-4", "On GPT-4.", "论GPT-4。"),
        ("见⟦1⟧", "See https://a.org.", "见⟦1⟧。"),
        ("：我们走。", "We go.", "我们走。"),
        ("翻译：我们走。", "We go.", "我们走。"),
        ("翻译：一门艺术", "Translation: an art", "一门艺术"),
        ("中文：一门艺术", "Chinese: an art", "中文：一门艺术"),
        ("“我们走。”", "We go.", "我们走。"),
        ("“走”与“跑”", "“Going” and “running”", "“走”与“跑”"),
        ("“走”与“跑”", "Going and running", "“走”与“跑”"),
        ("我们走,他们跑;都好", "We go, they run; fine", "我们走，他们跑；都好"),
        ("取值0.5,1.5,⟦1⟧,2", "Values 0.5,1.5", "取值0.5,1.5,⟦1⟧,2"),
        ("取⟦1⟧,然后走", "Take, then go", "取⟦1⟧，然后走"),
        ("PondNet: 池塘网络", "PondNet: A network", "PondNet：池塘网络"),
        ("方法,⟦1⟧次", "Method, times", "方法，⟦1⟧次"),
        ("我们 提出 GPT 模型", "We propose GPT", "我们提出 GPT 模型"),
        ("使用v1.2版.然后走", "Use v1.2. Then go", "使用v1.2版。然后走"),
        ("我们\x00走\u200b。", "We go.", "我们走。"),
        ("", "We go.", ""),
        ("”", "We go.", "”"),
        ("（我们走。）", "(We go.)", "（我们走。）"),
    ],
)
def test_polish(reply: str, source: str, text: str) -> None:
    assert polish(reply, source) == text


def test_join_sets_what_stood_between_the_parts() -> None:
    parts = [("我们走。", "We go,"), ("他们跑", "they run;"), ("如下。", "as follows:"), ("快。", "and fast")]
    assert join([*parts, ("完。", "the end.")]) == "我们走，他们跑；如下：快，完。"
    assert join([("我们走。", "We go.")]) == "我们走。"


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet='我们，。,.;:?⟦1⟧23 \nab“”"（）', max_size=30), st.sampled_from(["We go.", "Go?", "Go", ""]))
def test_placeholders_and_words_stay(reply: str, source: str) -> None:
    polished = polish(reply, source)
    assert PLACEHOLDER.findall(polished) == PLACEHOLDER.findall(reply)
    words = [sign for sign in reply if sign.isalnum()]
    assert [sign for sign in polished if sign.isalnum()] == words
