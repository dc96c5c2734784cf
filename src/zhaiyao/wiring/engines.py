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


DEFERRED_AT_ONCE, DEFERRED_PAPERS, DEFERRED_BATCH = 1, 2000, 1
"""Of a provider's batch interface: pieces of work under way at once, papers in each, and papers in one request. An
answer takes hours however much is asked, so much is asked; two pieces would share the room that the provider has for
what waits. A paper is alone in its request, so that its answer is found again after a kill whatever papers come with
it the next day."""


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
    needs_key: bool
    section: str
    key_variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hired:
    """An engine of the policy: its name, its recipe, how it likes to be asked, and what it takes.

    `batch` papers go into one request, `papers` into one piece of work; `limit` pieces are under way at once. `price`
    is None where nothing is known of it; `is_free` says that nobody is paid. `headroom` is in tokens per request.
    `model` is what an endpoint calls its model; empty for what runs in this process.
    """

    name: str
    spec: "EngineSpec"
    limit: int
    model: str = ""
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
    from zhaiyao.prices import FREE
    from zhaiyao.settings import section_of

    preset = PRESETS.get(told.preset) or Preset(
        name="", base_url="", concurrency=STRANGERS_REQUESTS, batch=STRANGERS_BATCH
    )
    address = told.base_url or preset.base_url
    model = told.model or preset.model
    is_own = _is_ones_own(address)
    price = _price(settings, model, is_own=is_own)
    batch = settings.translation.batch or (DEFERRED_BATCH if told.deferred else preset.batch)
    section = section_of(settings, name, told)
    headroom = told.headroom or preset.headroom
    limit = told.concurrency or preset.concurrency
    server: _Server = {
        "name": name,
        "model": model,
        "dialect": told.dialect or preset.dialect,
        "base_url": address,
        "api_key": told.api_key or _key(preset, told, os.environ),
        "timeout": told.timeout or preset.timeout,
        "concurrency": limit,
        "batch": batch,
        "price": price,
        "proxy": told.proxy,
        "extra": told.extra or preset.extra,
        "headroom": headroom,
        "instructions": told.instructions,
        "instructions_text": instructions_text(places, told.instructions),
        "needs_key": bool(_usual_variable(preset, told)),
        "section": section,
        "key_variable": _key_variable(preset, told, section),
    }
    spec: EngineSpec = ChatSpec(**server)
    papers = batch
    if told.deferred:
        from zhaiyao.engines.batches import BatchSpec

        spec = BatchSpec(folder=places.home / "batches", **server)
        limit, papers = DEFERRED_AT_ONCE, DEFERRED_PAPERS
    return Hired(
        name=name,
        spec=spec,
        limit=limit,
        model=model,
        batch=batch,
        papers=papers,
        price=price,
        is_free=is_own if price is None else price == FREE,
        headroom=headroom,
    )


def _key(preset: "Preset", told: "EngineSettings", environment: Mapping[str, str]) -> str:
    """The key that a provider's users keep in the environment; sent to nobody but that provider."""
    variable = _usual_variable(preset, told)
    return environment.get(variable, "") if variable else ""


def _usual_variable(preset: "Preset", told: "EngineSettings") -> str:
    """Where a provider's users keep its key; empty where another server is meant, or one that wants none."""
    if told.base_url.rstrip("/") not in ("", preset.base_url.rstrip("/")):
        return ""
    usual = "ANTHROPIC_API_KEY" if told.dialect == "anthropic" else "OPENAI_API_KEY"
    return preset.key_variable if told.preset else usual


def _key_variable(preset: "Preset", told: "EngineSettings", section: str) -> str:
    """The environment variable to name to who has to set a key."""
    from zhaiyao.settings import variable

    return _usual_variable(preset, told) or variable(f"{section}.api_key")


def _price(settings: "Settings", model: str, *, is_own: bool) -> "Price | None":
    """What the settings say that a model costs; else, of a provider's, the list price in their currency, or None."""
    from zhaiyao.prices import Price, bundled, price_of

    told = {name: Price.of(each.input, each.output, each.cached) for name, each in settings.prices.items()}
    listed = {} if is_own else bundled(settings.translation.currency)
    return price_of(told, model) or price_of(listed, model)


def _is_ones_own(address: str) -> bool:
    """Whether an address is on this machine or in its own network, where nobody sends a bill."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False  # no address: its engine says so when it is opened
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host.endswith((".local", ".localhost")) or bool(host and "." not in host)


def cap(settings: "Settings", hired: "tuple[Hired, ...]") -> "Cap | None":
    """The day's cap, None without one or where nobody is paid. Raises ConfigError if a price is needed and unknown, and
    for a cap that does not reach for one paper."""
    from zhaiyao.usecases.budget import LONGEST, Cap, dearest, reserved
    from zhaiyao.usecases.cost import money

    currency, told = settings.translation.currency, settings.translation.daily_cap
    paid = [one for one in hired if not one.is_free]
    if not told or not paid:
        return None
    for one in paid:
        if one.price is None:
            raise ConfigError(
                f"no price in {currency} is known of {one.name}'s model {one.model}: a cap could not hold",
                subject="translation.daily_cap",
                hint=f'Set [prices."{one.model}"] input, cached and output (per million tokens, 0 for none), '
                "or another translation.currency, or no cap.",
            )
    found = Cap(
        micros=round(told * 1_000_000),
        price=dearest(one.price for one in paid if one.price is not None),
        thinking=max(-(-one.headroom // one.batch) for one in paid),
    )
    least = reserved(found, LONGEST)
    if found.micros < least:
        raise ConfigError(
            f"{told:g} {currency} would not pay for one paper, for which {money(least, currency)} are set aside",
            subject="translation.daily_cap",
            hint="Set a higher one, or name cheaper engines in translation.policy, or 0 for no cap.",
        )
    return found


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
