import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.store import shown_address

PLANTED = "pl4nted"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me@host:5432/db?sslmode=require", "postgresql://me@host:5432/db?sslmode=require"),
        ("postgresql://me:pl4nted@host/db", "postgresql://me:***@host/db"),
        ("postgresql+psycopg://me:a/pl4nted?b@host/db", "postgresql+psycopg://me:***@host/db"),
        ("postgresql://host/db?password=pl4nted&sslmode=require", "postgresql://host/db?sslmode=require"),
        ("postgresql://host/db?pass%77ord=pl4nted", "postgresql://host/db"),
        ("postgresql://host/db?PASSWORD=pl4nted&password=pl4nted", "postgresql://host/db"),
        ("postgresql://host/db?sslpassword=pl4nted", "postgresql://host/db"),
        ("postgresql:///?dbname=host%3Dh+password%3Dpl4nted", "postgresql:///"),
        ("postgresql:///?dbname=postgresql://me:pl4nted%40host", "postgresql:///"),
        ("mysql://me:pl4nted@host/db", "mysql://me:***@host/db"),
        ("sqlite:////home/me@there/store.db", "sqlite:////home/me%40there/store.db"),
        ("sqlite://", "sqlite://"),
        ("postgresql://me:a@pl4nted@host/db", "postgresql://***@host/db"),
        ("postgresql://me:a@b/pl4nted@host/db", "postgresql://***@host/db"),
        ("postgresql://me:a@b?pl4nted@host/db", "postgresql://***@host/db"),
        ("postgresql://me:a@b:pl4nted@host/db?password=pl4nted", "postgresql://***@host/db?***"),
        ("postgresql://me:pl4nted@host:port/db", "postgresql://***@host:port/db"),
        ("postgresql://me:pl4nted", "postgresql://***"),
        ("postgres:/me:pl4nted@host/db", "***@host/db"),
        ("host=there password = pl4nted", "host=there ***"),
        ("store.db", "store.db"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_its_secret(address: str, shown: str) -> None:
    assert shown_address(address) == shown


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text("a@:/?#&=%[] ", max_size=6), st.text("a@:/?#&=%[] ", max_size=6))
def test_whatever_stands_around_it_a_password_is_hidden(before: str, after: str) -> None:
    assert PLANTED not in shown_address(f"postgresql://me:{before}{PLANTED}{after}@host/db")
