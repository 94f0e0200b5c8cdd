"""流程的参照模型: what a process does, told as plainly as possible, without any storage.

One dictionary a token; lists and loops only. It knows nothing of the engine and shares no code
with it. It covers tasks (with signers who must agree), waits, effects, decisions, parallel and
inclusive splits, joins, return in both manners, recall, and added signers.
"""

import copy
from collections.abc import Mapping
from typing import Any


class Model:
    """A case: the tokens that rest, and the acts that could still be recalled."""

    def __init__(self, steps: Mapping[str, Any], flags: Mapping[str, bool]) -> None:
        self.steps = steps
        self.flags = flags
        self.tokens: list[dict[str, Any]] = []
        self.left: list[tuple[str, str]] = []
        self.arrived: dict[str, list[str]] = {}
        self.is_over = False
        self.born = 0
        self.before: Any = None
        self.is_final = False
        self.walk([(next(iter(steps)), "")])

    # Where a token goes

    def walk(self, waiting: list[tuple[str, str]], back: tuple[str, ...] = ()) -> None:
        while waiting and not self.is_over:
            key, branch = waiting.pop(0)
            step = self.steps[key]
            kind = step["kind"]
            if kind in ("task", "wait"):
                self.rest(key, branch, back)
            elif kind == "effect":
                self.is_final = True
                waiting.append((step["to"], branch))
            elif kind == "decision":
                taken = [b["to"] for b in step["branches"] if self.holds(b["when"])]
                waiting.append(((taken or [step["default"]])[0], branch))
            elif kind == "parallel":
                self.arrived[step["join"]] = []
                waiting += [(b, f"{step['join']}:{b}") for b in step["branches"]]
            elif kind == "inclusive":
                self.arrived[step["join"]] = []
                taken = [b["to"] for b in step["branches"] if self.holds(b["when"])]
                taken = list(dict.fromkeys(taken)) or [step["default"]]
                waiting += [(b, f"{step['join']}:{b}") for b in taken]
            elif kind == "join":
                self.arrive(key, branch, waiting)
            elif kind == "end":
                self.is_final = True
                self.is_over = True
                self.tokens = []

    def rest(self, key: str, branch: str, back: tuple[str, ...] = ()) -> None:
        self.born += 1
        self.tokens.append(
            {"id": self.born, "step": key, "branch": branch, "back": back, "signed": [], "added": 0}
        )

    def arrive(self, key: str, branch: str, waiting: list[tuple[str, str]]) -> None:
        """Wait at the join while anything of its region is on its way or rests elsewhere."""
        region = f"{key}:"
        if branch not in self.arrived[key]:
            self.arrived[key].append(branch)
        on_way = [b for _, b in waiting if b.startswith(region)]
        elsewhere = [t for t in self.tokens if t["branch"].startswith(region) and t["step"] != key]
        if on_way or elsewhere:
            self.rest(key, branch)
            return
        self.tokens = [t for t in self.tokens if not t["branch"].startswith(region)]
        waiting.append((self.steps[key]["to"], ""))

    def holds(self, condition: str) -> bool:
        return self.flags[condition.removeprefix("form.")]

    # Where a step lies

    def targets(self, key: str) -> list[str]:
        step = self.steps[key]
        found = [step[name] for name in ("to", "default") if name in step]
        found += [one["to"] for one in step.get("acts", {}).values()]
        found += [b if isinstance(b, str) else b["to"] for b in step.get("branches", [])]
        return found

    def after(self, key: str, stop: str = "") -> set[str]:
        seen: set[str] = set()
        waiting = self.targets(key)
        while waiting:
            here = waiting.pop()
            if here not in seen and here != stop:
                seen.add(here)
                waiting += self.targets(here)
        return seen

    def place(self, key: str) -> str:
        """Return the branch in which a step lies."""
        for step in self.steps.values():
            if step["kind"] in ("parallel", "inclusive"):
                for head in dict.fromkeys(self.targets_of_split(step)):
                    if key == head or key in self.after(head, stop=step["join"]):
                        return f"{step['join']}:{head}"
        return ""

    def targets_of_split(self, step: Mapping[str, Any]) -> list[str]:
        found = [b if isinstance(b, str) else b["to"] for b in step["branches"]]
        return found + ([step["default"]] if "default" in step else [])

    # Verbs

    def act(self, token: dict[str, Any], act: str, who: str) -> None:
        """Sign; the last of those who must sign moves the case."""
        if who in token["signed"]:
            return
        step = self.steps[token["step"]]
        self.before = copy.deepcopy((self.tokens, self.arrived, self.left))
        self.is_final = False
        token["signed"].append(who)
        if len(token["signed"]) == step.get("signers", 1) + token["added"]:
            self.leave(token, step["acts"][act]["to"])

    def event(self, token: dict[str, Any]) -> None:
        self.leave(token, self.steps[token["step"]]["to"])

    def leave(self, token: dict[str, Any], target: str) -> None:
        """Walk on from a token, or jump back to who returned it."""
        self.tokens.remove(token)
        self.left.append((token["step"], token["branch"]))
        back = token["back"]
        if back and (target == back[0] or back[0] in self.after(target)):
            self.walk([(back[0], token["branch"])], back[1:])
            return
        self.align(token, self.place(token["step"]))
        self.walk([(target, self.place(token["step"]))])

    def align(self, token: dict[str, Any], place: str) -> None:
        """Close what lies behind when a branch is left; find the others when one is re-entered."""
        if place == token["branch"]:
            return
        if token["branch"]:
            join = token["branch"].split(":")[0]
            for one in [t for t in self.tokens if t["branch"].startswith(join + ":")]:
                self.is_final = True
                self.tokens.remove(one)
                if one["step"] == join:
                    self.arrived[join].remove(one["branch"])
        if place:
            join = place.split(":")[0]
            for other in sorted(self.arrived.get(join, [])):
                if other != place:
                    self.rest(join, other)

    def return_targets(self, token: dict[str, Any]) -> list[str]:
        """Return the tasks and waits that were left, lead here, and lie in no branch beside."""
        join = token["branch"].split(":")[0]
        found = []
        for step, _ in self.left:
            place = self.place(step)
            is_beside = bool(join) and place.startswith(join + ":") and place != token["branch"]
            leads_here = token["step"] in self.after(step)
            if leads_here and not is_beside and step != token["step"] and step not in found:
                found.append(step)
        return found

    def give_back(self, token: dict[str, Any], to: str, *, jumps: bool) -> None:
        self.tokens.remove(token)
        self.left.append((token["step"], token["branch"]))
        if jumps:
            self.rest(to, token["branch"], (token["step"], *token["back"]))
            return
        self.align(token, self.place(to))
        self.walk([(to, self.place(to))])

    def recall(self) -> None:
        """Stand again as before the last signature."""
        self.tokens, self.arrived, self.left = self.before
