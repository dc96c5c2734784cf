"""Settings: who wins, and what is said of mistakes."""

from pathlib import Path

import pytest

from zhaiyao.errors import ConfigError
from zhaiyao.settings import EngineSettings, load, names


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
    assert str(tmp_path) in places.store_url


def test_the_file_in_the_home_is_read(tmp_path: Path) -> None:
    (tmp_path / "zhaiyao.toml").write_text('language = "en"\n')
    assert load(environment={"ZHAIYAO_HOME": str(tmp_path)})[0].language == "en"


def test_numbers_come_as_text_from_the_environment_only(tmp_path: Path) -> None:
    home = {"ZHAIYAO_HOME": str(tmp_path)}
    assert load(environment=home | {"ZHAIYAO_ARXIV_INTERVAL": "0.5"})[0].arxiv.interval == 0.5
    with pytest.raises(ConfigError, match=r"Expected `float`, got `str` \(at arxiv.interval\)"):
        load(environment=home, config=config(tmp_path, '[arxiv]\ninterval = "0.5"\n'))


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
    with pytest.raises(ConfigError, match="Did you mean ZHAIYAO_ENGINE_MODEL"):
        load(environment={"ZHAIYAO_HOME": str(tmp_path), "ZHAIYAO_ENGINE_MODLE": "x"})


def test_the_key_is_never_shown() -> None:
    assert "hunter2" not in repr(EngineSettings(api_key="hunter2"))
    assert "api_key=set" in repr(EngineSettings(api_key="hunter2"))


def test_all_names_are_settable_by_environment(tmp_path: Path) -> None:
    assert len(names()) == len(set(names()))
    assert {"language", "engine.model", "arxiv.base_url"} <= set(names())
