"""Tests in other processes: who is told what, and what comes back.

``controller`` is the run as the process that reports sees it, ``worker`` a process that
runs one test at a time. How messages travel between them is the business of the
drivers that use both.
"""
