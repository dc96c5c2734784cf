"""Where model files come from. Joining is tried on small chunks, Hugging Face on a server of our own."""

import hashlib
import logging
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.local_model import embedded_model
from zhaiyao.engines.models import (
    ADAPTER_NAME,
    ADAPTER_SHA256,
    MODEL_NAME,
    PACKAGED,
    TAILORED_NAME,
    WHOLE,
    joined,
    locate,
    made,
    packaged_adapter,
)
from zhaiyao.errors import EngineError

SOURCE = Path(__file__).resolve().parent.parent / "src"
PARTS = (b"GGUF" + bytes(range(256)) * 5000, b"middle" * 200_000, b"end")
SHA256 = hashlib.sha256(b"".join(PARTS)).hexdigest()


@pytest.fixture
def chunks(tmp_path: Path) -> tuple[Path, ...]:
    """Three packages' parts of a model."""
    paths = tuple(tmp_path / f"part{number}" for number in range(len(PARTS)))
    for path, data in zip(paths, PARTS, strict=True):
        path.write_bytes(data)
    return paths


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "home" / "models" / "model.gguf"


def left_over(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path.suffix != ".lock")


def test_chunks_are_joined_once(chunks: tuple[Path, ...], target: Path) -> None:
    assert joined(chunks, sha256=SHA256, target=target) == target
    assert target.read_bytes() == b"".join(PARTS)
    assert left_over(target) == ["model.gguf"]
    for chunk in chunks:
        chunk.unlink()
    assert joined(chunks, sha256=SHA256, target=target) == target


def test_a_damaged_model_is_joined_anew_and_that_is_said(
    chunks: tuple[Path, ...], target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    joined(chunks, sha256=SHA256, target=target)
    assert not caplog.records
    with target.open("r+b") as file:
        file.seek(1_500_000)
        file.write(b"X")
    joined(chunks, sha256=SHA256, target=target)
    assert target.read_bytes() == b"".join(PARTS)
    [record] = caplog.records
    assert (record.levelno, record.getMessage()) == (
        logging.WARNING,
        f"{target} was damaged, or of another version; it is made anew from its packages",
    )


def test_what_a_killed_process_left_is_no_obstacle(chunks: tuple[Path, ...], target: Path) -> None:
    target.parent.mkdir(parents=True)
    (target.parent / ".model.gguf.part").write_bytes(b"GGUF half of it, and more than the model is long" * 60_000)
    joined(chunks, sha256=SHA256, target=target)
    assert target.read_bytes() == b"".join(PARTS)
    assert left_over(target) == ["model.gguf"]


def test_damaged_packages_are_an_error_and_leave_nothing(chunks: tuple[Path, ...], target: Path) -> None:
    chunks[1].write_bytes(PARTS[1][:-1])
    with pytest.raises(EngineError, match=r"(?s)model.gguf: the packages of the model are damaged.*Install") as caught:
        joined(chunks, sha256=SHA256, target=target)
    assert caught.value.hint
    assert left_over(target) == []


def test_a_damaged_model_stays_if_its_packages_are_damaged_too(chunks: tuple[Path, ...], target: Path) -> None:
    target.parent.mkdir(parents=True)
    target.write_bytes(b"GGUF but not ours")
    chunks[0].write_bytes(b"")
    with pytest.raises(EngineError, match="the packages of the model are damaged"):
        joined(chunks, sha256=SHA256, target=target)
    assert target.read_bytes() == b"GGUF but not ours"


def test_several_processes_may_join_at_once(chunks: tuple[Path, ...], target: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(joined, chunks, sha256=SHA256, target=target) for _ in range(8)]
        assert {future.result() for future in futures} == {target}
    assert target.read_bytes() == b"".join(PARTS)
    assert left_over(target) == ["model.gguf"]


@contextmanager
def full_disk() -> Iterator[None]:
    """Lets no file grow beyond 1 MB: the nearest to a full disk that needs no rights."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_an_error_and_leaves_nothing(chunks: tuple[Path, ...], target: Path) -> None:
    with full_disk(), pytest.raises(EngineError, match=r"(?s)home/models: the model cannot be written: .*Make room"):
        joined(chunks, sha256=SHA256, target=target)
    assert left_over(target) == []


def test_too_little_memory_is_an_error_and_leaves_nothing(target: Path) -> None:
    def too_much() -> Iterator[bytes]:
        yield b"GGUF"
        raise MemoryError

    with pytest.raises(EngineError, match=r"(?s)model\.gguf: too little memory to make the model.*engine\.name = chat"):
        made(too_much, sha256=SHA256, target=target)
    assert left_over(target) == []


@pytest.mark.model
@pytest.mark.xdist_group("model")
def test_without_room_for_the_tailored_model_the_whole_one_that_is_here_is_used(
    request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = locate(WHOLE, embedded_model(request.config)[0])
    (tmp_path / whole.path.name).symlink_to(whole.path)
    with full_disk():
        found = locate(PACKAGED, tmp_path)
    assert (found.name, found.adapter, found.is_trained) == (f"{MODEL_NAME}+{ADAPTER_NAME}", whole.adapter, True)
    [record] = caplog.records
    assert "cannot be written" in record.getMessage()
    assert "the whole model is used, at half the speed" in record.getMessage()
    assert left_over(tmp_path / "any") == [whole.path.name]


@pytest.mark.model
@pytest.mark.xdist_group("model")
def test_the_packaged_model_is_tailored_and_needs_no_adapter_beside_it(request: pytest.FixtureRequest) -> None:
    folder, found = embedded_model(request.config)
    assert (found.name, found.path) == (TAILORED_NAME, folder / f"{TAILORED_NAME}.gguf")
    assert found.adapter is None
    assert found.is_trained
    assert found.path.stat().st_size < 180_000_000


def test_a_place_that_is_no_folder_is_an_error(chunks: tuple[Path, ...], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError, match=r"(?s)Not a directory.*ZHAIYAO_HOME"):
        joined(chunks, sha256=SHA256, target=tmp_path / "file" / "model.gguf")


def test_a_path_means_that_file(tmp_path: Path) -> None:
    path = tmp_path / "My-Model-Q4_K_M.gguf"
    path.write_bytes(b"GGUF\x03\x00\x00\x00")
    found = locate(str(path), tmp_path / "unused")
    assert (found.name, found.path, found.adapter) == ("My-Model-Q4_K_M", path, None)
    assert not found.is_trained
    assert not (tmp_path / "unused").exists()


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    assert locate("~/m.gguf", tmp_path).path == tmp_path / "m.gguf"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file or directory\nSet engine.model to"),
        (b"", "not a GGUF file\nModels come in many formats"),
        (b"GGU", "not a GGUF file"),
        (b"PK\x03\x04 a zip", "not a GGUF file"),
    ],
)
def test_what_is_no_model_is_an_error(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineError) as caught:
        locate(str(path), tmp_path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Is a directory"):
        locate(str(tmp_path), tmp_path)


def test_the_adapter_is_ours_and_whole() -> None:
    path = packaged_adapter()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == ADAPTER_SHA256
    assert path.read_bytes()[:4] == b"GGUF"


def test_without_its_packages_the_embedded_model_is_an_error_that_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys\n"
        "from zhaiyao.engines.models import locate\n"
        "from zhaiyao.errors import EngineError\n"
        "try:\n    locate(sys.argv[1], pathlib.Path(sys.argv[2]))\n"
        "except EngineError as error:\n    print(error)\n"
    )
    for setting, what in (("packaged", "the embedded model"), ("hf:o/r/m.gguf", "huggingface-hub")):
        bare = [sys.executable, "-S", "-c", code, setting, str(tmp_path)]  # -S: no installed packages
        told = subprocess.run(bare, env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=True)
        assert f"{what} is not installed" in told.stdout
        assert "pip install 'zhaiyao[local]'" in told.stdout


@pytest.mark.parametrize("setting", ["hf:", "hf:owner", "hf:owner/repo", "hf:owner/repo/", "hf:/repo/file.gguf"])
def test_a_hub_setting_names_owner_repository_and_file(tmp_path: Path, setting: str) -> None:
    with pytest.raises(EngineError, match="Write it as hf:owner/repo/FILE"):
        locate(setting, tmp_path)


REFUSALS = {"missing": (404, "RepoNotFound"), "nofile": (404, "EntryNotFound"), "gated": (403, "GatedRepo")}


class Hub(BaseHTTPRequestHandler):
    """Answers as Hugging Face does; the owner's name says how."""

    protocol_version = "HTTP/1.1"
    log: list[str]

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(b"GGUF" + b"\x00" * 1000)

    def _answer(self, body: bytes) -> None:
        if "/resolve/" in self.path:
            self.log.append(f"{self.command} {self.path}")
        status, code = REFUSALS.get(self.path.split("/")[1], (200, ""))
        self.send_response(status)
        for name, value in (
            ("X-Error-Code", code),
            ("X-Repo-Commit", "a" * 40),
            ("ETag", '"b4d"'),
            ("Content-Length", "1004" if status == 200 else "0"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if status == 200 else b"")

    def log_message(self, *args: object) -> None:
        """Keeps quiet: the log is `log`."""


@pytest.fixture
def hub() -> Iterator[tuple[str, list[str]]]:
    """The address of a hub, and its log."""
    log: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("LoggingHub", (Hub,), {"log": log})) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", log
        server.shutdown()
        thread.join()


ASK = """
import pathlib, sys
from zhaiyao.engines.models import locate
from zhaiyao.errors import EngineError
for setting in sys.argv[2:]:
    try:
        found = locate(setting, pathlib.Path(sys.argv[1]))
        print(found.name, found.path.stat().st_size)
    except EngineError as error:
        print(repr(str(error)))
"""


def ask(folder: Path, *settings: str, **environment: str) -> list[str]:
    """What `locate` says in a process of its own: the library reads the environment when it is imported."""
    told = {**os.environ, "HF_HOME": str(folder / "hf"), "HF_HUB_DISABLE_TELEMETRY": "1", **environment}
    command = [sys.executable, "-c", ASK, str(folder / "models"), *settings]
    return subprocess.run(command, env=told, capture_output=True, text=True, check=True).stdout.splitlines()


def test_hugging_face_is_asked_once_at_the_given_endpoint(tmp_path: Path, hub: tuple[str, list[str]]) -> None:
    url, log = hub
    name = "o/r/sub/model.gguf"
    settings = [f"hf:{name}", f"hf:{name}", "hf:missing/r/m.gguf", "hf:nofile/r/m.gguf", "hf:gated/r/m.gguf"]
    first, second, missing, nofile, gated = ask(tmp_path, *settings, HF_ENDPOINT=url)
    assert first == second == f"{name} 1004"
    assert "hf:missing/r/m.gguf: Hugging Face knows no such repository" in missing
    assert "hf:nofile/r/m.gguf: the repository has no such file" in nofile
    assert "accepted its terms" in gated
    assert "HF_TOKEN" in gated
    assert log[:2] == ["HEAD /o/r/resolve/main/sub/model.gguf", "GET /o/r/resolve/main/sub/model.gguf"]
    assert len(log) == 5
    here, elsewhere = ask(tmp_path, settings[0], "hf:o/r/other.gguf", HF_HUB_OFFLINE="1")
    assert here == f"{name} 1004"
    assert "not on this disk, and Hugging Face cannot be reached" in elsewhere
    assert "HF_ENDPOINT" in elsewhere
