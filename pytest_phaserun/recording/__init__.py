"""Runs as events, a line each, and what can be read from them."""
