"""基准: how fast the platform is, as ratios against a named reference measured in the same run.

A bench is a file ``bench/<name>.py`` with ``NAME``, ``FIGURES``, ``run(harness)``; see README.md.
"""
