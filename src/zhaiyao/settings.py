"""Settings as frozen values: flags over environment over `zhaiyao.toml` over defaults. Opens nothing but that file.

Every field `section.name` is set by the environment variable `ZHAIYAO_SECTION_NAME`, a top-level one by
`ZHAIYAO_NAME`. `ZHAIYAO_HOME` moves all state. Unknown keys and variables are errors that name their path; no error
and no `repr` tells a key or a password. Nothing below `wiring` sees this module.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from zhaiyao.errors import ConfigError

FILE_NAME = "zhaiyao.toml"
PREFIX = "ZHAIYAO_"
OUTSIDE = ("ZHAIYAO_HOME", "ZHAIYAO_CONFIG", "ZHAIYAO_REQUIRE", "ZHAIYAO_REFERENCE")
"""Variables that are no settings. The last two are the tests' (CONTRIBUTING.md)."""

SECRETS = frozenset({"engine.api_key"})
ADDRESSES = frozenset({"site_url", "arxiv.base_url", "engine.base_url"})
"""Settings in which a login may stand. The store's is told apart: only the store knows where its password is."""

POLITE_INTERVAL = 3.0
"""Seconds between requests that arXiv asks for: https://info.arxiv.org/help/api/tou.html"""

POLITE_LISTING_INTERVAL = 15.0
"""Seconds between pages of arxiv.org (`Crawl-delay`): https://arxiv.org/robots.txt"""

Positive = Annotated[int, Meta(ge=1, le=1000)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]


class ArxivSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How arXiv is asked."""

    base_url: Annotated[str, Meta(description="A server to ask instead of arXiv: the root of all its interfaces.")] = ""
    contact: Annotated[str, Meta(description="Your mail address: arXiv is told it with every request.")] = ""
    interval: Annotated[
        Seconds,
        Meta(description="Seconds between requests, over all processes; below 3 only for a server of your own."),
    ] = POLITE_INTERVAL
    listing_interval: Annotated[
        Seconds,
        Meta(description="The same for the pages of arxiv.org; below 15 only for a server of your own."),
    ] = POLITE_LISTING_INTERVAL
    listings: Annotated[
        bool, Meta(description="Ask the listings too: without them nobody counts a day, and no gap is filled.")
    ] = True
    api: Annotated[bool, Meta(description="Ask the query API too, for what listings leave out.")] = True
    oai: Annotated[bool, Meta(description="Ask OAI-PMH too, for what feeds leave out.")] = True
    timeout: Annotated[Seconds, Meta(description="Seconds of silence after which a request has failed.")] = 30.0


class EngineSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who translates."""

    name: Annotated[
        str,
        Meta(
            pattern="^(local|chat|scripted)$",
            description="`local`: the model runs in this process. `chat`: an OpenAI-compatible endpoint. "
            "`scripted`: no model, for tests.",
        ),
    ] = "local"
    model: Annotated[
        str,
        Meta(
            description="`local`: a path, `hf:owner/repo/file`, or `packaged` (also if empty). "
            "`chat`: the endpoint's name of it."
        ),
    ] = ""
    base_url: Annotated[str, Meta(description="`chat`: the endpoint; OpenAI's if empty.")] = ""
    api_key: Annotated[
        str, Meta(description="`chat`: its key. Better in the environment; OpenAI's also as `OPENAI_API_KEY`.")
    ] = ""
    concurrency: Annotated[int, Meta(ge=0, description="Papers under way at once; 0: what suits the engine.")] = 0
    slots: Annotated[Positive, Meta(description="`local`: sentences under way at once.")] = 8
    threads: Annotated[int, Meta(ge=0, description="`local`: threads of the processor; 0: one per core.")] = 0
    timeout: Annotated[Seconds, Meta(description="`chat`: seconds after which a request has failed.")] = 120.0
    latency: Annotated[Seconds, Meta(description="`scripted`: seconds that every answer takes.")] = 0.0
    journal: Annotated[str, Meta(description="`scripted`: a file that every request is noted in.")] = ""

    def __repr__(self) -> str:
        """Without key and login: settings end up in logs and in bug reports."""
        return _repr(self, section="engine")


class SearchSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How papers are found."""

    mode: Annotated[
        str,
        Meta(
            pattern="^(|lexical|semantic|fused)$",
            description="`lexical`: by words. `semantic`: by meaning. `fused`: both. Empty: the best there is.",
        ),
    ] = ""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be set. `names` lists it, docs/settings.md explains it."""

    language: Annotated[str, Meta(pattern="^(zh|en)$", description="Language of pages and messages: `zh` or `en`.")] = (
        "zh"
    )
    store: Annotated[
        str,
        Meta(
            description="Address of the store, `sqlite:///path` or `postgresql://user@host/database`; "
            "`zhaiyao.db` in the home directory if empty."
        ),
    ] = ""
    pages: Annotated[str, Meta(description="Folder of the pages; `pages` in the home directory if empty.")] = ""
    site_url: Annotated[str, Meta(description="Address under which the pages are served; feeds name it.")] = ""
    arxiv: ArxivSettings = ArxivSettings()
    engine: EngineSettings = EngineSettings()
    search: SearchSettings = SearchSettings()

    def shown(self, *, store: Callable[[str], str] = lambda address: "set") -> Iterator[tuple[str, str]]:
        """All settings by dotted name with their values as text: a key as `set` or `none`, an address without login.

        `store` shows the store's address; without it, only whether one is set.
        """
        for section, struct in (("", self), ("arxiv", self.arxiv), ("engine", self.engine), ("search", self.search)):
            yield from _shown(struct, section, store)

    def __repr__(self) -> str:
        """Without keys and passwords: settings end up in logs and in bug reports."""
        return f"Settings({', '.join(f'{name}={value}' for name, value in self.shown())})"


def _shown(struct: Struct, section: str, store: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    for field in msgspec.structs.fields(struct):
        value = getattr(struct, field.name)
        name = f"{section}.{field.name}" if section else field.name
        if isinstance(value, Struct):
            continue  # a section, which is told by its own fields
        if name in SECRETS:
            yield name, "set" if value else "none"
        elif name == "store" and value:
            yield name, store(value)
        else:
            yield name, repr(re.sub(r"(?<=//).*@", "***@", value) if name in ADDRESSES else value)


def _repr(struct: Struct, *, section: str) -> str:
    told = (f"{name.removeprefix(section + '.')}={value}" for name, value in _shown(struct, section, lambda _: "set"))
    return f"{type(struct).__name__}({', '.join(told)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where state lives. Everything is below `home` unless a setting moves it. `store`: an address, or a file."""

    home: Path
    config: Path
    store: str | Path
    pages: Path
    models: Path
    gate: Path
    cache: Path
    index: Path


def home_directory(environment: Mapping[str, str]) -> Path:
    """`ZHAIYAO_HOME`, or the user's data directory of this platform."""
    told = environment.get("ZHAIYAO_HOME")
    if told:
        return _path(told, "ZHAIYAO_HOME")
    from platformdirs import user_data_path  # not needed when told, and not free to import

    return user_data_path("zhaiyao", appauthor=False)


def load(
    *,
    environment: Mapping[str, str] = os.environ,
    config: Path | None = None,
    flags: Mapping[str, object] | None = None,
    sealed: str = "",
) -> tuple[Settings, Places]:
    """Settings and places. `flags` are dotted (`engine.model`); those that are None do not count.

    The section `sealed` begins with its defaults: only flags change it. Raises ConfigError for a file that is missing
    (when named), not TOML, or holds what is unknown or unusable.
    """
    home = home_directory(environment)
    told = config or (Path(environment["ZHAIYAO_CONFIG"]) if environment.get("ZHAIYAO_CONFIG") else None)
    path = told or home / FILE_NAME
    tree = _read(path, must_exist=told is not None)
    _convert(tree, source=str(path))
    for name, text in _from_environment(environment).items():
        _set(tree, name, text)
    _convert(tree, source="environment", strict=False)
    tree.pop(sealed, None)
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


def fields() -> Iterator[tuple[str, msgspec.structs.FieldInfo]]:
    """All settings by their dotted names, in order of declaration."""
    for field in msgspec.structs.fields(Settings):
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            yield from ((f"{field.name}.{inner.name}", inner) for inner in msgspec.structs.fields(field.type))
        else:
            yield field.name, field


def names() -> tuple[str, ...]:
    """The dotted names of all settings, in order of declaration."""
    return tuple(name for name, _ in fields())


def variable(name: str) -> str:
    """The environment variable that sets what the dotted name means."""
    return PREFIX + name.replace(".", "_").upper()


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    known = {variable(name): name for name in names()}
    told: dict[str, str] = {}
    for given, value in environment.items():
        if not given.startswith(PREFIX) or given in OUTSIDE:
            continue
        if given not in known:
            raise ConfigError("no such setting", subject=given, hint=_nearest(given, [*known, *OUTSIDE])) from None
        told[known[given]] = value
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
    if "unknown field" in what:
        section = f"{path}." if path else ""
        return _nearest(section + what.split("`")[1], names())
    if path in names():
        return f"docs/settings.md says what {path} may be; {variable(path)} sets it, too."
    return f"docs/settings.md explains all settings. {_known(names())}"


def _nearest(name: str, known: list[str] | tuple[str, ...]) -> str:
    import difflib  # only a mistake needs it

    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else _known(known)


def _known(known: list[str] | tuple[str, ...]) -> str:
    return f"Known: {', '.join(known)}."


def insist_on_politeness(told: ArxivSettings) -> None:
    """Raises ConfigError for an interval shorter than arXiv asks for, unless a server of one's own is asked."""
    polite = {"interval": POLITE_INTERVAL, "listing_interval": POLITE_LISTING_INTERVAL}
    for name, least in polite.items():
        if getattr(told, name) < least and _is_arxiv(told.base_url):
            raise ConfigError(
                f"{getattr(told, name):g} s is less than the {least:g} s that arXiv asks for between requests",
                subject=f"arxiv.{name}",
                hint=f"Leave it at {least:g} or more; less is for a server of your own, named by arxiv.base_url or "
                "--base-url.",
            )


def _is_arxiv(base_url: str) -> bool:
    """Whether requests go to arXiv, as far as the address tells; an address without a host is not taken for another."""
    try:
        host = (urlsplit(base_url).hostname or "arxiv.org").rstrip(".")
    except ValueError:
        return True
    return host == "arxiv.org" or host.endswith(".arxiv.org")


def _path(text: str, name: str) -> Path:
    """An absolute path. Raises ConfigError for a user unknown here (`~nobody`) and for what no path can hold."""
    try:
        path = Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise ConfigError(f"{error}", subject=name, hint="Write the whole path.") from None
    if "\0" in text:
        raise ConfigError("a path cannot hold a zero character", subject=name, hint="Mend it and try again.")
    return path


def _places(home: Path, config: Path, settings: Settings) -> Places:
    return Places(
        home=home,
        config=config,
        store=settings.store or home / "zhaiyao.db",
        pages=_path(settings.pages, "pages") if settings.pages else home / "pages",
        models=home / "models",
        gate=home / "gate",
        cache=home / "cache",
        index=home / "index",
    )
