"""TeX accents, arXiv's white space, and author lists, as they stand in real metadata."""

import re
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zhaiyao.textex import one_line, split_authors, unicode_accents, unicode_text

# Pieces that make trouble next to each other.
PIECES = (
    r"\' \" \H \c \i \o \ss \ \\ $ $$ \$ \( \) \[ \] { } {} e o S ı é 5 < ~ -- \emph{a} word https://example.org/~a"
)
tex = st.lists(
    st.sampled_from([*PIECES.split(), " ", "\n", "\n\n", r"\begin{align}", r"\end{align}"]), max_size=25
).map("".join)

NAMES = "Ada|Li|Ole|III|Jr.|for the X Collaboration|and|&|,|;|:|, | |  |\n|(|)|(1)|(1 and 2)|(Inst, Town)|J.|~|é"
author_lists = st.lists(st.sampled_from([*NAMES.split("|"), "((1) Inst X, (2) Inst Y)"]), max_size=20).map("".join)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (r"Erd\H{o}s--R\'enyi", "Erdős--Rényi"),
        (r"{\'E}c\'{o}le", "Écóle"),
        (r"Jar{\l} W{\l}odarczyk, {\L}\'od\'z", "Jarł Włodarczyk, Łódź"),
        (r"Mart\'\i nez, Garc\'{\i}a, Mar{\'\i}a, D\'{i}az", "Martínez, García, María, Díaz"),
        (r"Fran\c cois, Fran\c{c}ois, Kra{\ss}, Kra\ss{}", "François, François, Kraß, Kraß"),
        (r"S{\o}gaard, S\o rensen, \AA ngstr\"om, \AE{}sop, \oe uvre", "Søgaard, Sørensen, Ångström, Æsop, œuvre"),
        (r"Jakub\r{u}v, Mikol\'a\v{s}, \v Zi\v zek", "Jakubův, Mikoláš, Žižek"),
        (r"Mu\~noz, \=a\.z\^o\`u, \u{g}\k{e}\d{h}\b{k}", "Muñoz, āżôù, ğęḥḵ"),
        (r"Nguy\~{\^e}n, \v{\j}, \'{\ae}", "Nguyễn, ǰ, ǽ"),
        (r"\DJ{}or\dj e, \TH{}or, \NG, {\aa}", "Đorđe, Þor, Ŋ, å"),
        (r"na\"ive \v{x}", "naïve x\u030c"),
    ],
)
def test_accents_become_unicode(told: str, expected: str) -> None:
    assert unicode_text(told) == expected


@pytest.mark.parametrize(
    "told",
    [
        r"$\'e$ and $p<1/2$",
        r"$$\v{x}$$ \(\'e\) \[\c c\]",
        r"\begin{align*}\'e\end{align*}",
        r"\emph{a} \alpha \url{x} \% \& {\it b} \cite{x} \opyright",
        r"``quotes'' 'single' ~ -- --- p < 1/2, <sup>",
        r"\\'e",
        r"said \"hello\" and \"T",
        r"https://example.org/\~anna/x",
        r"\b{eta} \r{ho} \c{opyright} \k{appa}",
        "no TeX at all: é, 中文",
        "",
    ],
)
def test_all_else_stays_verbatim(told: str) -> None:
    assert unicode_text(told) == told


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (r"\$5 for \'e", "\\$5 for é"),
        (r"$5 for \'e", "$5 for é"),
        (r"$5 for \'e and $6", "$5 for é and $6"),
        (r"$x$ and \'e, $y$ and \'o", "$x$ and é, $y$ and ó"),
        ("$x and\n\n\\'e $y$", "$x and\n\né $y$"),
        (r"\( open, \'e", r"\( open, é"),
    ],
)
def test_dollars_that_are_no_math(told: str, expected: str) -> None:
    assert unicode_text(told) == expected


@settings(max_examples=300, deadline=None)
@given(text=tex)
@example(text=r"$5 \o $ \'e $")
def test_conversion_is_idempotent(text: str) -> None:
    for convert in (unicode_text, unicode_accents):
        assert convert(convert(text)) == convert(text)


@settings(max_examples=100, deadline=None)
@given(math=st.text("ab\\'{}^_ <", max_size=20), prose=st.text("abé <~-", max_size=20))
def test_math_and_prose_without_macros_are_verbatim(math: str, prose: str) -> None:
    formula = f"$${math.rstrip(chr(92))} $$"
    assert unicode_text(f"{prose}{formula}{prose}") == f"{prose}{formula}{prose}"


@pytest.mark.parametrize("piece", [r"\(", r"\[", "$1 ", r"\'{", r"\begin{a}", "{", "(", r"{\c  "])
def test_hostile_text_costs_linear_time(piece: str) -> None:
    began = time.process_time()
    unicode_text(piece * 50_000)
    split_authors(piece * 50_000)
    assert time.process_time() - began < 5, "a quadratic pattern takes far longer, a linear one half a second"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("  We show\nthat it\nholds.\n", "We show that it holds."),
        ("One.\n  Two.\nstill two.\n  Three.", "One.\n\nTwo. still two.\n\nThree."),
        ("One.\r\n  Two  here.\r\nStill.", "One.\n\nTwo here. Still."),
        ("One.\n\nTwo.\n \nThree.", "One.\n\nTwo.\n\nThree."),
        ("a\n   three blanks are a wrap", "a three blanks are a wrap"),
        ("a\n one blank is a wrap", "a one blank is a wrap"),
        ("a\u00a0b\u2028c\x0bd", "a b c d"),
        ("zero\u200bwidth", "zero\u200bwidth"),
        (" \n  ", ""),
    ],
)
def test_white_space_rule(told: str, expected: str) -> None:
    assert one_line(told) == expected


def test_a_title_has_no_paragraphs() -> None:
    assert one_line("cross sections at Tevatron and\n  LHC energies", paragraphs=False) == (
        "cross sections at Tevatron and LHC energies"
    )


@settings(max_examples=200, deadline=None)
@given(text=st.text("ab \n\r\t", max_size=40))
def test_one_line_is_idempotent_and_keeps_every_word(text: str) -> None:
    once = one_line(text)
    assert one_line(once) == once
    assert once.split() == text.split()
    assert one_line(text, paragraphs=False) == " ".join(text.split())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("", ()),
        ("Ada Example", (("Ada Example", ()),)),
        ("A. One, B. Two and C. Three", (("A. One", ()), ("B. Two", ()), ("C. Three", ()))),
        ("A. One, B. Two, and C. Three & D. Four", (("A. One", ()), ("B. Two", ()), ("C. Three", ()), ("D. Four", ()))),
        (
            r"Andr\'e Cooper (CNRS), Jos\'e A. Mu\~noz (Inst. A, Inst. B), for the SYNTH Collaboration",
            (
                ("André Cooper", ("CNRS",)),
                ("José A. Muñoz", ("Inst. A, Inst. B",)),
                ("for the SYNTH Collaboration", ()),
            ),
        ),
        ("A. One for the X Collaboration", (("A. One", ()), ("for the X Collaboration", ()))),
        ("ATLAS Collaboration: G. Aad", (("ATLAS Collaboration", ()), ("G. Aad", ()))),
        ("Ludwig van der Waals Jr.,  Sukarno", (("Ludwig van der Waals Jr.", ()), ("Sukarno", ()))),
        ("M. King, Jr. (Inst), H. Ford, III", (("M. King Jr.", ("Inst",)), ("H. Ford III", ()))),
        ("M. King (Inst), Jr., Sukarno", (("M. King Jr.", ("Inst",)), ("Sukarno", ()))),
        (
            "A. One (1), B. Two (1 and 2), C. Three (2,1) ((1) Inst X, Town, (2) Inst Y (Dept))",
            (
                ("A. One", ("Inst X, Town",)),
                ("B. Two", ("Inst X, Town", "Inst Y (Dept)")),
                ("C. Three", ("Inst Y (Dept)", "Inst X, Town")),
            ),
        ),
        ("A. One (a), B. Two (3) ((a) X; (b) Y)", (("A. One", ("X",)), ("B. Two", ("3", "Y")))),
        ("A. One ((1) Inst X and (2) Inst Y)", (("A. One", ("Inst X", "Inst Y")),)),
        ("A. One (Lab (Town, Land), Hall 2) (Other)", (("A. One", ("Lab (Town, Land), Hall 2", "Other")),)),
        ("William (Bill) Smith (MIT)", (("William (Bill) Smith", ("MIT",)),)),
        ("A. One (X) B. Two (Y)", (("A. One", ("X",)), ("B. Two", ("Y",)))),
        ("A. One (Inst, B. Two", (("A. One (Inst", ()), ("B. Two", ()))),
        ("J.~Li, J.\\,Wu and Y.\\ Ma", (("J. Li", ()), ("J. Wu", ()), ("Y. Ma", ()))),
        ("Anders Andersand, R. Brand and\n  O. Land", (("Anders Andersand", ()), ("R. Brand", ()), ("O. Land", ()))),
        ("(Inst)", ()),
    ],
)
def test_author_lists(told: str, expected: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    assert split_authors(told) == expected


def _outside_parentheses(text: str) -> str:
    while (inner := re.sub(r"\([^()]*\)", " ", text)) != text:
        text = inner
    return text


@settings(max_examples=400, deadline=None)
@given(text=author_lists)
def test_no_name_is_ever_lost(text: str) -> None:
    names = [name for name, _ in split_authors(text)]
    words = [word for word in re.findall(r"[^\W\d_]+", _outside_parentheses(text)) if word != "and"]
    kept = [word for name in names for word in re.findall(r"[^\W\d_]+", name)]
    assert not [word for word in words if word not in kept]
    assert all(name and name == name.strip() for name in names)


def test_real_author_lists_split_into_whole_names(shared: Path) -> None:
    feed = shared / "reference" / "payloads" / "atom_real_2025-08-20_cs.AI_86entries.xml"
    creators = [
        element.text or "" for element in ElementTree.parse(feed).iter("{http://purl.org/dc/elements/1.1/}creator")
    ]
    assert len(creators) == 86
    for creator in creators:
        authors = split_authors(creator)
        assert len(authors) == creator.count(",") + 1
        assert not any("\\" in name or "{" in name for name, _ in authors)
