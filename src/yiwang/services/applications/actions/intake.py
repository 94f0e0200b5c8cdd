"""收件检查: all that can be wrong with what an applicant sends, told at once and by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.files.models import FileStatus, StoredFile
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.forms.prefill import PrefillContext, known_facts
from yiwang.kernel.casework.forms.rules.definition import Form, storable
from yiwang.kernel.casework.forms.selectors import get_form
from yiwang.kernel.errors import FieldProblem, InvalidInputError
from yiwang.kernel.registers.licences.actions.licences import usable_licences
from yiwang.kernel.registers.licences.errors import LicenceNotUsableError
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications.errors import CircumstanceStopsError, PromiseBarredError
from yiwang.services.applications.models import ApplicationMaterial
from yiwang.services.applications.rules.materials import (
    AskedMaterial,
    asked_circumstances,
    asked_materials,
    check_circumstances,
    stop_of,
)
from yiwang.services.items.models import ItemVersion

Source = ApplicationMaterial.Source

MOST_WORDS = 1_000
# Keys of the database are 64 bits wide; a client may send anything.
_LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Supplied:
    """What stands for one asked material: a file, a licence, a promise, shared data, or paper."""

    source: str
    file_id: int | None = None
    licence_id: int | None = None


@dataclass(frozen=True, slots=True)
class CheckedMaterial:
    """One asked material with what stands for it, looked up and found good."""

    asked: AskedMaterial
    source: str
    file: StoredFile | None = None
    licence: Licence | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """What passed the checks: answers to what was asked, and nothing else."""

    circumstances: Mapping[str, Any]
    form_data: Mapping[str, Any]
    materials: Sequence[CheckedMaterial]


@dataclass(frozen=True, slots=True)
class Asking:
    """For whom is asked, on which version of the item, at which place."""

    actor: Actor
    party: Party
    applicant: Mapping[str, Any]
    version: ItemVersion
    division_code: str
    checks: Mapping[str, Any]

    @property
    def form(self) -> Form | None:
        return get_form(self.version.form_id) if self.version.form_id else None

    def facts(self, circumstances: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "circumstances": circumstances,
            "form": form,
            "applicant": self.applicant,
            "checks": self.checks,
        }


def check_intake(
    asking: Asking,
    *,
    circumstances: Mapping[str, Any],
    form_data: Mapping[str, Any],
    materials: Mapping[str, Supplied],
    kept_form: Mapping[str, Any] | None = None,
    kept_materials: frozenset[str] = frozenset(),
) -> Intake:
    """Check a whole application, or with ``kept_*`` what is added to one.

    :raises CircumstanceStopsError: an answer leads elsewhere.
    :raises PromiseBarredError: a promise of one who broke one.
    :raises InvalidInputError: with every problem at once.
    """
    content = asking.version.content
    stop = stop_of(content, circumstances)
    if stop is not None:
        raise CircumstanceStopsError(*stop)
    problems = check_circumstances(content, circumstances)
    asked = asked_circumstances(content, circumstances)
    answered = {q["key"]: circumstances[q["key"]] for q in asked if q["key"] in circumstances}
    cleaned: dict[str, Any] = {}
    if (form := asking.form) is not None:
        known = _known(asking, form, kept_form or {})
        problems += _contradictions(form, form_data, known)
        answers = {**(kept_form or {}), **form_data, **known}
        facts = asking.facts(answered, answers)
        problems += form.check(answers, facts)
        cleaned = form.clean(answers, facts)
    else:
        problems += [_unknown(name) for name in sorted(form_data)]
    wanted = asked_materials(content, asking.facts(answered, cleaned))
    found, faults = _check_materials(asking, wanted, materials, kept_materials)
    problems += faults
    if problems:
        raise InvalidInputError(problems=problems)
    return Intake(answered, cleaned, found)


def check_deferred(
    asking: Asking, given: Mapping[str, Supplied], waiting: frozenset[str], form: Mapping[str, Any]
) -> list[CheckedMaterial]:
    """Check what comes in place of material that was promised for later (容缺).

    :raises InvalidInputError: nothing came, something that is not waited for, or it does not fit.
    """
    asked = {one.key: one for one in asked_materials(asking.version.content, form)}
    wanted = [asked[key] for key in given if key in waiting and key in asked]
    late = {key: one for key, one in given.items() if one.source == Source.DEFERRED}
    found, problems = _check_materials(asking, wanted, given, frozenset())
    problems += [_unknown(f"materials.{key}") for key in sorted(given.keys() - waiting)]
    problems += [_missing(asked[key]) for key in sorted(late.keys() & asked.keys())]
    if not given:
        problems += [_missing(asked[key]) for key in sorted(waiting & asked.keys())]
    if problems:
        raise InvalidInputError(problems=problems)
    return found


def read_words(name: str, text: str) -> str:
    """Return a person's own words for the record, without blanks around them.

    :raises InvalidInputError: too long, or with characters that no store keeps.
    """
    if len(text) > MOST_WORDS or storable(text) != text:
        raise InvalidInputError(
            problems=[
                FieldProblem(
                    name,
                    "WORDS",
                    f"最多 {MOST_WORDS} 字，且不能有特殊控制字符",
                    f"At most {MOST_WORDS} characters, none of them a control character.",
                    "请精简后再提交",
                    "Shorten it, then send again.",
                )
            ]
        )
    return text.strip()


def _known(asking: Asking, form: Form, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that the form only shows: as they were on record when it was submitted."""
    if not form.has_facts:
        return {}
    context = PrefillContext(asking.party, asking.division_code)
    known = {key: entry.value for key, entry in known_facts(form, context).items()}
    return {key: kept.get(key, value) for key, value in known.items()}


def _contradictions(
    form: Form, given: Mapping[str, Any], known: Mapping[str, Any]
) -> list[FieldProblem]:
    return [
        FieldProblem(
            field.key,
            "FACT_DIFFERS",
            "与登记的信息不一致",
            "This differs from what is on record.",
            "这一项以登记信息为准，不用填写；登记有误的，请先办理变更",
            "Leave it as it is on record; if that is wrong, have the record changed first.",
        )
        for field in form.fields()
        if field.key in known and field.read(given.get(field.key)) not in (known[field.key], None)
    ]


def _check_materials(
    asking: Asking,
    wanted: Sequence[AskedMaterial],
    given: Mapping[str, Supplied],
    kept: frozenset[str],
) -> tuple[list[CheckedMaterial], list[FieldProblem]]:
    known = {raw["key"] for raw in asking.version.content.get("materials", [])}
    problems = [_unknown(f"materials.{key}") for key in sorted(given.keys() - known)]
    files = _own_files(asking.actor, given)
    licences = _own_licences(asking.party, given)
    found = []
    for material in wanted:
        supplied = given.get(material.key)
        if supplied is None and "DATA" in material.sources and material.key not in kept:
            # What the government knows itself, nobody is asked to bring.
            supplied = Supplied(Source.DATA)
        if supplied is None:
            if material.is_required and material.key not in kept:
                problems.append(_missing(material))
            continue
        if supplied.source == Source.PROMISE and asking.applicant["has_breach"]:
            raise PromiseBarredError
        file = files.get(supplied.file_id or 0)
        licence = licences.get(supplied.licence_id or 0)
        fault = _fault(asking.actor, material, supplied, file, licence)
        if fault is not None:
            problems.append(fault)
            continue
        found.append(
            CheckedMaterial(
                material,
                supplied.source,
                file if supplied.source == Source.UPLOAD else None,
                licence if supplied.source == Source.LICENCE else None,
            )
        )
    return found, problems


def _fault(
    actor: Actor,
    material: AskedMaterial,
    supplied: Supplied,
    file: StoredFile | None,
    licence: Licence | None,
) -> FieldProblem | None:
    name = f"materials.{material.key}"
    at_window = supplied.source == Source.PAPER and actor.is_official
    if supplied.source not in material.sources and not at_window:
        return FieldProblem(
            name,
            "MATERIAL_SOURCE",
            "这份材料不能用这种方式提交",
            "This material cannot be supplied in this way.",
            "请按办事指南列出的方式提交",
            "Use one of the ways that the guide lists.",
        )
    if supplied.source == Source.UPLOAD and file is None:
        return FieldProblem(
            name,
            "FILE_UNKNOWN",
            "没有找到您上传的这个文件",
            "No such file of yours was found.",
            "请重新上传",
            "Upload it again.",
        )
    if supplied.source == Source.LICENCE and (
        licence is None or licence.type_key != material.licence_type
    ):
        words = LicenceNotUsableError
        return FieldProblem(
            name, words.code, words.reason_zh, words.reason_en, words.mend_zh, words.mend_en
        )
    return None


def _own_files(actor: Actor, given: Mapping[str, Supplied]) -> dict[int, StoredFile]:
    keys = _keys(one.file_id for one in given.values() if one.source == Source.UPLOAD)
    if not keys:
        return {}
    return StoredFile.objects.filter(uploaded_by_id=actor.account_id, status=FileStatus.OK).in_bulk(
        keys
    )


def _own_licences(party: Party, given: Mapping[str, Supplied]) -> dict[int, Licence]:
    keys = _keys(one.licence_id for one in given.values() if one.source == Source.LICENCE)
    return usable_licences(party.pk).in_bulk(keys) if keys else {}


def _keys(numbers: Any) -> list[int]:
    return sorted({number for number in numbers if number and 0 < number <= _LARGEST_KEY})


def _missing(material: AskedMaterial) -> FieldProblem:
    return FieldProblem(
        f"materials.{material.key}",
        "MATERIAL_MISSING",
        f"缺少材料：{material.title_zh}",
        f"Missing: {material.title_en}",
        "请上传，或选择已有的电子证照",
        "Upload it or choose a licence that you hold.",
    )


def _unknown(name: str) -> FieldProblem:
    return FieldProblem(
        name,
        "UNKNOWN",
        "没有这一项",
        "There is no such entry.",
        "请去掉",
        "Remove it.",
    )
