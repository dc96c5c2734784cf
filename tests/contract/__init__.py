"""One suite of tests per port, run on every adapter that claims to keep its contract."""
