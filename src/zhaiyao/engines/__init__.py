"""Engines that answer requests: `local` (a model in process), `chat` (a server, in OpenAI's or Anthropic's dialect),
`batches` (the same server within a day, for less), `scripted` (no model)."""
