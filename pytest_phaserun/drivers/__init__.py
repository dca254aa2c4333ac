"""Bodies for the dispatcher: who really runs what it says may run."""
