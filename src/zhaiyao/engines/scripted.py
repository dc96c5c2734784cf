"""An engine without a model: deterministic text that looks like Chinese, and faults on order. For tests and dry runs.

Every ordinary word becomes one or two characters of a fixed table; placeholders, formulas, links, numbers, names and
acronyms stay, so that the text passes validation. The same word always becomes the same characters.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.masking import PLACEHOLDER, mask, unmask
from zhaiyao.ports import Clock

Script = Callable[[int, Request], str]
"""The fault of a call, by its number from 0 on and its request; `""` = a good reply."""

REPLY_FAULTS = ("timeout", "rate-limited", "server-error", "connection", "schema-unsupported")
"""Faults that the engine itself reports: no text comes."""

TEXT_FAULTS = (
    "empty", "english", "echo", "loop", "drop-mask", "drop-number", "drop-item", "drop-paper", "double-id",
    "foreign-id", "bad-json", "truncated",
)  # fmt: skip
"""Faults that are in the text, for a validator to find."""

_TABLE = (
    "模型方法数据实验结果研究分析系统算法网络训练语言问题性能图像任务空间函数优化理论特征学习框架估计样本参数效率推理表示结构观测"
    "能量信号测量过程控制证明条件分布"
)
# Units keep their meaning.
_UNITS = {
    **{unit: unit for unit in ("km", "cm", "mm", "nm", "kpc", "ms", "ns", "fs", "fps", "kg", "mg", "ppm", "rpm")},
    **{"percent": "%", "percentage": "百分", "point": "点", "points": "点", "degree": "度", "decibel": "分贝"},
    **{"second": "秒", "minute": "分钟", "hour": "小时", "day": "天", "week": "周", "month": "个月", "year": "年"},
    **{"meter": "米", "metre": "米", "kilometer": "千米", "kilometre": "千米", "centimeter": "厘米"},
    **{"millimeter": "毫米", "micrometer": "微米", "micron": "微米", "nanometer": "纳米"},
    **{"gram": "克", "kilogram": "千克", "milligram": "毫克"},
    **{"millisecond": "毫秒", "microsecond": "微秒", "nanosecond": "纳秒", "hertz": "赫兹"},
}
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TOKEN = re.compile(rf"{PLACEHOLDER.pattern}|[^\s⟦]+|⟦")
_SIGN = re.compile(r"(?<![A-Za-z])X\d+|\[\d+\]")
_PUNCTUATION = str.maketrans({",": "，", ";": "；", ":": "：", "?": "？", "!": "！", ".": "。"})
_PRIVATE = 0xE000  # of characters that mean nothing: they stand for terms
_TERMS = re.compile(r"^Terms: (.*)\.$", re.MULTILINE)
_TERM = re.compile(r"([^;]+?) ([^\x00-\x7f][^;]*)(?:; |$)")
_ITEMS = re.compile(r"^Answer only: (.*)\.$", re.MULTILINE)


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedSpec:
    """A picklable recipe. `faults[n]` is the fault of call n; calls beyond its end are good."""

    whole_documents: bool = True
    structured: bool = True
    latency: float = 0.0
    faults: tuple[str, ...] = ()
    journal: Path | None = None
    batch: int = 1

    def open(self) -> "ScriptedEngine":
        """Makes the engine; cannot fail."""
        traits = EngineTraits(
            name="scripted",
            model="table-1",
            whole_documents=self.whole_documents,
            structured=self.structured,
            batch=self.batch,
        )
        return ScriptedEngine(traits, latency=self.latency, script=in_order(self.faults), journal=self.journal)


def default_traits() -> EngineTraits:
    """A chat engine with everything."""
    return EngineTraits(name="scripted", model="table-1")


def in_order(faults: Sequence[str]) -> Script:
    """A script that gives call n the fault `faults[n]`, and none beyond."""
    return lambda call, _: faults[call] if call < len(faults) else ""


@dataclass(slots=True)
class ScriptedEngine:
    """Answers with `render`, after `latency` seconds a request. Thread-safe.

    `journal` names a file that gets one line (a JSON string) for every source at the moment when it is asked for, so
    that a test can prove that nothing was asked twice.
    """

    traits: EngineTraits = field(default_factory=default_traits)
    latency: float = field(default=0.0, kw_only=True)
    script: Script = field(default=in_order(()), kw_only=True)
    journal: Path | None = field(default=None, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True)
    sleep: Callable[[float], None] = field(default=time.sleep, kw_only=True)
    calls: int = field(default=0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """One reply per request, in order."""
        return [self._answer(request) for request in requests]

    def close(self) -> None:
        """Nothing is held."""

    def _answer(self, request: Request) -> Reply:
        with self._lock:
            fault = self.script(self.calls, request)
            self.calls += 1
            self._write_down(request)
        if self.latency:
            self.sleep(self.latency)
        tokens = len(request.system.split()) + len(request.prompt.split())
        if fault in REPLY_FAULTS:
            return Reply(text="", finished_at=self.clock(), fault=fault, detail="scripted", prompt_tokens=tokens)
        text = reply_text(request, fault)
        return Reply(
            text=text,
            finished_at=self.clock(),
            truncated=fault == "truncated",
            prompt_tokens=tokens,
            completion_tokens=len(text),
            seconds=self.latency,
        )

    def _write_down(self, request: Request) -> None:
        if self.journal is not None:
            lines = "".join(json.dumps(source, ensure_ascii=False) + "\n" for source in request.sources)
            with self.journal.open("a", encoding="utf-8") as file:
                file.write(lines)


def reply_text(request: Request, fault: str = "") -> str:
    """What the engine says to a request: in the form that it wants, with this fault in it."""
    if fault == "empty":
        return ""
    if fault == "echo":
        return request.system or request.prompt
    if not request.system:
        text = spoil(request.sources[0], fault)
        return text[: len(text) // 2] if fault == "truncated" else f" {text}"
    answers = list(_answers(request.prompt, fault))
    if request.schema is None:
        text = "\n".join(f"{name}| {answer}" for name, answer in answers)
    else:
        items = [{"id": name, "zh": answer} for name, answer in answers]
        text = json.dumps({"items": items}, ensure_ascii=False)
    if fault == "bad-json":
        return text.replace('"', "'").replace("|", "")
    return text[: len(text) // 2] if fault == "truncated" else text


def _answers(prompt: str, fault: str) -> Iterator[tuple[str, str]]:
    """(name, answer) for the items that a document request asks for."""
    lines = _lines(prompt)
    terms = dict(_TERM.findall("".join(_TERMS.findall(prompt))))
    names = _asked(prompt, lines)
    if fault == "drop-item":
        names = names[:-1]
    if fault == "drop-paper":
        names = [name for name in names if name[0] != names[0][0]]
    for name in names:
        if name.endswith("S"):
            words = " ".join(line for other, line in lines.items() if other[0] == name[0])[:120]
            yield name, f"本文{render(re.sub(r'[0-9]', '', PLACEHOLDER.sub('', words)))[:40]}"
        else:
            yield name, _with_terms(lines[name], terms, fault)
    if fault == "double-id" and names:
        yield names[0], render("quite another answer")
    if fault == "foreign-id":
        yield "Z99", render("nobody asked")


def _with_terms(source: str, terms: Mapping[str, str], fault: str) -> str:
    """The rendering of a text with these terms as they are wanted, and with a fault in it."""
    wanted = sorted((term for term in terms if term.lower() in source.lower()), key=len, reverse=True)
    for place, term in enumerate(wanted if fault != "english" else ()):
        source = re.sub(rf"(?<!\w){re.escape(term)}(?:s|es)?(?!\w)", chr(_PRIVATE + place), source, flags=re.IGNORECASE)
    text = spoil(source, fault)
    for place, term in enumerate(wanted):
        text = text.replace(chr(_PRIVATE + place), terms[term])
    return text


def _lines(prompt: str) -> dict[str, str]:
    """Name (`AT`, `A1`) -> text, as the block of data tells them."""
    found: dict[str, str] = {}
    letter = ""
    for line in prompt.split("\n"):
        label, _, text = line.partition(" ")
        if label == "#":
            letter, _, text = text.partition(" ")
            label = "T"
        if letter and text and (label == "T" or label.isdecimal()):
            found[letter + label] = text
    return found


def _asked(prompt: str, lines: Mapping[str, str]) -> list[str]:
    """The names of the answers wanted: all that is shown and a summary of each paper, unless the prompt says which."""
    letters = dict.fromkeys(re.findall(r"^# ([A-Z])", prompt, re.MULTILINE))
    named = _ITEMS.search(prompt)
    asked = named[1].split(", ") if named else [f"all of {letter}" for letter in letters]
    names: list[str] = []
    for one in asked:
        letter = one.removeprefix("all of ")
        own = [name for name in lines if name[0] == letter]
        names += [*own, f"{letter}S"] if one != letter else [one]
    return names


def spoil(source: str, fault: str) -> str:
    """The rendering of a text with a fault in it."""
    if fault == "english":
        return source
    if fault == "loop":
        return render(source)[:8] * 20
    if fault == "drop-number":
        return re.sub(r"\d+", "", render(source))
    if fault == "drop-mask":
        masked = mask(_SIGN.sub("", source, count=1))
        return unmask(PLACEHOLDER.sub("", render(masked.text), count=1), masked.spans).text
    return render(source)


def render(text: str) -> str:
    """Text in characters of the table; what is no ordinary word stays as it is."""
    masked = mask(text)
    tokens = [_token(match[0]) for match in _TOKEN.finditer(masked.text)]
    joined = "".join(
        f"{token} " if _ends_latin(token) and _begins_latin(following) else token
        for token, following in zip(tokens, [*tokens[1:], ""], strict=False)
    )
    return unmask(joined, masked.spans).text


@lru_cache(maxsize=8192)
def _token(token: str) -> str:
    if PLACEHOLDER.fullmatch(token):
        return token
    body = token.rstrip(",;:?!.")
    rendered = body if any(sign.isdigit() for sign in body) else _WORD.sub(_word, body)
    return rendered + token[len(body) :].translate(_PUNCTUATION)


def _word(match: re.Match[str]) -> str:
    """Ordinary words change; acronyms and names with a capital inside do not."""
    word = match[0]
    if not word[1:].islower() and len(word) > 1:
        return word
    unit = _UNITS.get(word.lower()) or _UNITS.get(word.lower().removesuffix("s"))
    if unit:
        return unit
    digest = blake2b(word.lower().encode(), digest_size=3).digest()
    signs = _TABLE[digest[0] % len(_TABLE)] + _TABLE[digest[1] % len(_TABLE)]
    return signs if digest[2] % 4 else signs[0]


def _begins_latin(token: str) -> bool:
    return token[:1].isascii() and token[:1].isalnum()


def _ends_latin(token: str) -> bool:
    return token[-1:].isascii() and token[-1:].isalnum()
