"""Claim: of the tokens in the prompts of a day's requests at most 15 % are not the papers' own text.

    python bench/prompts.py [--papers 96]

Instructions, labels and terms of the glossary are not the papers' own. Counted over the requests that papers begin
with, as they are packed for a hosted model, by the tokenizer of the packaged model; what a provider puts around
messages and schema is not known here. Papers: real ones of 2025 where the reference material is (ZHAIYAO_REFERENCE),
else the bundled sample day, which is too short to be judged by. Exits with 1 above 15 % of real papers.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from platformdirs import user_cache_dir

from local import sample_day
from tokens import Tokenizer
from zhaiyao import wiring
from zhaiyao.asking import EngineTraits, Job, Request
from zhaiyao.cli.common import Silent
from zhaiyao.engines.models import WHOLE, locate
from zhaiyao.engines.presets import HOSTED_BATCH
from zhaiyao.engines.tailoring_gguf import read
from zhaiyao.glossary import Glossary, defaults
from zhaiyao.records import RenditionKind
from zhaiyao.translating import pack, translate
from zhaiyao.usecases import references

LIMIT = 0.15
STEP = 97
"""Of the real papers every so manieth is taken."""
TRAITS = EngineTraits(name="chat", model="hosted", batch=HOSTED_BATCH)
SHARED = Path(os.environ.get("ZHAIYAO_REFERENCE") or Path(__file__).resolve().parents[2] / "shared")
LISTED = SHARED / "corpus" / "listings-2025.jsonl.xz"


def papers(most: int) -> list[tuple[str, str, str]]:
    """(id, title, abstract) of so many papers."""
    if not LISTED.exists():
        return [(one.paper_id, one.title, one.abstract) for one in sample_day()[:most]]
    with wiring.document(LISTED) as document:
        told = islice(references.read(document, name=str(LISTED), progress=Silent()), 0, most * STEP, STEP)
        return [(one.paper_id, one.title, one.abstract) for one in told]


def beginnings(told: Sequence[tuple[str, str, str]]) -> list[Request]:
    """What each paper asks first."""
    glossary = Glossary(defaults("zh"))
    jobs = (
        Job(
            paper_id=paper_id,
            version=1,
            title=title,
            abstract=abstract,
            kinds=tuple(RenditionKind),
            terms=glossary.occurring(f"{title}\n\n{abstract}"),
        )
        for paper_id, title, abstract in told
    )
    return [request for job in jobs for request in next(translate(job, iter([TRAITS])))]


def share(requests: Sequence[Request], batch: int, tokenizer: Tokenizer) -> float:
    """The share of tokens that are not the papers' own, with so many papers in each request."""
    traits = replace(TRAITS, batch=batch)
    parts = (requests[begin : begin + batch] for begin in range(0, len(requests), batch))
    packed = [parcel.request for part in parts for parcel in pack(part, traits)]
    whole = sum(tokenizer.count(one.system) + tokenizer.count(one.prompt) for one in packed)
    own = sum(tokenizer.count(source) for one in packed for source in one.sources)
    return (whole - own) / whole


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=96)
    told = papers(parser.parse_args().papers)
    file = locate(WHOLE, Path(user_cache_dir("zhaiyao")) / "bench")
    tokenizer = Tokenizer.of(read(file.path.read_bytes(), name=file.name))
    requests = beginnings(told)
    shares = {batch: share(requests, batch, tokenizer) for batch in (1, 4, 8, HOSTED_BATCH)}
    for batch, found in shares.items():
        print(f"{len(told)} papers, {batch:2} in each request: {found:6.1%} of the prompt's tokens are not their own")
    return 0 if shares[HOSTED_BATCH] <= LIMIT or not LISTED.exists() else 1


if __name__ == "__main__":
    sys.exit(main())
