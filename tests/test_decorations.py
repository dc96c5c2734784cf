import pytest

from zhaiyao.records import AnnounceType
from zhaiyao.sources.decorations import (
    Told,
    Undressed,
    undress_abstract,
    undress_abstract_zh,
    undress_title,
    undress_title_zh,
)

OWN = "2404.99902"


def whole(text: str, clean: Undressed) -> bool:
    return clean.frame.head + clean.text + clean.frame.tail == text


@pytest.mark.parametrize(
    ("text", "clean", "told"),
    [
        ("Moss.", "Moss.", Told()),
        ("Moss. (arXiv:2404.99902v1 [cs.LG])", "Moss", Told(version=1, category="cs.LG", type=AnnounceType.NEW)),
        (
            "Moss?. (arXiv:2404.99902v3 [cs.LG] UPDATED)",
            "Moss?",
            Told(version=3, category="cs.LG", type=AnnounceType.REPLACE),
        ),
        ("Moss (arXiv:2404.99902 [hep-ph] CROSS LISTED) ", "Moss", Told(category="hep-ph", type=AnnounceType.CROSS)),
        ("Moss.\n  (arXiv:2404.99902v1 [cs.LG])", "Moss", Told(version=1, category="cs.LG", type=AnnounceType.NEW)),
        ("Moss. (arXiv:2404.99903v1 [cs.LG])", "Moss", Told()),  # of another paper: off, but it tells nothing
        ("Moss (arXiv) and Fern", "Moss (arXiv) and Fern", Told()),
        ("The arXiv:2404.99902v1 Case", "The arXiv:2404.99902v1 Case", Told()),
    ],
)
def test_title(text: str, clean: str, told: Told) -> None:
    found = undress_title(text, OWN)
    assert (found.text, found.told, whole(text, found)) == (clean, told, True)


@pytest.mark.parametrize(
    ("text", "clean", "told"),
    [
        ("Moss grows. ", "Moss grows. ", Told()),
        ("arXiv:2404.99902v1 Announce Type: new  Abstract: Moss", "Moss", Told(version=1, type=AnnounceType.NEW)),
        (
            "arXiv:2404.99902v2 Announce Type: replace-cross Abstract: Moss",
            "Moss",
            Told(version=2, type=AnnounceType.REPLACE_CROSS),
        ),
        ("arXiv:2404.99902v1 Announce Type: cross \nAbstract: Moss", "Moss", Told(version=1, type=AnnounceType.CROSS)),
        ("arXiv:2404.99902v1 Announce Type: cross Moss", "Moss", Told(version=1, type=AnnounceType.CROSS)),
        ("arXiv:2404.99902v1 Announce Type: other  Abstract: Moss", "Moss", Told(version=1)),
        ("arXiv:2404.99903v1 Announce Type: new  Abstract: Moss", "Moss", Told()),
        ("Abstract: Moss", "Moss", Told()),
        ("Abstract moss grows", "Abstract moss grows", Told()),
        ("arXiv:2404.99903 told of moss", "arXiv:2404.99903 told of moss", Told()),
    ],
)
def test_abstract(text: str, clean: str, told: Told) -> None:
    found = undress_abstract(text, OWN)
    assert (found.text, found.told, whole(text, found)) == (clean, told, True)


def test_old_identifier() -> None:
    found = undress_title("Moss. (arXiv:math.CA/0611999v2 [math.CA])", "math/0611999")
    assert found.told == Told(version=2, category="math.CA", type=AnnounceType.NEW)


@pytest.mark.parametrize(
    "head",
    [
        "arXiv:2404.99902v1 公告类型：交叉领域 摘要：",
        "arXiv：2404.99902v1 宣布类型：新摘要：",
        "arXiv:2404.99902v1宣布类型:cross 摘要: ",
        "arXiv:2404.99902v2 公告类型：替换-交叉  摘要：",
        "arXiv:2404.99902v2 类型公告: 跨版本替换。摘要: ",
        "arXiv:2404.99902v1 类型：新 原文摘要：",
        "arXiv:2404.99902v1 通告类型: 跨 ",
        "arXiv:2404.99902v1 公告类型：新 抽象：",
        "arXiv:2404.99902v1 公告类型：新，摘要：",
        "arXiv:2404.99902v1 新公告 摘要：",
        "arXiv:2404.99902v1 公告：新 ",
        "arXiv:2404.99902v1 摘要 ",
        "arXiv:2404.99902v1 Announce Type: cross  Abstract: ",
        "arXiv:2301.99999v1 公告类型：新 摘要：",
        "[arXiv:2404.99902v1] 公告类型：新 摘要：",
        "引文:2404.99902v1 公告类型:新摘要:",
        "论文编号：arXiv:2404.99902v1 公告类别：新 摘要：",
        "摘要：arXiv:2404.99902v3 公告类型：替换交叉。",
        "公告类型：新的 摘要：",
        "公告类型：交叉 ",
        "摘要：",
        "翻译：",
        "译文: ",
        "标题：",
        "**摘要：** ",
        "【摘要】",
        "以下是翻译后的摘要：",
        "翻译结果如下：",
        "Abstract: ",
    ],
)
@pytest.mark.parametrize("text", ["我们数苔藓。", "摘要系统会数苔藓。"])
def test_polluted_translation(head: str, text: str) -> None:
    found = undress_abstract_zh(head + text, OWN)
    assert (found.text, found.frame.head, found.frame.tail) == (text, head, "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "摘要是一种体裁。",
        "摘要系统：一种综述。",
        "翻译苔藓的语言很难。",
        "背景：苔藓很多。摘要：无。",
        "目的：数苔藓。",
        "类型理论：苔藓的类型。",
        "公告类型影响股价。",
        "arXiv:2301.99999 提出了苔藓计数。",
        "在arXiv：2301.99999中，苔藓被计数。",
        "新方法：数苔藓（arXiv:2301.99999）。",
        "arXiv4Moss：苔藓数据集",
    ],
)
def test_translation_that_only_looks_polluted(text: str) -> None:
    assert undress_abstract_zh(text, OWN) == Undressed(text=text)
    assert undress_title_zh(text, OWN, source="Moss") == Undressed(text=text)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("数苔藓 (arXiv:2404.99902v2 [cs.LG] 更新)", "数苔藓"),
        ("数苔藓？（arXiv：2404.99902v2[cs.LG]已更新）", "数苔藓？"),
        ("数苔藓（arXiv:2404.99902）。", "数苔藓"),
        ("论文标题：数苔藓", "数苔藓"),
        ("这是翻译后的论文标题：数苔藓", "数苔藓"),
        ("Moss. (arXiv:2404.99902v1 [cs.LG]) 该论文标题已翻译：数苔藓。", "数苔藓。"),
        ("2404.99902v1 [cs.CL]）", ""),
    ],
)
def test_polluted_title(text: str, clean: str) -> None:
    found = undress_title_zh(text, OWN, source="Counting Moss")
    assert (found.text, whole(text, found)) == (clean, True)


def test_a_label_that_the_title_itself_begins_with_stays() -> None:
    assert undress_title_zh("翻译：一种苔藓", OWN, source="Machine Translation: A Moss").text == "翻译：一种苔藓"
    assert undress_title_zh("翻译：一种苔藓", OWN, source="A Moss").text == "一种苔藓"
