"""Run pytest items beside one another: the one wing that touches pytest's privates.

A test that runs on a worker thread finds around it what it would find alone: its own
streams, its own fixtures, its own hooks. Which test runs when is not decided here.
"""
