"""The Atom feeds, held against RFC 4287."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from lxml import etree, html

from tests.digests import (
    DAY,
    NASTY,
    crowded_paper,
    digest,
    empty_digest,
    given_away,
    imported_digest,
    keeping_paper,
    nasty_paper,
    pairs,
    renditions,
    sample_digest,
    translated_paper,
    withdrawn_paper,
)
from tests.goldens import check_golden
from zhaiyao.publish.escape import one_line
from zhaiyao.publish.feeds import ATOM, atom
from zhaiyao.records import Digest

NS = {"a": ATOM}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def read(data: bytes) -> etree._Element:
    return etree.fromstring(data)


def feed(*digests: Digest, **options: str) -> etree._Element:
    return read(atom(digests, profile="cs.LG", **options))


def texts(element: etree._Element, path: str) -> list[str]:
    return [found.text or "" for found in element.findall(path, NS)]


def by_id(element: etree._Element) -> dict[str, etree._Element]:
    return {texts(entry, "a:id")[0]: entry for entry in element.findall("a:entry", NS)}


def parsed(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sample_feed_is_as_it_was_read_last(language):
    data = atom([sample_digest()], profile="cs.LG", language=language, site_url="https://read.example/cs.LG/")
    check_golden(f"publish/sample.{language}.xml", data)


def test_an_imported_document_is_as_it_was_read_last():
    check_golden("publish/imported.xml", atom([imported_digest()]))


@pytest.mark.parametrize("made", [sample_digest(), imported_digest(), empty_digest()])
def test_every_element_that_the_rfc_requires_is_there_once(made):
    root = feed(made)
    assert root.tag == f"{{{ATOM}}}feed"
    for element in [root, *root.findall("a:entry", NS)]:
        for name in ("id", "title", "updated"):
            (text,) = texts(element, f"a:{name}")
            assert text
        assert parsed(texts(element, "a:updated")[0])
        assert texts(element, "a:id")[0].startswith("urn:uuid:")
        assert len(element.findall("a:published", NS)) <= 1
        assert len(element.findall("a:summary", NS)) <= 1
    assert texts(root, "a:author/a:name") == ["Zhaiyao"]


@pytest.mark.parametrize("made", [sample_digest(), imported_digest()])
def test_entries_have_content_and_one_alternate_link_each(made):
    for entry in feed(made).findall("a:entry", NS):
        (content,) = entry.findall("a:content", NS)
        assert content.get("type") == "html"
        alternates = [link for link in entry.findall("a:link", NS) if link.get("rel") == "alternate"]
        assert len(alternates) <= 1
        assert all(str(link.get("href")).startswith("https://arxiv.org/abs/") for link in alternates)


@pytest.mark.parametrize("made", [sample_digest(), imported_digest()])
def test_ids_are_unique(made):
    root = feed(made)
    assert len(by_id(root)) == len(made.entries) == len(root.findall("a:entry", NS))


def test_ids_and_dates_stay_when_the_edition_is_revised():
    before, after = by_id(feed(sample_digest())), by_id(feed(sample_digest(revision=2)))
    assert list(before) == list(after)
    changed = {name for name in before if texts(before[name], "a:updated") != texts(after[name], "a:updated")}
    assert [texts(after[name], "a:title") for name in changed] == [["合成量能器阵列的首次观测"]]
    assert all(texts(before[name], "a:published") == texts(after[name], "a:published") for name in before)
    for name in before.keys() - changed:
        assert etree.tostring(before[name]) == etree.tostring(after[name])


def test_the_feed_itself_is_newer_when_the_edition_is_revised():
    before, after = (texts(feed(sample_digest(revision=n)), "a:updated")[0] for n in (1, 2))
    assert parsed(before) < parsed(after)
    assert texts(feed(sample_digest()), "a:id") == texts(feed(sample_digest(revision=2)), "a:id")


def test_dates_come_from_the_announcement_and_the_texts():
    (entry,) = feed(digest(translated_paper())).findall("a:entry", NS)
    assert texts(entry, "a:published") == ["2026-01-14T00:00:00Z"]
    assert texts(entry, "a:updated") == ["2026-01-14T02:03:04Z"]
    (entry,) = feed(digest(crowded_paper(translated=False))).findall("a:entry", NS)
    assert texts(entry, "a:updated") == ["2026-01-14T00:00:00Z"]


def test_a_text_made_long_before_does_not_date_the_entry_back():
    (entry,) = feed(digest(translated_paper(), on=date(2026, 2, 2))).findall("a:entry", NS)
    assert texts(entry, "a:updated") == texts(entry, "a:published") == ["2026-02-02T00:00:00Z"]


def test_one_paper_on_two_days_is_two_entries():
    later = date(2026, 1, 15)
    root = feed(digest(translated_paper(), on=later), digest(translated_paper(), on=DAY))
    assert len(by_id(root)) == 2
    assert [texts(entry, "a:published")[0][:10] for entry in root.findall("a:entry", NS)] == [str(later), str(DAY)]


def test_profiles_have_feeds_of_their_own_but_share_entries():
    one, other = (read(atom([sample_digest()], profile=name)) for name in ("cs.LG", "mine"))
    assert texts(one, "a:id") != texts(other, "a:id")
    assert list(by_id(one)) == list(by_id(other))


def test_an_entry_tells_the_facts():
    (entry,) = feed(digest(translated_paper())).findall("a:entry", NS)
    assert texts(entry, "a:author/a:name") == ["Ada Liang", "José Martínez", "Z. Öz"]
    assert [category.get("term") for category in entry.findall("a:category", NS)] == ["cs.LG", "cs.CL", "stat.ML"]
    assert {link.get("rel"): link.get("href") for link in entry.findall("a:link", NS)} == {
        "alternate": "https://arxiv.org/abs/2601.08001v1",
        "related": "https://arxiv.org/pdf/2601.08001v1",
    }
    (title,) = entry.findall("a:title", NS)
    assert (title.text, title.get(XML_LANG)) == ("无漂移路由器：让小型混合专家模型保持均衡", "zh-CN")
    assert texts(entry, "a:summary") == [
        "给出路由漂移的上界，并据此设计负载均衡的路由器，同等质量下节省 38% 的计算量。"
    ]


def test_the_title_falls_back_to_the_original_and_there_is_no_summary_then():
    (entry,) = feed(digest(crowded_paper(translated=False))).findall("a:entry", NS)
    (title,) = entry.findall("a:title", NS)
    assert (title.text, title.get(XML_LANG)) == ("First Light of the Synthetic Calorimeter Array", "en")
    assert texts(entry, "a:summary") == []
    assert "未翻译" in texts(entry, "a:content")[0]


def test_a_title_that_stayed_in_the_original_is_marked_and_called_english():
    paper = crowded_paper(translated=True)
    kept = renditions(paper.paper.id, 1, title=pairs(("First Light", "First Light")))
    (entry,) = feed(digest(replace(paper, renditions={**paper.renditions, **kept}))).findall("a:entry", NS)
    (title,) = entry.findall("a:title", NS)
    assert (title.text, title.get(XML_LANG)) == ("〔原文〕 First Light", "en")


def test_a_withdrawn_paper_says_so_in_its_title():
    (entry,) = feed(digest(withdrawn_paper())).findall("a:entry", NS)
    assert texts(entry, "a:title") == ["〔可能已撤稿〕 一个长猜想的短证明"]


def test_content_is_bilingual_by_sentence():
    (entry,) = feed(digest(keeping_paper())).findall("a:entry", NS)
    content = html.fragment_fromstring(texts(entry, "a:content")[0], create_parent=True)
    paragraphs = ["".join(p.itertext()) for p in content.iter("p")]
    assert "我们研究稀疏超图上的渗流。We study percolation on sparse hypergraphs." in paragraphs
    assert any(p.startswith("原文 The constant is $C = 4.7") and "$p<1/2$ & $n>10$" in p for p in paragraphs)


def test_hostile_text_stays_text():
    (entry,) = feed(digest(nasty_paper())).findall("a:entry", NS)
    assert texts(entry, "a:title") == [f"译文：{one_line(NASTY)}"]
    content = html.fragment_fromstring(texts(entry, "a:content")[0], create_parent=True)
    assert not list(content.iter("script", "img", "b", "style"))
    links = {str(a.get("href")) for a in content.iter("a")}
    assert {link for link in links if not link.startswith("https://arxiv.org/")} == given_away(digest(nasty_paper()))
    assert all(link.startswith("https://") for link in links)
    assert "".join(content.itertext()).count(one_line(NASTY)) == 7


def test_a_profile_of_control_characters_still_makes_a_feed():
    root = read(atom([empty_digest()], profile="a\x00\x1bb<"))
    assert texts(root, "a:title") == ["摘要 · a��b<"]


def test_the_feed_names_its_own_address_only_when_it_is_known():
    assert not feed(sample_digest()).findall("a:link", NS)
    links = feed(sample_digest(), site_url="https://read.example/me").findall("a:link", NS)
    assert {link.get("rel"): link.get("href") for link in links} == {
        "self": "https://read.example/me/feed.xml",
        "alternate": "https://read.example/me/index.html",
    }


def test_every_author_of_a_large_collaboration_is_named():
    (entry,) = feed(digest(crowded_paper(translated=True))).findall("a:entry", NS)
    assert len(texts(entry, "a:author/a:name")) == 37


def test_a_paper_without_a_title_is_called_by_its_id():
    paper = crowded_paper(translated=False)
    untitled = replace(paper, version=replace(paper.version, title=""))
    assert texts(feed(digest(untitled)), "a:entry/a:title") == ["2601.08003v1"]
