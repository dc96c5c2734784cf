"""Turns a query tree into tantivy's query. Runs nothing.

Three fields hold words: `title` and `body` (abstract, TL;DR, comments), each in both languages, and `names`. A word is
looked for in all three at once; a title counts more. Parts of a query that are no words only filter and add no score.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

import tantivy
from tantivy import Occur

from zhaiyao.finding import And, Announced, InCategory, IsPaper, Marked, Not, Or, Phrase, Query, Scope, Words
from zhaiyao.search import words
from zhaiyao.search.querying import is_loose

WEIGHTS = {"title": 2.5, "body": 1.0, "names": 1.5}
"""What a match in a field counts, relative to one in an abstract."""

ADJACENT = 1.5
"""What it adds that the words of one term (`Transformer模型`, `扩散模型`) stand side by side, relative to the words."""

_FIELDS = {
    Scope.ALL: ("title", "body", "names"),
    Scope.TITLE: ("title",),
    Scope.ABSTRACT: ("body",),
    Scope.AUTHOR: ("names",),
}
_FIRST_DAY, _LAST_DAY = date.min.toordinal(), date.max.toordinal()

Translate: TypeAlias = Callable[[str], Iterable[tuple[str, float]]]
"""What a word (as `words` cuts it) becomes in the other language, with probabilities."""

_Build: TypeAlias = Callable[[str], tantivy.Query]


class Clauses:
    """Builds queries for a schema.

    With `any_word`, words need not all be there, but for those of a field: the more, the better. Then `translate` may
    tell what a word becomes in the other language, with probabilities: a translation counts as much as it is likely.
    """

    def __init__(self, schema: tantivy.Schema, *, any_word: bool = False, translate: Translate | None = None) -> None:
        self._schema = schema
        self._any_word = any_word
        self._translate = translate

    def of(self, query: Query) -> tantivy.Query:
        """The whole query. An empty one finds every paper."""
        built = self._query(query)
        return self.everything() if built is None else built

    def everything(self) -> tantivy.Query:
        """Every paper, all alike."""
        return self._filter("kind", "paper")

    def ids(self, ids: Iterable[str]) -> tantivy.Query:
        """These papers."""
        return tantivy.Query.const_score_query(tantivy.Query.term_set_query(self._schema, "id", list(ids)), 0.0)

    def weighted(self, stems: Mapping[str, float]) -> tantivy.Query:
        """Papers that hold any of these words (stemmed already), each counting as much as is told."""
        return _either([tantivy.Query.boost_query(self._text(stem), weight) for stem, weight in stems.items()])

    def _text(self, stem: str) -> tantivy.Query:
        fields = ("title", "body")
        return _either([tantivy.Query.term_query(self._schema, field, stem, "freq") for field in fields])

    def both(self, first: tantivy.Query, second: tantivy.Query) -> tantivy.Query:
        """What matches both."""
        return tantivy.Query.boolean_query([(Occur.Must, first), (Occur.Must, second)])

    def _query(self, query: Query) -> tantivy.Query | None:
        """None where nothing is asked: words without letters, or empty ones alone among others."""
        match query:
            case And(parts=parts):
                return self._all(parts)
            case Or(parts=parts):
                built = [one for part in parts if (one := self._query(part)) is not None]
                return _either(built) if built else None
            case Not():
                return self._all((query,))
            case Words():
                loose = self._any_word and is_loose(query) and not query.fuzzy
                return self._all((query,)) if loose else self._words(query)
            case Phrase(text=text, scope=scope):
                return self._phrase(text, scope)
            case InCategory(name=name):
                return self._filter("categories", name)
            case IsPaper(paper_id=paper_id):
                return self._filter("id", paper_id)
            case Marked(name=name):
                return self._filter("marks", name)
            case Announced(first=first, last=last):
                return self._between(first, last)

    def _all(self, parts: Sequence[Query]) -> tantivy.Query | None:
        said = [part for part in parts if not _is_empty(part)] or list(parts)
        clauses: list[tuple[Occur, tantivy.Query]] = []
        optional: list[tantivy.Query] = []
        for part in said:
            if self._any_word and isinstance(part, Words) and is_loose(part) and not part.fuzzy:
                optional += self._loose(part)
                continue
            built = self._query(part.part if isinstance(part, Not) else part)
            if built is None:
                continue
            if isinstance(part, Not):
                clauses.append((Occur.MustNot, built))
            elif self._any_word and is_loose(part):
                optional.append(built)
            else:
                clauses.append((Occur.Must, built))
        if optional:
            clauses.append((Occur.Must, _either(optional)))
        if clauses and all(occur == Occur.MustNot for occur, _ in clauses):
            clauses.append((Occur.Must, self.everything()))
        if len(clauses) == 1:
            return clauses[0][1]
        return tantivy.Query.boolean_query(clauses) if clauses else None

    def _loose(self, asked: Words) -> list[tantivy.Query]:
        """Every word in every field as alternatives on one level, since nested ones cost twice.

        A word and its translations are one alternative, worth what the best of them is: were they added up, papers in
        both languages would stand before better ones in one (known items found in such a mixture: 97 of 100, not 89).
        """
        found: list[tantivy.Query] = []
        foreign = tuple(field for field in _FIELDS[asked.scope] if field != "names")
        for chunk in words.chunks(asked.text):
            for part, plain in zip(chunk.parts, chunk.plain, strict=True):
                said = self._each(part.text, plain, _FIELDS[asked.scope])
                translated = self._translated(part.text, foreign)
                found += [tantivy.Query.disjunction_max_query([*said, *translated])] if translated else said
            if chunk.whole:
                found += self._each(chunk.whole, "".join(chunk.plain), _FIELDS[asked.scope])
        return found

    def _translated(self, word: str, fields: Sequence[str]) -> list[tantivy.Query]:
        """What translates a word in these fields, worth as much as it is likely; nothing for words that say nothing."""
        if self._translate is None or word in words.EMPTY:
            return []
        return [
            query
            for other, likely in self._translate(word)
            for query in self._each(other, other, fields, weight=likely)
        ]

    def _each(self, stem: str, plain: str, fields: Iterable[str], *, weight: float = 1.0) -> list[tantivy.Query]:
        """A word in each of these fields, weighed."""
        return [
            tantivy.Query.boost_query(
                tantivy.Query.term_query(self._schema, field, plain if field == "names" else stem, "freq"),
                WEIGHTS[field] * weight,
            )
            for field in fields
        ]

    def _words(self, asked: Words) -> tantivy.Query | None:
        """All words of a whitespace-free term; side by side they count more."""
        chunks = list(words.chunks(asked.text))
        singles = [single for chunk in chunks for single in self._chunk(chunk, asked)]
        if not singles:
            return None
        together = _every(singles)
        if len(singles) == 1 or asked.fuzzy:
            return together
        adjacent = tantivy.Query.boost_query(self._sequence(chunks, asked.scope), ADJACENT)
        return tantivy.Query.boolean_query([(Occur.Must, together), (Occur.Should, adjacent)])

    def _chunk(self, chunk: words.Chunk, asked: Words) -> list[tantivy.Query]:
        """One query per Chinese word; one for what is tied together, in one piece or side by side."""
        if asked.fuzzy:
            return [self._fuzzy(part.text, asked.scope) for part in chunk.parts]
        if chunk.is_han:
            said = [part.text for part in chunk.parts if part.text not in words.EMPTY] or [chunk.parts[0].text]
            return [self._term(word, word, asked.scope) for word in said]
        sequence = self._sequence([chunk], asked.scope)
        if not chunk.whole:
            return [sequence]
        return [_either([self._term(chunk.whole, "".join(chunk.plain), asked.scope), sequence])]

    def _phrase(self, text: str, scope: Scope) -> tantivy.Query | None:
        chunks = list(words.chunks(text))
        return self._sequence(chunks, scope) if chunks else None

    def _sequence(self, chunks: Sequence[words.Chunk], scope: Scope) -> tantivy.Query:
        """The parts of these chunks side by side, in any of the fields."""
        parts = [part.text for chunk in chunks for part in chunk.parts]
        plain = [word for chunk in chunks for word in chunk.plain]
        if len(parts) == 1:
            return self._term(parts[0], plain[0], scope)
        return self._in_fields(
            scope, lambda field: tantivy.Query.phrase_query(self._schema, field, _for(field, parts, plain))
        )

    def _term(self, stem: str, plain: str, scope: Scope) -> tantivy.Query:
        return _either(self._each(stem, plain, _FIELDS[scope]))

    def _fuzzy(self, word: str, scope: Scope) -> tantivy.Query:
        """The word with as many errors as `words.errors_allowed` says."""
        errors = words.errors_allowed(word)
        if not errors:
            return self._term(word, word, scope)
        exact = self._term(word, word, scope)
        near = self._in_fields(
            scope, lambda field: tantivy.Query.fuzzy_term_query(self._schema, field, word, distance=errors)
        )
        return _either([exact, near])

    def _in_fields(self, scope: Scope, build: "_Build") -> tantivy.Query:
        fields = _FIELDS[scope]
        if len(fields) == 1:
            return build(fields[0])
        return _either([tantivy.Query.boost_query(build(field), WEIGHTS[field]) for field in fields])

    def _filter(self, field: str, value: str) -> tantivy.Query:
        term = tantivy.Query.term_query(self._schema, field, value, "basic")
        return tantivy.Query.const_score_query(term, 0.0)

    def _between(self, first: date | None, last: date | None) -> tantivy.Query:
        days = tantivy.Query.range_query(
            self._schema,
            "days",
            tantivy.FieldType.Integer,
            first.toordinal() if first else _FIRST_DAY,
            last.toordinal() if last else _LAST_DAY,
        )
        return tantivy.Query.const_score_query(days, 0.0)


def _either(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    """What matches any of these, at least one."""
    return _joined(Occur.Should, queries)


def _every(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    """What matches all of these, at least one."""
    return _joined(Occur.Must, queries)


def _joined(occur: Occur, queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return queries[0] if len(queries) == 1 else tantivy.Query.boolean_query([(occur, query) for query in queries])


def _is_empty(query: Query) -> bool:
    """Whether these are only words that say nothing by themselves."""
    if not isinstance(query, Words) or query.scope is Scope.AUTHOR:
        return False
    return all(part in words.EMPTY for chunk in words.chunks(query.text) for part in chunk.plain)


def _for(field: str, parts: list[str], plain: list[str]) -> list[str | tuple[int, str]]:
    """The words as a field holds them: names are not stemmed."""
    return [*(plain if field == "names" else parts)]
