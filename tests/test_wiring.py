"""The policy of the settings as recipes of engines: who gets which key, what it costs, what a cap wants to know."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from zhaiyao import wiring
from zhaiyao.asking import EngineTraits, Job
from zhaiyao.engines.batches import BatchSpec
from zhaiyao.engines.chat import ChatSpec
from zhaiyao.engines.local import LocalSpec
from zhaiyao.engines.presets import PRESETS
from zhaiyao.errors import ConfigError, EngineError
from zhaiyao.records import RenditionKind
from zhaiyao.settings import Places, Settings, load
from zhaiyao.translating import pack, translate

SECRET = "hunter2-of-deepseek"


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for preset in PRESETS.values():
        if preset.key_variable:
            monkeypatch.setenv(preset.key_variable, f"key of {preset.key_variable}")
    monkeypatch.setenv("DEEPSEEK_API_KEY", SECRET)


def told(tmp_path: Path, text: str) -> tuple[Settings, Places]:
    (tmp_path / "zhaiyao.toml").write_text(text, encoding="utf-8")
    return load(environment={"ZHAIYAO_HOME": str(tmp_path)})


def chat(tmp_path: Path, text: str) -> ChatSpec:
    (hired,) = wiring.engines(*told(tmp_path, text))
    assert isinstance(hired.spec, ChatSpec)
    return hired.spec


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_wired_as_it_says(tmp_path: Path, name: str) -> None:
    preset = PRESETS[name]
    (hired,) = wiring.engines(*told(tmp_path, f'[engine]\npreset = "{name}"'))
    spec = hired.spec
    assert isinstance(spec, ChatSpec)
    assert (spec.name, spec.base_url, spec.model) == (name, preset.base_url, preset.model)
    assert (spec.dialect, spec.extra, spec.concurrency) == (preset.dialect, preset.extra, hired.limit)
    assert spec.timeout == preset.timeout
    assert hired.is_free == preset.is_local
    assert bool(spec.api_key) == bool(preset.key_variable)


@pytest.mark.parametrize(
    ("text", "has_it"),
    [
        ('[engine]\npreset = "deepseek"', True),
        ('[engine]\npreset = "deepseek"\nbase_url = "https://api.deepseek.com/"', True),
        ('[engine]\npreset = "deepseek"\nbase_url = "https://mirror.example/v1"', False),
        ('[engine]\nbase_url = "https://api.deepseek.com"\nmodel = "m"', False),
        ('[engine]\npreset = "ollama"\nmodel = "m"', False),
        ('[translation]\npolicy = "openai"', False),
    ],
)
def test_a_key_goes_to_its_provider_alone(tmp_path: Path, text: str, *, has_it: bool) -> None:
    spec = chat(tmp_path, text)
    assert (spec.api_key == SECRET) is has_it
    assert SECRET not in repr(spec)


def test_a_provider_without_a_key_is_told_before_anybody_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEEPSEEK_API_KEY")
    spec = chat(tmp_path, '[translation]\npolicy = "deepseek"')
    with pytest.raises(EngineError, match=r"engines.deepseek.api_key: no key is set\n.*\(or DEEPSEEK_API_KEY\)"):
        spec.open()
    chat(tmp_path, '[engine]\npreset = "deepseek"\nbase_url = "https://mirror.example/v1"').open().close()
    chat(tmp_path, '[engine]\npreset = "ollama"\nmodel = "m"').open().close()


def test_fields_of_a_section_go_before_the_preset(tmp_path: Path) -> None:
    engine = '[engine]\npreset = "deepseek"\nmodel = "m"\nconcurrency = 3\nproxy = "none"\ntimeout = 5\n'
    text = f"{engine}[translation]\nbatch = 2"
    spec = chat(tmp_path, text)
    assert spec.timeout == 5
    assert (spec.model, spec.concurrency, spec.proxy, spec.batch) == ("m", 3, "none", 2)


@pytest.mark.parametrize("name", ["judge-1", "reply-json-2", "document-999", "nobodys"])
def test_prompts_that_are_no_instructions_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=f"instructions = {name}: no such instructions"):
        chat(tmp_path, f'[engine]\npreset = "deepseek"\ninstructions = "{name}"')


def test_deferred_engines_get_much_at_once(tmp_path: Path) -> None:
    (hired,) = wiring.engines(*told(tmp_path, '[engine]\npreset = "openai"\ndeferred = true'))
    assert isinstance(hired.spec, BatchSpec)
    assert hired.papers > hired.batch


def test_what_a_deferred_engine_is_asked_about_a_paper_is_the_same_whatever_comes_with_it(tmp_path: Path) -> None:
    """Else a batch that was begun yesterday would be paid again today, when new papers stand before its own."""
    text = '[engine]\npreset = "openai"\ndeferred = true\napi_key = "one-word"'
    (hired,) = wiring.engines(*told(tmp_path, text))
    with closing(hired.spec.open()) as engine:
        traits = engine.traits
    yesterday = prompts_of(range(1, 30), traits)
    assert len(yesterday) == 29
    assert yesterday <= prompts_of(range(30), traits)


def prompts_of(numbers: Iterable[int], traits: EngineTraits) -> set[str]:
    """What is first asked about these papers, put into requests together."""
    jobs = [
        Job(
            paper_id=f"2601.{10_000 + number}",
            version=1,
            title=f"Pond {number}",
            abstract=f"We study the tides of pond {number}. They are small.",
            kinds=(RenditionKind.TITLE, RenditionKind.ABSTRACT),
        )
        for number in numbers
    ]
    requests = [request for job in jobs for request in next(translate(job, iter([traits])))]
    return {parcel.request.prompt for parcel in pack(requests, traits)}


def test_prices_are_the_users_then_the_list_in_the_currency(tmp_path: Path) -> None:
    own = '[engine]\npreset = "deepseek"\n[prices."deepseek-flash"]\ninput = 7\noutput = 8'
    for text, expected in ((own, 7.0), ('[engine]\npreset = "deepseek"', 0.3)):
        price = chat(tmp_path, text).price
        assert price is not None
        assert float(price.input) == expected
    yuan = chat(tmp_path, '[engine]\npreset = "deepseek"\n[translation]\ncurrency = "CNY"').price
    assert yuan is not None
    assert float(yuan.input) == 2.0


def test_a_cap_wants_every_price_and_leaves_the_free_out(tmp_path: Path) -> None:
    capped = '[translation]\npolicy = "deepseek local"\ndaily_cap = 1.5\n'
    settings, places = told(tmp_path, capped)
    with wiring.crew(settings, places) as crew:
        assert crew.cap is not None
        assert crew.cap.micros == 1_500_000
        assert crew.free is not None
    hired = wiring.engines(settings, places)
    assert [one.is_free for one in hired] == [False, True]
    assert isinstance(hired[1].spec, LocalSpec)
    settings, places = told(tmp_path, capped + '[engines.deepseek]\nmodel = "unheard-of"')
    with (
        pytest.raises(ConfigError, match="no price in USD is known of deepseek's model unheard-of"),
        wiring.crew(settings, places),
    ):
        pass
    settings, places = told(tmp_path, '[translation]\npolicy = "local"\ndaily_cap = 1.5')
    with wiring.crew(settings, places) as crew:
        assert crew.cap is None


@pytest.mark.parametrize(
    ("address", "is_free"),
    [
        ("http://localhost:8000/v1", True),
        ("http://192.168.1.5:8000/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://gpu:8000/v1", True),
        ("https://models.example/v1", False),
        ("https://8.8.8.8/v1", False),
    ],
)
def test_servers_of_ones_own_cost_nothing(tmp_path: Path, address: str, *, is_free: bool) -> None:
    (hired,) = wiring.engines(*told(tmp_path, f'[engine]\nbase_url = "{address}"\nmodel = "deepseek-flash"'))
    assert hired.is_free is is_free
    assert (hired.price is None) is is_free, "a list price is a provider's"


def test_a_model_that_costs_nothing_goes_on_when_the_cap_is_reached(tmp_path: Path) -> None:
    text = '[translation]\npolicy = "deepseek zhipu"\ndaily_cap = 1\n[prices."glm-5.3-flash"]\ninput = 0\noutput = 0'
    hired = wiring.engines(*told(tmp_path, text))
    assert [one.is_free for one in hired] == [False, True]


def test_a_preset_of_ones_own_server_at_a_providers_address_is_not_free(tmp_path: Path) -> None:
    text = '[engine]\npreset = "vllm"\nbase_url = "https://gpus.example/v1"\nmodel = "m"\n[translation]\ndaily_cap = 1'
    settings, places = told(tmp_path, text)
    hired = wiring.engines(settings, places)
    assert not hired[0].is_free
    with pytest.raises(ConfigError, match=r"prices.\"m\""):
        wiring.cap(settings, hired)
    free = told(tmp_path, text + '\n[prices."m"]\ninput = 0\noutput = 0')
    assert wiring.cap(free[0], wiring.engines(*free)) is None


def test_a_cap_that_does_not_pay_for_one_paper_is_an_error(tmp_path: Path) -> None:
    text = '[engine]\npreset = "moonshot"\n[translation]\ndaily_cap = {}'
    settings, places = told(tmp_path, text.format(0.02))
    with pytest.raises(ConfigError, match=r"0.02 USD would not pay for one paper, for which 0\.\d+ USD") as caught:
        wiring.cap(settings, wiring.engines(settings, places))
    least = float(caught.value.what.split()[-5])
    settings, places = told(tmp_path, text.format(least + 0.0001))
    assert wiring.cap(settings, wiring.engines(settings, places)) is not None


def test_an_address_that_is_none_is_told_when_its_engine_is_opened(tmp_path: Path) -> None:
    spec = chat(tmp_path, '[engine]\nbase_url = "https://[::1/v1"\nmodel = "m"')
    with pytest.raises(EngineError, match=r"engine.base_url: not the address"):
        spec.open()


def test_errors_of_a_named_engine_name_its_section(tmp_path: Path) -> None:
    text = '[translation]\npolicy = "own deepseek"\n[engines.own]\nbase_url = "https://m.example/v1"\nmodel = "m"'
    own, deepseek = (one.spec for one in wiring.engines(*told(tmp_path, text)))
    assert isinstance(own, ChatSpec)
    assert isinstance(deepseek, ChatSpec)
    assert (own.section, own.key_variable) == ("engines.own", "ZHAIYAO_ENGINES_OWN_API_KEY")
    assert (deepseek.section, deepseek.key_variable) == ("engines.deepseek", "DEEPSEEK_API_KEY")
    assert chat(tmp_path, '[engine]\npreset = "openai"').section == "engine"


def test_doctor_looks_at_every_engine_and_the_cap(tmp_path: Path) -> None:
    text = '[translation]\npolicy = "scripted deepseek"\ndaily_cap = 2\n'
    checks = wiring.checks(*told(tmp_path, text), offline=True)
    found = dict(checks)
    assert {"engine scripted", "engine deepseek", "daily cap"} <= set(found)
    assert "0.30 in" in "".join(found["engine deepseek"]())
    assert SECRET not in "".join(found["engine deepseek"]()) + "".join(found["settings"]())
    failing = dict(wiring.checks(*told(tmp_path, '[translation]\npolicy = "nobody"'), offline=True))
    with pytest.raises(ConfigError, match="nobody is called 'nobody'"):
        failing["engine"]()
