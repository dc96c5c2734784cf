"""Zhaiyao (摘要) reads arXiv for people who read Chinese. See `docs/index.md`; the parts meet in `pipeline`."""

__version__ = "0.1.0"
