"""Which engines a policy names, in order. Opens none, and knows no provider: their names are given."""

from collections import Counter
from collections.abc import Collection

import msgspec

from zhaiyao.errors import ConfigError
from zhaiyao.settings.fields import EngineSettings, Settings

Named = tuple[str, EngineSettings]
"""What an engine is called in attempts and messages, and its settings."""

_KINDS = ("local", "scripted")


def named_engines(settings: Settings, *, presets: Collection[str]) -> tuple[Named, ...]:
    """The engines of `translation.policy`, in order, each once. Raises ConfigError for a name that means none, and for
    two engines that would be called the same."""
    chosen = dict.fromkeys(settings.translation.policy.split())
    if not chosen:
        raise ConfigError(
            "names nobody", subject="translation.policy", hint=f"Name one or more of: {_known(settings, presets)}."
        )
    found = tuple(dict.fromkeys(_named(settings, name, presets) for name in chosen))
    for name, times in Counter(name for name, _ in found).items():
        if times > 1:
            hint = f"Give the section [engines.{name}] another name."
            raise ConfigError(f"two engines are called {name!r}", subject="translation.policy", hint=hint)
    return found


def section_of(settings: Settings, name: str, told: EngineSettings) -> str:
    """Where an engine of the policy is set, or could be."""
    return "engine" if told is settings.engine else f"engines.{name}"


def _named(settings: Settings, name: str, presets: Collection[str]) -> Named:
    """A section of the user's goes first; then `[engine]`, where it is of this kind or preset; then the plain thing."""
    own = settings.engine
    if name in settings.engines:
        return name, _implied(settings.engines[name], name, presets)
    if name == "engine" or name == (own.preset or own.kind):
        return own.preset or own.kind, _insist(own, "engine", presets)
    if name in _KINDS:
        return name, EngineSettings(name=name)
    if name in presets:
        return name, EngineSettings(preset=name)
    raise ConfigError(
        f"nobody is called {name!r}", subject="translation.policy", hint=f"Known: {_known(settings, presets)}."
    )


def _implied(told: EngineSettings, name: str, presets: Collection[str]) -> EngineSettings:
    """A section that is called like a preset, or like a kind of engine, means that one, at another address perhaps.
    What it is called stands beside every text that it makes, so it must not be another one."""
    if not (told.name or told.preset or told.base_url):
        if name in presets:
            return msgspec.structs.replace(told, preset=name)
        if name in _KINDS:
            return msgspec.structs.replace(told, name=name)
    is_another = told.kind != name if name in _KINDS else name in presets and told.preset not in ("", name)
    if is_another:
        raise ConfigError(
            f"is called {name!r}, which is somebody else",
            subject=f"engines.{name}",
            hint="Give the section another name.",
        )
    return _insist(told, f"engines.{name}", presets)


def _insist(told: EngineSettings, section: str, presets: Collection[str]) -> EngineSettings:
    if told.preset and told.preset not in presets:
        raise ConfigError(
            f"no preset is called {told.preset!r}",
            subject=f"{section}.preset",
            hint=f"Known: {', '.join(presets)}. Any other endpoint: set {section}.base_url and {section}.model.",
        )
    if told.preset and told.kind != "chat":
        raise ConfigError(
            f"{told.kind!r} is no endpoint, and {told.preset!r} is one",
            subject=f"{section}.name",
            hint=f"Leave out {section}.name or {section}.preset.",
        )
    return told


def _known(settings: Settings, presets: Collection[str]) -> str:
    return ", ".join(dict.fromkeys(("engine", "local", *settings.engines, *presets)))
