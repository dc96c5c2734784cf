"""Who translates: the settings' policy as recipes of engines, and the crew that works with them. Opens nothing.

A key goes to whom it belongs: a preset's from the environment only to the preset's own address.
"""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit

from zhaiyao.errors import ConfigError
from zhaiyao.wiring.tuning import instructions_text

if TYPE_CHECKING:
    from zhaiyao.engines.presets import Preset
    from zhaiyao.ports import EngineSpec
    from zhaiyao.prices import Price
    from zhaiyao.settings import EngineSettings, Places, Settings
    from zhaiyao.usecases.budget import Cap
    from zhaiyao.usecases.translate import Crew

AT_ONCE = {"local": 3, "scripted": 8}
"""Papers under way at once where none are set. Three papers' sentences fill the embedded model's slots; more in flight
only means more to lose in a kill."""

STRANGERS_REQUESTS, STRANGERS_BATCH = 8, 4
"""How an endpoint is asked that no preset knows: requests at once, and papers in one."""


DEFERRED_AT_ONCE, DEFERRED_PAPERS = 2, 1000
"""Of a provider's batch interface: pieces of work under way at once, and papers in each. An answer takes hours however
much is asked, so much is asked."""


class _Server(TypedDict):
    """What every recipe of a server wants to know."""

    name: str
    model: str
    dialect: str
    base_url: str
    api_key: str
    timeout: float
    concurrency: int
    batch: int
    price: "Price | None"
    proxy: str
    extra: str
    headroom: int
    instructions: str
    instructions_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hired:
    """An engine of the policy: its name, its recipe, how it likes to be asked, and what it takes.

    `batch` papers go into one request, `papers` into one piece of work; `limit` pieces are under way at once. `price`
    is None where nothing is known of it; `is_free` says that nobody is paid. `headroom` is in tokens per request.
    """

    name: str
    spec: "EngineSpec"
    limit: int
    batch: int = 1
    papers: int = 1
    price: "Price | None" = None
    is_free: bool = True
    headroom: int = 0


def engines(settings: "Settings", places: "Places") -> tuple[Hired, ...]:
    """The engines of the policy, in order. Raises ConfigError for a name that means none, or a preset."""
    from zhaiyao.engines.presets import PRESETS
    from zhaiyao.settings import named_engines

    return tuple(_hired(settings, places, name, told) for name, told in named_engines(settings, presets=PRESETS))


def _hired(settings: "Settings", places: "Places", name: str, told: "EngineSettings") -> Hired:
    if told.kind == "chat":
        return _chat(settings, places, name, told)
    limit = told.concurrency or AT_ONCE[told.kind]
    if told.kind == "scripted":
        from zhaiyao.engines.scripted import ScriptedSpec

        spec = ScriptedSpec(latency=told.latency, journal=Path(told.journal) if told.journal else None)
        return Hired(name=name, spec=spec, limit=limit)
    from zhaiyao.engines.local import LocalSpec

    spec_of_file = LocalSpec(
        model=told.model or "packaged", models=places.models, slots=told.slots, threads=told.threads
    )
    return Hired(name=name, spec=spec_of_file, limit=limit)


def _chat(settings: "Settings", places: "Places", name: str, told: "EngineSettings") -> Hired:
    from zhaiyao.engines.chat import ChatSpec
    from zhaiyao.engines.presets import PRESETS, Preset

    preset = PRESETS.get(told.preset) or Preset(
        name="", base_url="", concurrency=STRANGERS_REQUESTS, batch=STRANGERS_BATCH
    )
    address = told.base_url or preset.base_url
    model = told.model or preset.model
    is_own = preset.is_local or _is_ones_own(address)
    price = _price(settings, model, is_own=is_own)
    batch = settings.translation.batch or preset.batch
    headroom = told.headroom or preset.headroom
    limit = told.concurrency or preset.concurrency
    server: _Server = {
        "name": name,
        "model": model,
        "dialect": told.dialect or preset.dialect,
        "base_url": address,
        "api_key": told.api_key or _key(preset, told, os.environ),
        "timeout": told.timeout,
        "concurrency": limit,
        "batch": batch,
        "price": price,
        "proxy": told.proxy,
        "extra": told.extra or preset.extra,
        "headroom": headroom,
        "instructions": told.instructions,
        "instructions_text": instructions_text(places, told.instructions),
    }
    is_free = is_own and not price
    if told.deferred:
        from zhaiyao.engines.batches import BatchSpec

        return Hired(
            name=name,
            spec=BatchSpec(folder=places.home / "batches", **server),
            limit=DEFERRED_AT_ONCE,
            batch=batch,
            papers=DEFERRED_PAPERS,
            price=price,
            is_free=is_free,
            headroom=headroom,
        )
    return Hired(
        name=name,
        spec=ChatSpec(**server),
        limit=limit,
        batch=batch,
        papers=batch,
        price=price,
        is_free=is_free,
        headroom=headroom,
    )


def _key(preset: "Preset", told: "EngineSettings", environment: Mapping[str, str]) -> str:
    """The key that a provider's users keep in the environment; sent to nobody but that provider."""
    if told.base_url.rstrip("/") not in ("", preset.base_url.rstrip("/")):
        return ""
    usual = "ANTHROPIC_API_KEY" if told.dialect == "anthropic" else "OPENAI_API_KEY"
    variable = preset.key_variable if told.preset else usual
    return environment.get(variable, "") if variable else ""


def _price(settings: "Settings", model: str, *, is_own: bool) -> "Price | None":
    """What the settings say that a model costs; else, of a provider's, the list price in their currency, or None."""
    from zhaiyao.prices import Price, bundled, price_of

    told = {name: Price.of(each.input, each.output, each.cached) for name, each in settings.prices.items()}
    listed = {} if is_own else bundled(settings.translation.currency)
    return price_of(told, model) or price_of(listed, model)


def _is_ones_own(address: str) -> bool:
    """Whether an address is on this machine or in its own network, where nobody sends a bill."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host.endswith((".local", ".localhost")) or bool(host and "." not in host)


def cap(settings: "Settings", hired: "tuple[Hired, ...]") -> "Cap | None":
    """The day's cap, None without one or where nobody is paid. Raises ConfigError if a price is needed and unknown."""
    from zhaiyao.usecases.budget import Cap, dearest

    paid = [one for one in hired if not one.is_free]
    if not settings.translation.daily_cap or not paid:
        return None
    for one in paid:
        if one.price is None:
            raise ConfigError(
                f"no price in {settings.translation.currency} is known of {one.name}'s model: a cap could not hold",
                subject="translation.daily_cap",
                hint='Set [prices."MODEL"] input, cached and output (per million tokens), or another '
                "translation.currency, or no cap.",
            )
    micros = round(settings.translation.daily_cap * 1_000_000)
    return Cap(
        micros=micros,
        price=dearest(one.price for one in paid if one.price is not None),
        thinking=max(-(-one.headroom // one.batch) for one in paid),
    )


@contextmanager
def crew(settings: "Settings", places: "Places") -> "Iterator[Crew]":
    """Who translates, with this process as the owner of leases; closed at the end."""
    from zhaiyao.executors.threads import ThreadExecutor
    from zhaiyao.processes import is_gone, this_process
    from zhaiyao.usecases.translate import Crew
    from zhaiyao.worker import TranslatorSpec

    hired = engines(settings, places)
    first, free = hired[0], tuple(one.spec for one in hired if one.is_free)
    executor = ThreadExecutor()
    try:
        yield Crew(
            executor=executor,
            spec=TranslatorSpec(tuple(one.spec for one in hired)),
            limit=first.limit,
            batch=first.papers,
            owner=this_process(),
            is_gone=is_gone,
            cap=cap(settings, hired),
            free=TranslatorSpec(free) if free else None,
            currency=settings.translation.currency,
        )
    finally:
        executor.close()
