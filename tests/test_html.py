"""The HTML page, read back by an HTML parser: safe, whole, and fit to be read."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise

import pytest
from lxml import html

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
    revised_paper,
    sample_digest,
    translated_paper,
    withdrawn_paper,
)
from tests.goldens import check_golden
from zhaiyao.publish.escape import one_line
from zhaiyao.publish.html import page, prose
from zhaiyao.records import RenditionKind

SAMPLES = [sample_digest(), sample_digest(revision=2), imported_digest(), empty_digest()]
CSS = files("zhaiyao.publish").joinpath("static", "digest.css").read_text(encoding="utf-8")


def read(data: bytes) -> html.HtmlElement:
    return html.document_fromstring(data.decode())


def text(element: html.HtmlElement) -> str:
    return "".join(element.itertext())


def without_style(data: bytes) -> bytes:
    """The page but for its style sheet, which has a file of its own to be read in."""
    return re.sub(rb"sha256-[\w+/=]+", b"sha256-", re.sub(rb"(?s)<style>.*?</style>", b"<style></style>", data))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sample_day_is_as_it_was_read_last(language):
    check_golden(f"publish/sample.{language}.html", without_style(page(sample_digest(), language=language)))


@pytest.mark.parametrize(("name", "made"), [("imported", imported_digest()), ("empty", empty_digest())])
def test_other_digests_are_as_they_were_read_last(name, made):
    check_golden(f"publish/{name}.html", without_style(page(made)))


@pytest.mark.parametrize("made", SAMPLES)
def test_nothing_runs_and_nothing_is_loaded(made):
    root = read(page(made))
    forbidden = ("script", "img", "link", "iframe", "object", "embed", "form", "base", "svg", "video", "audio")
    assert not list(root.iter(*forbidden))
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or name in ("src", "srcset", "style")}
    assert "url(" not in CSS
    assert "@import" not in CSS


@pytest.mark.parametrize("made", SAMPLES)
def test_the_policy_allows_the_pages_own_style_sheet_and_nothing_else(made):
    root = read(page(made))
    (style,) = root.iter("style")
    (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    digest_of_style = b64encode(sha256(style.text.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest_of_style}'; base-uri 'none'; form-action 'none'"
    assert style.text == CSS


@pytest.mark.parametrize("made", SAMPLES)
def test_ids_are_unique_and_links_lead_to_them_or_to_arxiv(made):
    root = read(page(made))
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    for href in root.xpath("//@href"):
        if href.startswith("#"):
            assert href[1:] in ids
        else:
            assert href.startswith("https://arxiv.org/") or href in given_away(made)


@pytest.mark.parametrize("made", SAMPLES)
def test_headings_are_nested_and_there_is_one_title(made):
    levels = [int(element.tag[1]) for element in read(page(made)).iter("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_paper_has_its_place_under_its_id():
    root = read(page(sample_digest()))
    assert [article.get("id") for article in root.iter("article")] == [
        "2601.08001",
        "2601.08002",
        "2601.08003",
        "2601.08004",
        "2601.08006",
        "2601.08005",
        "2512.04711",
        "hep-th/9901001",
        "2511.00042",
    ]


def test_a_paper_that_stands_twice_has_two_places():
    root = read(page(imported_digest()))
    assert [article.get("id") for article in root.iter("article")] == ["2601.08006", "2601.08006-2", "entry-3"]
    assert text(root.get_element_by_id("entry-3").find("pre")).count(NASTY[:40]) == 1


@pytest.mark.parametrize(("language", "tag"), [("zh", "zh-CN"), ("en", "en")])
def test_languages_are_declared(language, tag):
    root = read(page(sample_digest(), language=language))
    assert root.get("lang") == tag
    article = root.get_element_by_id("2601.08001")
    assert article.xpath("./h3/span/@lang") == ["zh-CN"]
    assert article.xpath("./p[@class='original']/@lang") == ["en"]


def test_every_sentence_carries_its_original():
    article = read(page(sample_digest())).get_element_by_id("2601.08001")
    originals = [text(original).strip() for original in article.find_class("o")]
    assert len(article.find_class("s")) == len(originals) == 3
    assert originals[0].startswith("Mixture-of-experts routers drift")
    assert len(article.xpath(".//div[@class='abstract']/p")) == 2


def test_kept_sentences_are_marked_and_set_apart_by_blanks():
    article = read(page(digest(keeping_paper()))).get_element_by_id("2601.08002")
    (kept,) = article.find_class("kept")
    assert kept.get("lang") == "en"
    assert text(kept).startswith("原文 The constant is $C = 4.7")
    assert kept.tail == " "


@pytest.mark.parametrize(
    ("entry", "marks"),
    [
        (translated_paper(), []),
        (crowded_paper(translated=False), ["未翻译"] * 3),
        (legacy_paper(), ["旧译文"] * 3),
        (withdrawn_paper(), ["可能已撤稿"]),
    ],
)
def test_what_is_unusual_is_marked(entry, marks):
    assert [text(mark) for mark in read(page(digest(entry))).iter("mark")] == marks


def test_all_authors_can_be_unfolded():
    (authors,) = read(page(digest(crowded_paper(translated=True)))).xpath("//details[@class='authors']")
    assert text(authors.find("summary")).endswith("A. Author10 等 37 人")
    assert text(authors.find("p")).count("Author") == 37


def test_hostile_text_stays_text():
    root = read(page(digest(nasty_paper())))
    shown = text(root.get_element_by_id("2601.08004"))
    # the title, its original, the TL;DR, both abstracts, and three notes
    assert shown.count(one_line(NASTY)) == 8
    assert "{{ 7*7 }}" in shown
    assert not root.xpath("//article//b[text()='Tables']")


def test_math_is_marked_up_and_escaped():
    assert prose("a <b> $x<1$ & $y$") == (
        'a &lt;b&gt; <code class="tex" translate="no">$x&lt;1$</code> &amp; <code class="tex" translate="no">$y$</code>'
    )


def luminance(color: str) -> float:
    """Relative luminance as of WCAG 2.2."""
    channels = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def schemes() -> list[dict[str, str]]:
    colors = re.findall(r"--(\w+): (#[0-9a-f]{6});", CSS)
    half = len(colors) // 2
    return [dict(colors[:half]), dict(colors[half:])]


@pytest.mark.parametrize("scheme", schemes(), ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "quiet", "accent", "alert"])
@pytest.mark.parametrize("ground", ["paper", "tint"])
def test_colors_have_contrast(scheme, ink, ground):
    light, dark = sorted((luminance(scheme[ink]), luminance(scheme[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5, "WCAG 2.2 AA for text"


def test_a_replacement_says_what_changed_and_marks_the_sentences():
    (article,) = read(page(digest(revised_paper()))).iter("article")
    told = {text(one.find("dt")): text(one.find("dd")) for one in article.xpath(".//dl/div")}
    assert told["与 v1 相比"] == "标题有改动，改 1 句，增 1 句"
    shown = article.xpath(".//div[@class='abstract']/p/span/mark/text() | .//span[@class='s']/text()")
    sentences = ["我们统计四个湖的鹭鸟。", "湿润年份有 31 只，干旱年份有 12 只。", "未统计青蛙。"]
    assert list(map(str, shown)) == ["有改动", *sentences[:2], "有改动", sentences[2]]


def test_what_the_authors_give_away_is_linked_by_the_name_of_its_place():
    names = {a.get("href"): text(a) for a in read(page(digest(revised_paper()))).iter("a")}
    assert names["https://github.com/invented-lake/herons"] == "代码（GitHub）"


def test_a_withdrawn_paper_lacks_no_tldr():
    paper = withdrawn_paper()
    bare = replace(paper, renditions={k: made for k, made in paper.renditions.items() if k is not RenditionKind.TLDR})
    assert bare.missing == ()
    (article,) = read(page(digest(bare))).iter("article")
    assert not article.xpath(".//p[starts-with(@class, 'tldr')]")
    assert "可能已撤稿" in text(article)
    assert "未翻译" not in text(article)
