"""规则的对外接口: what other apps may import from the rules engine."""

from . import dmn, feel
from .checks import check_compiled, check_table
from .decisions import Decision, ParameterUse, Trace
from .definition import HitPolicy
from .errors import (
    DecisionError,
    DmnError,
    FeelError,
    RuleFinding,
    RulesError,
    TableError,
    Words,
)
from .feel.clock import use_clock
from .tables import Table
from .words import explain, list_changes
from .yaml_tables import compile_table

__all__ = [
    "Decision",
    "DecisionError",
    "DmnError",
    "FeelError",
    "HitPolicy",
    "ParameterUse",
    "RuleFinding",
    "RulesError",
    "Table",
    "TableError",
    "Trace",
    "Words",
    "check_compiled",
    "check_table",
    "compile_table",
    "dmn",
    "explain",
    "feel",
    "list_changes",
    "use_clock",
]
