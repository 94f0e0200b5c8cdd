"""收件凭证: what a person takes away that says what was received, when and by whom."""

from collections.abc import Iterable
from typing import Any

from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.casework.cases.models import Case
from yiwang.services.applications.models import Application, ApplicationMaterial


def receipt_words(
    case: Case,
    application: Application,
    materials: Iterable[ApplicationMaterial],
    link: str,
    *,
    clerk: str = "",
) -> dict[str, Any]:
    """Return the data of the receipt for the ``receipt`` template.

    ``link`` is the address of the case, drawn as a QR code; ``clerk`` took it in at a window.
    """
    received = application.received_at.astimezone(LOCAL_ZONE)
    fields = [
        ("办件编号", case.number),
        ("事项", case.title),
        ("申请人", case.party.name),
        ("代办人", case.agent.name if case.agent else ""),
        ("办理单位", case.organization.name),
        ("收件时间", f"{received:%Y年%-m月%-d日 %H:%M}"),
        ("经办人", clerk),
    ]
    phone = case.organization.phone
    return {
        "title": "收件凭证",
        "number": case.number,
        "fields": [{"label": label, "value": value} for label, value in fields if value],
        "items_title": "收到的材料",
        "items": [{"label": row.title_zh, "value": row.get_source_display()} for row in materials],
        "note": "凭办件编号可在门户、自助终端和窗口查询办理进度。"
        + (f"咨询电话：{phone}。" if phone else ""),
        "qr": link,
        "case_number": case.number,
        "unit": case.organization.name,
        "date": f"{received:%Y年%-m月%-d日}",
    }
