"""Median, percentile and spread: nothing cleverer."""

from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return percentile(values, 50)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the percentile with linear interpolation between neighbours."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def spread(values: Sequence[float]) -> float:
    """Return the distance from the lowest to the highest run as a part of the middle."""
    middle = median(values)
    return (max(values) - min(values)) / middle if middle else 0.0
