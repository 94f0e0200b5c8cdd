"""Definitions the tests share."""

from __future__ import annotations

from typing import Any

import yaml

APPROVAL = """
key: approval
title_zh: 秒批规则
title_en: Instant approval
hit_policy: FIRST
inputs:
  - {name: age, expression: applicant.age, type: number, label_zh: 年龄, label_en: age}
  - {name: trade, type: string, values: [FOOD, RETAIL, OTHER], label_zh: 行业, label_en: trade}
  - {name: banned, expression: applicant.banned, type: boolean, label_zh: 禁业, label_en: banned}
outputs:
  - {name: result, type: string, values: [APPROVE, MANUAL, REFUSE], label_zh: 结论}
  - {name: reason_zh, type: string, label_zh: 理由, label_en: reason}
rules:
  - id: R1
    when: ["< parameters.min_age", "-", "-"]
    then: ['"MANUAL"', '"未满" + string(parameters.min_age) + "周岁"']
    source: 民法典 第十七条 (2020)
    note_zh: 未成年人须人工核验。
  - {id: R2, when: ["-", "-", true], then: ['"REFUSE"', '"在禁业期内"']}
  - {id: R3, when: ["-", '"FOOD"', false], then: ['"MANUAL"', '"须现场核查"']}
  - {id: R4, when: ["-", 'not("FOOD")', false], then: ['"APPROVE"', '"符合条件"']}
default: ['"MANUAL"', '"材料不全"']
parameters:
  - name: min_age
    label_zh: 最低年龄
    label_en: minimum age
    values:
      - {valid_from: 2021-01-01, value: 18, source: 民法典 第十七条 (2020)}
      - {valid_from: 2027-01-01, value: 16, source: unconfirmed}
"""


def approval() -> dict[str, Any]:
    """Return a fresh copy of the sample definition."""
    return yaml.safe_load(APPROVAL)


def table(hit_policy: str, rules: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return a definition with one number input `x` and one number output `y`."""
    return {
        "key": "sample",
        "title_zh": "样例",
        "hit_policy": hit_policy,
        "inputs": [{"name": "x", "type": "number"}],
        "outputs": [{"name": "y", "type": "number", "values": [3, 2, 1]}],
        "rules": rules,
        **more,
    }
