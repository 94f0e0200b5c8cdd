from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "yiwang.kernel.casework.papers"
    label = "papers"
    verbose_name = "文书"

    def ready(self) -> None:
        from yiwang.kernel.casework.clocks.facade import EffectOnExpiry, on_expiry
        from yiwang.kernel.casework.papers.actions.serving import NOTICE, deem_served

        on_expiry(EffectOnExpiry.DEEMED_SERVICE, NOTICE, deem_served)
