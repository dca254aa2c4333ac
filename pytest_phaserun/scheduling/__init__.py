"""What the dispatcher keeps of tasks; the rules stand in ``dispatch``."""
