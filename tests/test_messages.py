"""The interface strings: complete in every language, with the same placeholders."""

from string import Formatter

import pytest

from zhaiyao.messages import DEFAULT_LANGUAGE, LANGUAGES, Messages, Template, catalog, language_tag
from zhaiyao.publish.view import SectionKind
from zhaiyao.records import AnnounceType


def placeholders(template: Template) -> set[str]:
    variants = [template] if isinstance(template, str) else list(template.values())
    return {name for variant in variants for _, name, _, _ in Formatter().parse(variant) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_sorted(language):
    assert list(catalog(language)) == sorted(catalog(DEFAULT_LANGUAGE))


@pytest.mark.parametrize("key", catalog(DEFAULT_LANGUAGE))
def test_placeholders_are_the_same_in_every_language_and_have_names(key):
    wanted = placeholders(catalog(DEFAULT_LANGUAGE)[key])
    assert all(name.isidentifier() for name in wanted)
    assert all(placeholders(catalog(language)[key]) == wanted for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_string_is_empty_and_plurals_are_whole(language):
    for template in catalog(language).values():
        if isinstance(template, str):
            assert template.strip()
        else:
            assert set(template) == {"one", "other"}
            assert "count" in placeholders(template)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_the_records_have_strings(language):
    keys = catalog(language)
    assert all(f"announce.{kind}" in keys for kind in AnnounceType)
    assert all(f"section.{kind}" in keys for kind in SectionKind)


def test_chinese_is_the_default():
    say = Messages()
    assert (say.language, say.tag) == ("zh", "zh-CN")
    assert say.text("mark.untranslated") == "未翻译"


def test_text_fills_placeholders_and_never_reads_parameters_as_templates():
    assert Messages("en").text("phrase.field", name="Title", value="{name} {0} %s") == "Title: {name} {0} %s"


@pytest.mark.parametrize(("count", "text"), [(0, "0 papers"), (1, "1 paper"), (2, "2 papers")])
def test_english_counts(count, text):
    assert Messages("en").text("count.papers", count=count) == text


def test_label_falls_back_to_the_value_of_a_growing_vocabulary():
    say = Messages("en")
    assert say.label("cause", "first") == "first"
    assert say.label("cause", "moon-phase") == "moon-phase"


def test_an_unknown_key_or_language_is_a_bug():
    with pytest.raises(KeyError):
        Messages().text("no.such.key")
    with pytest.raises(KeyError):
        Messages("tlh")


def test_language_tags():
    assert [language_tag(language) for language in ("zh", "en", "fr")] == ["zh-CN", "en", "fr"]
