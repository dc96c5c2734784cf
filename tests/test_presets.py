"""Presets: each can be opened as it stands, given a key and, for servers of one's own, a model."""

import json
from contextlib import closing

import pytest

from zhaiyao.engines.chat import ChatSpec
from zhaiyao.engines.presets import PRESETS, Preset


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_a_preset_makes_an_engine(preset: Preset) -> None:
    spec = ChatSpec(
        name=preset.name,
        model=preset.model or "some-model",
        base_url=preset.base_url,
        api_key="sk-invented" if preset.key_variable else "",
        dialect=preset.dialect,
        concurrency=preset.concurrency,
        batch=preset.batch,
        extra=preset.extra,
        headroom=preset.headroom,
    )
    with closing(spec.open()) as engine:
        traits = engine.traits
        assert engine.concurrency == preset.concurrency
    assert (traits.name, traits.batch, traits.structured) == (preset.name, preset.batch, True)
    assert json.loads(traits.parameters) == {"temperature": 0, **json.loads(preset.extra)}


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_hosted_models_want_a_key_and_take_several_papers(preset: Preset) -> None:
    assert preset.is_local == preset.base_url.startswith("http://localhost:")
    assert bool(preset.key_variable) != preset.is_local
    assert (preset.batch > 1) != preset.is_local
    assert preset.is_local or preset.model
    assert preset.is_local or preset.base_url.startswith("https://")


def test_what_issue_four_wants_is_there() -> None:
    wanted = {"deepseek", "qwen", "zhipu", "moonshot", "openai", "anthropic", "ollama", "vllm", "llamacpp"}
    assert wanted <= set(PRESETS)
    assert all(name == preset.name for name, preset in PRESETS.items())


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_there_is_time_for_the_longest_answer(preset: Preset) -> None:
    """An answer that is not waited for is paid, and asked for again: at 25 tokens a second each arrives."""
    tokens = 460 * preset.batch + preset.headroom
    assert preset.timeout >= tokens / 25
