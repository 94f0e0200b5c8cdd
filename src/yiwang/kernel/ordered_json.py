"""JSON kept as written: PostgreSQL's ``jsonb`` sorts the keys of an object, ``json`` does not.

Definitions of packs are read in the order in which their author wrote them: questions of a form,
acts of a step, lines of a licence.
"""

import json
from typing import Any

from django.db import models
from psycopg.types.json import Json


class OrderedJSONField(models.JSONField):
    """A JSON column that keeps the order of keys. It is read whole and never searched."""

    def db_type(self, connection: Any) -> str:
        return "json"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        # Django would send it as ``jsonb``, which sorts the keys on the way in.
        return None if value is None else Json(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return json.loads(value) if isinstance(value, (str, bytes)) else value
