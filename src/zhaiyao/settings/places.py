"""Where state lives. Makes nothing there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zhaiyao.errors import ConfigError
from zhaiyao.settings.fields import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where state lives. Everything is below `home` unless a setting moves it. `store`: an address, or a file."""

    home: Path
    config: Path
    store: str | Path
    pages: Path
    models: Path
    gate: Path
    cache: Path
    index: Path

    @classmethod
    def of(cls, home: Path, config: Path, settings: Settings) -> "Places":
        """The places that these settings mean. Raises ConfigError for a path that is none."""
        return cls(
            home=home,
            config=config,
            store=settings.store or home / "zhaiyao.db",
            pages=_path(settings.pages, "pages") if settings.pages else home / "pages",
            models=home / "models",
            gate=home / "gate",
            cache=home / "cache",
            index=home / "index",
        )


def home_directory(environment: Mapping[str, str]) -> Path:
    """`ZHAIYAO_HOME`, or the user's data directory of this platform."""
    told = environment.get("ZHAIYAO_HOME")
    if told:
        return _path(told, "ZHAIYAO_HOME")
    from platformdirs import user_data_path  # not needed when told, and not free to import

    return user_data_path("zhaiyao", appauthor=False)


def _path(text: str, name: str) -> Path:
    """An absolute path. Raises ConfigError for a user unknown here (`~nobody`) and for what no path can hold."""
    try:
        path = Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise ConfigError(f"{error}", subject=name, hint="Write the whole path.") from None
    if "\0" in text:
        raise ConfigError("a path cannot hold a zero character", subject=name, hint="Mend it and try again.")
    return path
