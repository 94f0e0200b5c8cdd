from django.apps import AppConfig


class WorklistConfig(AppConfig):
    name = "yiwang.kernel.casework.worklist"
    label = "worklist"
    verbose_name = "待办流转"

    def ready(self) -> None:
        from yiwang.kernel.base.access.facade import declare
        from yiwang.kernel.casework.process.access import register_hands
        from yiwang.kernel.casework.worklist import pumps  # noqa: F401 registers the pump
        from yiwang.kernel.casework.worklist.hands import WorklistHands

        declare("task.assign", "调配待办", "Assign the tasks of a unit")
        register_hands(WorklistHands())
