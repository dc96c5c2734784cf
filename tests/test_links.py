"""Links to code, data, models and pages, out of untrusted text."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.links import MOST, Link, Purpose, links

CODE, DATA, MODEL, PROJECT = Purpose.CODE, Purpose.DATA, Purpose.MODEL, Purpose.PROJECT


@pytest.mark.parametrize(
    ("text", "host", "url", "purpose"),
    [
        ("Code: https://github.com/lake/herons", "GitHub", "https://github.com/lake/herons", CODE),
        ("(see www.GitHub.com/lake/herons.git).", "GitHub", "https://github.com/lake/herons", CODE),
        ("at github.com/lake/herons/tree/main/src#top, now", "GitHub", "https://github.com/lake/herons", CODE),
        (r"\url{http://github.com/lake/my\_herons}", "GitHub", "https://github.com/lake/my_herons", CODE),
        (r"\href{https://gitlab.com/a/b}{here}", "GitLab", "https://gitlab.com/a/b", CODE),
        ("https://codeberg.org/a/b", "Codeberg", "https://codeberg.org/a/b", CODE),
        ("https://bitbucket.org/a/b/", "Bitbucket", "https://bitbucket.org/a/b", CODE),
        ("https://huggingface.co/lake/heron-7b", "Hugging Face", "https://huggingface.co/lake/heron-7b", MODEL),
        ("huggingface.co/datasets/lake/h", "Hugging Face", "https://huggingface.co/datasets/lake/h", DATA),
        ("huggingface.co/spaces/lake/h", "Hugging Face", "https://huggingface.co/spaces/lake/h", PROJECT),
        ("https://zenodo.org/records/123", "Zenodo", "https://zenodo.org/records/123", DATA),
        ("doi:10.5281/Zenodo.123.", "Zenodo", "https://doi.org/10.5281/zenodo.123", DATA),
        ("https://doi.org/10.5281/zenodo.9", "Zenodo", "https://doi.org/10.5281/zenodo.9", DATA),
        ("Code and data: https://lake.github.io/h/", "lake.github.io", "https://lake.github.io/h/", PROJECT),
        ("Our code is available at https://lake.example/~ada/h.", "lake.example", "https://lake.example/~ada/h", CODE),
        (r"Project page: https://lake.example/$\sim$ada", "lake.example", "https://lake.example/~ada", PROJECT),
        ("The data set (https://lake.example/d?v=2&w=3)", "lake.example", "https://lake.example/d?v=2&w=3", DATA),
        ("https://Zenodo.org:/records/1", "Zenodo", "https://zenodo.org/records/1", DATA),
        ("https://github.com/lake/heron\u017f", "GitHub", "https://github.com/lake/heron", CODE),
        ("代码：https://github.com/lake/herons。更多", "GitHub", "https://github.com/lake/herons", CODE),
    ],
)
def test_what_is_found(text: str, host: str, url: str, purpose: Purpose) -> None:
    assert links(text) == (Link(url=url, host=host, purpose=purpose),)
    assert links("12 pages", text) == links(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "See https://lake.example/paper for an older text.",
        "Code is here. The lake: https://lake.example/",
        "data at https://arxiv.org/abs/2601.00001",
        "data at https://doi.org/10.5555/lake",
        "github.com",
        "https://github.com/",
        "code: https://user:pass@lake.example/",
        "code: https://lake.example:8080/",
        "code: https://localhost/x",
        "code: https://[::1]/x",
        "code: javascript:alert(1)",
        "code: ftp://lake.example/x",
        "notgithub.com/lake/herons",
        "ada@github.com/lake",
        "10.5281/zenodo.\u0967\u0968",
        f"10.5281/zenodo.{'9' * 300}",
    ],
)
def test_what_is_none(text: str) -> None:
    assert links(text) == ()


def test_each_address_once_and_never_a_reference_list() -> None:
    twice = links("github.com/lake/herons", "See https://github.com/Lake/herons/issues and https://gitlab.com/a/b.")
    assert [link.url for link in twice] == ["https://github.com/lake/herons", "https://gitlab.com/a/b"]
    assert len(links(" ".join(f"github.com/lake/h{n}" for n in range(50)))) == MOST


PIECES = st.sampled_from([
    "https://", "http://", "github.com/", "lake.example", "/a", "?q=<b>", "\"'", ")](javascript:alert(1))", "@", ":80",
    "code: ", "%0a", "\\url{", "}", "\n", "\x00", "\u202e", "代码", "[", "]", "#", "10.5281/zenodo.", "7", "_", ".",
    "\u017f", "\u0967", ":/",
])  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.lists(st.one_of(PIECES, PIECES, st.text(max_size=3)), max_size=25).map("".join))
def test_whatever_the_text_an_address_is_harmless(text: str) -> None:
    for link in links(text, text):
        assert re.fullmatch(r"https://[a-z0-9.-]+(/[A-Za-z0-9._~/%#=&+@:-]*)?(\?[A-Za-z0-9._~/%?=&+@:-]*)?", link.url)
        assert "." in (urlsplit(link.url).hostname or "")


def test_real_comments_and_abstracts(shared: Path) -> None:
    import json
    import lzma
    from itertools import islice

    with lzma.open(shared / "corpus" / "listings-2025.jsonl.xz", "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in islice(lines, 3000)]
    found = [links(paper.get("comment") or "", paper["abstract"]) for paper in papers]
    mentioned = [paper for paper in papers if "github.com/" in f"{paper.get('comment')} {paper['abstract']}".lower()]
    assert 0.1 < sum(map(bool, found)) / len(papers) < 0.4
    linked = sum(any(link.host == "GitHub" for link in some) for some in found)
    assert linked >= 0.97 * len(mentioned)
