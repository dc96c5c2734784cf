"""`fetch --repair` at the local arXiv: every cut abstract becomes whole, and only what changed is queued."""

import json
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.archives import LONG, SENTENCE, packed, record
from tests.arxiv_server.mishaps import Mishap, Plan
from tests.arxiv_server.postings import Entry, Posting
from tests.arxiv_server.server import ArxivServer
from tests.arxiv_server.world import A_WEDNESDAY, World
from zhaiyao.cli import main
from zhaiyao.records import Interface, Version
from zhaiyao.store import open_store

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
WHOLE = SENTENCE * 14 + "It is said to be so in all the po."
CUT, EXACT, SHORT = ([f"2603.{base + number:05d}" for number in range(8)] for base in (100, 200, 300))


def entry(paper: str, abstract: str) -> Entry:
    return Entry(
        id=paper, title=f"The Tides of Pond {paper}", abstract=abstract, authors="Ann Brook", categories=("cs.LG",)
    )


ABSTRACTS = (
    {paper: LONG.strip() for paper in CUT} | dict.fromkeys(EXACT, WHOLE) | dict.fromkeys(SHORT, SENTENCE.strip())
)
WORLD = World(
    today=A_WEDNESDAY,
    days={A_WEDNESDAY: tuple(Posting(entry=entry(paper, text)) for paper, text in ABSTRACTS.items())},
)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """What the earlier system kept of these papers: a thousand characters of each abstract."""
    kept = {
        paper: record(paper, title=f"The Tides of Pond {paper}", abstract=text[:1000])
        for paper, text in ABSTRACTS.items()
    }
    return packed(tmp_path / "archive.tar.xz", kept)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {"HOME": str(tmp_path), "ARXIV_INTERVAL": "0", "ARXIV_LISTING_INTERVAL": "0"}.items():
        monkeypatch.setenv(f"ZHAIYAO_{name}", value)
    return tmp_path


def texts(home: Path) -> Mapping[str, tuple[Version, ...]]:
    with closing(open_store(home / "zhaiyao.db")) as store, store.reading() as tx:
        return tx.papers.versions(ABSTRACTS)


def queued(home: Path) -> set[str]:
    with closing(open_store(home / "zhaiyao.db")) as store, store.reading() as tx:
        return {item.paper_id for item in tx.work.open()}


def test_the_fixture_is_at_the_border() -> None:
    assert {len(ABSTRACTS[paper]) for paper in EXACT} == {1000}


@pytest.mark.parametrize("plan", [Plan(), Plan(mishaps=(Mishap(kind="503", interface="api", times=1),))])
def test_every_cut_abstract_is_replaced_and_only_what_changed_is_queued(
    home: Path, archive: Path, plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(archive)]) == 0
    assert {paper for paper, held in texts(home).items() if held[0].truncated} == {*CUT, *EXACT}
    with ArxivServer(WORLD, now=lambda: NOW, plan=plan) as arxiv:
        capsys.readouterr()
        assert main(["fetch", "--repair", "--base-url", arxiv.url, "--json"]) == 0
        report = json.loads(capsys.readouterr().out)
        assert (report["asked"], report["found"], report["absent"]) == (len(ABSTRACTS), len(ABSTRACTS), [])
        asked = len(arxiv.requests)
        assert main(["fetch", "--repair", "--base-url", arxiv.url]) == 0
        assert len(arxiv.requests) == asked, "what is whole is not asked for again"
    for paper, held in texts(home).items():
        whole = next(one for one in held if one.interface is Interface.API)
        assert (whole.abstract, whole.truncated) == (ABSTRACTS[paper], False)
    assert queued(home) == set(CUT)
