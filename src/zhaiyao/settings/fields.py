"""What can be set: frozen structs with the meaning of every field. Reads nothing.

No `repr` tells a key or a password.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

ADDRESSES = frozenset({"site_url", "base_url", "proxy", "embedding_url"})
"""Fields in which a login may stand. The store's is told apart: only the store knows where its password is."""

SECRETS = frozenset({"api_key", "embedding_key"})

POLITE_INTERVAL = 3.0
"""Seconds between requests that arXiv asks for: https://info.arxiv.org/help/api/tou.html"""

POLITE_LISTING_INTERVAL = 15.0
"""Seconds between pages of arxiv.org (`Crawl-delay`): https://arxiv.org/robots.txt"""

Positive = Annotated[int, Meta(ge=1, le=1000)]
Count = Annotated[int, Meta(ge=0, le=1000)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Money = Annotated[float, Meta(ge=0, le=1e9)]


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
    timeout: Annotated[
        float, Meta(gt=0, le=86_400, description="Seconds of silence after which a request has failed.")
    ] = 30.0


class EngineSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Someone who translates: `[engine]`, or a section `[engines.NAME]` that a policy can name."""

    name: Annotated[
        str,
        Meta(
            pattern="^(|local|chat|scripted)$",
            description="`local`: the model runs in this process. `chat`: an endpoint. `scripted`: no model, for "
            "tests. If empty: `chat` where a preset or an address is set, else `local`.",
        ),
    ] = ""
    preset: Annotated[
        str,
        Meta(
            description="`chat`: a known provider (deepseek, openai, ollama …): address, model, habits need not be set."
        ),
    ] = ""
    model: Annotated[
        str,
        Meta(
            description="`local`: a path, `hf:owner/repo/file`, `packaged` (also if empty) or `packaged:whole`. "
            "`chat`: the endpoint's name of it; the preset's if empty."
        ),
    ] = ""
    base_url: Annotated[str, Meta(description="`chat`: the endpoint; the preset's if empty, OpenAI's without one.")] = (
        ""
    )
    api_key: Annotated[
        str,
        Meta(
            description="`chat`: its key. Better in the environment; a preset's also under the name that its provider "
            "gives it (`DEEPSEEK_API_KEY`)."
        ),
    ] = ""
    dialect: Annotated[
        str,
        Meta(
            pattern="^(|openai|anthropic)$",
            description="`chat`: whose protocol the endpoint speaks, `openai` or `anthropic`; the preset's if empty.",
        ),
    ] = ""
    proxy: Annotated[
        str,
        Meta(description="`chat`: a proxy to it, or `none`; the environment's (`HTTPS_PROXY`) if empty."),
    ] = ""
    extra: Annotated[
        str, Meta(description="`chat`: JSON of fields that go into every request; the preset's if empty.")
    ] = ""
    headroom: Annotated[
        int, Meta(ge=0, le=100_000, description="`chat`: tokens that a model may think in, beside those of its answer.")
    ] = 0
    instructions: Annotated[
        str,
        Meta(
            description="`chat`: the prompt version to ask with, or the name of what `zhaiyao tune` found; the newest "
            "that suits if empty."
        ),
    ] = ""
    deferred: Annotated[
        bool,
        Meta(description="`chat`: through the provider's batch interface: half the price, hours instead of minutes."),
    ] = False
    concurrency: Annotated[Count, Meta(description="Requests under way at once; 0: what suits the engine.")] = 0
    slots: Annotated[Positive, Meta(description="`local`: sentences under way at once.")] = 8
    threads: Annotated[int, Meta(ge=0, description="`local`: threads of the processor; 0: one per core.")] = 0
    timeout: Annotated[
        Seconds, Meta(description="`chat`: seconds after which a request has failed; 0: what suits the engine.")
    ] = 0.0
    latency: Annotated[Seconds, Meta(description="`scripted`: seconds that every answer takes.")] = 0.0
    journal: Annotated[str, Meta(description="`scripted`: a file that every request is noted in.")] = ""

    @property
    def kind(self) -> str:
        """`local`, `chat` or `scripted`: `name`, or what the other fields imply."""
        return self.name or ("chat" if self.preset or self.base_url else "local")

    def __repr__(self) -> str:
        """Without key and login: settings end up in logs and in bug reports."""
        return _repr(self)


class PriceSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a million tokens of a model cost, in the currency: `[prices."MODEL"]`."""

    input: Money
    output: Money
    cached: Money | None = None


class TranslationSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """In which order engines are asked, and what that may cost."""

    policy: Annotated[
        str,
        Meta(
            description="Who is asked, in order, names with blanks between them: `engine` (the section `[engine]`), "
            "`local` (the embedded model), a preset, or NAME of a section `[engines.NAME]`. The next one is asked for "
            "what the one before could not do, and for everything when that one stops or the day's cap is reached."
        ),
    ] = "engine"
    daily_cap: Annotated[
        Money, Meta(description="What engines may cost a day (UTC), in the currency; the rest waits. 0: no cap.")
    ] = 0.0
    currency: Annotated[
        str, Meta(pattern="^[A-Z]{3}$", description="Currency of prices and cap; list prices are known in USD and CNY.")
    ] = "USD"
    batch: Annotated[Count, Meta(description="Papers in one request at most; 0: what suits the engine.")] = 0


class SearchSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How papers are found."""

    mode: Annotated[
        str,
        Meta(
            pattern="^(|lexical|semantic|fused)$",
            description="`lexical`: by words. `semantic`: by meaning. `fused`: both. Empty: the best there is.",
        ),
    ] = ""
    embedder: Annotated[
        str,
        Meta(
            pattern="^(|endpoint|sentence-transformers)$",
            description="Who compares meanings: `endpoint` (OpenAI-compatible), `sentence-transformers` (a model in "
            "this process), or what the index learns from your papers, if empty.",
        ),
    ] = ""
    embedding_model: Annotated[
        str, Meta(description="The endpoint's name of a multilingual model; or a folder or hub name of one.")
    ] = ""
    embedding_url: Annotated[str, Meta(description="`endpoint`: its address; OpenAI's if empty.")] = ""
    embedding_key: Annotated[str, Meta(description="`endpoint`: its key. Better in the environment.")] = ""

    def __repr__(self) -> str:
        """Without key and login: settings end up in logs and in bug reports."""
        return _repr(self)


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
    translation: TranslationSettings = TranslationSettings()
    search: SearchSettings = SearchSettings()
    engines: dict[str, EngineSettings] = {}
    prices: dict[str, PriceSettings] = {}

    def shown(self, *, store: Callable[[str], str] = lambda address: "set") -> Iterator[tuple[str, str]]:
        """All settings by dotted name with their values as text: a key as `set` or `none`, an address without login.
        Of the sections that a user named, what is told in them.

        `store` shows the store's address; without it, only whether one is set.
        """
        for name, value in _members(self):
            if isinstance(value, dict):
                for inner, struct in value.items():
                    yield from ((f"{name}.{inner}.{field}", told) for field, told in _told(struct))
            elif isinstance(value, Struct):
                yield from ((f"{name}.{field}", _shown(field, told)) for field, told in _members(value))
            else:
                yield name, store(self.store) if name == "store" and value else _shown(name, value)

    def __repr__(self) -> str:
        """Without keys and passwords: settings end up in logs and in bug reports."""
        return f"Settings({', '.join(f'{name}={value}' for name, value in self.shown())})"


def fields() -> Iterator[tuple[str, msgspec.structs.FieldInfo]]:
    """All settings by their dotted names, in order of declaration; sections that users name are not among them."""
    for field in msgspec.structs.fields(Settings):
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            yield from ((f"{field.name}.{inner.name}", inner) for inner in msgspec.structs.fields(field.type))
        elif field.name not in SECTIONS:
            yield field.name, field


SECTIONS: Mapping[str, type[Struct]] = MappingProxyType({"engines": EngineSettings, "prices": PriceSettings})
"""What holds sections that users name, and what each of those is."""


def names() -> tuple[str, ...]:
    """The dotted names of all settings, in order of declaration."""
    return tuple(name for name, _ in fields())


def _members(struct: Struct) -> Iterator[tuple[str, object]]:
    return ((field.name, getattr(struct, field.name)) for field in msgspec.structs.fields(struct))


def _told(struct: Struct) -> Iterator[tuple[str, str]]:
    """The fields that are not as they are by default."""
    defaults = {field.name: field.default for field in msgspec.structs.fields(struct)}
    return ((name, _shown(name, value)) for name, value in _members(struct) if value != defaults[name])


def _shown(name: str, value: object) -> str:
    if name in SECRETS:
        return "set" if value else "none"
    return repr(re.sub(r"(?<=//).*@", "***@", str(value)) if name in ADDRESSES else value)


def _repr(struct: Struct) -> str:
    return f"{type(struct).__name__}({', '.join(f'{name}={_shown(name, value)}' for name, value in _members(struct))})"
