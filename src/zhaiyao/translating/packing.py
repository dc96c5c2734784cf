"""Puts the requests of several papers into one, and takes its reply apart again. Pure; asks nothing.

A hosted model is paid for every word it is told, and the instructions are as long as half a paper: told once for
several papers they hardly count. Only document requests are packed. Each paper gets the part of the reply that answers
it, and its share of the tokens and the cost; what a reply says of no paper in particular, every paper is told.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.translating.sheets import LETTERS, answers, item, request, size

MOST_CHARACTERS = 20_000
"""Of the papers in one request, some 15. Their answer has about 5,500 tokens and fits into 8,192, a common limit."""

Numbered = tuple[int, Request]

SHARED = ("prompt_tokens", "completion_tokens", "cached_tokens", "cost_micros")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A request, and the places of the requests that it stands for."""

    request: Request
    places: tuple[int, ...]


def pack(requests: Sequence[Request], traits: EngineTraits) -> tuple[Parcel, ...]:
    """The requests of an engine, packed as far as it takes several papers, in the order of their first ones."""
    parcels: list[Parcel] = []
    for _, some in groupby(sorted(enumerate(requests), key=_packs_with), key=_packs_with):
        parcels += map(_parcel, _groups(list(some), traits.batch))
    return tuple(sorted(parcels, key=lambda parcel: parcel.places))


def unpack(parcel: Parcel, reply: Reply) -> tuple[Reply, ...]:
    """The reply's part for each of the requests in a parcel, in order."""
    count = len(parcel.places)
    if count == 1:
        return (reply,)
    sheets = parcel.request.sheets
    shares = [_shares(getattr(reply, name), [max(1, size(sheet)) for sheet in sheets]) for name in SHARED]
    texts = [""] * count if reply.fault else _texts(answers(reply.text, sheets), is_cut=reply.truncated)
    return tuple(
        replace(reply, text=text, shared_by=count, **dict(zip(SHARED, used, strict=True)))
        for text, *used in zip(texts, *shares, strict=True)
    )


def _packs_with(numbered: Numbered) -> tuple[str, bool, int]:
    """Document requests with the same system part are packed together; every other request is alone."""
    place, one = numbered
    may_pack = len(one.sheets) == 1 and one.company != 1
    return (one.system, one.schema is None, -1) if may_pack else ("", False, place)


def _groups(numbered: Sequence[Numbered], most: int) -> tuple[tuple[Numbered, ...], ...]:
    """In order, in as few groups as the engine, the requests' own limits and the length of the reply allow, and these
    about equally full: a paper left over by itself would pay for all of the instructions."""
    groups = _filled(numbered, most, MOST_CHARACTERS)
    if len(groups) < 2:
        return groups
    even = sum(map(_size, numbered)) // len(groups) + max(map(_size, numbered))
    evened = _filled(numbered, most, min(even, MOST_CHARACTERS))
    return evened if len(evened) == len(groups) else groups


def _filled(numbered: Sequence[Numbered], most: int, characters: int) -> tuple[tuple[Numbered, ...], ...]:
    groups: list[list[Numbered]] = []
    held = 0
    for one in numbered:
        together = [*groups[-1], one] if groups else [one]
        limit = min(most, len(LETTERS), *(each.company or most for _, each in together))
        held += _size(one)
        if groups and len(together) <= limit and held <= characters:
            groups[-1].append(one)
        else:
            groups.append([one])
            held = _size(one)
    return tuple(map(tuple, groups))


def _size(numbered: Numbered) -> int:
    return sum(map(size, numbered[1].sheets))


def _parcel(group: tuple[Numbered, ...]) -> Parcel:
    places, requests = map(itemgetter(0), group), [one for _, one in group]
    first = requests[0]
    if len(requests) == 1:
        return Parcel(first, tuple(places))
    packed = request(
        [one.sheets[0] for one in requests],
        kind=first.kind,
        system=first.system,
        is_structured=first.schema is not None,
        engine=first.engine,
    )
    return Parcel(packed, tuple(places))


def _texts(parts: Sequence[Mapping[str, str]], *, is_cut: bool) -> list[str]:
    """The papers' parts as replies to each alone; nothing where the reply was bad as a whole, or cut off before."""
    is_bad = is_cut or not any(parts)
    return ["" if is_bad and not part else _text(part) for part in parts]


def _text(part: Mapping[str, str]) -> str:
    items = [{"id": item(label), "zh": answer} for label, answer in part.items()]
    return json.dumps({"items": items}, ensure_ascii=False)


def _shares(total: int, weights: Sequence[int]) -> list[int]:
    """A whole number in shares by weight that sum up to it (largest remainder)."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in by_remainder[: total - sum(shares)]:
        shares[at] += 1
    return shares
