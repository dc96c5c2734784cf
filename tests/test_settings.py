"""Settings: who wins, and what is said of mistakes."""

from pathlib import Path

import pytest

from zhaiyao.errors import ConfigError
from zhaiyao.settings import EngineSettings, Settings, insist_on_politeness, load, named_engines, names


def config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "given.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_flags_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    home = {"ZHAIYAO_HOME": str(tmp_path)}
    file = config(tmp_path, '[engine]\nslots = 3\nmodel = "file"\nname = "chat"\n')
    settings, _ = load(
        environment=home | {"ZHAIYAO_ENGINE_MODEL": "environment", "ZHAIYAO_ENGINE_NAME": "scripted"},
        config=file,
        flags={"engine.name": "local", "engine.slots": None},
    )
    assert (settings.engine.slots, settings.engine.model, settings.engine.name) == (3, "environment", "local")
    assert settings.engine.threads == EngineSettings().threads


def test_home_moves_everything(tmp_path: Path) -> None:
    _, places = load(environment={"ZHAIYAO_HOME": str(tmp_path)})
    for place in (places.config, places.pages, places.models, places.gate):
        assert place.is_relative_to(tmp_path)
    assert places.store == tmp_path / "zhaiyao.db"


def test_the_file_in_the_home_is_read(tmp_path: Path) -> None:
    (tmp_path / "zhaiyao.toml").write_text('language = "en"\n')
    assert load(environment={"ZHAIYAO_HOME": str(tmp_path)})[0].language == "en"


def test_numbers_come_as_text_from_the_environment_only(tmp_path: Path) -> None:
    home = {"ZHAIYAO_HOME": str(tmp_path)}
    assert load(environment=home | {"ZHAIYAO_ARXIV_INTERVAL": "3.5"})[0].arxiv.interval == 3.5
    with pytest.raises(ConfigError, match=r"Expected `float`, got `str` \(at arxiv.interval\)"):
        load(environment=home, config=config(tmp_path, '[arxiv]\ninterval = "3.5"\n'))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[engine]\nmodell = 'x'\n", "Did you mean engine.model?"),
        ("langauge = 'zh'\n", "Did you mean language?"),
        ("[engine]\nslots = 0\n", "at engine.slots"),
        ("[engine]\nname = 'gpt'\n", "at engine.name"),
        ("engine = 3\n", "at engine"),
        ("not toml", "not TOML"),
        ("x = '\x00'", "not TOML"),
    ],
)
def test_a_mistake_in_the_file_names_its_path(tmp_path: Path, text: str, what: str) -> None:
    path = config(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(environment={"ZHAIYAO_HOME": str(tmp_path)}, config=path)
    assert what in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_file_that_is_not_utf8_or_missing(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b"language = '\xe9'")
    with pytest.raises(ConfigError, match="not TOML"):
        load(environment={"ZHAIYAO_HOME": str(tmp_path)}, config=path)
    with pytest.raises(ConfigError, match="no such file"):
        load(environment={"ZHAIYAO_HOME": str(tmp_path)}, config=tmp_path / "none.toml")


def test_an_unknown_variable_is_an_error(tmp_path: Path) -> None:
    load(environment={"ZHAIYAO_HOME": str(tmp_path), "ZHAIYAO_REFERENCE": "x", "ZHAIYAO_REQUIRE": "x"})
    with pytest.raises(ConfigError, match="Did you mean ZHAIYAO_ENGINE_MODEL"):
        load(environment={"ZHAIYAO_HOME": str(tmp_path), "ZHAIYAO_ENGINE_MODLE": "x"})


def test_the_key_is_never_shown() -> None:
    assert SECRET not in repr(EngineSettings(api_key=SECRET))
    assert "api_key=set" in repr(EngineSettings(api_key=SECRET))


SECRET = "hunter2"
PLANTED = {
    "ZHAIYAO_ENGINE_API_KEY": SECRET,
    "ZHAIYAO_ENGINE_BASE_URL": f"https://me:{SECRET}@engine.example/v1",
    "ZHAIYAO_ARXIV_BASE_URL": f"https://{SECRET}@mirror.example",
    "ZHAIYAO_SITE_URL": f"https://me:a/{SECRET}@site.example",
    "ZHAIYAO_STORE": f"postgresql://me:{SECRET}@database.example/z?password={SECRET}",
}


def test_all_settings_are_shown_without_secrets(tmp_path: Path) -> None:
    settings, _ = load(environment={"ZHAIYAO_HOME": str(tmp_path), **PLANTED})
    shown = dict(settings.shown())
    assert tuple(shown) == names()
    assert shown["engine.api_key"] == shown["store"] == "set"
    assert shown["engine.base_url"] == "'https://***@engine.example/v1'"
    assert shown["engine.slots"] == "8"
    assert SECRET not in f"{shown}{settings!r}{settings.engine!r}"
    assert dict(Settings().shown())["engine.api_key"] == "none"


@pytest.mark.parametrize("mistake", [*PLANTED, "ZHAIYAO_ENGINE_SLOTS", "ZHAIYAO_ENGINE_NAME", "ZHAIYAO_LANGUAGE"])
def test_no_error_tells_a_value(tmp_path: Path, mistake: str) -> None:
    environment = {"ZHAIYAO_HOME": str(tmp_path), **PLANTED, "ZHAIYAO_ENGINE_SLOTS": "x", mistake: SECRET}
    with pytest.raises(ConfigError) as caught:
        load(environment=environment)
    assert SECRET not in str(caught.value)


def test_a_hint_names_what_is_known_and_the_page(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(environment={"ZHAIYAO_HOME": str(tmp_path), "ZHAIYAO_ENGINE_SLOTS": "none"})
    assert "docs/settings.md" in caught.value.hint
    assert "ZHAIYAO_ENGINE_SLOTS" in caught.value.hint
    with pytest.raises(ConfigError) as caught:
        load(environment={"ZHAIYAO_HOME": str(tmp_path)}, config=config(tmp_path, "engine = 3\n"))
    assert all(name in caught.value.hint for name in names())


@pytest.mark.parametrize("base", ["", "https://rss.arxiv.org", "http://x@EXPORT.arxiv.org.:80/", "//[", "localhost"])
def test_arxiv_is_not_asked_faster_than_it_wants(tmp_path: Path, base: str) -> None:
    home = {"ZHAIYAO_HOME": str(tmp_path), "ZHAIYAO_ARXIV_INTERVAL": "2.9"}
    settings, _ = load(environment=home, flags={"arxiv.base_url": base})  # who does not ask arXiv may set what he likes
    with pytest.raises(ConfigError) as caught:
        insist_on_politeness(settings.arxiv)
    assert caught.value.subject == "arxiv.interval"
    assert "3 s" in str(caught.value)
    hasty = {"ZHAIYAO_HOME": str(tmp_path), "ZHAIYAO_ARXIV_LISTING_INTERVAL": "14"}
    with pytest.raises(ConfigError, match="15 s"):
        insist_on_politeness(load(environment=hasty, flags={"arxiv.base_url": base})[0].arxiv)


@pytest.mark.parametrize("interval", ["nan", "-1"])
def test_no_interval_slips_through(tmp_path: Path, interval: str) -> None:
    with pytest.raises(ConfigError, match="interval"):
        load(environment={"ZHAIYAO_HOME": str(tmp_path), "ZHAIYAO_ARXIV_INTERVAL": interval})


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "https://notarxiv.org", "https://arxiv.org.example"])
def test_a_server_of_ones_own_may_be_asked_faster(tmp_path: Path, base: str) -> None:
    home = {"ZHAIYAO_HOME": str(tmp_path), "ZHAIYAO_ARXIV_INTERVAL": "0"}
    assert load(environment=home, flags={"arxiv.base_url": base})[0].arxiv.interval == 0


def test_a_sealed_section_is_changed_by_flags_only(tmp_path: Path) -> None:
    (tmp_path / "zhaiyao.toml").write_text('language = "en"\n[engine]\nname = "chat"\nslots = 3\n')
    home = {"ZHAIYAO_HOME": str(tmp_path), "ZHAIYAO_ENGINE_API_KEY": "x"}
    settings, _ = load(environment=home, sealed=["engine"], flags={"engine.concurrency": 2})
    assert settings.engine == EngineSettings(concurrency=2)
    assert settings.language == "en"


def test_a_path_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ZHAIYAO_HOME"):
        load(environment={"ZHAIYAO_HOME": "~nobody-of-this-name"})
    with pytest.raises(ConfigError, match="pages"):
        load(environment={"ZHAIYAO_HOME": str(tmp_path)}, flags={"pages": "a\0b"})


def test_all_names_are_settable_by_environment(tmp_path: Path) -> None:
    assert len(names()) == len(set(names()))
    assert {"language", "engine.model", "arxiv.base_url"} <= set(names())


PRESETS = ("deepseek", "openai")
KEYS = {"ZHAIYAO_ENGINES_CHEAP_1_API_KEY": SECRET}
SECTIONS = """
[engine]
preset = "deepseek"
[engines.cheap-1]
base_url = "http://localhost:8000/v1"
proxy = "http://me:hunter2@proxy.example"
[engines.openai]
model = "large"
[prices."a.b"]
input = 1
output = 2.5
[translation]
policy = "cheap-1 openai engine deepseek local"
"""


def told(tmp_path: Path, text: str, environment: dict[str, str] | None = None, **flags: object) -> Settings:
    home = {"ZHAIYAO_HOME": str(tmp_path), **(environment or {})}
    dotted = {name.replace("__", "."): value for name, value in flags.items()}
    return load(environment=home, config=config(tmp_path, text), flags=dotted)[0]


def test_a_policy_names_sections_presets_and_kinds(tmp_path: Path) -> None:
    settings = told(tmp_path, SECTIONS, KEYS)
    named = dict(named_engines(settings, presets=PRESETS))
    assert list(named) == ["cheap-1", "openai", "deepseek", "local"], "one engine, called by two names, is asked once"
    assert named["cheap-1"].api_key == SECRET
    assert [engine.kind for engine in named.values()] == ["chat", "chat", "chat", "local"]
    assert named["openai"].preset == "openai", "a section called like a preset means it"
    shown = dict(settings.shown())
    assert shown["engines.cheap-1.api_key"] == "set"
    assert shown["prices.a.b.output"] == "2.5"
    assert SECRET not in f"{shown}{settings!r}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[translation]\npolicy = "strong local"', "'strong'"),
        ('[translation]\npolicy = " "', "names nobody"),
        ('[engine]\npreset = "deepsee"', "engine.preset"),
    ],
)
def test_who_is_unknown_is_an_error_that_lists_who_there_is(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(ConfigError, match="deepseek, openai") as caught:
        named_engines(told(tmp_path, text), presets=PRESETS)
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[engines.a]\nmodle = 'x'", "Did you mean model?"),
        ("[engines.a]\nslots = 'x'", "at engines.a.slots"),
        ("[engines.engine]\nslots = 3", "engines.engine is no name"),
        ("[engines.'a b']\nslots = 3", "engines.a b is no name"),
        ("[prices.a]\ninput = 3", "at prices.a"),
        ("engines = 3", "at engines"),
    ],
)
def test_a_mistake_in_a_named_section_names_its_path(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(ConfigError) as caught:
        told(tmp_path, text)
    assert what in str(caught.value)


def test_a_flag_that_names_an_engine_means_it_alone(tmp_path: Path) -> None:
    for flags in ({"engine__preset": "openai"}, {"engine__name": "local"}, {"engine__model": "m"}):
        assert told(tmp_path, SECTIONS, **flags).translation.policy == "engine"
    assert told(tmp_path, SECTIONS, engine__concurrency=2).translation.policy.startswith("cheap-1")
    both = told(tmp_path, SECTIONS, engine__preset="openai", translation__policy="local engine")
    assert both.translation.policy == "local engine"


def test_a_preset_takes_nothing_that_was_said_of_another_server(tmp_path: Path) -> None:
    own = f'[engine]\nname = "chat"\nbase_url = "http://localhost"\nmodel = "m"\napi_key = "{SECRET}"\n'
    engine = told(tmp_path, own, engine__preset="deepseek").engine
    assert (engine.kind, engine.model, engine.base_url, engine.api_key) == ("chat", "", "", "")
    bare = told(tmp_path, "", {"ZHAIYAO_ENGINE_API_KEY": SECRET}, engine__preset="deepseek").engine
    assert bare.api_key == SECRET, "nobody else's"
    assert told(tmp_path, '[engine]\npreset = "deepseek"', engine__name="local").engine.kind == "local"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[engine]\nname = "local"\npreset = "openai"', "engine.name: 'local' is no endpoint"),
        ('[engines.local]\npreset = "openai"\n[translation]\npolicy = "local"', "engines.local: is called 'local'"),
        ('[engines.openai]\npreset = "deepseek"\n[translation]\npolicy = "openai"', "engines.openai: is called"),
        (
            '[engine]\npreset = "openai"\n[engines.openai]\nmodel = "n"\n[translation]\npolicy = "engine openai"',
            "two engines are called 'openai'",
        ),
    ],
)
def test_nobody_goes_under_the_name_of_another(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        named_engines(told(tmp_path, text), presets=PRESETS)


def test_a_preset_at_another_address_keeps_its_name(tmp_path: Path) -> None:
    text = '[engines.openai]\nbase_url = "https://mirror.example/v1"\n[translation]\npolicy = "openai"'
    [(name, _)] = named_engines(told(tmp_path, text), presets=PRESETS)
    assert name == "openai"


def test_a_key_that_could_be_of_two_engines_is_nobodys(tmp_path: Path) -> None:
    text = '[engines.a-b]\npreset = "deepseek"\n[engines.a_b]\npreset = "openai"'
    with pytest.raises(ConfigError, match=r"means both engines.a-b.api_key and engines.a_b.api_key") as caught:
        told(tmp_path, text, {"ZHAIYAO_ENGINES_A_B_API_KEY": SECRET})
    assert SECRET not in str(caught.value)


def test_no_time_at_all_is_no_timeout(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"arxiv.timeout"):
        told(tmp_path, "[arxiv]\ntimeout = 0")
