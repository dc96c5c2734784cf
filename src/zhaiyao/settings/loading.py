"""Puts settings together from where they are told: the file, the environment, flags. Opens nothing but that file."""

import os
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from zhaiyao.errors import ConfigError
from zhaiyao.settings.fields import SECTIONS, Settings, names
from zhaiyao.settings.places import Places, home_directory

FILE_NAME = "zhaiyao.toml"
PREFIX = "ZHAIYAO_"
OUTSIDE = ("ZHAIYAO_HOME", "ZHAIYAO_CONFIG", "ZHAIYAO_REQUIRE", "ZHAIYAO_REFERENCE")
"""Variables that are no settings. The last two are the tests' (CONTRIBUTING.md)."""

_OF_ANOTHER = ("model", "base_url", "dialect", "extra", "headroom", "api_key")
"""What is said of one engine, and must not be sent to another."""

Kind = TypeVar("Kind", bound=Struct)
Tree = dict[str, object]


def load(
    *,
    environment: Mapping[str, str] = os.environ,
    config: Path | None = None,
    flags: Mapping[str, object] | None = None,
    sealed: Collection[str] = (),
) -> tuple[Settings, Places]:
    """Settings and places. `flags` are dotted (`engine.model`); those that are None do not count.

    The sections `sealed` begin with their defaults: only flags change them. Flags that name an engine mean that one
    alone, whatever the policy is, unless they name a policy too. Raises ConfigError for a file that is missing
    (when named), not TOML, or holds what is unknown or unusable.
    """
    home = home_directory(environment)
    told = config or (Path(environment["ZHAIYAO_CONFIG"]) if environment.get("ZHAIYAO_CONFIG") else None)
    path = told or home / FILE_NAME
    tree = _read(path, must_exist=told is not None)
    _convert(tree, source=str(path))
    _lay(tree, _from_environment(environment, _sections(tree, "engines")))
    _convert(tree, source="environment", strict=False)
    for section in sealed:
        tree.pop(section, None)
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    if {"engine.name", "engine.preset", "engine.model"} & given.keys():
        given.setdefault("translation.policy", "engine")
    _lay(tree, given)
    settings = _convert(tree, source="command line", strict=False)
    return settings, Places.of(home, path, settings)


def variable(name: str) -> str:
    """The environment variable that sets what the dotted name means."""
    return PREFIX + re.sub(r"[.-]", "_", name).upper()


def _read(path: Path, *, must_exist: bool) -> Tree:
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


def _from_environment(environment: Mapping[str, str], engines: Collection[str]) -> dict[str, str]:
    keys = [f"engines.{engine}.api_key" for engine in engines]
    known = {variable(name): name for name in (*names(), *keys)}
    told: dict[str, str] = {}
    for given, value in environment.items():
        if not given.startswith(PREFIX) or given in OUTSIDE:
            continue
        if given not in known:
            raise ConfigError("no such setting", subject=given, hint=_nearest(given, [*known, *OUTSIDE])) from None
        if len(meant := [name for name in keys if variable(name) == given]) > 1:
            hint = "Give one of these sections another name."
            raise ConfigError(f"means both {' and '.join(meant)}", subject=given, hint=hint)
        told[known[given]] = value
    return told


def _lay(tree: Tree, told: Mapping[str, object]) -> None:
    """Lays what one source told over what those below it told."""
    _part_from_another(_section(tree, "engine"), told)
    for name, value in told.items():
        *sections, last = name.split(".")
        inner = tree
        for section in sections:
            inner = _section(inner, section)
        inner[last] = value


def _part_from_another(engine: Tree, told: Mapping[str, object]) -> None:
    """Who names a preset means that provider: what was told below of another one, its key above all, goes.

    A key alone, of which nobody told whose it is, stays. Who names another kind of engine means no preset.
    """
    preset = told.get("engine.preset")
    if preset and preset != engine.get("preset"):
        is_described = engine.get("preset") or engine.get("base_url") or engine.get("name") == "chat"
        for name in _OF_ANOTHER if is_described else _OF_ANOTHER[:-1]:
            engine.pop(name, None)
        engine["name"] = "chat"
    elif told.get("engine.name", "chat") != "chat":
        engine.pop("preset", None)


def _section(tree: Tree, name: str) -> Tree:
    inner = tree.setdefault(name, {})
    assert isinstance(inner, dict)  # the tree was converted before
    return inner


def _sections(tree: Tree, name: str) -> tuple[str, ...]:
    return tuple(_section(tree, name)) if name in tree else ()


def _convert(tree: Mapping[str, object], *, source: str, strict: bool = True) -> Settings:
    for section, kind in SECTIONS.items():
        told = tree.get(section)
        for name, inner in told.items() if isinstance(told, dict) else ():
            _insist_on_name(section, name, source)
            _converted(inner, kind, f"{section}.{name}", source=source, strict=strict)
    return _converted(tree, Settings, "", source=source, strict=strict)


def _converted(tree: object, kind: type[Kind], section: str, *, source: str, strict: bool) -> Kind:
    try:
        return msgspec.convert(tree, kind, strict=strict)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        path = f"{section}.{where.rstrip('`').lstrip('.')}".strip(".")
        raise ConfigError(
            what + (f" (at {path})" if path else ""), subject=source, hint=_hint(what, path, kind)
        ) from None


def _insist_on_name(section: str, name: str, source: str) -> None:
    """A policy names engines with blanks between them, and a variable has their name in it."""
    if section == "engines" and (name == "engine" or not re.fullmatch(r"[a-z][a-z0-9_-]*", name)):
        raise ConfigError(
            f"engines.{name} is no name for an engine",
            subject=source,
            hint="Take small letters, digits, - and _; `engine` is the section [engine].",
        )


def _hint(what: str, path: str, kind: type[Struct]) -> str:
    known = names() if kind is Settings else kind.__struct_fields__
    if "unknown field" in what:
        section = f"{path}." if path and kind is Settings else ""
        return _nearest(section + what.split("`")[1], known)
    if path in names():
        return f"docs/settings.md says what {path} may be; {variable(path)} sets it, too."
    return f"docs/settings.md explains all settings. {_known(known)}"


def _nearest(name: str, known: Collection[str]) -> str:
    import difflib  # only a mistake needs it

    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else _known(known)


def _known(known: Collection[str]) -> str:
    return f"Known: {', '.join(known)}."
