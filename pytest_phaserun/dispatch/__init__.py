"""What may run, and when: the dispatcher and its data.

The rules stand in ``dispatcher``.
"""
