import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.archives import LONG, SENTENCE, cut, record
from tests.build import NOW
from zhaiyao.errors import ParseError
from zhaiyao.records import AnnounceType, Interface, Rendition, RenditionKind, SegmentState
from zhaiyao.sources.archive import Filed, parse
from zhaiyao.sources.legacy import was_cut

NEW_FEED = "arXiv:2404.99902v1 Announce Type: cross  Abstract: "


def filed(**changes: object) -> Filed:
    return parse(record(**changes), made_at=NOW)  # type: ignore[arg-type]


def made(told: Filed, kind: RenditionKind, language: str = "zh") -> Rendition:
    (found,) = (one for one in told.renditions if (one.kind, one.language) == (kind, language))
    return found


def flaws(kind: RenditionKind, **changes: object) -> tuple[str, ...]:
    (segment,) = made(filed(**changes), kind).segments
    return segment.faults


def test_an_old_record_tells_version_category_and_type() -> None:
    told = filed()
    assert (told.paper.id, told.paper.categories) == ("2301.99901", ("physics.flu-dyn",))
    assert (told.told.version, told.told.type) == (2, AnnounceType.REPLACE)
    version = told.version
    assert (version.number, version.interface, version.truncated) == (2, Interface.ARCHIVE, False)
    assert version.title == "The Tides of Small Ponds"
    assert version.abstract == "We measure the tides of small ponds. They are small."
    assert told.lacking == ()


def test_a_new_record_tells_version_and_type_before_its_abstract() -> None:
    title = "Moss Counts Photons"
    told = filed(paper="2404.99902", title=title, abstract=f"{NEW_FEED}We show that moss counts.  Erd\\H{{o}}s did.")
    assert told.paper.categories == ()
    assert (told.version.number, told.told.type) == (1, AnnounceType.CROSS)
    assert told.version.title == title
    assert told.version.abstract == "We show that moss counts. Erdős did."


def test_a_bare_record_tells_no_version() -> None:
    told = filed(paper="quant-ph/9912001", title="Moss")
    assert (told.paper.id, told.version.number, told.told.type) == ("quant-ph/9912001", 0, None)


def test_translations_are_legacy_and_cleaned() -> None:
    polluted = "arXiv:2301.99901v2 公告类型：替换 摘要：我们测量了小池塘的潮汐。"
    told = filed(translated_abstract=polluted, tldr="这里是中文总结出的一句话要点：池塘有潮汐。")
    assert made(told, RenditionKind.ABSTRACT).text == "我们测量了小池塘的潮汐。"
    assert made(told, RenditionKind.TLDR).text == "池塘有潮汐。"
    assert made(told, RenditionKind.TITLE).text == "小池塘的潮汐"
    assert all(one.is_legacy and one.version == 2 and one.made_at == NOW for one in told.renditions)
    assert {segment.state for one in told.renditions for segment in one.segments} == {SegmentState.IMPORTED}


@pytest.mark.parametrize("key", ["en_tdlr", "en_tldr"])
def test_the_english_tldr_is_kept_as_english(key: str) -> None:
    told = filed(**{"en_tdlr": ..., key: "Ponds have tides."})
    assert made(told, RenditionKind.TLDR, "en").text == "Ponds have tides."


@pytest.mark.parametrize("text", [..., None, "", " \n", "标题："])
def test_an_empty_translation_is_none(text: object) -> None:
    told = filed(translated_title=text)
    assert told.lacking == (RenditionKind.TITLE,)
    assert len(told.renditions) == 3


@pytest.mark.parametrize("decoration", ["", NEW_FEED])
def test_a_thousand_characters_are_counted_with_the_decoration(decoration: str) -> None:
    told = filed(paper="2404.99902", title="Moss", abstract=cut(decoration))
    assert told.version.truncated
    assert len(told.version.abstract) == len(" ".join(cut(decoration).removeprefix(decoration).split()))
    assert flaws(RenditionKind.ABSTRACT, paper="2404.99902", title="Moss", abstract=cut(decoration))[-1] == "cut-source"
    assert not filed(
        paper="2404.99902", title="Moss", abstract=cut(decoration)[: 900 + len(decoration)]
    ).version.truncated


@pytest.mark.parametrize(
    ("length", "end", "is_cut"),
    [
        (1000, "midw", True),
        (1000, "end.", True),  # it may be whole; arXiv will tell
        (999, "midw", False),
        (998, "midw", True),  # a word hyphenated at a line end was joined after the cut
        (998, "end.", False),
        (998, 'end."', False),
        (996, "midw", True),
        (996, "end.", False),
        (994, "midw", False),
        (1500, "midw", True),
        (0, "", False),
    ],
)
def test_what_was_cut(length: int, end: str, is_cut: bool) -> None:
    assert was_cut((LONG[: max(0, length - len(end))] + end)[:length]) is is_cut


SOURCE = SENTENCE * 5
WHOLE = "我们在一年中的每一天都重新测量了一个中等大小的池塘，并比较了各次结果之间的差别。" * 4


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    {
        "fine": (RenditionKind.ABSTRACT, {"abstract": SOURCE, "translated_abstract": WHOLE}, ()),
        "ends in an address": (
            RenditionKind.ABSTRACT,
            {"abstract": SOURCE, "translated_abstract": f"{WHOLE}代码：https://pond.test/a_b"},
            (),
        ),
        "a title of names": (RenditionKind.TITLE, {"translated_title": "PondNet与MossNet"}, ()),
        "a title about apologies": (RenditionKind.TITLE, {"translated_title": "对不起，再来一次？池塘的潮汐"}, ()),
        "broken off": (
            RenditionKind.ABSTRACT,
            {"abstract": SOURCE, "translated_abstract": WHOLE[:-3]},
            ("incomplete",),
        ),
        "far too short": (
            RenditionKind.ABSTRACT,
            {"abstract": SOURCE, "translated_abstract": "测量了池塘。"},
            ("incomplete",),
        ),
        "of a cut text": (
            RenditionKind.ABSTRACT,
            {"abstract": cut(), "translated_abstract": (WHOLE * 2)[:-3]},
            ("cut-source",),
        ),
        "a title of a cut text": (RenditionKind.TITLE, {"abstract": cut()}, ()),
        "a title in English": (RenditionKind.TITLE, {"translated_title": "On Ponds"}, ("not-chinese",)),
        "the title again": (RenditionKind.TITLE, {"translated_title": "The Tides of Small Ponds"}, ("echo",)),
        "the abstract again": (
            RenditionKind.ABSTRACT,
            {"abstract": cut(), "translated_abstract": cut()},
            ("echo", "cut-source"),
        ),
        "English with a Chinese word": (
            RenditionKind.TLDR,
            {"tldr": "通过 a hierarchical method for measuring all the tides of the small ponds."},
            ("not-chinese",),
        ),
        "the prompt's words": (RenditionKind.TITLE, {"translated_title": "这里是翻译过的论文标题"}, ("placeholder",)),
        "the prompt's words as TL;DR": (RenditionKind.TLDR, {"tldr": "这里是中文总结出的一句话要点"}, ("placeholder",)),
        "an error": (RenditionKind.TLDR, {"tldr": "Error: Rate limit reached for gpt-3.5"}, ("error-text",)),
        "a gateway": (RenditionKind.TLDR, {"tldr": "502 Bad Gateway"}, ("error-text",)),
        "an apology": (RenditionKind.TLDR, {"tldr": "抱歉，我无法翻译这段文字。"}, ("error-text",)),
        "a question back": (RenditionKind.TLDR, {"tldr": "作为一个AI语言模型，我需要原文。"}, ("error-text",)),
    }.values(),
)
def test_flaws(kind: RenditionKind, changes: dict[str, object], expected: tuple[str, ...]) -> None:
    assert flaws(kind, **changes) == expected


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"", "not a record"),
        (b"[]", "not a record"),
        (b"\xff{}", "not a record"),
        (record(title=...), "title"),
        (record(abstract=7), "not a record"),
        (record(link="https://pond.test/abs/2301.99901x"), "leads to no paper"),
        (record(title=" (arXiv:2301.99901v2 [cs.LG])"), "no title"),
        (record(abstract="nul \0"), "U\\+0000"),
    ],
)
def test_what_is_no_record_is_refused_with_the_reason(bad: bytes, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        parse(bad, made_at=NOW)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_damaged_records_raise_nothing_but_parse_error(data: st.DataObject) -> None:
    raw = bytearray(record())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        told = parse(bytes(raw), made_at=NOW)
    except ParseError:
        return
    assert told.version.title
