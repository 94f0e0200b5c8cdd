"""Templates for tests, as a pack brings them."""

from yiwang.kernel.reach.notify import facade as notify

ACCEPTED = {
    "event": "case.accepted",
    "channels": ["IN_APP", "SMS"],
    "title_zh": "申请已受理",
    "title_en": "Your application is accepted",
    "body_zh": "您的{title}（{number}）已受理，最迟 {due_date} 办结。",
    "body_en": "{title} ({number}) is accepted and due on {due_date}.",
    "for_all": True,
    "link": "/cases/{number}/",
}


def apply(pack_key="yangjiang", **templates):
    notify.apply_templates(pack_key=pack_key, templates=templates)
