"""人口库核验: the source that knows which name belongs to which number, as a plug-in."""

from dataclasses import dataclass
from typing import Protocol

from yiwang.kernel.base.parties.errors import PopulationUnavailableError

__all__ = ["FaceMatch", "PopulationSource", "register_source", "source"]


@dataclass(frozen=True, slots=True)
class FaceMatch:
    """人脸比对: whether the picture is of the person, and how alike from 0 to 1."""

    match: bool
    score: float


class PopulationSource(Protocol):
    """What an installation connects: the provincial service, or the sandbox."""

    def check_config(self) -> list[str]:
        """Return what is missing in the configuration, in words, empty when all is there."""

    def picture_choices(self) -> list[tuple[str, str, str]]:
        """Return what a demonstration offers instead of a camera: token, words in zh and in en.

        Empty where real pictures are taken.
        """

    def check_name(self, *, name: str, citizen_id_no: str) -> bool:
        """Say whether name and number belong together.

        :raises PopulationUnavailableError: no usable answer came.
        """

    def check_face(self, *, name: str, citizen_id_no: str, image_token: str) -> FaceMatch:
        """Compare a picture that the source already holds under ``image_token``.

        :raises PopulationUnavailableError: no usable answer came.
        """


_sources: list[PopulationSource] = []


def register_source(new: PopulationSource) -> None:
    """Connect the source; a later call replaces the earlier one."""
    _sources[:] = [new]


def source() -> PopulationSource:
    """Return the connected source.

    :raises PopulationUnavailableError: none is connected.
    """
    if not _sources:
        raise PopulationUnavailableError(permanent=True)
    return _sources[0]
