"""From names to the tests that they mean."""
