"""Shared by every test: an environment with a database of its own, and no way to the outside."""

from yiwang.project.testing import environment

environment.prepare()

pytest_plugins = ["pytester", "yiwang.project.testing.plugin"]
