"""The rich layout, read back by a Markdown reader."""

from dataclasses import replace
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.digests import (
    NASTY,
    crowded_paper,
    digest,
    empty_digest,
    given_away,
    imported_digest,
    keeping_paper,
    legacy_paper,
    nasty_paper,
    paper_without_abstract,
    revised_paper,
    sample_digest,
    translated_paper,
    withdrawn_paper,
)
from tests.goldens import check_golden
from zhaiyao.publish.escape import one_line
from zhaiyao.publish.markdown import rich
from zhaiyao.records import AnnounceType, Digest, DigestEntry

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
KINDS_OF_THE_LAYOUT = {"text", "text_special", "strong_open", "strong_close", "link_open", "link_close"}


def leaves(text: bytes) -> list[Token]:
    return [leaf for token in READER.parse(text.decode()) for leaf in (token, *(token.children or ()))]


def headings(text: bytes, level: str) -> list[str]:
    tokens = READER.parse(text.decode())
    inlines = [b for a, b in pairwise(tokens) if a.type == "heading_open" and a.tag == level]
    return ["".join(child.content for child in token.children or ()) for token in inlines]


def shown(text: bytes) -> str:
    return "\n".join(leaf.content for leaf in leaves(text) if leaf.type in ("text", "text_special"))


def announced(entry: DigestEntry, kind: AnnounceType) -> DigestEntry:
    return replace(entry, entry=replace(entry.entry, announced=(("cs.LG", kind),)))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sample_day_is_as_it_was_read_last(language):
    check_golden(f"publish/sample.{language}.md", rich(sample_digest(), language=language))


@pytest.mark.parametrize(("name", "made"), [("imported", imported_digest()), ("empty", empty_digest())])
def test_other_digests_are_as_they_were_read_last(name, made):
    check_golden(f"publish/{name}.md", rich(made))


@pytest.mark.parametrize("made", [sample_digest(), sample_digest(revision=2), imported_digest(), empty_digest()])
def test_there_is_no_html_and_every_link_leads_to_arxiv(made):
    found = leaves(rich(made))
    assert not [leaf for leaf in found if leaf.type.startswith("html")]
    links = [leaf.attrs["href"] for leaf in found if leaf.type == "link_open"]
    assert all(str(link).startswith("https://arxiv.org/") or link in given_away(made) for link in links)
    inline = [child for leaf in found if leaf.type == "inline" for child in leaf.children or ()]
    assert {child.type for child in inline} <= KINDS_OF_THE_LAYOUT


def test_sections_stand_in_order_and_papers_keep_theirs():
    made = digest(
        announced(withdrawn_paper(), AnnounceType.REPLACE),
        announced(translated_paper(), AnnounceType.CROSS),
        announced(keeping_paper(), AnnounceType.NEW),
        announced(crowded_paper(translated=True), AnnounceType.NEW),
        announced(legacy_paper(), AnnounceType.REPLACE_CROSS),
    )
    text = rich(made, language="en")
    assert headings(text, "h2") == ["At a glance", "New papers (2)", "Cross-lists (1)", "Replacements (2)"]
    numbers = [heading.partition(" ")[0] for heading in headings(text, "h3")]
    assert numbers == ["1.", "2.", "3.", "4.", "5."]
    assert [heading.rpartition("] ")[2] for heading in headings(text, "h3")] == [
        "1. 稀疏超图的渗流阈值",
        "2. 合成量能器阵列的首次观测",
        "3. 无漂移路由器：让小型混合专家模型保持均衡",
        "一个长猜想的短证明",
        "面向耐心接收机的格码",
    ]


def test_a_paper_that_is_new_anywhere_stands_among_the_new():
    told = (("cs.AI", AnnounceType.REPLACE_CROSS), ("cs.LG", AnnounceType.CROSS), ("stat.ML", AnnounceType.NEW))
    paper = translated_paper()
    made = digest(replace(paper, entry=replace(paper.entry, announced=told)))
    assert headings(rich(made, language="en"), "h2")[1] == "New papers (1)"


def test_nothing_is_cut():
    long = "很长的句子。" * 2000
    paper = translated_paper()
    abstract = paper.version.abstract + " The last word is xylophone." if paper.version else ""
    untranslated = replace(paper, version=replace(paper.version, abstract=abstract + long), renditions={})
    text = shown(rich(digest(untranslated)))
    assert text.count("很长的句子。") == 2000
    assert "The last word is xylophone." in text


def test_every_text_of_a_hostile_paper_comes_back_as_text():
    # title and TL;DR twice each, the original title, both abstracts, and three notes
    assert shown(rich(digest(nasty_paper()))).replace("\n", "").count(one_line(NASTY)) == 10


@pytest.mark.parametrize(
    ("entry", "marks"),
    [
        (translated_paper(), set()),
        (keeping_paper(), {"原文"}),
        (crowded_paper(translated=False), {"未翻译"}),
        (legacy_paper(), {"旧译文"}),
        (withdrawn_paper(), {"可能已撤稿"}),
        (paper_without_abstract(), {"来源未提供"}),
    ],
)
def test_what_is_unusual_is_marked(entry, marks):
    known = {"原文", "未翻译", "旧译文", "可能已撤稿", "已撤稿", "来源未提供"}
    text = shown(rich(digest(entry)))
    assert {mark for mark in known if f"〔{mark}〕" in text} == marks


def test_a_withdrawn_mark_stands_before_the_title():
    assert headings(rich(digest(withdrawn_paper())), "h3") == ["1. 〔可能已撤稿〕 一个长猜想的短证明"]


@pytest.mark.parametrize("count", [9, 10, 11])
def test_many_authors_are_counted(count):
    paper = crowded_paper(translated=True)
    some = replace(paper, version=replace(paper.version, authors=paper.version.authors[:count]))
    text = shown(rich(digest(some)))
    assert (f"等 {count} 人" in text) == (count > 10)
    assert ("Author10" in text) == (count >= 10)


def test_the_original_is_quoted_beneath_its_sentence():
    text = rich(digest(keeping_paper())).decode()
    assert (
        "我们研究稀疏超图上的渗流。\n\n> We study percolation on sparse hypergraphs.\n\n〔原文〕 The constant" in text
    )


def lines_on_completeness(made: Digest) -> str:
    return shown(rich(made, language="en"))


def test_completeness_is_told_from_the_ledger():
    text = lines_on_completeness(sample_digest())
    assert "2 categories (2026-01-14): arXiv told no total, 11 here, 2 untranslated, 1 failed" in text
    assert "cs.LG (2026-01-14): 10 announced, 9 here, 1 missing, 2 untranslated, 1 failed" in text
    assert "stat.ML (2026-01-14): arXiv told no total, 2 here" in text
    assert "9 papers – New papers: 5, Cross-lists: 1, Replacements: 3; 2 not fully translated" in text


def test_a_complete_edition_says_so():
    assert "1 paper – New papers: 1; all translated." in lines_on_completeness(digest(translated_paper()))


def test_the_gemma_notice_stands_where_gemma_wrote_and_only_there():
    gemma = rich(digest(translated_paper()), language="en")
    assert b"subject to the Gemma Terms of Use" in gemma
    paper = translated_paper()
    other = {kind: replace(made, model="qwen2.5-1.5b", engine="chat") for kind, made in paper.renditions.items()}
    text = rich(digest(replace(paper, renditions=other)), language="en")
    assert b"Gemma" not in text
    assert b"machine-made: chat (qwen2.5-1.5b)" in text
    assert b"Thank you to arXiv for use of its open access interoperability." in text


def test_old_papers_have_no_link_to_html_in_an_imported_document():
    old = legacy_paper(announced=False)
    made = imported_digest()
    paper = replace(old.paper, id="2011.00001")
    entry = replace(old, paper=paper, version=replace(old.version, paper_id="2011.00001"))
    assert b"/html/" not in rich(replace(made, entries=(entry,)))
    assert b"/html/2601.08006" in rich(made)


def test_the_same_digest_gives_the_same_bytes():
    assert rich(sample_digest()) == rich(sample_digest())


def test_a_replacement_says_what_changed_and_marks_the_sentences():
    text = rich(digest(revised_paper())).decode()
    assert "- 与 v1 相比：标题有改动，改 1 句，增 1 句" in text
    assert "〔有改动〕 我们统计四个湖的鹭鸟。" in text
    assert "\n\n湿润年份有 31 只" in text
    assert "[代码（GitHub）](https://github.com/invented-lake/herons)" in text
