"""A small world of some postings, for tests of one thing. Pure."""

import random
from dataclasses import replace
from datetime import date, timedelta

from tests.arxiv_server.mailings import A_WEDNESDAY, World
from tests.arxiv_server.postings import UNLISTED_FROM_VERSION, Entry, Posting


def weekdays(last: date, count: int) -> list[date]:
    """The last `count` weekdays up to and with `last`, oldest first."""
    days: list[date] = []
    day = last
    while len(days) < count:
        if day.weekday() < 5:
            days.insert(0, day)
        day -= timedelta(days=1)
    return days


def sample_world(*, today: date = A_WEDNESDAY, days: int = 3, per_day: int = 12, seed: int = 7) -> World:
    """A small world in cs, math, stat and q-bio. The same arguments make the same world."""
    chance = random.Random(f"{seed}/{today}")
    mailings: dict[date, tuple[Posting, ...]] = {}
    serial, earlier = 1000, [_paper(chance, f"2511.{number:05d}") for number in range(40, 40 + per_day)]
    for day in weekdays(today, days):
        fresh = []
        for _ in range(per_day):
            serial += chance.randint(1, 40)
            fresh.append(_paper(chance, f"{day:%y%m}.{serial:05d}"))
        mailings[day] = (*(Posting(entry=entry) for entry in fresh), *_later(chance, earlier))
        earlier = fresh
    return World(today=today, days=mailings)


def _later(chance: random.Random, earlier: list[Entry]) -> list[Posting]:
    """What happens to papers of the day before: a cross-list, replacements, one of them a withdrawal."""
    crossed, revised, withdrawn, often = chance.sample(earlier, 4)
    added = replace(crossed, categories=(*crossed.categories, "q-bio.QM"))
    new_version = replace(revised, version=2, abstract=f"{revised.abstract} This version corrects Table 2.")
    words = "This paper has been withdrawn by the authors: Lemma 3 is wrong."
    gone = replace(withdrawn, version=2, abstract=words, comments=words, source="I", html=False)
    unlisted = replace(often, version=UNLISTED_FROM_VERSION)
    return [
        Posting(entry=added, action="cross", to=("q-bio.QM",)),
        Posting(entry=new_version, action="replace"),
        Posting(entry=gone, action="withdraw"),
        Posting(entry=unlisted, action="replace"),
    ]


_METHODS = (
    "Sparse attention",
    "Message passing",
    r"A Schr\"odinger-type bridge",
    "Tabular distillation",
    "Local search",
)
_GOALS = (
    "for reservoir forecasting",
    "on random intersection graphs",
    r"with $\ell_1$ constraints",
    "for lace-wing wing veins",
    r"when $n < p$",
)
_NAMES = (
    r"Bj{\o}rn {\AA}kerlund",
    r"M\'onica Ib\'a\~nez-Roca (Inst. of Tides, Porto)",
    "Wei-Ling Quah",
    "Tamsin O'Dowd Jr.",
    r"Zs\'ofia K\H{o}halmi",
    " Suparman",
    "for the LACEWING Collaboration",
)
_SENTENCES = (
    r"We study a problem of order $O(n^{-1/2})$ and show that $p<1/2$ is enough.",
    "Existing work needs labels that nobody has.",
    "Our method needs 38.5% less memory than the best baseline & no tuning.",
    r"Experiments on 12 data sets confirm it, with gains up to $1.7\times$.",
    "Code is at https://example.org/lacewing_kit?tab=2.",
    "We close with two open questions.\n  The second of them is due to a reader of an early draft.",
)
_HOMES = (
    ("cs.LG", "stat.ML"),
    ("cs.AI",),
    ("cs.CL", "cs.AI", "cs.LG"),
    ("math.NA", "cs.NA"),
    ("stat.ML", "cs.LG"),
    ("q-bio.QM", "cs.AI"),
)
_LICENSES = ("http://creativecommons.org/licenses/by/4.0/", "http://arxiv.org/licenses/nonexclusive-distrib/1.0/")


def _paper(chance: random.Random, paper_id: str) -> Entry:
    published = chance.random() < 0.2
    return Entry(
        id=paper_id,
        title=f"{chance.choice(_METHODS)} {chance.choice(_GOALS)}: note {paper_id[-3:]}",
        abstract=" ".join(chance.sample(_SENTENCES, chance.randint(3, len(_SENTENCES)))),
        authors=", ".join(chance.sample(_NAMES, chance.randint(1, len(_NAMES)))),
        categories=chance.choice(_HOMES),
        license=chance.choice(_LICENSES),
        doi=f"10.5555/lacewing.{paper_id[-4:]}" if published else "",
        journal_ref=r"Annalen f\"ur erfundene Forschung 3 (2026) 1-9" if published else "",
    )
