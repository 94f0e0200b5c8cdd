"""好差评: what other apps may call."""

from yiwang.kernel.casework.ratings.actions.ratings import BAD_GRADES, rate_contact
from yiwang.kernel.casework.ratings.registry import register_item_path
from yiwang.kernel.casework.ratings.selectors import Statistics, by_item, by_unit, ratings_of_case

__all__ = [
    "BAD_GRADES",
    "Statistics",
    "by_item",
    "by_unit",
    "rate_contact",
    "ratings_of_case",
    "register_item_path",
]
