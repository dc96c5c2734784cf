"""Is a reply a translation at all? The checks whose finding is never content. Repairs and asks nothing."""

import re
from collections import Counter
from functools import lru_cache

from zhaiyao.validating.lengths import is_absurd_length
from zhaiyao.validating.texts import CJK, without_spans

_OTHER_SCRIPT = re.compile(r"[\u3041-\u30ff\uac00-\ud7af\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f]")
_ORDINARY_WORD = re.compile(r"\b[A-Za-z][a-z]+\b")
_LABELS = ("English:", "Chinese:", "[[TLDR]]", "[[T]]", "as an ai language model", "作为一个ai", "作为ai语言模型")
_LONG_LINE = 8


def fatal_faults(source: str, target: str, instructions: str) -> tuple[str, ...]:
    """The fatal faults of a translation, in the order of `FAULTS`."""
    if not target.strip():
        return ("empty",)
    found = {
        "wrong-script": is_wrong_script(source, target),
        "echo": is_echo(source, target, instructions),
        "answered": is_answer(source, target),
        "loop": is_loop(source, target),
        "length": is_absurd_length(source, target),
    }
    return tuple(code for code, is_faulty in found.items() if is_faulty)


def is_wrong_script(source: str, target: str) -> bool:
    """Whether a sentence with at least three ordinary words came back without Chinese, or in another script."""
    other = _OTHER_SCRIPT.findall(target)
    if len(other) > 2 and len(other) > 2 + len(_OTHER_SCRIPT.findall(source)):
        return True
    return not CJK.search(target) and len(_ORDINARY_WORD.findall(without_spans(source))) >= 3


_LABELLED = re.compile("|".join(re.escape(label) for label in _LABELS), re.IGNORECASE)
_SHINGLE = 5
_LATIN_WORD = re.compile(r"[a-z]{2,}")


def is_echo(source: str, target: str, instructions: str) -> bool:
    """Whether the target holds what only the prompt said: a label, or five English words of its instructions in a row.

    Of instructions in Chinese a whole line counts.
    """
    label = _LABELLED.search(target)
    if label is not None and label[0].casefold() not in source.casefold():
        return True
    said, lines = _telling(instructions)
    found = _shingles(target) & said if said else None
    if found and not found <= _shingles(source):
        return True
    return any(line in target and line not in source for line in lines)


@lru_cache(maxsize=8)
def _telling(instructions: str) -> tuple[frozenset[tuple[str, ...]], tuple[str, ...]]:
    """What gives instructions away: their shingles, and their lines in Chinese."""
    lines = (line.strip() for line in instructions.splitlines())
    return _shingles(instructions), tuple(line for line in lines if len(CJK.findall(line)) >= _LONG_LINE)


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Every five words in a row."""
    words = _LATIN_WORD.findall(text.lower())
    return frozenset(zip(*(words[start:] for start in range(_SHINGLE)), strict=False))


# How a reply begins, or one of its sentences, that is none of the text; unless the source begins in such a way too.
_ANSWER = re.compile(
    r"""(?:^|[。！？!?；;…])[\s"'“”*#>【\[(（]*(?:
        (?:好的|好吧|当然(?:可以)?|没问题|明白了?|收到|是的|抱歉|对不起|(?:很|非常|十分)抱歉)[，,。！!：:~～]
      | (?:以下|下面|这|如下)(?:就)?是[^，。]{0,12}(?:翻译|译文|回答|答案|回复|结果|内容)[^，。]{0,6}[:：]
      | (?:翻译后的|译成中文的)[^，。：:]{0,10}[:：] | (?:翻译|译文|回答|答案|回复)(?:如下|结果)?[:：]
      | 作为(?:一[个名位款])?(?:AI|人工智能|大?语言)(?:大?语言)?(?:模型|助手|助理|翻译)[，,]
      | (?:我|本助手|本模型)(?:无法|不能|没有办法|不可以)
        (?:提供|协助|翻译|回答|完成|执行|遵[循从守]|满足|帮|为您|这样做)
      | 我(?:是|将扮演|现在是)[^，。]{0,10}(?:助手|机器人|模型|翻译|海盗|猫)
      | 请(?:提供|告诉我|输入|给出|发送|您提供)[^，。]{0,12}(?:文本|内容|原文|句子|论文|标题|摘要)
      | (?:Sure|Certainly|Of\ course|Absolutely|Okay|OK|Understood|I['’]?m\ sorry|Sorry|I\ apologi[sz]e
          |Here(?:['’]s|\ is|\ are)|I\ (?:can['’]?t|cannot|am|will|have)|As\ an\ AI|As\ a\ language
          |My\ instructions|Translation)\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_ALIKE = re.compile(
    r"(?:^|[.!?;:])\W*(?:good|well|of course|certainly|sure|sorry|yes|ok|okay|i\b|as an?\b|here|the following|below"
    r"|this is|please|translat|answer|absolutely|understood|apolog)",
    re.IGNORECASE,
)
# What no paper says anywhere in its title or abstract, unless its source has the like.
_TALK = re.compile(
    r"(?:按照|遵照|根据|应)(?:您|你)的(?:指示|要求|指令|请求)|如您所(?:愿|要求)|希望(?:这|以上)?(?:翻译|译文)?(?:对您|能帮)"
    r"|(?:我|本)的?系统提示(?:词|语)?(?:是|为|如下)|忽略了?(?:之前|先前|以上|上述)的?(?:所有|全部)?(?:指令|指示|说明)[，,]"
    r"|已(?:成功)?(?:执行|忽略)(?:您的|上述|之前的|所有)?(?:指令|指示)",
)
# What none says, whatever its source does.
_REFUSAL = re.compile(
    r"(?:抱歉|对不起)[，,]\s?(?:我|本助手)(?:无法|不能|不可以)(?:翻译|提供|协助|回答|完成|遵|执行)|以下是(?:翻译|译文)(?:结果|内容)?[:：]"
    r"|我(?:现在)?是(?:一[个只名位])?[^，。！]{0,4}(?:助手|机器人|海盗)"
)
_TALK_ALIKE = re.compile(r"instruct|prompt|指令|指示|提示|\byou\b|\byour\b", re.IGNORECASE)
_WRAPPER = re.compile(
    r"```|<\|?/?(?:think|im_start|im_end|system|assistant|user|source|translation|start_of_turn|end_of_turn"
    r"|begin_of_text|endoftext|s)\|?>|\[/?INST\]|<<SYS>>|\"(?:zh|id|items|title|segments|tldr)\"\s*:|-{5,}|^\s*#{1,6}\s|^\s*\*\*|={3,}"
    r"|^[A-Z](?:[TS]|\d{1,3})\|",
    re.IGNORECASE,
)


def is_answer(source: str, target: str) -> bool:
    """Whether the target talks to whoever asked, or comes in a wrapper (JSON, Markdown, chat), unlike the source."""
    if _ANSWER.search(target) and not _ALIKE.search(source):
        return True
    if _REFUSAL.search(target):
        return True
    if _TALK.search(target) and not _TALK_ALIKE.search(source):
        return True
    wrapper = _WRAPPER.search(target)
    return wrapper is not None and wrapper[0].strip().casefold() not in source.casefold()


_REPEATED = re.compile(r"(.{2,60}?)\1{3,}", re.DOTALL)
_REPEATED_SIGN = re.compile(r"(\S)\1{11,}")
_CLAUSE = re.compile(r"(?=[^，。；：！？,;.!?\s]*[\u4e00-\u9fff]{4})[^，。；：！？,;.!?\s]{8,}")


def is_loop(source: str, target: str) -> bool:
    """Whether the target says the same four times in a row, or one clause three times, and the source does not."""
    if not _may_repeat(target):
        return False
    for pattern in (_REPEATED, _REPEATED_SIGN):
        match = pattern.search(target)
        if match and match[0].strip() and len(match[0]) >= 12 and not pattern.search(source):
            return True
    clauses = Counter(_CLAUSE.findall(without_spans(target)))
    return any(count >= 3 and source.count(clause) < count for clause, count in clauses.items())


def _may_repeat(text: str) -> bool:
    """Whether any three characters stand in the text three times: without that, nothing loops. A tenth of the work."""
    triples = Counter(map("".join, zip(text, text[1:], text[2:], strict=False)))
    return bool(triples) and max(triples.values()) >= 3
