"""内置函数: the functions every FEEL expression can call, by name in `BUILTINS`."""

from . import conversion, intervals, lists, numbers, strings
from .registry import BUILTINS

# The specification keeps the older names of all() and any(), which are also keywords.
BUILTINS["and"] = BUILTINS["all"]
BUILTINS["or"] = BUILTINS["any"]

__all__ = ["BUILTINS", "conversion", "intervals", "lists", "numbers", "strings"]
