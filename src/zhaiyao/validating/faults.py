"""What can be wrong with a translation, by code, and how bad it is. A table; finds nothing."""

from enum import StrEnum


class Grade(StrEnum):
    """How bad a fault is: no translation at all; a sentence harmed; content, but worth asking once more."""

    FATAL = "fatal"
    LOCAL = "local"
    MILD = "mild"


# Every fault that a check can find, in the order in which they are reported. Codes are stored: never rename one.
FAULTS: dict[str, tuple[Grade, str]] = {
    "unreadable": (Grade.FATAL, "the reply does not have the form that was asked for"),
    "missing": (Grade.FATAL, "the part is missing in the reply"),
    "empty": (Grade.FATAL, "the translation is empty"),
    "truncated": (Grade.FATAL, "the reply was cut off at its length limit"),
    "wrong-script": (Grade.FATAL, "the translation is not written in Chinese"),
    "echo": (Grade.FATAL, "the translation repeats the instructions"),
    "answered": (Grade.FATAL, "the reply answers or comments on the text instead of translating it"),
    "loop": (Grade.FATAL, "the translation repeats itself over and over"),
    "length": (Grade.FATAL, "the translation is far too short or too long"),
    "mask": (Grade.LOCAL, "a placeholder, formula, link or citation was lost, repeated or changed"),
    "number": (Grade.LOCAL, "a number was lost or changed"),
    "unit": (Grade.LOCAL, "the unit or the percent sign of a number was lost or changed"),
    "name": (Grade.LOCAL, "the name of a model or a data set, or an acronym, was lost or changed"),
    "leftover": (Grade.LOCAL, "a clause, or several words, were left in English"),
    "invented": (Grade.LOCAL, "a number, foreign word or sentence that is not in the text was added"),
    "language": (Grade.LOCAL, "the sentence is not English, and this engine reads nothing else"),
    "orders": (Grade.LOCAL, "the sentence gives orders to its translator, so no translation of it is trusted"),
    "mixed": (Grade.MILD, "an English word was left in the Chinese sentence"),
    "term": (Grade.MILD, "a term of the glossary was translated in another way"),
}


def is_fatal(code: str) -> bool:
    """Whether a fault is of the fatal grade. What no check found (an engine's own fault, such as a time-out) is."""
    return code not in FAULTS or FAULTS[code][0] is Grade.FATAL


def is_mild(code: str) -> bool:
    """Whether a fault leaves the translation content: worth asking for once more, and accepted as it is then."""
    return code in FAULTS and FAULTS[code][0] is Grade.MILD


def describe(code: str) -> str:
    """The fault in words, for an engine or a person; the code itself if it is not one of ours."""
    return FAULTS[code][1] if code in FAULTS else code
