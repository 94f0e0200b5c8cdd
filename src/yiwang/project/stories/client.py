"""A person or an official in front of the platform: signs in and speaks HTTP, nothing else."""

import uuid
from typing import Any

import httpx

TIMEOUT_SECONDS = 30


class StoryFailedError(AssertionError):
    """The platform did something else than the story says."""


class Refused(Exception):
    """The platform refused an act; ``problem`` is its RFC 9457 answer."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code", ""))
        super().__init__(f"{status} {self.code}: {problem.get('title')} {problem.get('problems')}")


class Person:
    """Someone with a browser: a session of their own."""

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(
            base_url=base_url, timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
        )

    def close(self) -> None:
        self.http.close()

    def get(self, path: str, **params: Any) -> Any:
        """Read JSON."""
        return self._answer(self.http.get(path, params=params))

    def fetch(self, path: str) -> bytes:
        """Read bytes."""
        response = self.http.get(path)
        if response.status_code != httpx.codes.OK:
            self._answer(response)
        return response.content

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Write JSON, once: the key makes a repetition harmless."""
        return self._answer(
            self.http.post(
                path,
                json=body or {},
                headers={**self._headers(), "Idempotency-Key": str(uuid.uuid4())},
            )
        )

    def upload(self, path: str, name: str, data: bytes) -> Any:
        return self._answer(
            self.http.post(
                path,
                files={"file": (name, data)},
                headers={**self._headers(), "Idempotency-Key": str(uuid.uuid4())},
            )
        )

    def _headers(self) -> dict[str, str]:
        token = self.http.cookies.get("csrftoken")
        return {"X-CSRFToken": token, "Referer": str(self.http.base_url)} if token else {}

    @staticmethod
    def _answer(response: httpx.Response) -> Any:
        if response.status_code >= httpx.codes.BAD_REQUEST:
            try:
                problem = response.json()
            except ValueError:
                problem = {"title": response.text[:300]}
            raise Refused(response.status_code, problem)
        return response.json()
