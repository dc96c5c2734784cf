"""Makes the packaged list of tokens to which the embedded model is cut (`zhaiyao/data/gemma-3-en-zh.tokens`).

    python bench/tokens.py MODEL.gguf TEXT… > src/zhaiyao/data/gemma-3-en-zh.tokens

TEXT are UTF-8 files: English abstracts and titles, and their Chinese translations, the more the better. The list holds
the tokens that the model's tokenizer makes of them, and what has to stay with these: every piece on the way to one,
bytes and the marks of the format, and each single sign of the scripts that science in the two languages uses. Prints
what it does on stderr. A new list makes a new model: `models.TAILORED_SHA256` has to be set anew. No benchmark: `make
bench` leaves it out, and `prompts.py` counts with its tokenizer.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from zhaiyao.engines.tailoring import packed
from zhaiyao.engines.tailoring_gguf import Gguf, read

NORMAL, USER, BYTE = 1, 4, 6  # kinds of tokens
TURNS = ("<start_of_turn>", "<end_of_turn>")
SCRIPTS = (  # Latin, Greek, punctuation to arrows and operators, CJK punctuation, characters, full-width forms
    (0x0000, 0x024F), (0x0370, 0x03FF), (0x2000, 0x27FF), (0x3000, 0x303F), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """llama.cpp's of the kind `llama` (SentencePiece's BPE): joins the neighbours with the best score until none are
    left. No token of Gemma's reaches over the beginning of a word, so words are cut one by one, and remembered."""

    places: dict[str, int]
    scores: np.ndarray
    known: dict[str, tuple[frozenset[int], int]] = field(default_factory=dict)

    @classmethod
    def of(cls, file: Gguf) -> "Tokenizer":
        """The tokenizer of a model."""
        kinds = file.fields["tokenizer.ggml.token_type"].array("<i4")
        tokens = (token.decode() for token in file.fields["tokenizer.ggml.tokens"].strings())
        places = {token: place for place, token in enumerate(tokens) if kinds[place] in (NORMAL, USER)}
        return cls(places, file.fields["tokenizer.ggml.scores"].array("<f4"))

    def tokens(self, text: str) -> set[int]:
        """All tokens of a line, and all pieces that were joined on the way."""
        return set().union(*(self._word(word)[0] for word in set(_words(text))))

    def count(self, text: str) -> int:
        """How many tokens a text has; what is in no token counts by its bytes, several line breaks as one."""
        lines = re.findall(r"\n+|[^\n]+", text)
        return sum(1 if line[0] == "\n" else sum(self._word(word)[1] for word in _words(line)) for line in lines)

    def _word(self, word: str) -> tuple[frozenset[int], int]:
        """The pieces on the way, and the number of those in the end."""
        if word not in self.known:
            parts = list(word)
            seen = frozenset(self._joined(parts))
            self.known[word] = seen, sum(1 if part in self.places else len(part.encode()) for part in parts)
        return self.known[word]

    def _joined(self, parts: list[str]) -> Iterator[int]:
        """Joins the parts in place, and tells each piece."""
        yield from (self.places[part] for part in parts if part in self.places)
        while pairs := [
            (-self.scores[place], where, place)
            for where, two in enumerate(pairwise(parts))
            if (place := self.places.get("".join(two))) is not None
        ]:
            _, where, place = min(pairs)
            parts[where : where + 2] = ["".join(parts[where : where + 2])]
            yield place


def _words(line: str) -> list[str]:
    return re.findall("▁*[^▁]+|▁+", line.replace(" ", "▁"))


def always(tokens: list[str], kinds: np.ndarray) -> Iterator[int]:
    """The tokens that stay whatever the texts are."""
    for place, (token, kind) in enumerate(zip(tokens, kinds, strict=True)):
        single = len(token) == 1 and any(first <= ord(token) <= last for first, last in SCRIPTS)
        if kind in (USER, BYTE) or token in TURNS or (kind == NORMAL and single):
            yield place


def kept(model: Path, texts: Iterable[Path]) -> tuple[set[int], int]:
    """The tokens to keep, and how many there are in all."""
    file = read(model.read_bytes(), name=model.name)
    tokens = [token.decode() for token in file.fields["tokenizer.ggml.tokens"].strings()]
    kinds = file.fields["tokenizer.ggml.token_type"].array("<i4")
    tokenizer = Tokenizer.of(file)
    chosen = {value.number() for key, value in file.fields.items() if key.endswith("_token_id")}
    chosen.update(always(tokens, kinds))
    for text in texts:
        for line in text.read_text(encoding="utf-8").split("\n"):
            chosen |= tokenizer.tokens(f" {line}")
    # A token may have been seen whole only within a longer one's way: close over every token by itself, too.
    for place in tuple(chosen):
        if kinds[place] == NORMAL:
            chosen |= tokenizer.tokens(tokens[place])
    return chosen, len(tokens)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, metavar="MODEL.gguf")
    parser.add_argument("texts", type=Path, nargs="+", metavar="TEXT")
    arguments = parser.parse_args()
    chosen, size = kept(arguments.model, arguments.texts)
    told = packed(np.array(sorted(chosen), np.intp), size=size)
    print(f"{len(chosen)} of {size} tokens, {len(told)} bytes", file=sys.stderr)
    sys.stdout.buffer.write(told)


if __name__ == "__main__":
    main()
