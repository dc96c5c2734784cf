"""`zhaiyao cost`: sums by heading, and today's against the cap."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.build import version
from zhaiyao.cli import main
from zhaiyao.ports import Store
from zhaiyao.records import Attempt, Outcome, RenditionKind
from zhaiyao.store import open_store
from zhaiyao.usecases.cost import cost, money

NOW = datetime(2026, 1, 14, 12, tzinfo=UTC)
ASKED = Attempt(
    paper_id="2601.99901",
    version=1,
    kind=RenditionKind.ABSTRACT,
    engine="deepseek",
    model="deepseek-flash",
    step="whole",
    outcome=Outcome.ACCEPTED,
    at=NOW,
    prompt_tokens=1_000,
    cached_tokens=400,
    completion_tokens=500,
    cost_micros=2_500,
    shared_by=4,
)
TRIES = (
    replace(ASKED, at=datetime(2026, 1, 13, 23, 59, 59, tzinfo=UTC)),
    ASKED,
    replace(ASKED, kind=RenditionKind.TITLE, shared_by=1, outcome=Outcome.FAILED, cost_micros=0),
    replace(ASKED, engine="local", model="gemma", shared_by=1, cost_micros=0, cached_tokens=0),
)


def fill(store: Store) -> None:
    with store.writing() as tx:
        tx.papers.put([], [version("2601.99901")], [])
        tx.renditions.record(TRIES)


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("day", ["2026-01-13", "2026-01-14"]),
        ("model", ["deepseek deepseek-flash", "local gemma"]),
        ("kind", ["abstract", "title"]),
    ],
)
def test_headings_add_up_to_the_total(by: str, names: list[str]) -> None:
    store = open_store("sqlite://")
    fill(store)
    costs = cost(store, by=by, currency="CNY", now=NOW)
    assert [row.name for row in costs.rows] == names
    for field in ("attempts", "requests", "prompt_tokens", "cached_tokens", "completion_tokens", "cost_micros"):
        assert sum(getattr(row, field) for row in costs.rows) == getattr(costs.total, field)
    assert (costs.total.attempts, costs.total.requests, costs.total.cached_tokens) == (4, 2.5, 1_200)
    assert (costs.total.cost_micros, costs.today.cost_micros) == (5_000, 2_500)
    store.close()


def test_since_leaves_out_what_was_before_but_never_today() -> None:
    store = open_store("sqlite://")
    fill(store)
    assert cost(store, since=date(2026, 1, 14), currency="USD", now=NOW).total.cost_micros == 2_500
    later = cost(store, since=date(2026, 2, 1), currency="USD", now=NOW)
    assert (later.rows, later.today.cost_micros) == ((), 2_500)
    store.close()


def test_what_a_server_did_for_nothing_is_told() -> None:
    store = open_store("sqlite://")
    fill(store)
    assert cost(store, currency="USD", now=NOW).unpriced == (), "nobody pays for the model in this process"
    with store.writing() as tx:
        tx.renditions.record([replace(ASKED, model="new", cost_micros=0), replace(ASKED, model="late", cost_micros=0)])
        tx.renditions.record([replace(ASKED, model="late", kind=RenditionKind.TITLE, cost_micros=7)])
        tx.renditions.record([replace(ASKED, model="silent", completion_tokens=0, cost_micros=0)])
    assert cost(store, currency="USD", now=NOW).unpriced == ("deepseek new",)
    store.close()


@pytest.mark.parametrize(
    ("micros", "said"),
    [(0, "0.00 USD"), (123, "0.0001 USD"), (9_999_900, "9.9999 USD"), (1_234_567_890, "1,234.57 USD")],
)
def test_small_sums_show_what_a_paper_costs(micros: int, said: str) -> None:
    assert money(micros, "USD") == said


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ZHAIYAO_HOME", str(tmp_path))
    monkeypatch.setenv("ZHAIYAO_LANGUAGE", "en")
    assert main(["cost"]) == 0
    assert "No engine was used" in capsys.readouterr().err
    store = open_store(tmp_path / "zhaiyao.db")
    fill(store)
    store.close()
    monkeypatch.setenv("ZHAIYAO_TRANSLATION_DAILY_CAP", "1.5")
    assert main(["cost", "--by", "model"]) == 0
    out, err = capsys.readouterr()
    assert "deepseek deepseek-flash" in out
    assert "total" in out
    assert "0.0050 USD" in out
    assert "of 1.5000 USD" in err
    assert main(["--language", "zh", "cost", "--by", "kind"]) == 0
    assert "摘要" in capsys.readouterr().out
    assert main(["cost", "--since", "2026-01-14", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["total"]["cost_micros"], told["cap_micros"]) == (2_500, 1_500_000)
    assert main(["cost", "--since", "yesterday"]) == 2
    with closing(open_store(tmp_path / "zhaiyao.db")) as store, store.writing() as tx:
        tx.renditions.record([replace(ASKED, model="new", cost_micros=0)])
    assert main(["cost"]) == 0
    assert "deepseek new" in capsys.readouterr().err
