from django.apps import AppConfig


class LicencesConfig(AppConfig):
    name = "yiwang.kernel.registers.licences"
    label = "licences"
    verbose_name = "电子证照"
