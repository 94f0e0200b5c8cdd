from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "yiwang.kernel.casework.cases"
    label = "cases"
    verbose_name = "办件"

    def ready(self) -> None:
        from yiwang.kernel.casework.cases import pumps  # noqa: F401 registers the recomputation
