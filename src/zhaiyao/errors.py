"""Every error that a person may meet, as one tree. Anything outside it is a bug and shows a traceback.

    ZhaiyaoError
    ├── UsageError            the words of the call are wrong (exit code 2)
    │   ├── InvalidId         not an arXiv identifier
    │   ├── UnknownCategory   not an arXiv category or archive
    │   ├── UnknownEdition    no such edition in the store
    │   └── ConfigError       zhaiyao.toml, an environment variable or a flag
    ├── FetchError            the network, or what a server answered
    ├── ParseError            bytes that are not what they should be
    ├── EngineError           an engine cannot work at all (model missing or damaged, key refused)
    ├── StoreError            the database
    │   ├── StoreTooNew       written by a newer Zhaiyao
    │   └── StoreForeign      a database that is not ours
    ├── SearchError           the search index cannot be read or written
    │   ├── IndexDamaged      its files are missing, changed or of another format; it can be rebuilt
    │   └── EmbedderError     a model from outside gave no vectors; words can still be searched
    └── PublishError          a file cannot be written

A message says what happened, to what, and what to do next. Expected failures of single papers are values
(`records.Attempt`), not exceptions.
"""

from typing import ClassVar


class ZhaiyaoError(Exception):
    """Base of the family: `what` happened, to which `subject`, and the `hint` of what to do next.

    All three survive pickling, so that errors cross process borders unharmed.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, subject: str = "", hint: str = "") -> None:
        super().__init__(what, subject, hint)
        self.what = what
        self.subject = subject
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.subject, self.hint)

    def __str__(self) -> str:
        head = f"{self.subject}: {self.what}" if self.subject else self.what
        return f"{head}\n{self.hint}" if self.hint else head


def _rebuild(kind: type[ZhaiyaoError], what: str, subject: str, hint: str) -> ZhaiyaoError:
    return kind(what, subject=subject, hint=hint)


class UsageError(ZhaiyaoError):
    """The words of the call are wrong; nothing was done."""

    exit_code = 2


class InvalidId(UsageError):
    """Not an arXiv identifier of any era."""


class UnknownCategory(UsageError):
    """Not an arXiv category or archive."""


class UnknownEdition(UsageError):
    """No edition of that id in the store."""


class ConfigError(UsageError):
    """A setting is unknown or has a value that cannot be used; `subject` is its dotted path and its place."""


class FetchError(ZhaiyaoError):
    """A server could not be reached, or its answer was refused. `subject` is the URL."""


class ParseError(ZhaiyaoError):
    """Foreign bytes are not what they should be. `subject` names the document."""


class EngineError(ZhaiyaoError):
    """An engine cannot work at all. A single bad reply is an `Attempt`, never this."""


class StoreError(ZhaiyaoError):
    """The database cannot be opened, read or written."""


class StoreTooNew(StoreError):
    """The store was written by a newer version; it was left untouched."""


class StoreForeign(StoreError):
    """The file is a database of somebody else's; it was left untouched."""


class SearchError(ZhaiyaoError):
    """The search index cannot be read or written. What the store holds is not concerned."""


class IndexDamaged(SearchError):
    """The index's files are missing, changed or of another format. Rebuilding it from the store mends it."""


class EmbedderError(SearchError):
    """A model from outside did not turn texts into vectors. Words can still be searched."""


class PublishError(ZhaiyaoError):
    """A file could not be written; what stood there before still stands."""
