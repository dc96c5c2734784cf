"""Settings as frozen values: flags over environment over `zhaiyao.toml` over defaults. Opens nothing but that file.

Every field `section.name` is set by the environment variable `ZHAIYAO_SECTION_NAME`, a top-level one by
`ZHAIYAO_NAME`. Sections that users name (`[engines.NAME]`, `[prices."MODEL"]`) stand in the file alone, but for an
engine's key: `ZHAIYAO_ENGINES_NAME_API_KEY`. `ZHAIYAO_HOME` moves all state. Unknown keys and variables are errors
that name their path; no error and no `repr` tells a key or a password. Nothing below `wiring` sees this package.
"""

from zhaiyao.settings.fields import (
    POLITE_INTERVAL,
    POLITE_LISTING_INTERVAL,
    ArxivSettings,
    EngineSettings,
    PriceSettings,
    SearchSettings,
    Settings,
    TranslationSettings,
    fields,
    names,
)
from zhaiyao.settings.loading import FILE_NAME, OUTSIDE, PREFIX, load, variable
from zhaiyao.settings.places import Places, home_directory
from zhaiyao.settings.policies import named_engines, section_of
from zhaiyao.settings.politeness import insist_on_politeness

__all__ = [
    "FILE_NAME",
    "OUTSIDE",
    "POLITE_INTERVAL",
    "POLITE_LISTING_INTERVAL",
    "PREFIX",
    "ArxivSettings",
    "EngineSettings",
    "Places",
    "PriceSettings",
    "SearchSettings",
    "Settings",
    "TranslationSettings",
    "fields",
    "home_directory",
    "insist_on_politeness",
    "load",
    "named_engines",
    "names",
    "section_of",
    "variable",
]
