from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "yiwang.kernel.casework.rules"
    label = "rules"
    verbose_name = "规则"

    def ready(self) -> None:
        from yiwang.kernel.base.calendars import now
        from yiwang.kernel.casework.rules.facade import use_clock

        use_clock(now)
