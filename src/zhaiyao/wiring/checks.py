"""What `zhaiyao doctor` looks at: settings, store, pages, engines, arXiv. Changes nothing that a run would not."""

import os
from functools import partial
from typing import TYPE_CHECKING

from zhaiyao.errors import ConfigError
from zhaiyao.wiring.engines import Hired, cap, engines
from zhaiyao.wiring.network import DEMO_CATEGORY, arxiv
from zhaiyao.wiring.places import open_store, shown_store

if TYPE_CHECKING:
    from zhaiyao.settings import Places, Settings
    from zhaiyao.usecases.doctor import Check


def checks(settings: "Settings", places: "Places", *, offline: bool) -> "list[Check]":
    """What `zhaiyao doctor` looks at, cheapest first. Opening the engine loads the model; an endpoint is asked for its
    list of models, which costs nothing, unless `offline`."""
    found: list[Check] = [
        ("settings", lambda: _probe_settings(settings, places)),
        ("store", lambda: _probe_store(places)),
        ("pages", lambda: _probe_pages(places)),
        *_engines(settings, places, offline=offline),
    ]
    if not offline:
        found.append(("arXiv", lambda: _probe_arxiv(settings, places)))
    return found


def _probe_settings(settings: "Settings", places: "Places") -> tuple[str, ...]:
    shown = (f"{name} = {value}" for name, value in settings.shown(store=shown_store))
    return str(places.config), *shown


def _probe_store(places: "Places") -> tuple[str]:
    store = open_store(places)
    try:
        with store.reading() as tx:
            held = f"{len(tx.editions.ids())} editions, {tx.work.count()} papers wait"
        return (f"{shown_store(places.store)}, {held}",)
    finally:
        store.close()


def _probe_pages(places: "Places") -> tuple[str]:
    from zhaiyao.errors import PublishError

    below = next(place for place in (places.pages, *places.pages.parents) if place.exists())
    if not below.is_dir() or not os.access(below, os.W_OK):
        raise PublishError("cannot be written", subject=str(below), hint='Choose another place: pages = "…"')
    return (str(places.pages),)


def _engines(settings: "Settings", places: "Places", *, offline: bool) -> "list[Check]":
    """One check for each engine of the policy; one in all, which fails, if the policy cannot be understood."""
    try:
        hired = engines(settings, places)
    except ConfigError as error:
        return [("engine", partial(_fail, error))]
    found: list[Check] = [
        (f"engine {one.name}", partial(_probe_engine, one, settings, offline=offline)) for one in hired
    ]
    if settings.translation.daily_cap:
        found.append(("daily cap", lambda: _probe_cap(settings, hired)))
    return found


def _fail(error: ConfigError) -> tuple[str]:
    raise error


def _probe_engine(hired: Hired, settings: "Settings", *, offline: bool) -> tuple[str, ...]:
    opened = hired.spec.open()
    try:
        found = f"{opened.traits.name}, {opened.traits.model}"
    finally:
        opened.close()
    return found, *([] if offline else _looked(hired)), _priced(hired, settings)


def _looked(hired: Hired) -> list[str]:
    """What an endpoint says; nothing of what runs in this process."""
    if not hired.model:
        return []
    from zhaiyao.engines.correspondence import ServerSpec
    from zhaiyao.engines.looking import look

    return [look(hired.spec)] if isinstance(hired.spec, ServerSpec) else []


def _priced(hired: Hired, settings: "Settings") -> str:
    currency, price = settings.translation.currency, hired.price
    if price is None:
        return "costs nothing" if hired.is_free else f"no price in {currency} is known"
    return f"{price.input} in, {price.cached} cached, {price.output} out per million tokens ({currency})"


def _probe_cap(settings: "Settings", hired: tuple[Hired, ...]) -> tuple[str]:
    told = cap(settings, hired)
    return (f"{settings.translation.daily_cap:g} {settings.translation.currency}" if told else "nobody is paid",)


def _probe_arxiv(settings: "Settings", places: "Places") -> tuple[str, ...]:
    with arxiv(settings, places) as asked:
        fed = asked.feed.latest(DEMO_CATEGORY)
        found = [f"feed: {fed.category}, {fed.date}, {len(fed.sightings)} announced"]
        if asked.listings is not None:
            listed = asked.listings.latest(DEMO_CATEGORY)
            found.append(
                f"listing: {listed.category}, {listed.date}, {len(listed.sightings)} of {listed.announced} announced"
            )
    return found[0], *found[1:]
