"""Which tests a run has: those selected, and those that they depend on."""
