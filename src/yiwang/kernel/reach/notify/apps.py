from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "yiwang.kernel.reach.notify"
    label = "notify"
    verbose_name = "消息通知"
