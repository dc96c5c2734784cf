"""Adapters to what others publish: one module per foreign format, with a pure `parse` of its bytes. Decides nothing."""
