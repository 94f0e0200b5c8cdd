"""Writes of 项目."""
