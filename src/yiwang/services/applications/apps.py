from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "yiwang.services.applications"
    label = "applications"
    verbose_name = "申请与综合窗口"

    def ready(self) -> None:
        from yiwang.kernel.casework.process.registry import register_case_kind
        from yiwang.kernel.casework.ratings.facade import register_item_path
        from yiwang.kernel.reach.notify.facade import register_pack_of_case
        from yiwang.kernel.registers.payments.facade import on_paid
        from yiwang.services.applications import (
            deferring,
            effects,  # noqa: F401 registers the effects
            procedures,
            promises,  # noqa: F401 registers the effects
            pumps,  # noqa: F401 registers the reminder
            renewals,
        )
        from yiwang.services.applications.facts import ApplicationKind
        from yiwang.services.applications.reactions import on_bill_paid
        from yiwang.services.applications.selectors import pack_of_case

        register_case_kind("application", ApplicationKind())
        register_pack_of_case("application", pack_of_case)
        register_item_path("application", "application__item_key")
        on_paid(on_bill_paid)
        deferring.register()
        procedures.register()
        renewals.register()
