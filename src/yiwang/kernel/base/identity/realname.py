"""实名核验: the population source over HTTP, real or the sandbox process."""

import logging
import os
from typing import Any

from yiwang.kernel.base.http import outbound
from yiwang.kernel.base.http.sandboxing import shared_key
from yiwang.kernel.base.parties.facade import FaceMatch, PopulationUnavailableError

logger = logging.getLogger(__name__)

SYSTEM = "realname"


class HttpPopulation:
    """The source at ``YIWANG_REALNAME_URL``, else the sandbox."""

    def check_config(self) -> list[str]:
        """Return what is missing, in words."""
        if outbound.address_of(SYSTEM):
            return []
        return ["YIWANG_REALNAME_URL or YIWANG_SANDBOX_URL must be set"]

    def picture_choices(self) -> list[tuple[str, str, str]]:
        """Offer invented pictures where the sandbox stands in for the source."""
        if os.environ.get("YIWANG_REALNAME_URL") or self.check_config():
            return []
        return [
            ("demo-self", "演示：本人照片", "Demonstration: a picture of the person"),
            ("fail-demo", "演示：他人照片", "Demonstration: a picture of someone else"),
        ]

    def check_name(self, *, name: str, citizen_id_no: str) -> bool:
        """Ask whether name and number belong together.

        :raises PopulationUnavailableError: no usable answer came.
        """
        found = self._ask("/realname/check", {"name": name, "citizen_id_no": citizen_id_no})
        return found["match"] is True

    def check_face(self, *, name: str, citizen_id_no: str, image_token: str) -> FaceMatch:
        """Ask whether the picture is of the person.

        :raises PopulationUnavailableError: no usable answer came.
        """
        found = self._ask(
            "/face/check",
            {"name": name, "citizen_id_no": citizen_id_no, "image_token": image_token},
        )
        return FaceMatch(match=found["match"] is True, score=float(found.get("score", 0)))

    def _ask(self, path: str, question: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = outbound.post(
                SYSTEM, outbound.address_of(SYSTEM) + path, question, shared_key(SYSTEM)
            )
        except outbound.TransportError as error:
            logger.warning("population_source_failed", extra={"code": error.code})
            raise PopulationUnavailableError(permanent=error.permanent) from error
        if not isinstance(answer.get("match"), bool):
            logger.warning("population_source_failed", extra={"code": "BAD_ANSWER"})
            raise PopulationUnavailableError(permanent=True)
        return answer
