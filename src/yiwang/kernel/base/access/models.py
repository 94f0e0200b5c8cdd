"""权限: which account may do what, under which unit, in which place."""

from django.db import models


class Grant(models.Model):
    """授权: permission x unit subtree x place subtree, derived from posts and rebuilt with them."""

    account_id = models.BigIntegerField("账号")
    permission = models.CharField("权限", max_length=80)
    role = models.CharField("角色", max_length=60)
    post_key = models.CharField("岗位", max_length=120)
    org_path = models.TextField("机构路径")
    division_path = models.TextField("区划路径")
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("终止日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "授权"
        indexes = [
            models.Index(fields=["account_id", "permission"], name="grant_look_up"),
            # Who holds a role in a unit is asked whenever a task is opened there.
            models.Index(fields=["role", "org_path"], name="grant_of_role"),
        ]
