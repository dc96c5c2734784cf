"""Engines that answer requests: `local` (a model in process), `chat` (any OpenAI-compatible endpoint), `scripted`."""
