"""实名核验: the population source of demonstrations and tests, over HTTP."""

import logging
from typing import Any

import httpx
from django.conf import settings

from yiwang.kernel.base.parties.facade import FaceMatch, TransportError

logger = logging.getLogger(__name__)

# The person waits: a slow source is answered with words, not with a spinning page.
_TIMEOUT = httpx.Timeout(5.0, connect=2.0)


class SandboxPopulation:
    """The sandbox process at ``settings.SANDBOX_URL``."""

    def check_config(self) -> list[str]:
        """Return what is missing, in words."""
        return [] if settings.SANDBOX_URL else ["YIWANG_SANDBOX_URL is not set"]

    def check_name(self, *, name: str, citizen_id_no: str) -> bool:
        """Ask whether name and number belong together.

        :raises TransportError: no usable answer came.
        """
        found = self._ask("/realname/check", {"name": name, "citizen_id_no": citizen_id_no})
        return found["match"] is True

    def check_face(self, *, name: str, citizen_id_no: str, image_token: str) -> FaceMatch:
        """Ask whether the picture is of the person.

        :raises TransportError: no usable answer came.
        """
        found = self._ask(
            "/face/check",
            {"name": name, "citizen_id_no": citizen_id_no, "image_token": image_token},
        )
        return FaceMatch(match=found["match"] is True, score=float(found.get("score", 0)))

    def _ask(self, path: str, question: dict[str, str]) -> dict[str, Any]:
        if self.check_config():
            raise TransportError(permanent=True)
        try:
            response = httpx.post(
                f"{settings.SANDBOX_URL.rstrip('/')}{path}", json=question, timeout=_TIMEOUT
            )
        except httpx.TransportError as error:
            logger.warning("population_source_unreachable", extra={"kind": type(error).__name__})
            raise TransportError(permanent=False) from error
        if response.status_code >= 400:
            logger.warning("population_source_refused", extra={"status": response.status_code})
            raise TransportError(permanent=response.status_code < 500)
        try:
            answer: dict[str, Any] = response.json()
            answer["match"]
        except (ValueError, KeyError, TypeError) as error:
            raise TransportError(permanent=True) from error
        return answer
