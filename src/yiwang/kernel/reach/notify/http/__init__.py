"""Doors of notify."""
