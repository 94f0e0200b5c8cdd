from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "yiwang.kernel.base.organizations"
    label = "organizations"
    verbose_name = "机构与岗位"
