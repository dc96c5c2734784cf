"""The error tree: every member can be raised, shown, pickled, and ends the program with the right code."""

import pickle
import re
from collections.abc import Iterator

import pytest

from zhaiyao import errors
from zhaiyao.errors import UsageError, ZhaiyaoError


def tree(kind: type[ZhaiyaoError] = ZhaiyaoError) -> Iterator[type[ZhaiyaoError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


KINDS = tuple(kind for kind in tree() if kind.__module__ == errors.__name__)


@pytest.mark.parametrize("kind", KINDS)
def test_errors_survive_pickling_with_all_they_say(kind: type[ZhaiyaoError]) -> None:
    error = pickle.loads(pickle.dumps(kind("it broke", subject="the thing", hint="Mend it.")))
    assert type(error) is kind
    assert (error.what, error.subject, error.hint) == ("it broke", "the thing", "Mend it.")
    assert str(error) == "the thing: it broke\nMend it."


@pytest.mark.parametrize("kind", KINDS)
def test_exit_codes(kind: type[ZhaiyaoError]) -> None:
    assert kind.exit_code == (2 if issubclass(kind, UsageError) else 1)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ZhaiyaoError("it broke"), "it broke"),
        (ZhaiyaoError("it broke", subject="the thing"), "the thing: it broke"),
        (ZhaiyaoError("it broke", hint="Mend it."), "it broke\nMend it."),
    ],
)
def test_what_is_not_told_leaves_no_trace(error: ZhaiyaoError, text: str) -> None:
    assert str(error) == text


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
    drawn: list[tuple[str, str]] = []
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.fullmatch(r" {4}((?:[│├└─ ]{4})*)([A-Z]\w+)(?: {2,}.*)?", line):
            above[len(match[1]) // 4 :] = [match[2]]
            drawn.append((match[2], above[-2] if len(above) > 1 else ""))
    real = [(kind.__name__, kind.__base__.__name__ if kind is not ZhaiyaoError else "") for kind in KINDS]
    assert drawn == real


def test_every_member_of_the_family_is_documented_and_nothing_else_is_public() -> None:
    public = {name for name, value in vars(errors).items() if isinstance(value, type) and not name.startswith("_")}
    assert public == {kind.__name__ for kind in KINDS}
    assert all(kind.__doc__ for kind in KINDS)
