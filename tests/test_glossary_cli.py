"""`zhaiyao glossary` on a real store."""

import json
from pathlib import Path

import pytest

from tests.arxiv_server.server import ArxivServer
from zhaiyao.cli import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZHAIYAO_HOME", str(tmp_path))
    monkeypatch.setenv("ZHAIYAO_ENGINE_NAME", "scripted")
    monkeypatch.setenv("ZHAIYAO_ARXIV_INTERVAL", "0")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    """What a call prints and says."""
    capsys.readouterr()
    assert main(["--language", "en", "glossary", *words]) == code
    said = capsys.readouterr()
    return said.out, said.err


def as_json(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    value: list[dict[str, object]] = json.loads(told(capsys, *words, "--json")[0])
    return value


def test_terms_are_added_listed_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "No terms of yours" in told(capsys, "list")[1]
    assert "1" in told(capsys, "add", "rip current", "离岸流", "--accept", "裂流", "--avoid", "撕裂电流")[1]
    out, _ = told(capsys, "list")
    assert all(text in out for text in ("rip current", "离岸流", "裂流", "撕裂电流", "reader"))
    assert as_json(capsys, "list")[0]["avoid"] == ["撕裂电流"]
    told(capsys, "remove", "Rip Current")
    assert "no term of yours" in told(capsys, "remove", "rip current", code=2)[1]
    assert "comes with Zhaiyao" in told(capsys, "remove", "neural network", code=2)[1]


def test_the_packaged_terms_are_listed_under_the_readers(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "add", "Neural Networks", "神经网")
    found = as_json(capsys, "list", "--all", "--find", "神经网")
    assert [one["target"] for one in found if one["source"] == "Neural Networks"] == ["神经网"]
    assert not any(one["source"] == "neural network" for one in found)
    assert len(as_json(capsys, "list")) == 1
    assert len(as_json(capsys, "list", "--all")) > 280


@pytest.mark.parametrize("form", ["tsv", "csv", "toml"])
def test_what_is_exported_is_imported(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "add", "rip current", "离岸流", "--avoid", "撕裂电流")
    told(capsys, "add", 'the "ebb"', "退潮, 落潮")
    told(capsys, "add", "#P-complete", "#P 完全")
    told(capsys, "add", "a.*b (tide", "点星|（潮")
    before = as_json(capsys, "list")
    file = tmp_path / f"mine.{form}"
    file.write_text(told(capsys, "export", "--format", form)[0], encoding="utf-8")
    for one in before:
        told(capsys, "remove", str(one["source"]))
    told(capsys, "import", str(file))
    assert as_json(capsys, "list") == before


def test_of_a_source_that_stands_twice_in_a_file_the_last_is_kept_and_counted_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.tsv"
    file.write_text("Tide\t潮\nebb\t退潮\ntide\t潮汐\n", encoding="utf-8")
    assert "2." in told(capsys, "import", str(file))[1]
    assert [one["target"] for one in as_json(capsys, "list")] == ["退潮", "潮汐"]


def test_a_file_with_a_wrong_line_is_refused_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.tsv"
    file.write_text("tide\t潮\nebb\t\x1b[2J\n", encoding="utf-8")
    said = told(capsys, "import", str(file), code=1)[1]
    assert "mine.tsv, line 2" in said
    assert "U+001B" in said
    assert "\x1b" not in said
    assert as_json(capsys, "list") == []


def test_files_that_are_no_glossary_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.txt"
    file.write_bytes("tide\t潮\n".encode("gbk"))
    assert "--format" in told(capsys, "import", str(file), code=2)[1]
    assert "UTF-8" in told(capsys, "import", str(file), "--format", "tsv", code=1)[1]


def test_a_refused_term_is_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert "both the target and avoided" in told(capsys, "add", "tide", "潮", "--avoid", "潮", code=2)[1]
    assert as_json(capsys, "list") == []


def test_a_correction_makes_a_new_revision(home: Path, arxiv: ArxivServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "cs.LG", "--base-url", arxiv.url]) == 0
    paper, title = _a_paper(home)
    word = title[:2]
    out, said = told(capsys, "fix", paper, f"{word} -> 潮汐")
    assert f"+ 潮汐{title[2:]}" in out.splitlines()
    assert paper in said
    capsys.readouterr()
    assert main(["compose"]) == 0
    assert main(["publish"]) == 0
    assert f"潮汐{title[2:]}" in (home / "pages" / "cs.LG" / "digest.md").read_text(encoding="utf-8")
    assert "Checked" in told(capsys, "check")[1]


def test_a_correction_of_nothing_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Error" in told(capsys, "fix", "pond", "甲 -> 乙", code=2)[1]
    assert "no translation here" in told(capsys, "fix", "2404.00466", "甲 -> 乙", code=2)[1]
    assert "no term of yours" in told(capsys, "apply", "tide", code=2)[1]


@pytest.mark.parametrize("words", [(), ("tide", "--sentences")])
def test_it_is_said_what_to_apply(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert "Give a SOURCE or --sentences" in told(capsys, "apply", *words, code=2)[1]


def test_a_corrected_sentence_is_offered_and_applied(
    home: Path, arxiv: ArxivServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "cs.LG", "--base-url", arxiv.url]) == 0
    paper, title = _a_paper(home)
    other = _twin(home, paper)
    _, said = told(capsys, "fix", paper, f"新{title}", "--sentence", "1", "--force")
    assert "apply --sentences" in said
    assert other in said
    assert "Mended 1 sentences of 1 papers" in told(capsys, "apply", "--sentences")[1]
    assert "Mended 0 sentences" in told(capsys, "apply", "--sentences")[1]


def _twin(home: Path, paper: str) -> str:
    """Another paper of the same title, rendered alike."""
    from contextlib import closing
    from dataclasses import replace

    from zhaiyao.records import RenditionKind
    from zhaiyao.store import open_store
    from zhaiyao.usecases.glossary import latest_renditions

    with closing(open_store(home / "zhaiyao.db")) as store, store.writing() as tx:
        rendition = dict(latest_renditions(tx, [paper]))[paper][RenditionKind.TITLE]
        (text, *_) = tx.papers.versions([paper])[paper]
        tx.papers.put([], [replace(text, paper_id="2601.77777")], [])
        tx.renditions.put([replace(rendition, paper_id="2601.77777", version=text.number)])
    return "2601.77777"


def _a_paper(home: Path) -> tuple[str, str]:
    """A translated paper of the store, and its title in Chinese."""
    from contextlib import closing

    from zhaiyao.records import RenditionKind
    from zhaiyao.store import open_store
    from zhaiyao.usecases.glossary import latest_renditions

    with closing(open_store(f"sqlite:///{home / 'zhaiyao.db'}")) as store, store.reading() as tx:
        for paper_id, rendered in latest_renditions(tx):
            title = rendered[RenditionKind.TITLE].text
            if "\u4e00" <= title[0] <= "\u9fff" and "\u4e00" <= title[1] <= "\u9fff":
                return paper_id, title
    raise AssertionError("no translated paper")
