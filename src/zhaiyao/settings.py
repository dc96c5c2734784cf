"""Settings as frozen values: flags over environment over `zhaiyao.toml` over defaults. Opens nothing but that file.

Every field `section.name` is set by the environment variable `ZHAIYAO_SECTION_NAME`, a top-level one by
`ZHAIYAO_NAME`. `ZHAIYAO_HOME` moves all state. Unknown keys and variables are errors that name their path.
Nothing below `wiring` sees this module.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from zhaiyao.errors import ConfigError

FILE_NAME = "zhaiyao.toml"
PREFIX = "ZHAIYAO_"
OUTSIDE = ("ZHAIYAO_HOME", "ZHAIYAO_CONFIG", "ZHAIYAO_REQUIRE")

Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]


class ArxivSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How arXiv is asked. `base_url` moves every interface under one root; `interval` is in seconds."""

    base_url: str = ""
    contact: str = ""
    interval: Seconds = 3.0
    timeout: Seconds = 30.0


class EngineSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who translates. `name`: local, chat or scripted. `model`: a path, `hf:owner/repo/file`, `packaged`, or the
    chat endpoint's model. `concurrency`: papers under way at once; 0 = what suits the engine."""

    name: Annotated[str, Meta(pattern="^(local|chat|scripted)$")] = "local"
    model: str = ""
    base_url: str = ""
    api_key: str = ""
    concurrency: Annotated[int, Meta(ge=0)] = 0
    slots: Positive = 8
    threads: Annotated[int, Meta(ge=0)] = 0
    timeout: Seconds = 120.0
    latency: Seconds = 0.0
    journal: str = ""

    def __repr__(self) -> str:
        """Without the key: settings end up in logs and in bug reports."""
        key = "set" if self.api_key else "none"
        return f"EngineSettings(name={self.name!r}, model={self.model!r}, base_url={self.base_url!r}, api_key={key})"


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be set. Empty `store` and `pages` mean their places under the home directory."""

    language: Annotated[str, Meta(pattern="^(zh|en)$")] = "zh"
    store: str = ""
    pages: str = ""
    site_url: str = ""
    arxiv: ArxivSettings = ArxivSettings()
    engine: EngineSettings = EngineSettings()


class Places(Struct, frozen=True, kw_only=True):
    """Where state lives. Everything is below `home` unless a setting moves it."""

    home: Path
    config: Path
    store_url: str
    pages: Path
    models: Path
    gate: Path


def home_directory(environment: Mapping[str, str]) -> Path:
    """`ZHAIYAO_HOME`, or the user's data directory of this platform."""
    told = environment.get("ZHAIYAO_HOME")
    if told:
        return Path(told).expanduser().absolute()
    from platformdirs import user_data_path  # not needed when told, and not free to import

    return user_data_path("zhaiyao", appauthor=False)


def load(
    *,
    environment: Mapping[str, str] = os.environ,
    config: Path | None = None,
    flags: Mapping[str, object] | None = None,
) -> tuple[Settings, Places]:
    """Settings and places. `flags` are dotted (`engine.model`); those that are None do not count.

    Raises ConfigError for a file that is missing (when named), not TOML, or holds what is unknown or unusable.
    """
    home = home_directory(environment)
    told = config or (Path(environment["ZHAIYAO_CONFIG"]) if environment.get("ZHAIYAO_CONFIG") else None)
    path = told or home / FILE_NAME
    tree = _read(path, must_exist=told is not None)
    _convert(tree, source=str(path))
    for name, text in _from_environment(environment).items():
        _set(tree, name, text)
    _convert(tree, source="environment", strict=False)
    for name, value in (flags or {}).items():
        if value is not None:
            _set(tree, name, value)
    settings = _convert(tree, source="command line", strict=False)
    return settings, _places(home, path, settings)


def _read(path: Path, *, must_exist: bool) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not must_exist:
            return {}
        raise ConfigError(
            "no such file", subject=str(path), hint="Check the path given by --config or ZHAIYAO_CONFIG."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not TOML: {error}", subject=str(path), hint="Mend that line and try again.") from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", subject=str(path), hint="Check its rights.") from None


def names() -> tuple[str, ...]:
    """All settings by their dotted names, in order of declaration."""
    found: list[str] = []
    for field in msgspec.structs.fields(Settings):
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            found.extend(f"{field.name}.{inner.name}" for inner in msgspec.structs.fields(field.type))
        else:
            found.append(field.name)
    return tuple(found)


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    known = {PREFIX + name.replace(".", "_").upper(): name for name in names()}
    told: dict[str, str] = {}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or variable in OUTSIDE:
            continue
        if variable not in known:
            raise ConfigError(
                "no such setting", subject=variable, hint=_nearest(variable, [*known, *OUTSIDE])
            ) from None
        told[known[variable]] = value
    return told


def _set(tree: dict[str, object], name: str, value: object) -> None:
    *sections, last = name.split(".")
    for section in sections:
        inner = tree.setdefault(section, {})
        assert isinstance(inner, dict)
        tree = inner
    tree[last] = value


def _convert(tree: Mapping[str, object], *, source: str, strict: bool = True) -> Settings:
    try:
        return msgspec.convert(tree, Settings, strict=strict)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        path = where.rstrip("`").lstrip(".")
        raise ConfigError(what + (f" (at {path})" if path else ""), subject=source, hint=_hint(what, path)) from None


def _hint(what: str, path: str) -> str:
    if "unknown field" not in what:
        return "See `zhaiyao doctor` for all settings and their present values."
    section = f"{path}." if path else ""
    return _nearest(section + what.split("`")[1], names())


def _nearest(name: str, known: list[str] | tuple[str, ...]) -> str:
    import difflib  # only a mistake needs it

    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."


def _places(home: Path, config: Path, settings: Settings) -> Places:
    return Places(
        home=home,
        config=config,
        store_url=settings.store or f"sqlite:///{home / 'zhaiyao.db'}",
        pages=Path(settings.pages).expanduser().absolute() if settings.pages else home / "pages",
        models=home / "models",
        gate=home / "gate",
    )
