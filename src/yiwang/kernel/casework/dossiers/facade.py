"""项目: what other apps call."""

from yiwang.kernel.casework.dossiers.actions.dossiers import file_case, open_dossier
from yiwang.kernel.casework.dossiers.selectors import DossierReading, StageReading, read_dossier

__all__ = ["DossierReading", "StageReading", "file_case", "open_dossier", "read_dossier"]
