"""待办流转: what other apps may call."""

from yiwang.kernel.casework.worklist.actions.acting import (
    BATCH,
    access_bulk,
    act_in_turn,
    begin_bulk,
    go_on_with_bulk,
)
from yiwang.kernel.casework.worklist.actions.circulating import confirm_read, show_to
from yiwang.kernel.casework.worklist.actions.delegating import (
    answer_delegation,
    delegate_task,
    take_back,
)
from yiwang.kernel.casework.worklist.actions.deputies import end_deputy, name_deputy
from yiwang.kernel.casework.worklist.actions.handing_over import (
    HandOverPlan,
    access_hand_over,
    go_on_with,
    plan_hand_over,
    start_hand_over,
)
from yiwang.kernel.casework.worklist.actions.holding import (
    claim_task,
    give_back,
    transfer_task,
)
from yiwang.kernel.casework.worklist.actions.leaving import settle
from yiwang.kernel.casework.worklist.actions.phrases import add_phrase, remove_phrase
from yiwang.kernel.casework.worklist.actions.urging import urge_task
from yiwang.kernel.casework.worklist.people import Official, units_of
from yiwang.kernel.casework.worklist.selectors import (
    Turn,
    choose_competent,
    choose_official,
    copies_for,
    delegated_by,
    deputyships,
    done_by,
    find_signature,
    names_of,
    open_hand_overs,
    phrase_texts,
    phrases_for,
    posts_for,
    read_turn,
    signatures_of,
)

__all__ = [
    "BATCH",
    "HandOverPlan",
    "Official",
    "Turn",
    "access_bulk",
    "access_hand_over",
    "act_in_turn",
    "add_phrase",
    "answer_delegation",
    "begin_bulk",
    "choose_competent",
    "choose_official",
    "claim_task",
    "confirm_read",
    "copies_for",
    "delegate_task",
    "delegated_by",
    "deputyships",
    "done_by",
    "end_deputy",
    "find_signature",
    "give_back",
    "go_on_with",
    "go_on_with_bulk",
    "name_deputy",
    "names_of",
    "open_hand_overs",
    "phrase_texts",
    "phrases_for",
    "plan_hand_over",
    "posts_for",
    "read_turn",
    "remove_phrase",
    "settle",
    "show_to",
    "signatures_of",
    "start_hand_over",
    "take_back",
    "transfer_task",
    "units_of",
    "urge_task",
]
