from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "yiwang.services.releases"
    label = "releases"
    verbose_name = "规则发布与秒批"

    def ready(self) -> None:
        from yiwang.services.applications.instant import use_gate
        from yiwang.services.releases import reactions  # noqa: F401 registers the consumer
        from yiwang.services.releases.gate import ReviewedPaths

        use_gate(ReviewedPaths())
