"""A small city (anytown) and a pack that stands on it (tree.felling), to be applied in tests."""

from collections.abc import Mapping
from pathlib import Path

from yiwang.kernel.packs.tests.sample import FILES

COUNTY = "990001000000"
FORESTRY = f"{COUNTY}.forestry"

CITY = {
    "pack.yaml": """\
key: anytown
version: 1.0.0
title_zh: 某市
title_en: Anytown
summary_zh: 城市本身
summary_en: The city itself
requires: {platform: ">=0.1", packs: []}
owner: 990000000000.government
covers: [B03]
standards: ["GB/T 2260"]
""",
    "divisions.csv": """\
code,name,level,parent_code,statutory,code_source,note
990000000000,某市,CITY,,1,GB/T 2260,
990001000000,甲县,COUNTY,990000000000,1,GB/T 2260,
990002000000,乙县,COUNTY,990000000000,1,GB/T 2260,
990001001000,甲镇,TOWN,990001000000,1,GB/T 2260,
""",
    "zones.yaml": "list_valid_from: 2023-01-01\nzones: []\n",
    "roles.yaml": """\
roles:
  - {key: receiver, title: 收件, title_en: Receiver, permissions: [case.read, case.receive]}
  - {key: site_inspector, title: 核查, title_en: Inspector, permissions: [case.read]}
  - {key: approver, title: 决定, title_en: Approver, permissions: [case.read, case.decide]}
""",
    "organizations.yaml": """\
places:
  "990000000000": {full: 某市, paper: 某}
  "990001000000": {full: 甲县, paper: 甲}
  "990002000000": {full: 乙县, paper: 乙}
patterns:
  - key: government
    where: {levels: [CITY, COUNTY], kinds: [STATUTORY]}
    name: "{full}人民政府"
    short_name: "{name}政府"
    paper_prefix: "{paper}府"
    kind: GOVERNMENT
    functions: [government]
    phone: "12345"
    posts: [{key: receiver}]
  - key: forestry
    where: {levels: [COUNTY], kinds: [STATUTORY]}
    name: "{full}林业局"
    short_name: 林业局
    paper_prefix: "{paper}林"
    kind: DEPARTMENT
    parent: "{code}.government"
    functions: [forestry]
    phone: "12345"
    posts: [{key: receiver}, {key: site_inspector}, {key: approver}]
  - key: fire_service
    where: {levels: [COUNTY], kinds: [STATUTORY]}
    name: "{full}消防救援大队"
    short_name: 消防大队
    paper_prefix: "{paper}消"
    kind: DEPARTMENT
    parent: "{code}.government"
    functions: [fire_service]
    phone: "12345"
    posts: [{key: approver}]
""",
}


def felling(**changed: str) -> dict[str, str]:
    """Return the files of the pack, without what other packs would have to bring.

    ``changed`` replaces whole files by the name of their folder, or of the file for ``pack``.
    """
    files = {
        path: text.replace(", holds: [identity_proof]", "").replace(", proof: licence", "")
        for path, text in FILES.items()
    }
    item = files["items/tree_felling.yaml"].replace(", stop_item: tree_planting", "")
    files["items/tree_felling.yaml"] = "".join(
        line for line in item.splitlines(keepends=True) if "identity_proof" not in line
    )
    for folder, text in changed.items():
        (path,) = [p for p in files if p.startswith(f"{folder}/") or p == f"{folder}.yaml"]
        files[path] = text
    return files


def write_pack(folder: Path, key: str, files: Mapping[str, str | bytes]) -> Path:
    """Write a pack anew below a folder; what it held before is gone."""
    pack = folder / key
    for old in sorted(pack.rglob("*"), reverse=True):
        old.unlink() if old.is_file() else old.rmdir()
    for name, content in files.items():
        path = pack / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return pack
