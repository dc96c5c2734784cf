"""arXiv's categories and archives: names, aliases, scope. Facts only; what a reader subscribes to is kept elsewhere.

A *category* (`cs.LG`, `quant-ph`) is what a paper is filed under; an *archive* (`cs`, `quant-ph`) holds categories.
Six categories have two names each (`cs.NA` = `math.NA`), and old archives live on inside a category (`cmp-lg` in
`cs.CL`); `canonical` folds both. The facts are arXiv's taxonomy (https://arxiv.org/category_taxonomy), the Chinese
names are ours.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from zhaiyao.errors import UnknownCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A set of categories. `active`: arXiv still announces in it. `group` is its field of science."""

    id: str
    name: str
    name_zh: str
    group: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """What a paper is filed under. `alias_of` is the canonical name, empty where this is the canonical one.

    An inactive category stands only on old papers.
    """

    id: str
    name: str
    name_zh: str
    archive: str
    group: str
    active: bool
    alias_of: str = ""


def category(name: str) -> Category:
    """Looks a category up, in any case of letters. Raises UnknownCategory and names the nearest ones."""
    found = _categories().get(name.strip().lower())
    if found is None:
        raise _unknown(name)
    return found


def archives() -> tuple[Archive, ...]:
    """All archives, the inactive ones too, by id."""
    return tuple(_archives().values())


def categories() -> tuple[Category, ...]:
    """All categories, aliases and inactive ones too, by id."""
    return tuple(_categories().values())


def is_archive(name: str) -> bool:
    """Whether an archive of today has this id. `quant-ph` and eight more are both archive and category."""
    archive = _archives().get(name.strip().lower())
    return archive is not None and archive.active


def canonical(name: str) -> str:
    """The one name of a category: aliases folded, letters in arXiv's case. An unknown name stays as it is."""
    found = _categories().get(name.strip().lower())
    return name if found is None else found.alias_of or found.id


def subscription(name: str) -> str:
    """The canonical id of a category or archive that one may subscribe to; aliases are folded.

    Raises UnknownCategory, with the nearest names as hint, for anything else (a combination such as `cs.AI+cs.LG` too).
    """
    return name.strip().lower() if is_archive(name) else canonical(category(name).id)


def in_scope(names: Iterable[str], subscribed: str) -> bool:
    """Whether a paper with these categories belongs to a subscription (a category or an archive).

    As in arXiv's feeds an alias counts under both names: `math.NA` is in `cs`, since it is `cs.NA` too.
    """
    if is_archive(subscribed):
        return any(subscribed in _archives_of(canonical(name)) for name in names)
    wanted = canonical(subscribed)
    return any(canonical(name) == wanted for name in names)


def label(name: str, *, language: str = "zh") -> str:
    """The name of a category or archive for readers, in Chinese (`zh`) or else English; an unknown id as it is."""
    key = name.strip().lower()
    found = _categories().get(key) or _archives().get(key)
    if found is None:
        return name
    return found.name_zh if language == "zh" else found.name


def _archives_of(canonical_name: str) -> frozenset[str]:
    """The archives that a category is in, by all its names; a category younger than our table goes by its prefix."""
    return _homes().get(canonical_name) or frozenset((canonical_name.partition(".")[0],))


def _unknown(name: str) -> UnknownCategory:
    near = _nearest(name.strip().lower())
    hint = f"Did you mean {' or '.join(near)}?" if near else "All of them: https://arxiv.org/category_taxonomy"
    return UnknownCategory("not an arXiv category or archive", subject=" ".join(name.split())[:80], hint=hint)


def _nearest(name: str) -> list[str]:
    """Up to three that one may have meant, as `id (name)`: by last part (`ml`), then by similar id, by similar name."""
    named: tuple[Archive | Category, ...] = (*archives(), *categories())
    active = [found for found in named if found.active and canonical(found.id) == found.id]
    by_id = {found.id.lower(): found for found in active}
    last = name.rpartition(".")[2]
    near = [found for key, found in by_id.items() if last and key.partition(".")[2] == last]
    near += [by_id[key] for key in get_close_matches(name, by_id)]
    for similar in get_close_matches(name, {found.name.lower() for found in active}):
        near += [found for found in active if found.name.lower() == similar]
    return list(dict.fromkeys(f"{found.id} ({found.name})" for found in near))[:3]


@cache
def _archives() -> dict[str, Archive]:
    return {row["id"].lower(): Archive(**row) for row in _table()["archives"]}


@cache
def _categories() -> dict[str, Category]:
    groups = {archive.id: archive.group for archive in archives()}
    return {row["id"].lower(): Category(**row, group=groups[row["archive"]]) for row in _table()["categories"]}


@cache
def _homes() -> dict[str, frozenset[str]]:
    homes: dict[str, frozenset[str]] = {}
    for found in categories():
        key = found.alias_of or found.id
        homes[key] = homes.get(key, frozenset()) | {found.archive}
    return homes


def _table() -> dict[str, list[dict[str, Any]]]:
    table: dict[str, list[dict[str, Any]]] = json.loads(files("zhaiyao").joinpath("data/taxonomy.json").read_bytes())
    return table
