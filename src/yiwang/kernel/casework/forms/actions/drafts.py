"""草稿: save as one types, keep for 90 days, never lose a word to a second tab."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import now
from yiwang.kernel.casework.forms.errors import DraftConflictError, DraftSubmittedError
from yiwang.kernel.casework.forms.models import Draft, FormDefinition
from yiwang.kernel.errors import NotFoundError

KEPT_DAYS = 90


def start_draft(
    *, actor: Actor, party_id: int, subject: str, form: FormDefinition, data: Mapping[str, Any]
) -> Draft:
    """Begin a draft for one subject and one party."""
    return Draft.objects.create(
        account_id=actor.account_id,
        party_id=party_id,
        subject=subject,
        client_id=uuid.uuid4(),
        form=form,
        data=dict(data),
        updated_at=now(),
        expires_at=now() + timedelta(days=KEPT_DAYS),
    )


def access_draft(actor: Actor, client_id: uuid.UUID) -> Draft:
    """Return the actor's own draft.

    :raises NotFoundError: absent, or somebody else's.
    """
    draft = (
        Draft.objects.filter(client_id=client_id, account_id=actor.account_id)
        .select_related("form")
        .first()
    )
    if draft is None:
        raise NotFoundError
    return draft


def save_draft(
    *, actor: Actor, client_id: uuid.UUID, changes: Mapping[str, Any], revision: int | None = None
) -> Draft:
    """Merge changed answers into the draft, section by section (two levels deep).

    ``revision`` is the one that the page was drawn from; None saves without asking (a single
    field as it is typed can overwrite nothing but itself).

    :raises DraftConflictError: when another page saved in between.
    :raises DraftSubmittedError: when it was submitted already.
    """
    with transaction.atomic():
        draft = (
            Draft.objects.select_for_update()
            .filter(client_id=client_id, account_id=actor.account_id)
            .first()
        )
        if draft is None:
            raise NotFoundError
        if draft.submitted_case_id is not None:
            raise DraftSubmittedError(case_id=draft.submitted_case_id)
        if revision is not None and revision != draft.revision:
            raise DraftConflictError(revision=draft.revision)
        for section, value in changes.items():
            if isinstance(value, Mapping) and isinstance(draft.data.get(section), dict):
                draft.data[section].update(value)
            else:
                draft.data[section] = value
        draft.revision += 1
        draft.updated_at = now()
        draft.save(update_fields=["data", "revision", "updated_at"])
        return draft
