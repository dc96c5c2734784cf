"""Providers and servers by name: their address, a model that suits, and how they like to be asked. Asks nobody.

`docs/engines.md` says where each fact is from. Every field may be set otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

HOSTED_BATCH = 12
"""Papers in one request to a hosted model. Of the prompt's tokens 14.6 % then are not the papers' own text (17.0 % with
8 papers, 23.5 % with 4, 47.2 % with one: Gemma's tokenizer, 96 abstracts), and the reply fits into 8,192 tokens."""

THOUGHT = 4096
"""Tokens that a model may think in which cannot be kept from it, told to think little."""

UNHURRIED, THOUGHTFUL = 240.0, 600.0
"""Seconds for an answer, which comes as a whole: 5,500 tokens for 12 papers, at 25 tokens a second; with thoughts of
8,192 before them. Whoever hangs up earlier pays all the same, and then for the next try."""

_NO_THINKING = '{"thinking":{"type":"disabled"}}'
_LITTLE_THINKING = '{"reasoning_effort":"low"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What need not be set for a known provider; the names are those of `ChatSpec`.

    `key_variable` is the environment variable that its users keep its key in (`""`: it wants none), `concurrency` is
    requests under way at once, `batch` papers in one request. `extra` turns off thinking aloud, which is paid and does
    not make a translation better; `headroom` is for models that think all the same. `timeout` is in seconds.
    `is_local` is set for servers of one's own; an empty `model` means that the user has to name one.
    """

    name: str
    base_url: str = ""
    model: str = ""
    key_variable: str = ""
    concurrency: int = 16
    batch: int = HOSTED_BATCH
    dialect: str = "openai"
    extra: str = ""
    headroom: int = 0
    timeout: float = UNHURRIED
    is_local: bool = False


_ALL = (
    Preset(
        name="deepseek",
        base_url="https://api.deepseek.com",
        model="deepseek-flash",
        key_variable="DEEPSEEK_API_KEY",
        concurrency=32,
        extra=_NO_THINKING,
    ),
    Preset(
        name="qwen",
        base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        model="qwen-plus",
        key_variable="DASHSCOPE_API_KEY",
        extra='{"enable_thinking":false}',
    ),
    Preset(
        name="qwen-intl",
        base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        model="qwen-plus",
        key_variable="DASHSCOPE_API_KEY",
        extra='{"enable_thinking":false}',
    ),
    Preset(
        name="zhipu",
        base_url="https://open.bigmodel.cn/api/paas/v4",
        model="glm-5.3-flash",
        key_variable="ZHIPUAI_API_KEY",
        concurrency=8,
        extra=_LITTLE_THINKING,
        headroom=THOUGHT,
        timeout=THOUGHTFUL,
    ),
    Preset(
        name="moonshot",
        base_url="https://api.moonshot.cn/v1",
        model="kimi-k3",
        key_variable="MOONSHOT_API_KEY",
        concurrency=4,
        extra=_LITTLE_THINKING,
        headroom=2 * THOUGHT,
        timeout=THOUGHTFUL,
    ),
    Preset(
        name="openai",
        base_url="https://api.openai.com/v1",
        model="gpt-6-luna",
        key_variable="OPENAI_API_KEY",
        extra='{"reasoning_effort":"none"}',
    ),
    Preset(
        name="anthropic",
        base_url="https://api.anthropic.com",
        model="claude-haiku-5-5",
        key_variable="ANTHROPIC_API_KEY",
        concurrency=8,
        dialect="anthropic",
        extra=_NO_THINKING,
    ),
    Preset(
        name="ollama",
        base_url="http://localhost:11434/v1",
        concurrency=4,
        batch=1,
        extra='{"reasoning_effort":"none"}',
        is_local=True,
    ),
    Preset(
        name="vllm",
        base_url="http://localhost:8000/v1",
        concurrency=32,
        batch=1,
        extra='{"chat_template_kwargs":{"enable_thinking":false}}',
        is_local=True,
    ),
    Preset(
        name="llamacpp",
        base_url="http://localhost:8080/v1",
        model="default",
        concurrency=4,
        batch=1,
        extra='{"chat_template_kwargs":{"enable_thinking":false}}',
        is_local=True,
    ),
)

PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _ALL})
"""All, by name."""
