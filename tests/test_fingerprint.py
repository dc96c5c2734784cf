"""Fingerprints: equal for one text at all of arXiv's interfaces, different for any real change, and never drifting."""

import re
import textwrap
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from zhaiyao.fingerprint import content_key, text_fingerprint

# What an author typed, and what the query API prints for it (arXiv's metadata conversion).
PIECES = [
    (r"\'e", "é"),
    (r"{\'E}", "{É}"),
    (r"\'{o}", "ó"),
    (r"\'{\i}", r"\'ı"),
    (r"\H{o}", "ő"),
    (r"\v{c}", "č"),
    (r"{\o}", "ø"),
    (r"{\L}", "Ł"),
    (r"\ss{}", "ß"),
    (r"\.n", "n"),
    (r"\d{h}", r"\d{h}"),
    (r"\c c", r"\c c"),
    (r"\alpha", "α"),
    (r"\alpha ", "α"),
    (r"\phi_1", "ϕ_1"),
    (r"\varphi{}", "φ"),
    (r"\bar{\Lambda}", r"\barΛ"),
    (r"x^{\beta}", "x^β"),
    (r"\frac{1}{2^{\mu}}", r"\frac{1}{2^μ}"),
    (r"\Delta\ ", "Δ "),
    (r"\S", "§"),
    (r"{{ab}}", "{ab}"),
    (r"\varepsilon", r"\varepsilon"),
    ("--", "--"),
    ("10^{12}", "10^{12}"),
    ("$p<1/2$", "$p<1/2$"),
    ("word", "word"),
    ("high-energy", "high-energy"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=12)


@settings(max_examples=400, deadline=None)
@given(pieces=texts)
def test_tex_and_unicode_are_one_text(pieces: list[tuple[str, str]]) -> None:
    typed = ". ".join(tex for tex, _ in pieces)
    shown = ". ".join(api for _, api in pieces)
    assert text_fingerprint(typed) == text_fingerprint(shown)
    assert text_fingerprint(typed) == text_fingerprint(unicodedata.normalize("NFD", shown))


@settings(max_examples=100, deadline=None)
@given(pieces=texts, width=st.integers(5, 75))
def test_white_space_does_not_count(pieces: list[tuple[str, str]], width: int) -> None:
    line = " ".join(api for _, api in pieces)
    wrapped = "\n".join(textwrap.wrap(line, width, break_long_words=False))
    assert len({text_fingerprint(text) for text in (line, f"  {wrapped}\n", line.replace(" ", "\n  "))}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Erd\\H{o}s and R\\'enyi", "Erdős and Rényi"),
        ("{\\'E}t\\'e", "{É}té"),
        ("{É}té", "Été"),
        (r"$\alpha x=\beta$", "$αx=β$"),
        (r"$\alpha=\beta$", "$α= β$"),
        (r"\delta\le \pi/4", r"δ\le π/4"),
        (r"\bar{D}\Sigma_{c}", r"\bar{D}Σ_{c}"),
        (r"$\phi$", "$ϕ$"),
        (r"$\varphi$", "$φ$"),
        ("next-to-\nleading order", "next-to-leading order"),
        ("  One.\n  Two  blanks.\n", "One.\n\nTwo blanks."),
    ],
)
def test_variants_that_arxiv_prints(one: str, other: str) -> None:
    assert text_fingerprint(one) == text_fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We use 5 layers.", "We use 6 layers."),
        ("$-1$", "$1$"),
        ("$10^{12}$", "$10^12$"),
        ("It is so.", "It is not so."),
        ("a model", "A model"),
        ("Poincaré", "Poincare"),
        ("$\\phi$", "$\\varphi$"),
        ("$\\alpha$", "$\\beta$"),
        ("$\\alpha$", "$\\alphabet$"),
        ("A. B", "A B"),
        ("p<1", "p>1"),
        ("", "0"),
        ("中文", "英文"),
        ("a--b", "a-b"),
    ],
)
def test_real_changes_count(one: str, other: str) -> None:
    assert text_fingerprint(one) != text_fingerprint(other)


@settings(max_examples=200, deadline=None)
@given(pieces=texts, place=st.integers(0, 12), inserted=st.sampled_from(["7", "-", "not", ".", "é", "γ", "$"]))
def test_an_insertion_counts(pieces: list[tuple[str, str]], place: int, inserted: str) -> None:
    words = [api for _, api in pieces]
    longer = [*words[:place], inserted, *words[place:]]
    assert text_fingerprint("; ".join(words)) != text_fingerprint("; ".join(longer))


def test_golden_values_never_drift() -> None:
    assert text_fingerprint("") == "1:2764220ed06af7620dd16cfca67f5be5"
    assert text_fingerprint(r"Sharp $\ell_p$ rates for Erd\H{o}s--R\'enyi graphs when $n < p$") == (
        "1:fed0e949892eac3f0d0cb47792790a4d"
    )
    assert content_key() == "cae66941d9efbd404e4d88758ea67670"
    assert content_key("a", "bc") == "f657d58ed59382298356d21c95353a31"
    assert content_key("ab", "c") != content_key("a", "bc")


@settings(max_examples=100, deadline=None)
@given(one=st.lists(st.text(max_size=4), max_size=4), other=st.lists(st.text(max_size=4), max_size=4))
def test_content_keys_are_equal_only_for_the_same_sequence(one: list[str], other: list[str]) -> None:
    assert (content_key(*one) == content_key(*other)) is (one == other)
    assert re.fullmatch("[0-9a-f]{32}", content_key(*one))


def test_a_lone_surrogate_has_a_key() -> None:
    assert text_fingerprint("\ud800") != text_fingerprint("\ud801")


@pytest.mark.parametrize("piece", ["{", "{é", r"\'{", r"\alpha{", "\u0301", r"\c "])
def test_hostile_text_costs_linear_time(piece: str) -> None:
    began = time.process_time()
    text_fingerprint(piece * 50_000)
    assert time.process_time() - began < 5, "a quadratic pattern takes far longer, a linear one a fraction of a second"


def _listed(path: Path) -> dict[str, tuple[str, str]]:
    """Title and abstract of each paper of a listing page, links undone."""
    page = html.fromstring(path.read_text(encoding="utf-8"))
    for link in page.xpath("//p[@class='mathjax']//a[@href]"):
        link.text = link.get("href") if link.text == "this https URL" else link.text
    for line_break in page.xpath("//p[@class='mathjax']//br"):
        line_break.tail = f"\n  {line_break.tail or ''}"
    papers = {}
    for dt, dd in zip(page.xpath("//dl/dt"), page.xpath("//dl/dd"), strict=True):
        title = dd.xpath("string(.//div[contains(@class, 'list-title')])").partition("Title:")[2]
        papers[dt.xpath("string(.//a[@title='Abstract']/@id)")] = (title, dd.xpath("string(.//p[@class='mathjax'])"))
    return papers


def test_one_real_day_has_the_same_fingerprints_in_feed_and_listing(shared: Path) -> None:
    payloads = shared / "reference" / "payloads"
    listed = _listed(payloads / "list_new_multi_cs.AI_p1.html") | _listed(payloads / "list_new_multi_cs.AI_p2.html")
    feed = etree.parse(payloads / "atom_real_2025-08-20_cs.AI_86entries.xml")
    atom = {"a": "http://www.w3.org/2005/Atom"}
    differing = []
    for entry in feed.xpath("//a:entry", namespaces=atom):
        paper = entry.findtext("a:id", namespaces=atom).removeprefix("oai:arXiv.org:").partition("v")[0]
        abstract = entry.findtext("a:summary", namespaces=atom).partition("Abstract: ")[2]
        told = (entry.findtext("a:title", namespaces=atom), abstract)
        if [text_fingerprint(text) for text in told] != [text_fingerprint(text) for text in listed[paper]]:
            differing.append(paper)
    assert len(listed) == 86
    assert differing == []
