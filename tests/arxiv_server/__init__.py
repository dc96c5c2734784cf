"""A local arXiv for tests: months of invented papers in arXiv's real formats, under one root, misbehaving on request.

It knows nothing of the code that it tests. Everything is deterministic: the same arguments make the same world, and the
same (plan, virtual time, request) the same trouble.

    from tests.arxiv_server.cycle import VirtualClock, feed_at, listed_at
    from tests.arxiv_server.mishaps import Mishap, Plan
    from tests.arxiv_server.months import months
    from tests.arxiv_server.server import ArxivServer

    world = months(seed=7, first=date(2026, 3, 2), days=65, categories=("cs.LG", "cs.CL", "stat.ML"), per_day=308.0)
    clock = VirtualClock(listed_at(world.first))      # clock() is now, in UTC; clock.sleep(s); clock.move_to(when)
    plan = Plan.random(world, seed=7)                 # or Plan(mishaps=(Mishap(kind="stale-feed", ...), ...))
    with ArxivServer(world, now=clock, plan=plan) as server:
        ...                                           # gates and HttpClient with the same clock and its sleep

The world, and the truth (a *day* is always an announcement date, as arXiv's listings print it)

    world.dates                           days with a mailing, ascending (those before `world.first` are history)
    world.first, world.last               the days that were asked for
    world.announced("cs.LG", day)         {paper id: "new" | "cross" | "replace" | "replace-cross"}: what arXiv listed
                                          that day (versions >= 6 and journal-ref updates are never listed)
    world.announced("cs.LG+cs.CL", day)   the same for a combined feed: types are relative to the request
    world.announced_to(categories, day)   {category: {paper id: type}}, each category by itself
    world.listed("cs.LG", day, seen=d)    what the catch-up page of `day` lists when read on a later day `d`: also what
                                          was cross-listed since then, and withdrawals of any version
    world.entry(paper_id, on=day)         the metadata as of that day's mailing (None: not yet announced)
    world.versions(paper_id, on=day)      all versions so far, oldest first
    world.deferred                        weekdays without a mailing that are no holidays
    World.from_records(lines)             (module `world`) real days from a JSONL of records, each `new` in its primary
                                          category and `cross` in its others; `lines`: str, bytes or dicts
    sample_world(), World(days=...)       (module `world`) a small world of some postings, for tests of one thing

Time (module `cycle`): at 20:00 in New York on the evening before a day its listings turn (`listed_at(day)`), at 22:30
OAI has it (`oai_at`), at midnight its feeds are built (`feed_at`), at 03:00 the query API finds it (`api_at`). The
holidays of 2025 and 2026 are known; each takes the listing of the weekday after it.

The server

    server.url            the root: /rss/SPEC /atom/SPEC /list/X/{new,recent,YYYY-MM} /catchup/X/DATE /api/query /oai
                          /abs/ID
    server.requests       every request, in order of arrival: `at` (virtual), `path`, `query`, `headers`
    server.served         every fault that was really served: Served(at, interface, category, kind, day); one that
                          changed nothing in the answer is not noted
    server.violations(interval=3.0, html_interval=15.0)
                          broken rules of politeness, as sentences: too close, side by side, Retry-After ignored; feeds,
                          API and OAI are one class, arxiv.org's pages the other
    server.next(trouble, ...), server.always(trouble)
                          one-off troubles of module `wire`, whatever the plan says
    ArxivServer(..., sizes=Sizes(oai=50, catchup=2000))
                          page sizes that arXiv fixes (module `view`)

Faults: Mishap(kind=..., interface="", category="", since=..., until=..., times=None). Empty means any; interfaces are
feed, new, recent, month, catchup, api, oai, abs; `until` is excluded; `times` limits how often.

    of the data       stale-feed          the feed of the mailing before, dated then, with a fresh lastBuildDate
                      stale-feed-redated  the same, dated today: the ids of one day under the date of another
                      late-date           the right items, dated a day behind
                      empty-feed          no items on a day that has some
                      half-listing        /new promises all and shows some (503 if no new paper is left); catch-up
                                          promises all and leaves whole sections out without a word
                      empty-listing       listings and catch-up of a day with papers say that there are none
                      missing-ids         a range of ids is in no listing and no feed yet, counts included; later they
                                          are in catch-up under their original date (`day`, `part`)
                      api-behind          the query API is two days behind
                      api-empty-page      a later page without entries, totals right (`api-empty-first`: any page)
                      oai-token-expired   a token is a badResumptionToken
                      oai-skip            a page begins some records too late
    of the wire       429, 429-retry-after, 406, 503, 503-retry-after, 520, zero-byte, truncated, broken-off,
                      gzip-garbage, html
    of the format     new-dress           attributes in another order, other prefixes, wrappers: the same meaning
                      new-format          renamed elements: everything must be refused

Plan(mishaps=..., rates={kind: chance}, seed=...): rates are for kinds of the wire and are drawn per request and half
minute. Plan.random(world, seed=...) draws both, so that each kind of mishap comes up.

By hand: `python -m tests.arxiv_server --world 7 --now 2026-03-04T06:00Z --speed 60 --plan 7`; `--records FILE` for real
days, `--feed cs.AI=feed.xml` for a given document, `--fault half-listing` for one that lasts.

Modules: taxonomy, postings, mailings, sample, records, grammar, months (the world); tex, authors, render_* (print);
cycle, view, listings, query_api, search_words, oai, routes (answer); wire, dress, mishaps (faults); etiquette, server.
"""
