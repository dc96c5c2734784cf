"""Migrations of the store: append-only, one head, and without any code of the package that may change later."""
