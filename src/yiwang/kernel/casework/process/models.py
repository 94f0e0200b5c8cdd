"""流程: definitions, and running state as rows (one per token, one per task)."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.ordered_json import OrderedJSONField


class ProcessDefinition(models.Model):
    """流程定义: one immutable version; running cases stay on the one that they began with."""

    key = models.CharField("键", max_length=80)
    version = models.CharField("版本", max_length=80)
    content = OrderedJSONField("内容")
    is_current = models.BooleanField("现行", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "流程定义"
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="process_version_once"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_current=True), name="process_one_current"
            ),
        ]


class Token(models.Model):
    """流程令牌: where a case rests. Passed-through steps leave a closed row as the path."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", "停留"
        LEFT = "LEFT", "已离开"
        CANCELLED = "CANCELLED", "已取消"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    definition = models.ForeignKey(ProcessDefinition, on_delete=models.PROTECT, related_name="+")
    step = models.CharField("步骤", max_length=60)
    branch = models.CharField("分支", max_length=130, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status.choices)
    waits_for = models.CharField("等待事件", max_length=60, blank=True)
    entered_at = models.DateTimeField("到达时间")
    left_at = models.DateTimeField("离开时间", null=True)
    outputs = models.JSONField("决策输出", default=dict)
    # The act or verb by which the token left; facts of the step are those of this act.
    act = models.CharField("离开方式", max_length=60, blank=True, default="")
    # The token whose leaving put this one here: what a recall takes back.
    cause_id = models.BigIntegerField("来自", null=True)
    # Steps to jump back to after the next act (退回后直送), the nearest first, parted by ">".
    back_to = models.CharField("直送", max_length=250, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "流程令牌"
        indexes = [
            models.Index(fields=["case", "step"], name="token_path"),
            models.Index(fields=["case"], name="token_active", condition=Q(status="ACTIVE")),
        ]


class Task(models.Model):
    """待办: one task at one unit. Denormalised so that the inbox is one indexed query.

    A step that several units or posts sign has a task for each of them (``instance``); where any
    officers of one pool sign, it is one task that wants several acts (``signers``). ``turn`` tells
    the order: the tasks of the first turn that is not done are OPEN, those after it WAITING.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "待办"
        WAITING = "WAITING", "待前一位办理"
        SUSPENDED = "SUSPENDED", "已挂起"
        DONE = "DONE", "已办"
        CANCELLED = "CANCELLED", "已取消"

    class Closing(models.TextChoices):
        """Why a task was closed without an act of its own."""

        DECIDED = "DECIDED", "结果已定，不再需要"
        RETURNED = "RETURNED", "已退回"
        RECALLED = "RECALLED", "上一步已撤回"
        REMOVED = "REMOVED", "已减签"
        TERMINATED = "TERMINATED", "流程已终止"
        TIMER = "TIMER", "到时自动处理"
        ENDED = "ENDED", "流程已结束"
        BESIDE = "BESIDE", "并行的其他分支已退回"

    # Not done, not closed.
    PENDING = (Status.OPEN, Status.WAITING, Status.SUSPENDED)

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="tasks")
    step = models.CharField("步骤", max_length=60)
    title_zh = models.CharField("任务", max_length=120)
    title_en = models.CharField("英文任务", max_length=120)
    role = models.CharField("角色", max_length=60)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    org_path = models.TextField("机构路径")
    division_path = models.TextField("区划路径")
    assignee_id = models.BigIntegerField("承办人", null=True)
    signers = models.PositiveSmallIntegerField("需要人数", default=1)
    status = models.CharField("状态", max_length=10, choices=Status.choices)
    case_number = models.CharField("办件编号", max_length=32)
    case_title = models.CharField("办件", max_length=200)
    party_name = models.CharField("申请人", max_length=120)
    opened_at = models.DateTimeField("到达时间")
    limit_at = models.DateTimeField("内部时限", null=True)
    due_at = models.DateTimeField("办件最迟办结时间", null=True)
    done_at = models.DateTimeField("办理时间", null=True)
    act = models.CharField("办理动作", max_length=60, blank=True)
    instance = models.CharField("会签单位", max_length=80, blank=True, default="")
    turn = models.PositiveSmallIntegerField("次序", default=0)
    weight = models.PositiveSmallIntegerField("权重", default=1)
    is_joint = models.BooleanField("多人办理", default=False)
    added_by_id = models.BigIntegerField("加签人", null=True)
    # The role that nobody held: the task went to a leader instead.
    fallback_role = models.CharField("原定角色", max_length=60, blank=True, default="")
    closing = models.CharField(
        "结束原因", max_length=12, choices=Closing.choices, blank=True, default=""
    )
    # Counts what the verbs changed; a screen that shows an older one is told so.
    version = models.PositiveIntegerField("版本", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "待办"
        indexes = [
            models.Index(
                fields=["role", "org_path", "id"],
                name="task_inbox",
                condition=Q(status="OPEN"),
                opclasses=["varchar_pattern_ops", "text_pattern_ops", "int8_ops"],
            ),
            models.Index(
                fields=["assignee_id", "id"],
                name="task_mine",
                condition=Q(status="OPEN"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["token", "instance"],
                condition=Q(status__in=["OPEN", "WAITING", "SUSPENDED"]),
                name="task_one_pending_each",
            )
        ]


class TaskAct(models.Model):
    """办理意见: what one officer chose, and the words.

    A signer who comes to another mind while the task is open signs anew: the earlier row stays and
    counts no more (``is_current``).
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="acts")
    account_id = models.BigIntegerField("办理人")
    actor_name = models.CharField("办理人姓名", max_length=80)
    act = models.CharField("动作", max_length=60)
    opinion = models.TextField("意见", blank=True)
    input = models.JSONField("填写内容", default=dict)
    at = models.DateTimeField("时间")
    is_current = models.BooleanField("有效", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "办理意见"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "account_id"],
                condition=Q(is_current=True),
                name="task_act_one_current_each",
            )
        ]


class Timer(models.Model):
    """定时: what happens to a token when nobody acts.

    ``calendar_edition`` tells which calendar ``due_at`` was counted with; it is counted again when
    a year is published or a day off is changed, as the clocks of the case are.
    """

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="timers")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField("定时序号")
    started_at = models.DateTimeField("起算时间")
    due_at = models.DateTimeField("到时")
    calendar_key = models.CharField("日历", max_length=32, blank=True)
    calendar_edition = models.CharField("日历版次", max_length=16)
    fired_at = models.DateTimeField("触发时间", null=True)
    cancelled_at = models.DateTimeField("取消时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "定时"
        indexes = [
            models.Index(
                fields=["due_at"],
                name="timer_waiting",
                condition=Q(fired_at=None, cancelled_at=None),
            )
        ]


class ExternalCall(models.Model):
    """外部调用: one call of a step to a system outside, asked until it answers or fails for good.

    ``key`` goes along as the idempotency key, so that the other side may tell a repetition.
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", "待调用"
        ANSWERED = "ANSWERED", "已答复"
        FAILED = "FAILED", "已失败"
        CANCELLED = "CANCELLED", "已取消"

    token = models.OneToOneField(Token, on_delete=models.CASCADE, related_name="call")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField("幂等键", unique=True)
    connector = models.CharField("连接器", max_length=80)
    request = models.JSONField("请求")
    status = models.CharField("状态", max_length=10, choices=Status.choices)
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    next_at = models.DateTimeField("下次调用")
    answer = models.JSONField("答复", default=dict)
    error_code = models.CharField("错误代码", max_length=60, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "外部调用"
        indexes = [
            models.Index(fields=["next_at"], name="call_waiting", condition=Q(status="WAITING"))
        ]


class Subcase(models.Model):
    """子办件: a case that a step opened, and whose conclusion the step waits for."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="subcases")
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField("结果", max_length=12, blank=True)
    concluded_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "子办件"
