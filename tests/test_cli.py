"""The command line on real parts: exit codes, what is said of bad input, and that nothing is lost by it."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.arxiv_server.server import ArxivServer, flooding, html_page, refused, replaced, shortened
from tests.digests import sample_digest
from zhaiyao.cli import main
from zhaiyao.cli.common import complain, plain
from zhaiyao.errors import UsageError
from zhaiyao.publish.classic import classic

FAST = {
    "ZHAIYAO_ARXIV_BASE_URL": "http://127.0.0.1:9",  # nobody listens there: a test that means a server names it
    "ZHAIYAO_ARXIV_INTERVAL": "0",
    "ZHAIYAO_ENGINE_NAME": "scripted",
}
SECRET = "hunter2"

BOMB = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<rss version="2.0"><channel><title>&b;</title></channel></rss>"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in FAST.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ZHAIYAO_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def digest(tmp_path: Path) -> Path:
    path = tmp_path / "digest.md"
    path.write_bytes(classic(sample_digest()))
    return path


def run(arxiv: ArxivServer, *more: str) -> int:
    return main(["run", "cs.LG", "--base-url", arxiv.url, *more])


def test_run_then_nothing_new(home: Path, arxiv: ArxivServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arxiv) == 0
    pages = home / "pages" / "cs.LG"
    assert {"index.html", "digest.md", "feed.xml", "classic.md"} <= {path.name for path in pages.iterdir()}
    first = {path: path.read_bytes() for path in pages.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert run(arxiv) == 0
    assert "nothing new" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in pages.rglob("*") if path.is_file()} == first


def test_step_by_step_is_the_same_as_run(home: Path, arxiv: ArxivServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "cs.LG", "--base-url", arxiv.url]) == 0
    assert main(["translate"]) == 0
    capsys.readouterr()
    assert main(["compose"]) == 0
    edition = capsys.readouterr().out.strip()
    assert main(["publish"]) == 0
    assert main(["publish", "--layout", "rich", "--edition", edition, "--out", str(home / "one.md")]) == 0
    assert (home / "one.md").read_bytes() == (home / "pages" / "cs.LG" / "digest.md").read_bytes()
    capsys.readouterr()
    assert main(["publish", "--layout", "html", "--edition", edition.rpartition(".r")[0]]) == 0
    assert capsys.readouterr().out.startswith("<!doctype html>")
    assert run(arxiv) == 0
    assert "nothing new" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["status", "--json"],
        ["paths", "--json"],
        ["why", "{paper}", "--json"],
        ["doctor", "--offline", "--json"],
        ["editions", "--json"],
        ["publish", "--json"],
    ],
)
def test_json_is_json(home: Path, arxiv: ArxivServer, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(arxiv) == 0
    capsys.readouterr()
    assert main(["run", "--json", "--base-url", arxiv.url]) == 0
    paper = json.loads(capsys.readouterr().out)["fetched"][0]
    assert paper["category"] == "cs.LG"
    with sqlite3.connect(home / "zhaiyao.db") as store:
        (known,) = store.execute("select id from papers limit 1").fetchone()
    assert main([argument.format(paper=known) for argument in arguments]) == 0
    assert json.loads(capsys.readouterr().out)


def test_import_prints_the_id_and_the_file_comes_back(
    home: Path, digest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digest.read_bytes()
    assert main(["import", str(digest)]) == 0
    edition = capsys.readouterr().out.strip()
    digest.unlink()
    assert main(["publish", "--layout", "classic", "--edition", edition[:20], "--out", str(digest)]) == 0
    assert digest.read_bytes() == before


USAGE: dict[str, tuple[list[str], str]] = {
    "unknown category": (["run", "cs.XX"], "cs.XX"),
    "no category and no profile": (["run"], "zhaiyao run"),
    "unknown option": (["run", "--fast"], "--fast"),
    "unknown command": (["fly"], "fly"),
    "not an id": (["why", "nonsense"], "arXiv identifier"),
    "a paper never seen": (["why", "2601.00001"], "never seen"),
    "an edition never made": (["publish", "--layout", "rich", "--edition", "cs.LG@2020-01-01"], "no such edition"),
    "a layout without a document": (["publish", "--layout", "rich"], "--edition"),
    "a missing file": (["import", "none.md"], "none.md"),
    "a missing settings file": (["--config", "none.toml", "status"], "none.toml"),
    "a date alone": (["import", "{digest}", "--date", "2026-01-14"], "--category"),
    "all pages to stdout": (["publish", "--out", "-"], "--edition"),
    "a list of what went to stdout": (["publish", "--from", "{digest}", "--json"], "--out FILE"),
    "a document and categories": (["publish", "cs.LG", "--from", "{digest}"], "CATEGORIES"),
    "editions of an unknown category": (["editions", "cs.XX"], "cs.XX"),
}


@pytest.mark.parametrize("name", USAGE)
def test_wrong_calls_exit_with_2(name: str, home: Path, digest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, said = USAGE[name]
    assert main([argument.format(digest=digest) for argument in arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "fetch", "compose", "publish", "status", "editions", "why"])
def test_a_call_with_an_unknown_name_makes_no_store(command: str, home: Path) -> None:
    assert main([command, "cs.XX"]) == 2
    assert list(home.iterdir()) == []


def test_an_unknown_setting_names_its_path(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "zhaiyao.toml").write_text("[engine]\nmodle = 'x'\n")
    assert main(["status"]) == 2
    assert "Did you mean engine.model?" in capsys.readouterr().err


BAD_FEEDS: dict[str, tuple[Callable[..., object], str]] = {
    "an HTML page": (html_page(), "HTML"),
    "a feed cut in the middle": (shortened(2000), "cut off"),
    "entity expansion": (replaced(BOMB), "entities"),
    "an endless answer": (flooding(50 * 2**20), "MB"),
    "an empty answer": (replaced(b""), "empty"),
    "a refusal": (refused(503), "503"),
}


@pytest.mark.parametrize("name", BAD_FEEDS)
def test_a_bad_feed_fails_and_loses_nothing(
    name: str, home: Path, arxiv: ArxivServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arxiv) == 0
    page = home / "pages" / "cs.LG" / "digest.md"
    before = page.read_bytes()
    trouble, said = BAD_FEEDS[name]
    arxiv.always(trouble)  # type: ignore[arg-type]
    capsys.readouterr()
    assert run(arxiv) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert page.read_bytes() == before
    arxiv.always(None)
    assert run(arxiv) == 0


def test_a_missing_model_is_said_and_the_day_is_published(
    home: Path, arxiv: ArxivServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arxiv, "--engine", "local", "--model", str(home / "none.gguf")) == 3
    assert "none.gguf" in capsys.readouterr().err
    assert "未翻译" in (home / "pages" / "cs.LG" / "digest.md").read_text(encoding="utf-8")
    assert run(arxiv) == 0


def test_a_store_of_a_newer_version_is_left_alone(
    home: Path, arxiv: ArxivServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arxiv) == 0
    path = home / "zhaiyao.db"
    with sqlite3.connect(path) as store:
        store.execute("update alembic_version set version_num = 'zhaiyao_9999'")
    store.close()
    before = path.read_bytes()
    assert main(["status"]) == 1
    assert "newer" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_full_disk_while_publishing_keeps_the_old_page(home: Path, digest: Path) -> None:
    """A file size limit stands in for the full disk: the kernel refuses the write in the same place."""
    page = home / "pages" / "old.html"
    page.parent.mkdir()
    page.write_bytes(b"yesterday's page")
    arguments = ["publish", "--layout", "html", "--from", str(digest), "--out", str(page)]
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000));"
        f"from zhaiyao.cli import main; sys.exit(main({arguments!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(page) in done.stderr
    assert [path.read_bytes() for path in page.parent.iterdir()] == [b"yesterday's page"]
    assert main(arguments) == 0
    assert page.read_bytes().startswith(b"<!doctype html>")


def test_ctrl_c_stops_with_a_word_and_the_next_run_goes_on(home: Path, arxiv: ArxivServer) -> None:
    command = [sys.executable, "-m", "zhaiyao", "run", "cs.LG", "--base-url", arxiv.url, "--concurrency", "1"]
    slow = subprocess.Popen(
        command, env={**os.environ, "ZHAIYAO_ENGINE_LATENCY": "0.5"}, stderr=subprocess.PIPE, text=True
    )
    try:
        _wait_for_a_rendition(home / "zhaiyao.db")
        slow.send_signal(signal.SIGINT)
        _, said = slow.communicate(timeout=30)
    finally:
        slow.kill()
    assert slow.returncode == 1
    assert "Stopped." in said
    assert "Traceback" not in said
    assert run(arxiv) == 0


def _wait_for_a_rendition(path: Path) -> None:
    """Until the run has stored something; it is killed only in the middle of its work."""
    for _ in range(300):
        time.sleep(0.1)
        if path.exists():
            with sqlite3.connect(path) as store:
                try:
                    if store.execute("select count(*) from renditions").fetchone()[0]:
                        return
                except sqlite3.OperationalError:
                    continue
    pytest.fail("the run stored nothing in 30 seconds")


def test_a_reader_that_goes_away_is_no_error(home: Path) -> None:
    shell = f"{sys.executable} -m zhaiyao paths | head -n 1"
    done = subprocess.run(shell, shell=True, capture_output=True, text=True)
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["cost --json", "glossary list --all"])
def test_a_closed_stdout_is_no_bug_of_ours(home: Path, command: str) -> None:
    shell = f"{sys.executable} -m zhaiyao {command} >&-"
    done = subprocess.run(shell, shell=True, capture_output=True, text=True)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_the_installed_program_is_the_same() -> None:
    program = shutil.which("zhaiyao", path=str(Path(sys.executable).parent))
    assert program, "install the package into this environment: make setup"
    assert subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.startswith(
        "zhaiyao "
    )


def test_editions_are_listed_newest_first(
    home: Path, digest: Path, arxiv: ArxivServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arxiv) == 0
    assert main(["import", str(digest)]) == 0
    capsys.readouterr()
    assert main(["editions", "--json"]) == 0
    imported, made = json.loads(capsys.readouterr().out)
    assert imported["id"].startswith("sha256:")
    assert (made["profile"], made["revision"], made["cause"]) == ("cs.LG", 1, "first")
    assert made["id"] == f"cs.LG@{made['date']}.r1"
    assert main(["editions", "cs.LG", "--limit", "1"]) == 0
    table = capsys.readouterr().out
    assert made["id"] in table
    assert "sha256:" not in table
    assert main(["editions", "cs.CL", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_publish_prints_what_it_wrote(home: Path, arxiv: ArxivServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arxiv) == 0
    capsys.readouterr()
    assert main(["publish"]) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert home / "pages" / "cs.LG" / "index.html" in written
    assert all(path.is_file() for path in written)
    assert main(["publish", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [str(path) for path in written]
    assert main(["compose", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("as_json", [False, True])
def test_a_bad_file_does_not_stop_the_others(
    home: Path, digest: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    bad, other = home / "bad.md", home / "other.md"
    bad.write_text("no digest")
    other.write_bytes(digest.read_bytes().replace("学".encode(), "文".encode()))
    files = [str(digest), str(bad), str(home / "none.md"), str(other)]
    assert main(["import", *files, *(["--json"] if as_json else [])]) == 1
    out, err = capsys.readouterr()
    assert str(bad) in err
    assert "none.md" in err
    if as_json:
        assert [report["file"] for report in json.loads(out)] == [str(digest), str(other)]
    else:
        assert len(out.split()) == 2


def test_no_command_tells_a_secret(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZHAIYAO_STORE", f"postgresql://me:{SECRET}@127.0.0.1:9/z")
    monkeypatch.setenv("ZHAIYAO_ENGINE_API_KEY", SECRET)
    monkeypatch.setenv("ZHAIYAO_ENGINE_BASE_URL", f"http://me:{SECRET}@127.0.0.1:9")
    monkeypatch.setenv("ZHAIYAO_ENGINE_NAME", "chat")
    monkeypatch.setenv("ZHAIYAO_ENGINE_MODEL", "m")
    said = ""
    for arguments in (["doctor"], ["doctor", "--json"], ["paths"], ["paths", "--json"], ["status"]):
        main(arguments)
        said += "".join(capsys.readouterr())
    assert "store = postgresql://me:***@127.0.0.1:9/z" in said
    assert "engine.api_key = set" in said
    assert SECRET not in said
    monkeypatch.setenv("ZHAIYAO_STORE", f"mysql://me:{SECRET}@host/z")
    assert main(["status"]) == 2
    monkeypatch.setenv("ZHAIYAO_STORE", f"me:{SECRET}@host")
    assert main(["status"]) == 2
    assert SECRET not in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["status"], ["doctor", "--offline"], ["demo", "--out", "/proc/none/demo"]])
def test_a_place_that_cannot_be_written_is_said(
    arguments: list[str], home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZHAIYAO_HOME", "/proc/none")
    assert main(arguments) == 1
    assert "/proc/none" in "".join(capsys.readouterr())


@pytest.mark.parametrize("name", ["a b", "a?mode=ro", "a#b", "a%20b", "数据"])
def test_a_home_of_any_name_holds_its_store(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHAIYAO_HOME", str(home / name))
    assert main(["status"]) == 0
    assert (home / name / "zhaiyao.db").is_file()


def test_the_demo_is_not_sent_to_a_configured_endpoint(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that is named by a flag and missing tells which engine was opened: the embedded one."""
    monkeypatch.setenv("ZHAIYAO_ENGINE_NAME", "chat")
    monkeypatch.setenv("ZHAIYAO_ENGINE_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ZHAIYAO_STORE", "postgresql://127.0.0.1:9/z")
    assert main(["demo", "--out", str(home / "demo"), "--model", str(home / "none.gguf")]) == 3
    said = capsys.readouterr().err
    assert "none.gguf" in said
    assert "127.0.0.1" not in said
    assert (home / "demo" / "demo.db").is_file()


HOSTILE = "\x1b]0;owned\x07\x9b31m\u202egnp.exe"


def test_a_hostile_title_does_not_act_on_the_terminal(
    home: Path, arxiv: ArxivServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arxiv) == 0
    with sqlite3.connect(home / "zhaiyao.db") as store:
        (known,) = store.execute("select id from papers limit 1").fetchone()
        store.execute("update versions set title = ?", (HOSTILE,))
    capsys.readouterr()
    assert main(["why", known]) == 0
    told = capsys.readouterr().out
    assert r"\x1b]0;owned\x07\x9b31m\u202egnp.exe" in told
    assert not set(HOSTILE) & set(told) & set("\x1b\x07\x9b\u202e")
    assert main(["why", known, "--json"]) == 0
    told = capsys.readouterr().out
    assert HOSTILE in json.loads(told)["versions"][0]["title"]
    assert not set(told) & set("\x1b\x07\x9b\u202e")


def test_plain_keeps_text_and_shows_the_rest() -> None:
    assert plain("摘要 naïve 😀 $x^2$") == "摘要 naïve 😀 $x^2$"
    assert plain("a\nb\t\u2028\udc80\x85") == r"a\nb\t\u2028\udc80\x85"
    assert plain("a\nb\r", lines=True) == "a\nb\\r"


def test_an_error_cannot_fake_lines(capsys: pytest.CaptureFixture[str]) -> None:
    complain(UsageError("cannot\nbe", subject="a\n\x1b[2J", hint="one\ntwo"))
    assert capsys.readouterr().err == "Error: a\\n\\x1b[2J: cannot\\nbe\none\ntwo\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("arguments", [["--help"], ["status"], ["status", "--json"], ["why", "{paper}"]])
def test_a_terminal_without_chinese_is_no_error(
    home: Path, arxiv: ArxivServer, arguments: list[str], encoding: str
) -> None:
    assert run(arxiv) == 0
    with sqlite3.connect(home / "zhaiyao.db") as store:
        (known,) = store.execute("select id from papers limit 1").fetchone()
    done = subprocess.run(
        [sys.executable, "-m", "zhaiyao", *(argument.format(paper=known) for argument in arguments)],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    told = done.stdout.decode("utf-8" if encoding == "ascii" else encoding)
    if "--json" in arguments:
        assert json.loads(told)
    else:
        assert "摘要" in told or "公告" in told or r"\u6458\u8981" in told or r"\u516c\u544a" in told


def test_a_document_goes_through_links_and_pipes_and_replaces_neither(home: Path, digest: Path, tmp_path: Path) -> None:
    real, link, pipe = tmp_path / "real.md", tmp_path / "link.md", tmp_path / "pipe"
    real.write_text("yesterday")
    link.symlink_to(real)
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    for place in (link, pipe):
        assert main(["publish", "--layout", "classic", "--from", str(digest), "--out", str(place)]) == 0
    assert reader.communicate(timeout=10)[0] == real.read_bytes() == digest.read_bytes()
    assert link.is_symlink()
    assert pipe.is_fifo()


def test_pages_that_were_removed_come_back(home: Path, arxiv: ArxivServer) -> None:
    assert run(arxiv) == 0
    before = (home / "pages" / "cs.LG" / "digest.md").read_bytes()
    shutil.rmtree(home / "pages")
    assert run(arxiv) == 0
    assert (home / "pages" / "cs.LG" / "digest.md").read_bytes() == before


def test_an_unreachable_endpoint_is_no_fault_of_the_papers(
    home: Path, arxiv: ArxivServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("ZHAIYAO_ENGINE_BASE_URL", "http://127.0.0.1:9/v1")
        assert run(arxiv, "--engine", "chat", "--model", "m") == 3
    assert "cannot be reached" in capsys.readouterr().err
    assert run(arxiv) == 0, "nothing rests: the next engine takes all"
