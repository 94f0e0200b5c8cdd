"""The city at work, for tests of the desk: packs in force, officials in their seats, real cases."""

import struct
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.base.files.facade import store_upload
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import uscc
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.actions.tasks import act_on_task
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.packs.actions.packs import apply_pack
from yiwang.kernel.trust.seals.facade import ensure_seal
from yiwang.kernel.trust.seals.models import Seal
from yiwang.services.applications.actions.applications import (
    Submission,
    Supplied,
    submit_application,
)
from yiwang.services.items.models import ImplementationItem

MONDAY = datetime(2026, 10, 12, 9, 0, tzinfo=LOCAL_ZONE)
MARKET = "441702000000.market_supervision"
ROADS = "441702000000.city_management"
POLICE = "441702000000.traffic_police"
HALL = "441702000000.service_hall"

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n"
    b"0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n"
)


def png() -> bytes:
    """Return a picture of one white pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff\xff\xff")
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@contextmanager
def the_city(*packs: str) -> Iterator[None]:
    """Put the city and some packs in force, in a transaction that is undone at the end."""
    with transaction.atomic():
        for key in ("yangjiang", "yj.individual-business", *packs):
            apply_pack(actor=SYSTEM, path=Path(settings.PACKS_DIR) / key)
        for code, name in ((MARKET, "阳江市江城区市场监督管理局"), (ROADS, "江城区城市管理局")):
            for kind in (Seal.Kind.OFFICIAL, Seal.Kind.APPROVAL):
                ensure_seal(unit_code=code, unit_name=name, kind=kind)
        yield
        transaction.set_rollback(True)


def client_of(actor: Actor) -> Client:
    """Return a browser in which this person is signed in."""
    client = Client()
    client.force_login(
        Account.objects.get(pk=actor.account_id),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def citizen_of(party: Party) -> Actor:
    """Return a party as it acts for itself, once its account is there."""
    account = Account.objects.get(party=party)
    return Actor(
        account_id=account.pk,
        name=account.display_name,
        kind=account.kind,
        party_id=party.pk,
        acting_for_id=party.pk,
        assurance_level=2,
    )


def offer(item: str) -> ImplementationItem:
    return ImplementationItem.objects.get(item__key=item, division_id="441702000000")


def upload(actor: Actor, name: str, data: bytes = PDF) -> Supplied:
    stored = store_upload(
        content=ContentFile(data, name=name), name=name, actor_id=actor.account_id
    )
    return Supplied("UPLOAD", file_id=stored.pk)


def food_case(applicant: Actor, **form: Any) -> Case:
    """Apply for a food licence: with a plan, a picture, and a promise."""
    assert applicant.party_id is not None
    return submit_application(
        actor=applicant,
        submission=Submission(
            offer("food_licence_new").code,
            uuid.uuid4(),
            applicant.acting_for_id or applicant.party_id,
            circumstances={
                "business_kind": "CATERING",
                "has_special_items": True,
                "online": False,
                "vending": False,
                "chain": False,
                "by_agent": False,
            },
            form_data={
                "uscc": str(uscc.make("92", "441702", 4711)),
                "person_in_charge": "陈小明",
                "contact_phone": "13827600001",
                "premises_address": "阳江市江城区南恩路88号首层",
                "area_sqm": 60,
                "items": ["热食类食品制售", "自制饮品制售"],
                "manager_name": "陈志强",
                "staff_count": 4,
                **form,
            },
            materials={
                "business_licence": upload(applicant, "执照.pdf"),
                "layout_plan": upload(applicant, "平面图.pdf"),
                "special_room_plan": upload(applicant, "专间.png", png()),
                "safety_rules": Supplied("PROMISE"),
            },
            checks={"real_name": True, "face": True},
        ),
    ).case


def road_case(applicant: Actor) -> Case:
    """Apply for the use of a road: city management leads, the traffic police answers too."""
    assert applicant.party_id is not None
    return submit_application(
        actor=applicant,
        submission=Submission(
            offer("road_occupation_temporary").code,
            uuid.uuid4(),
            applicant.party_id,
            circumstances={"purpose": "EVENT", "affects_traffic": True},
            form_data={
                "applicant_name": applicant.name,
                "contact_phone": "13827600001",
                "road_name": "南恩路",
                "place_detail": "南恩路88号门前人行道",
                "area_sqm": 60,
                "start_date": "2026-10-26",
                "end_date": "2026-11-14",
                "reason": "举办阳江海产品展销，搭建临时展台",
            },
            materials={
                "site_plan": upload(applicant, "位置图.pdf"),
                "traffic_plan": upload(applicant, "疏导.pdf"),
                "restore_promise": Supplied("PROMISE"),
            },
            checks={"real_name": True, "face": True},
        ),
    ).case


def open_task(case: Case, step: str) -> Task:
    return Task.objects.get(case=case, step=step, status=Task.Status.OPEN)


def act(actor: Actor, task: Task, key: str, opinion: str = "", **given: Any) -> Task:
    return act_on_task(actor=actor, task_id=task.pk, act=key, opinion=opinion, given=given)


def at_window(clerk: Actor, party_id: int) -> Actor:
    return replace(clerk, channel="WINDOW", acting_for_id=party_id)


def receiver() -> Actor:
    return cast.official("林收件", f"{MARKET}.receiver")


def inspector(name: str) -> Actor:
    return cast.official(name, f"{MARKET}.site_inspector")
