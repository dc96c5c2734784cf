import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from zhaiyao.errors import StoreError
from zhaiyao.records import Author, Interface
from zhaiyao.store.codec import Choice, Instant, Packed, Real, Text, decode, pack

DIALECT = sqlite.dialect()


def there_and_back(kind: sa.types.TypeDecorator[object], value: object) -> object:
    """A value through the column type, as a driver would carry it."""
    return kind.process_result_value(kind.process_bind_param(value, DIALECT), DIALECT)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(st.characters() | st.sampled_from('\\u0000"')))
def test_text_is_refused_or_comes_back_packed_or_not(text: str) -> None:
    def outcome(act: Callable[[], object]) -> object:
        try:
            return act()
        except StoreError:
            return None

    author = Author(name=text)
    fine = "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
    assert outcome(lambda: Text().process_bind_param(text, DIALECT)) == (text if fine else None)
    assert outcome(lambda: there_and_back(Packed(Author), author)) == (author if fine else None)


def test_a_refused_text_is_shown_harmlessly() -> None:
    with pytest.raises(StoreError, match="half a surrogate pair") as error:
        pack(["a\x1b[31m\ud800" + "x" * 500])
    assert error.value.subject.isascii()
    assert error.value.subject.isprintable()
    assert len(error.value.subject) < 100


def test_none_is_null_for_all() -> None:
    for kind in (Text(), Real()):
        assert kind.process_bind_param(None, DIALECT) is None
    for kind in (Instant(), Choice(Interface), Packed(Author)):
        assert there_and_back(kind, None) is None


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        Instant().process_bind_param(datetime(2026, 1, 14), DIALECT)


def test_instants_are_utc_wherever_the_session_lives() -> None:
    noon = datetime(2026, 1, 14, 12, tzinfo=UTC)
    for answered in (noon.replace(tzinfo=None), noon.astimezone(timezone(timedelta(hours=8)))):
        held = Instant().process_result_value(answered, DIALECT)
        assert held == noon
        assert held is not None
        assert held.tzinfo is UTC


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no finite number"):
        Real().process_bind_param(value, DIALECT)


def test_a_word_that_is_none_is_refused() -> None:
    assert there_and_back(Choice(Interface), Interface.OAI) is Interface.OAI
    with pytest.raises(ValueError, match="hearsay"):
        Choice(Interface).process_bind_param("hearsay", DIALECT)  # type: ignore[arg-type]


def test_a_field_that_came_later_takes_its_default() -> None:
    assert decode('{"name": "Ada"}', Author) == Author(name="Ada")
    assert decode('{"name": "Ada", "orcid": "0"}', Author) == Author(name="Ada")
