from django.apps import AppConfig


class LicencesConfig(AppConfig):
    name = "yiwang.kernel.registers.licences"
    label = "licences"
    verbose_name = "电子证照"

    def ready(self) -> None:
        from yiwang.kernel.registers.licences import prefill  # noqa: F401 registers the plug-in
