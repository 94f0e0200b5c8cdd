from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "yiwang.kernel.casework.forms"
    label = "forms"
    verbose_name = "表单"
