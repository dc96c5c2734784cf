"""Interface strings by key, in two languages. Knows the words; who says which one, and when, is not its business.

The strings stand in `locales/zh.json` and `locales/en.json`, flat and sorted by key. A value is a template with named
`{placeholders}`, or, where a language counts, an object `{"one": …, "other": …}` chosen by the parameter `count`.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TypeAlias

LANGUAGES = ("zh", "en")
DEFAULT_LANGUAGE = "zh"

Template: TypeAlias = str | Mapping[str, str]

_TAGS = {"zh": "zh-CN", "en": "en"}


class Messages:
    """The strings of one language. An unknown language or key is a bug and raises KeyError."""

    def __init__(self, language: str = DEFAULT_LANGUAGE) -> None:
        self._templates = catalog(language)
        self.language = language

    @property
    def tag(self) -> str:
        """The language as a BCP 47 tag, for `lang` attributes."""
        return language_tag(self.language)

    def text(self, key: str, /, **params: object) -> str:
        """The string of a key with its placeholders filled. Parameters are never read as templates."""
        template = self._templates[key]
        if not isinstance(template, str):
            template = template["one" if params["count"] == 1 else "other"]
        return template.format(**params)

    def label(self, group: str, value: str) -> str:
        """The string `group.value`; the value itself where there is none, for vocabularies that grow."""
        return self.text(f"{group}.{value}") if f"{group}.{value}" in self._templates else value


def language_tag(language: str) -> str:
    """The BCP 47 tag of a language of ours (`zh` is written in simplified characters); any other is one already."""
    return _TAGS.get(language, language)


@cache
def catalog(language: str) -> Mapping[str, Template]:
    """All templates of a language by key. Raises KeyError for a language that we do not speak."""
    if language not in LANGUAGES:
        raise KeyError(language)
    text = files("zhaiyao").joinpath("locales", f"{language}.json").read_text(encoding="utf-8")
    templates: dict[str, Template] = json.loads(text)
    return templates
