from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.classic_files import DAY, GOLDEN, MOSS, POND, OldPaper, read, resolved, written
from zhaiyao.errors import ParseError
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.publish.classic import classic
from zhaiyao.records import AnnounceType, Frame, Interface, RenditionKind, SegmentState

MIXED = (GOLDEN / "mixed.md").read_bytes()

# What a text may hold and a careless reader would trip over.
ODD = (
    "|", " | ", r"\|", "||", "[^1]", "\n[^2]: ", "](", "](http://arxiv.org/abs/2301.99901) | ", ")", "(arXiv", "# 详细",
    "\u200b", "\u3000", "\xa0", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\ufeff", "  ", "\n",
    "\n    ", "\n\n    ", "*", "`", "<b>", "$x$", "摘要：", "word", "词",
)  # fmt: skip
odd_texts = st.lists(st.sampled_from(ODD) | st.text(max_size=3), max_size=6).map("".join)


def test_the_golden_file_is_what_the_earlier_system_writes() -> None:
    assert written(DAY) == MIXED


def test_facts_of_all_kinds_of_record() -> None:
    file = read(MIXED)
    categories = {paper.id: paper.primary_category for paper in file.papers}
    facts = [
        (version.paper_id, version.number, categories[version.paper_id], [str(how) for _, how in entry.announced])
        for version, entry in zip(file.versions, file.entries, strict=True)
    ]
    assert facts == [
        ("2402.99905", 1, None, ["new"]),
        ("2404.99904", 0, None, []),
        ("2404.99903", 2, None, ["replace-cross"]),
        ("2404.99902", 1, None, ["cross"]),
        ("2404.99902", 1, None, ["cross"]),
        ("quant-ph/0212914", 4, "quant-ph", ["replace"]),
        ("2311.99913", 2, "stat.ML", ["new"]),
        ("2311.99912", 1, "cs.DC", ["cross"]),
        ("2311.99911", 3, "cs.LG", ["replace"]),
    ]
    assert (len(file.entries), len(file.papers), file.verbatim) == (9, 8, 0)
    assert {version.interface for version in file.versions} == {Interface.DIGEST}


def test_a_category_is_announced_only_where_the_type_says_which() -> None:
    assert [entry.announced for entry in read(MIXED).entries[-4:]] == [
        (("quant-ph", AnnounceType.REPLACE),),
        (("stat.ML", AnnounceType.NEW),),
        (("", AnnounceType.CROSS),),
        (("cs.LG", AnnounceType.REPLACE),),
    ]


def test_decorations_go_into_frames_and_texts_stay_as_they_are() -> None:
    file = read(MIXED)
    shape, version = file.entries[-1].shape, file.versions[-1]
    assert shape is not None
    assert version.title == "Do Ponds\n  Dream of $|x|$ Tides?"
    assert shape.title == Frame(tail=". (arXiv:2311.99911v3 [cs.LG] UPDATED)")
    assert shape.row_title == Frame(tail=".")
    assert shape.title_zh == Frame(tail="（arXiv：2311.99911v3 [cs.LG] 已更新）")
    assert file.versions[-2].abstract == "Clouds are caches\u200b of rain,  and we show how.   "
    assert file.versions[2].abstract == "One blank before the label."


def test_renditions_are_marked_as_another_system_s() -> None:
    file = read(MIXED)
    titled = {one.kind: one for one in file.renditions if one.paper_id == "2404.99903"}
    assert [titled[kind].text for kind in RenditionKind] == [
        "标题研究",
        "标签前只有一个空格。",
        "提出了苔藓的光子计数模型。",
    ]
    assert all(one.is_legacy and (one.engine, one.model) == ("imported", "unknown") for one in file.renditions)
    assert [segment.state for segment in titled[RenditionKind.TITLE].segments] == [SegmentState.IMPORTED]
    assert titled[RenditionKind.TITLE].source_fingerprint == text_fingerprint("A (arXiv) Study of Titles")
    assert titled[RenditionKind.TLDR].source_fingerprint == text_fingerprint("One blank before the label.")


def test_an_empty_text_makes_no_rendition() -> None:
    file = read(written([replace(MOSS, title_zh="", tldr="", abstract_zh="摘要：")]))
    assert file.renditions == ()
    assert file.verbatim == 0


@pytest.mark.parametrize("category", ["cs.LG", ""])
def test_of_a_paper_told_twice_the_category_survives(category: str) -> None:
    told = replace(POND, title=f"Ponds. (arXiv:2301.99901v1 [{category}])" if category else "Ponds")
    for pair in [(told, replace(POND, title="Ponds")), (replace(POND, title="Ponds"), told)]:
        (paper,) = read(written(pair, ordered=False)).papers
        assert paper.categories == ((category,) if category else ())


ROUND_TRIPS: dict[str, list[OldPaper]] = {
    "empty digest": [],
    "one entry": [POND],
    "duplicate ids": [POND, POND, replace(POND, title_zh="池塘")],
    "version suffix": [replace(MOSS, link="https://arxiv.org/abs/2404.99902v3")],
    "old-style id": [
        replace(POND, link="http://arxiv.org/abs/hep-th/9901999", title="T. (arXiv:hep-th/9901999v2 [hep-th])")
    ],
    "old-style id with class": [replace(POND, link="http://arxiv.org/abs/math.CA/0611999", title="T")],
    "rss host": [replace(MOSS, link="https://rss.arxiv.org/abs/2404.99902")],
    "pipes": [replace(POND, title="P(a | b). (arXiv:2301.99901v1 [cs.LG])", tldr="a | b |", abstract="|a|")],
    "pipes escaped by an author": [replace(MOSS, title=r"The Norm \|x\|", tldr=r"\|x\|")],
    "notes": [replace(POND, title="A [^1] B", title_zh="[^2]: 乙", abstract="[^1]: c", tldr="[^2]"), MOSS],
    "links in texts": [replace(MOSS, title="A](http://arxiv.org/abs/2301.99901) | B", tldr="x](https://a.b) | y")],
    "newlines in a title": [replace(POND, title="On\nPonds\n\n    and Tides. (arXiv:2301.99901v1 [cs.LG])"), MOSS],
    "newline before the suffix": [replace(POND, title="Ponds.\n (arXiv:2301.99901v1 [cs.LG])")],
    "an entry inside a title": [replace(MOSS, title="Moss\n    \n[^2]: 苔\n\n    T\n\n    [a](a)"), POND],
    "trailing spaces": [
        replace(MOSS, title="Moss  ", title_zh="苔藓 ", tldr="数 ", abstract_zh="数。 ", abstract="Count.  ")
    ],
    "leading spaces": [
        replace(MOSS, title="  Moss", title_zh=" 苔藓", tldr=" 数", abstract_zh=" 数。", abstract=" Count.")
    ],
    "ends of lines that are none": [
        replace(MOSS, title="A\u2028B\x85C\x0cD\rE", tldr="a\u2028b\rc", abstract="a\x1cb\x0b")
    ],
    "cut by the earlier system": [replace(MOSS, title="A Study of (arXiv) Names", abstract="x" * 1000)],
    "an English TL;DR": [replace(POND, tldr_en="Ponds have tides.")],
    "all empty": [OldPaper(title="", title_zh="", tldr="", abstract_zh="", abstract="")],
    "a heading in a text": [replace(MOSS, abstract="# 详细", tldr="# 详细", title_zh="# 摘要")],
}  # fmt: skip


@pytest.mark.parametrize("papers", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_comes_back_byte_for_byte(papers: list[OldPaper]) -> None:
    data = written(papers)
    file = read(data)
    assert file.verbatim == 0
    assert len(file.entries) == len(papers)
    assert classic(resolved(file)) == data


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(*[odd_texts] * 6), min_size=1, max_size=3))
def test_any_texts_come_back_byte_for_byte(days: list[tuple[str, ...]]) -> None:
    papers = [OldPaper(title=a, title_zh=b, tldr=c, tldr_en=d, abstract_zh=e, abstract=f) for a, b, c, d, e, f in days]
    data = written(papers)
    file = read(data)
    assert file.verbatim == 0
    assert classic(resolved(file)) == data


REFUSED = {
    "nothing": (b"", "not a classic digest"),
    "a web page": (b"<!DOCTYPE html><html></html>", "not a classic digest"),
    "not UTF-8": (MIXED[:300] + b"\xff" + MIXED[300:], "not UTF-8 (at byte 300)"),
    "byte order mark": (b"\xef\xbb\xbf" + MIXED, "byte order mark"),
    "CRLF": (MIXED.replace(b"\n", b"\r\n"), "CRLF"),
    "CRLF from some line on": (MIXED[:3000] + MIXED[3000:].replace(b"\n", b"\r\n"), "ends inside entry 9 of 9"),
    "cut in the table": (MIXED[:300], "ends before its details"),
    "cut in an entry": (MIXED[:-300], "ends inside entry 9 of 9"),
    "cut between entries": (MIXED[: MIXED.index(b"\n[^5]: ")], "ends before entry 5 of 9"),
    "no final newline": (MIXED[:-1], "ends inside entry 9 of 9"),
    "empty, no final newline": (written([])[:-1], "differs at byte"),
    "more behind the end": (written([]) + b"x", "differs at byte"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(data: bytes, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(data)
    assert message in caught.value.what
    assert caught.value.subject == "day.md"
    assert caught.value.hint


def test_a_file_cut_anywhere_is_refused() -> None:
    at_line_ends = [at for at, byte in enumerate(MIXED) if byte == ord("\n")]
    for length in {*range(0, len(MIXED), 97), *at_line_ends, *[at + 5 for at in at_line_ends[:-2]]}:
        with pytest.raises(ParseError):
            read(MIXED[:length])


@settings(deadline=None, max_examples=150)
@given(st.integers(0, len(MIXED) - 1), st.binary(max_size=3), st.integers(0, 3))
def test_a_damaged_file_is_refused_or_comes_back(at: int, inserted: bytes, removed: int) -> None:
    data = MIXED[:at] + inserted + MIXED[at + removed :]
    try:
        file = read(data)
    except ParseError:
        return
    assert classic(resolved(file)) == data


TWO = written([MOSS, POND]).decode()
VERBATIM = {
    "a row of another number": TWO.replace("| [^1] |", "| [^7] |"),
    "a row without a link": TWO.replace(f"]({MOSS.link}) | ", "] | ", 1),
    "a row with another title": TWO.replace("[Moss", "[Fern", 1),
    "a link to no paper": TWO.replace(MOSS.link, "https://example.org/abs/moss"),
    "links that differ": TWO.replace(f"({MOSS.link})\n", "(https://arxiv.org/abs/2404.99909)\n"),
    "a missing line": TWO.replace("    我们证明苔藓会数光子。\n\n", ""),
    "a line feed in an abstract": TWO.replace("counts photons.", "counts\nphotons."),
}  # fmt: skip


@pytest.mark.parametrize("text", VERBATIM.values(), ids=VERBATIM)
def test_an_entry_that_does_not_fit_is_kept_as_it_stands(text: str) -> None:
    assert text != TWO
    file = read(text.encode())
    assert file.verbatim == 1
    assert [entry.paper_id for entry in file.entries] == ["", "2301.99901"]
    assert classic(resolved(file)) == text.encode()


def test_rows_and_entries_that_do_not_match_in_number() -> None:
    rows = TWO.split("\n")
    with pytest.raises(ParseError, match="1 rows, but there is an entry 2"):
        read("\n".join(row for row in rows if not row.startswith("| [^2]")).encode())
    with pytest.raises(ParseError, match="ends before entry 2 of 2"):
        read(TWO.replace(TWO[TWO.index("\n[^2]:") :], "\n\n").encode())


def test_the_document_is_named_by_its_content() -> None:
    assert read(MIXED).document == "44c018b8c34d9b172c31e9245b0a76119d1af8b59430d565f3967fe3132c757f"


def test_real_digests(shared: Path) -> None:
    files = [path.read_bytes() for path in sorted((shared / "seeds").glob("*.txt"))]
    parsed = [read(data) for data in files]
    assert [classic(resolved(file)) for file in parsed] == files
    assert sum(len(file.entries) for file in parsed) == 168
    assert sum(file.verbatim for file in parsed) == 0
    assert sum(bool(entry.announced) for file in parsed for entry in file.entries) == 159
    assert sum(version.number > 0 for file in parsed for version in file.versions) == 159
    assert sum(bool(paper.categories) for file in parsed for paper in file.papers) == 104
    texts = [one.text for file in parsed for one in file.renditions]
    texts += [text for file in parsed for version in file.versions for text in (version.title, version.abstract)]
    assert not [text for text in texts if text.startswith(("arXiv:", "Announce", "Abstract:", "摘要：", "公告类型"))]
    assert not [text for text in texts if text.rstrip().endswith(("]）", "])", "UPDATED)", "LISTED)"))]
