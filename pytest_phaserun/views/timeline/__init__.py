"""The timeline of a run as one file for a browser: ``--phase-report``."""
