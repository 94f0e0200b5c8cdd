"""A process that is killed in the middle of a verb leaves nothing of it behind."""

import json
import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.db import connection

from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.actions.signers import Signer, add_signer
from yiwang.kernel.casework.process.tests.factories import official
from yiwang.kernel.casework.process.tests.settings import beside, everything

# Each verb is killed at one of the rows that it writes, in a process of its own.
KILLED = """
import json, os, signal, sys
import django
django.setup()
from django.db import connection, transaction
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.process import registry
from yiwang.kernel.casework.process.tests.factories import KIND, FullKind
from yiwang.kernel.casework.process.actions.ending import terminate_case
from yiwang.kernel.casework.process.actions.holding import suspend_task
from yiwang.kernel.casework.process.actions.recalling import recall_act
from yiwang.kernel.casework.process.actions.returning import return_task
from yiwang.kernel.casework.process.actions.signers import Signer, add_signer, remove_signer
from yiwang.kernel.casework.process.actions.tasks import act_on_task

given = json.loads(sys.argv[1])
registry.register_case_kind(KIND, FullKind())
actor = Actor(given["account"], "x", "OFFICIAL")
task, added = {"task_id": given["task"]}, {"task_id": given["joint"]}
signer = Signer(account_id=given["other"])
VERBS = {
    "act": lambda: act_on_task(actor=actor, act="to_0", **task),
    "return": lambda: return_task(actor=actor, opinion="x", to="a", **task),
    "recall": lambda: recall_act(actor=actor, task_id=given["first"]),
    "add": lambda: add_signer(actor=actor, position="before", opinion="x", signer=signer, **task),
    "remove": lambda: remove_signer(
        actor=actor, signer_task_id=given["added"], opinion="x", **added
    ),
    "suspend": lambda: suspend_task(actor=actor, opinion="x", **task),
    "terminate": lambda: terminate_case(actor=actor, opinion="x", **task),
}

def run(verb, at):
    written = 0
    def count(execute, sql, params, many, context):
        nonlocal written
        answer = execute(sql, params, many, context)
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "WITH")):
            written += 1
            if written == at:
                os.kill(os.getpid(), signal.SIGKILL)
        return answer
    with connection.execute_wrapper(count), transaction.atomic():
        VERBS[verb]()
        # All is written, nothing is committed.
        os.kill(os.getpid(), signal.SIGKILL)

for verb in VERBS:
    # At the first row, at one in the middle, and before the commit.
    for at in (1, 3, 0):
        child = os.fork()
        if not child:
            run(verb, at)
            os._exit(1)
        print(verb, at, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("full_kind", "notes")
def test_a_verb_that_is_killed_leaves_nothing_behind_and_may_be_done_again() -> None:
    scene, joint, other = beside(), beside(), official("会审人")
    signer = Signer(account_id=other.account_id)
    added = add_signer(
        actor=scene.officer,
        task_id=joint.task.pk,
        signer=signer,
        position="parallel",
        opinion="x",
    )
    keys = {
        "account": tasks.TaskAct.objects.get(task=scene.first).account_id,
        "task": scene.task.pk,
        "first": scene.first.pk,
        "joint": joint.task.pk,
        "added": added.pk,
        "other": other.account_id,
    }
    before = everything()
    given = connection.settings_dict
    address = f"{given['HOST']}:{given['PORT']}/{given['NAME']}"
    died = subprocess.run(
        [sys.executable, "-c", KILLED, json.dumps(keys)],
        env=os.environ
        | {
            "DATABASE_URL": f"postgresql://{given['USER']}:{given['PASSWORD']}@{address}",
            "DJANGO_SETTINGS_MODULE": "yiwang.project.settings",
            "YIWANG_SECRET_KEY": django_settings.SECRET_KEY,
            "YIWANG_VAR": str(django_settings.VAR),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = died.stdout.splitlines()
    assert len(lines) == 7 * 3, died.stderr
    assert all(line.endswith(f" {-signal.SIGKILL}") for line in lines), died.stdout + died.stderr
    assert everything() == before
    scene.act()
    assert everything() != before
