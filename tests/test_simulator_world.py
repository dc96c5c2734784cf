import lzma
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from tests.arxiv_server.authors import authors_of
from tests.arxiv_server.cycle import (
    VirtualClock,
    api_at,
    feed_at,
    has_mailing,
    in_new_york,
    listed_at,
    mailing_days,
    oai_at,
)
from tests.arxiv_server.months import CATEGORIES, LONGEST_HOLD, months
from tests.arxiv_server.postings import UNLISTED_FROM_VERSION, Entry, Posting
from tests.arxiv_server.taxonomy import BadSpec, names_of, oai_sets, set_of
from tests.arxiv_server.tex import accents, accents_and_greek
from tests.arxiv_server.world import World

MONDAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def world() -> World:
    return months(seed=3, first=MONDAY, days=30, per_day=150.0)


def counted(world: World) -> list[date]:
    return [day for day in world.dates if day >= world.first]


# --- the calendar ---------------------------------------------------------------------------------------------------


def test_mailings_bear_weekdays_and_the_day_after_a_holiday_has_none() -> None:
    july = list(islice(mailing_days(date(2026, 7, 1)), 4))
    assert july == [date(2026, 7, 1), date(2026, 7, 2), date(2026, 7, 3), date(2026, 7, 7)]
    assert not has_mailing(date(2025, 7, 7))  # its holiday is a Sunday
    assert not has_mailing(date(2025, 9, 2))
    assert not has_mailing(date(2026, 1, 2))
    assert not any(has_mailing(date(2026, 12, day)) for day in (26, 27, 28, 30))  # 25 is a Friday


def test_each_interface_has_a_day_at_its_own_hour() -> None:
    winter, summer = date(2026, 3, 4), date(2026, 7, 1)
    assert listed_at(winter) == datetime(2026, 3, 4, 1, tzinfo=UTC)
    assert listed_at(summer) == datetime(2026, 7, 1, 0, tzinfo=UTC)
    assert listed_at(winter) < oai_at(winter) < feed_at(winter) < api_at(winter)
    assert in_new_york(feed_at(summer)) == summer
    assert in_new_york(feed_at(summer) - timedelta(seconds=1)) == summer - timedelta(days=1)


def test_a_virtual_clock_moves_when_told_and_never_back() -> None:
    clock = VirtualClock(listed_at(MONDAY))
    clock.sleep(90)
    clock.move_to(listed_at(MONDAY) + timedelta(seconds=30))
    assert clock() == listed_at(MONDAY) + timedelta(seconds=90)
    clock.sleep(-5)
    clock.move_to(listed_at(MONDAY) + timedelta(hours=1))
    assert clock() == listed_at(MONDAY) + timedelta(hours=1)


# --- the months -----------------------------------------------------------------------------------------------------


def test_the_same_arguments_make_the_same_months() -> None:
    assert months(days=4, per_day=30.0) == months(days=4, per_day=30.0)
    assert months(days=4, per_day=30.0, seed=8).days != months(days=4, per_day=30.0).days


def test_there_are_as_many_days_and_announcements_as_asked(world: World) -> None:
    days = counted(world)
    assert len(days) == 30
    assert days[0] == MONDAY
    told = [sum(map(len, world.announced_to(CATEGORIES, day).values())) for day in days]
    assert 0.85 * 150 < sum(told) / len(told) < 1.15 * 150
    assert {day.weekday() for day in days} == {0, 1, 2, 3, 4}


def test_a_deferred_mailing_is_missing_and_its_papers_come_with_the_next(world: World) -> None:
    (gone,) = world.deferred
    assert has_mailing(gone)
    assert gone not in world.dates
    after = next(day for day in world.dates if day > gone)
    submitted = [posting.entry.submitted for posting in world.days[after] if posting.action == "new"]
    assert any(moment < listed_at(gone) for moment in submitted if moment)


def test_everything_that_happens_to_papers_happens(world: World) -> None:
    postings = [posting for day in counted(world) for posting in world.days[day]]
    assert set(Counter(posting.action for posting in postings)) == {"new", "cross", "replace", "withdraw", "absonly"}
    assert max(posting.entry.version for posting in postings) >= UNLISTED_FROM_VERSION
    assert {kind for day in counted(world) for kind in world.announced("cs.LG", day).values()} == {
        "new",
        "cross",
        "replace",
        "replace-cross",
    }
    gone = [posting.entry for posting in postings if posting.action == "withdraw"]
    assert all(entry.source == "I" and "withdrawn" in entry.comments and entry.version > 1 for entry in gone)


def test_moderators_hold_some_papers_but_never_too_long(world: World) -> None:
    new = [(day, posting.entry) for day in counted(world) for posting in world.days[day] if posting.action == "new"]
    held = [listed_at(day) - entry.submitted for day, entry in new if entry.submitted]
    assert min(held) > timedelta()
    assert timedelta(days=14) < max(held) <= timedelta(days=LONGEST_HOLD + 1)
    ids = [entry.id for _, entry in new]
    assert ids != sorted(ids)  # a held paper has an id below its neighbours'
    assert len(ids) == len(set(ids))


def test_what_is_not_listed_is_in_no_truth(world: World) -> None:
    for day in counted(world):
        listed = {name for told in world.announced_to(CATEGORIES, day).values() for name in told}
        for posting in world.days[day]:
            entry = posting.entry
            often = posting.action in ("replace", "withdraw") and entry.version >= UNLISTED_FROM_VERSION
            unlisted = often or posting.action == "absonly" or not set(entry.categories) & set(CATEGORIES)
            elsewhere = posting.action == "cross" and not set(posting.to) & set(CATEGORIES)
            assert (entry.id in listed) != (unlisted or elsewhere)


def test_texts_have_what_real_ones_have(world: World) -> None:
    entries = [posting.entry for day in world.dates for posting in world.days[day]]
    texts = "\n".join(f"{entry.title}\t{entry.abstract}\t{entry.authors}\t{entry.comments}" for entry in entries)
    for piece in (r"\"", "<", "&", "%", "\n  ", r"\alpha", "``", "(Inst.", "Jr.", "https://", "arXiv:", "$p<1/2$"):
        assert piece in texts


# --- truth ----------------------------------------------------------------------------------------------------------


def paper(name: str, *categories: str, version: int = 1) -> Entry:
    return Entry(id=name, title="T", abstract="A", authors="N", categories=categories, version=version)


def test_a_later_cross_list_changes_the_catch_up_of_the_first_day_and_not_the_truth() -> None:
    first, later = date(2026, 3, 3), date(2026, 3, 5)
    crossed = paper("2603.1", "cs.CL", "cs.LG")
    world = World(
        days={
            first: (Posting(entry=paper("2603.1", "cs.CL")),),
            later: (Posting(entry=crossed, action="cross", to=("cs.LG",)),),
        }
    )
    assert world.announced("cs.LG", first) == {}
    assert world.announced("cs.LG", later) == {"2603.1": "cross"}
    assert world.announced("cs.CL", later) == {}
    assert world.announced("cs.CL+cs.LG", first) == {"2603.1": "new"}
    assert world.listed("cs.LG", first, seen=first) == {}
    assert world.listed("cs.LG", first, seen=later) == {"2603.1": "cross"}
    assert world.entry("2603.1", on=first) == paper_dated(world, first)
    assert world.entry("2603.1", on=date(2026, 3, 2)) is None


def paper_dated(world: World, day: date) -> Entry:
    (entry,) = world.versions("2603.1", on=day)
    return entry


def test_withdrawals_of_any_version_are_in_catch_up_only() -> None:
    day = date(2026, 3, 3)
    often = Posting(entry=paper("2603.1", "cs.LG", version=6), action="replace")
    gone = Posting(entry=paper("2603.2", "cs.LG", version=7), action="withdraw")
    world = World(days={day: (often, gone)})
    assert world.announced("cs.LG", day) == {}
    assert world.listed("cs.LG", day, seen=day) == {"2603.2": "replace"}
    assert [entry.version for entry in world.versions("2603.2", on=day)] == [1, 2, 3, 4, 5, 6, 7]


def test_the_page_of_an_archive_leaves_out_cross_lists_inside_it() -> None:
    day = date(2026, 3, 3)
    world = World(days={day: (Posting(entry=paper("2603.1", "cs.CV", "cs.LG"), action="cross", to=("cs.LG",)),)})
    assert world.page("cs", day, seen=day, unlisted=()) == ()
    assert [kind for kind, _ in world.page("cs.LG", day, seen=day, unlisted=())] == ["cross"]
    assert [kind for kind, _ in world.everything("cs", day, seen=day)] == ["cross"]


# --- real days ------------------------------------------------------------------------------------------------------


def test_records_become_days() -> None:
    record = {
        "id": "2506.00001",
        "title": "A\n title",
        "authors": ["A. One", "B. Two"],
        "categories": ["cs.CV", "cs.CL"],
        "comment": None,
        "abstract": "Wrapped\nat a word.\n  A paragraph.",
    }
    world = World.from_records([{**record, "date": "2025-06-20"}, {**record, "id": "2506.00002", "date": "2025-06-22"}])
    assert world.dates == (date(2025, 6, 19),)  # neither date has a mailing: the listing before still stood there
    assert world.announced("cs.CV", world.first) == {"2506.00001": "new", "2506.00002": "new"}
    assert world.announced("cs.CL", world.first) == {"2506.00001": "cross", "2506.00002": "cross"}
    entry = world.entry("2506.00001", on=world.first)
    assert entry is not None
    assert (entry.title, entry.authors, entry.comments) == ("A title", "A. One, B. Two", "")
    assert entry.abstract == "Wrapped at a word.\n  A paragraph."


def test_a_collection_of_real_days_is_served_whole(shared: Path) -> None:
    with lzma.open(shared / "corpus" / "listings-2025.jsonl.xz", "rb") as lines:
        world = World.from_records(islice(lines, 4000))
    assert world.first == date(2025, 6, 2)
    assert len(world.dates) > 12
    assert all(has_mailing(day) for day in world.dates)
    assert len(world.ids) == 4000
    told = [kind for day in world.dates for kind in world.announced("cs.CV", day).values()]
    assert Counter(told)["new"] > 1000
    assert set(told) == {"new", "cross"}


# --- names and texts ------------------------------------------------------------------------------------------------


def test_names_of_sets_are_arxivs(shared: Path) -> None:
    real = (shared / "reference" / "payloads" / "oai_listsets.xml").read_text(encoding="utf-8")
    listed = re.findall(r"<setSpec>(.*?)</setSpec>\s*<setName>(.*?)</setName>", real)
    assert len(listed) == 183
    assert Counter(listed) == Counter(oai_sets())
    assert (set_of("cs.LG"), set_of("hep-th"), set_of("cond-mat.soft")) == (
        "cs:cs:LG",
        "physics:hep-th",
        "physics:cond-mat:soft",
    )


def test_specs_are_read_in_any_case() -> None:
    assert names_of("cs.lg+Hep-th+MATH") == ("cs.LG", "hep-th", "math")
    with pytest.raises(BadSpec, match="Bad archive 'xx'"):
        names_of("xx")


@pytest.mark.parametrize(
    ("tex", "plain", "greek"),
    [
        (r"Erd\H{o}s, \'Etale {\'e}t\'{e} Fran\c{c}ois \v S", "Erdős, Étale {é}té François Š", None),
        (r"{\AA}kerlund W{\l}odarczyk \L{}ucja J\=anis \'{\i}", "Åkerlund Włodarczyk Łucja Jānis í", None),
        (r"$\alpha=\beta$ \delta\le \pi/4", r"$\alpha=\beta$ \delta\le \pi/4", r"$α=β$ δ\le π/4"),
        (r"\emph{x} 50\% ``q''", r"\emph{x} 50\% ``q''", None),
    ],
)
def test_tex_becomes_what_arxiv_makes_of_it(tex: str, plain: str, greek: str | None) -> None:
    assert accents(tex) == plain
    assert accents_and_greek(tex) == (greek or plain)


def test_author_strings_come_apart() -> None:
    told = (
        r"Andr\'e L. Cooper (CNRX), Bill Gates Jr. (Inst. A, Inst. B),  Suparman, P. de Castro, for the X Collaboration"
    )
    authors = authors_of(told)
    assert [author.name for author in authors] == [
        "André L. Cooper",
        "Bill Gates Jr.",
        "Suparman",
        "P. de Castro",
        "X Collaboration",
    ]
    assert [(author.key, author.initials) for author in authors[:4]] == [
        ("Cooper", "A L"),
        ("Gates", "B"),
        ("Suparman", ""),
        ("de Castro", "P"),
    ]
    assert authors[1].places == "Inst. A, Inst. B"
    assert authors[4].before == "for the "
