"""The same suites on every driver: their outcomes are the same."""
