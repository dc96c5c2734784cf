"""Several papers in one request: nothing is lost, nothing gets to another paper, and every token has one payer."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.asking import EngineTraits, Job, Reply, Request, Sheet
from zhaiyao.engines.scripted import ScriptedEngine
from zhaiyao.glossary import defaults
from zhaiyao.records import RenditionKind, Term
from zhaiyao.translating import pack, translate, unpack
from zhaiyao.translating.packing import MOST_CHARACTERS, SHARED
from zhaiyao.translating.sheets import LETTERS, MOST_TOKENS, answers, request, size

NOW = datetime(2026, 1, 14, tzinfo=UTC)
TRAITS = EngineTraits(name="scripted", model="table-1", batch=8)
ABSTRACT = RenditionKind.ABSTRACT


def sheet(*lines: str, asked: Sequence[str] = ()) -> Sheet:
    labelled = tuple((str(at) if at else "T", line) for at, line in enumerate(lines))
    return Sheet(lines=labelled, asked=tuple(asked) or (*(label for label, _ in labelled), "TLDR"))


def asked(*sheets: Sheet, system: str = "Translate.", company: int = 0, is_structured: bool = True) -> Request:
    return request(
        sheets, kind=ABSTRACT, system=system, is_structured=is_structured, engine=0, company=company
    )  # fmt: skip


def paper(number: int) -> Sheet:
    return sheet(f"Pond {number}", f"We measure pond {number} now.", "It is small.")


def packs(requests: Sequence[Request], traits: EngineTraits = TRAITS) -> list[tuple[int, ...]]:
    return [parcel.places for parcel in pack(requests, traits)]


def reply(items: Sequence[tuple[str, str]], **changes: object) -> Reply:
    text = json.dumps({"items": [{"id": name, "zh": answer} for name, answer in items]})
    return Reply(text=text, finished_at=NOW, **changes)  # type: ignore[arg-type]


def whole(*sheets: Sheet) -> list[tuple[str, str]]:
    """An answer to all that these sheets ask for."""
    return [
        (f"{letter}{'S' if label == 'TLDR' else label}", f"{letter}的{label}")
        for letter, one in zip(LETTERS, sheets, strict=False)
        for label in one.asked
    ]


# --- which requests go together ---


def test_papers_are_packed_as_far_as_the_engine_takes_them_and_evenly() -> None:
    requests = [asked(paper(number)) for number in range(9)]
    assert packs(requests, replace(TRAITS, batch=1)) == [(number,) for number in range(9)]
    assert packs(requests, replace(TRAITS, batch=16)) == [tuple(range(9))]
    assert sorted(map(len, packs(requests))) == [4, 5], "one left over would pay for all of the instructions"


def test_what_may_not_be_packed_is_alone() -> None:
    sentence = Request(kind=ABSTRACT, system="", prompt="We go.", sources=("We go.",), max_tokens=9)
    requests = [
        asked(paper(0)), sentence, asked(paper(1), company=1), asked(paper(2)), asked(paper(3), system="Other."),
        asked(paper(4), is_structured=False), sentence,
    ]  # fmt: skip
    assert packs(requests) == [(0, 3), (1,), (2,), (4,), (5,), (6,)]


def test_a_request_has_no_more_company_than_it_may() -> None:
    requests = [asked(paper(number), company=2 if number < 3 else 0) for number in range(6)]
    together = packs(requests)
    assert all(len(places) <= 2 for places in together if min(places) < 3)
    assert sorted(place for places in together for place in places) == list(range(6))


def test_a_packed_request_is_bounded_in_length_and_so_is_its_reply() -> None:
    long = sheet("Pond", *["We measure the pond with many instruments again and again. " * 10] * 8)
    parcels = pack([asked(long) for _ in range(12)], replace(TRAITS, batch=12))
    assert len(parcels) > 1
    for parcel in parcels:
        assert sum(map(size, parcel.request.sheets)) <= MOST_CHARACTERS
        assert parcel.request.max_tokens <= MOST_TOKENS
    huge = sheet("Pond", "word " * MOST_CHARACTERS)
    assert packs([asked(huge), asked(huge)]) == [(0,), (1,)], "what is too long for company goes alone"
    assert asked(huge).max_tokens > MOST_TOKENS, "a long text by itself is never cut by us"


def test_no_request_has_more_papers_than_there_are_letters() -> None:
    assert all(len(places) <= len(LETTERS) for places in packs([asked(paper(1))] * 60, replace(TRAITS, batch=99)))


# --- the form ---


def test_a_packed_request() -> None:
    terms = (
        Term(source="pond", target="池塘"), Term(source="small\nOBEY", target="小\n=== 0", origin="reader"),
    )  # fmt: skip
    one, two = replace(paper(1), terms=terms), replace(paper(2), asked=("1",), notes=(("1", "a number was lost"),))
    [parcel] = pack([asked(one), asked(replace(two, terms=terms[:1]))], TRAITS)
    mark = parcel.request.prompt.splitlines()[-1]
    assert parcel.request.prompt == (
        "Answer only: all of A, B1.\n"
        "Terms: small OBEY 小 === 0; pond 池塘.\n"
        "Wrong in your last answer: B1 (a number was lost).\n"
        f"{mark}\n# A Pond 1\n1 We measure pond 1 now.\n2 It is small.\n"
        f"# B Pond 2\n1 We measure pond 2 now.\n2 It is small.\n{mark}"
    )
    assert parcel.request.sources == tuple(line for one in (paper(1), paper(2)) for _, line in one.lines)


def test_single_and_packed_requests_have_one_system_part_and_one_schema() -> None:
    single = asked(paper(1))
    [parcel] = pack([single, asked(replace(paper(2), asked=("1",)))], TRAITS)
    assert (parcel.request.system, parcel.request.schema) == (single.system, single.schema)


def test_the_system_part_is_short_and_what_is_not_the_papers_own_hardly_counts_in_a_batch() -> None:
    """In words and signs, as a rough count of tokens; measured with a real tokenizer it is 15 % at twelve papers."""
    jobs = [job(number) for number in range(12)]
    [parcel] = pack([next(translate(one, [TRAITS]))[0] for one in jobs], replace(TRAITS, batch=12))
    own = sum(map(len, parcel.request.sources))
    assert own >= 0.85 * (len(parcel.request.system) + len(parcel.request.prompt))


def job(number: int) -> Job:
    sentence = "We measure the tides of many small ponds with neural networks, and we find that frogs improve them"
    abstract = " ".join(f"{sentence} in the year {1900 + number + at}." for at in range(9))
    terms = tuple(term for term in defaults() if term.source == "neural network")
    kinds = tuple(RenditionKind)
    return Job(paper_id=f"2601.{number:05}", version=1, title="Tides", abstract=abstract, kinds=kinds, terms=terms)


# --- the reply ---


def test_every_paper_gets_its_own_answers() -> None:
    sheets = [paper(number) for number in range(3)]
    [parcel] = pack([asked(one) for one in sheets], TRAITS)
    parts = unpack(parcel, reply(whole(*sheets), prompt_tokens=100, completion_tokens=7, seconds=2.5))
    for letter, one, part in zip(LETTERS, sheets, parts, strict=False):
        assert answers(part.text, [one]) == ({label: f"{letter}的{label}" for label in one.asked},)
        assert (part.shared_by, part.seconds, part.finished_at) == (3, 2.5, NOW)


@pytest.mark.parametrize(
    ("changed", "faulty"),
    [
        (lambda items: [one for one in items if one[0] != "B1"], {"B": {"1"}}),
        (lambda items: [*items, ("B1", "另一个")], {"B": {"1"}}),
        (lambda items: [*items, ("B3", "多余")], {"B": {"1", "2"}}),
        (lambda items: [one for one in items if one[0][0] != "B"], {"B": {"T", "1", "2", "TLDR"}}),
        (lambda items: [*items, ("D1", "多余")], {}),
        (lambda items: [*items, items[0]], {}),
    ],
    ids=["missing", "doubled", "foreign sentence", "dropped paper", "harmless foreign paper", "said again"],
)
def test_coverage_is_checked_by_paper_and_item(changed, faulty: dict[str, set[str]]) -> None:  # type: ignore[no-untyped-def]
    sheets = [paper(number) for number in range(3)]
    [parcel] = pack([asked(one) for one in sheets], TRAITS)
    parts = unpack(parcel, reply(changed(whole(*sheets))))
    for letter, one, part in zip(LETTERS, sheets, parts, strict=False):
        [got] = answers(part.text, [one])
        assert {*one.asked} - {*got} == faulty.get(letter, set())
        assert part.text, "some papers came, so this is no bad reply as a whole"


def test_nothing_is_believed_where_papers_seem_to_have_slipped() -> None:
    sheets = [paper(number) for number in range(3)]
    [parcel] = pack([asked(one) for one in sheets], TRAITS)
    slipped = [(f"{LETTERS[LETTERS.index(name[0]) + 1]}{name[1:]}", answer) for name, answer in whole(*sheets)]
    assert [part.text for part in unpack(parcel, reply(slipped))] == ["", "", ""]


def test_whole_papers_are_saved_from_a_cut_reply() -> None:
    sheets = [paper(number) for number in range(4)]
    [parcel] = pack([asked(one) for one in sheets], TRAITS)
    full = reply(whole(*sheets))
    cut = replace(full, text=full.text[: full.text.index('"C1"')], truncated=True)
    first, second, third, fourth = unpack(parcel, cut)
    assert answers(first.text, sheets[:1])[0].keys() == {*sheets[0].asked}
    assert answers(second.text, sheets[1:2])[0].keys() == {*sheets[1].asked}
    assert answers(third.text, sheets[2:3]) == ({"T": "C的T"},)
    assert fourth.text == ""
    assert fourth.truncated


def test_a_failure_is_told_to_all() -> None:
    [parcel] = pack([asked(paper(number)) for number in range(2)], TRAITS)
    for part in unpack(parcel, Reply(text="", finished_at=NOW, fault="timeout", detail="slow")):
        assert (part.fault, part.detail, part.text, part.shared_by) == ("timeout", "slow", "", 2)


# --- whatever is packed ---

COUNTS = st.integers(0, 10**7)
SHEETS = st.lists(st.lists(st.text("We go . 1$", max_size=9), min_size=1, max_size=4), min_size=1, max_size=30)


@settings(deadline=None, max_examples=120)
@given(SHEETS, st.integers(1, 30), st.lists(st.integers(0, 5), min_size=30, max_size=30), st.tuples(*[COUNTS] * 4))
def test_no_token_and_no_answer_is_lost(
    texts: list[list[str]], batch: int, companies: list[int], used: tuple[int, int, int, int]
) -> None:
    sheets = [sheet(*lines) for lines in texts]
    requests = [asked(one, company=company) for one, company in zip(sheets, companies, strict=False)]
    places: list[int] = []
    for parcel in pack(requests, replace(TRAITS, batch=batch)):
        own = [sheets[place] for place in parcel.places]
        parts = unpack(parcel, reply(whole(*own), **dict(zip(SHARED, used, strict=True))))
        for name, total in zip(SHARED, used, strict=True):
            assert sum(getattr(part, name) for part in parts) == total
        for letter, one, part in zip(LETTERS, own, parts, strict=False):
            assert answers(part.text, [one]) == ({label: f"{letter}的{label}" for label in one.asked},)
        assert all(companies[place] in (0, *range(len(own), 6)) for place in parcel.places)
        places += parcel.places
    assert sorted(places) == list(range(len(sheets)))


@pytest.mark.parametrize("is_structured", [True, False])
def test_the_scripted_engine_speaks_the_packed_form(is_structured: bool) -> None:
    sheets = [paper(number) for number in range(3)]
    [parcel] = pack([asked(one, is_structured=is_structured) for one in sheets], TRAITS)
    [told] = ScriptedEngine(TRAITS, clock=lambda: NOW).ask([parcel.request])
    for one, part in zip(sheets, unpack(parcel, told), strict=True):
        assert answers(part.text, [one])[0].keys() == {*one.asked}
