"""Finding papers by their words and by their meaning: derived from the store, and rebuilt from it at any time."""
