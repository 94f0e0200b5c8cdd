"""DMN 模型: loads DMN 1.1-1.5 XML and evaluates its decisions; writes tables as DMN 1.5.

    >>> model = dmn.load(open("approval.dmn", "rb").read())
    >>> model.evaluate("Approval", {"Age": 18})
    >>> dmn.export_table(table)

Source: OMG DMN 1.5 (the namespaces of 1.1 to 1.5 are accepted).
"""

from .export import export_table
from .model import Model, Outcome, load

__all__ = ["Model", "Outcome", "export_table", "load"]
