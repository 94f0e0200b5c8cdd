"""表单: compiled definitions by id."""

from functools import lru_cache

from yiwang.kernel.casework.forms.models import FormDefinition
from yiwang.kernel.casework.forms.rules.definition import Form, compile_form

__all__ = ["get_form"]


@lru_cache(maxsize=1024)
def get_form(definition_id: int) -> Form:
    """Return the compiled form; a definition row never changes, so the cache never goes stale."""
    return compile_form(FormDefinition.objects.get(pk=definition_id).content)
