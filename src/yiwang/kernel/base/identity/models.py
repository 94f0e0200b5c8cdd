"""统一身份认证账户: one account for citizens, enterprises' people and officials."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from yiwang.kernel.base.crypto.fields import EncryptedTextField
from yiwang.kernel.base.parties.models import Party


class AccountManager(BaseUserManager["Account"]):
    """Look-ups that Django's sign-in needs."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(username=username)


class Account(AbstractBaseUser):
    """账号: who signs in.

    ``assurance_level`` is the highest that was proved for the account: 1 a phone number, 2 the
    real name (checked against the population source), 3 reached only within a session by a second
    factor or a face check and therefore never stored here. ``phone`` receives the codes for
    signing in; it belongs to one account, while the contact number of a party may be shared.
    """

    class Kind(models.TextChoices):
        CITIZEN = "CITIZEN", "个人"
        OFFICIAL = "OFFICIAL", "公务人员"
        SYSTEM = "SYSTEM", "系统"

    username = models.CharField("账号", max_length=80, unique=True)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    party = models.ForeignKey(
        Party, verbose_name="本人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    display_name = models.CharField("显示姓名", max_length=80)
    phone = EncryptedTextField("登录手机号", purpose="account_phone", null=True)
    phone_index = models.BinaryField("登录手机号盲索引", max_length=32, null=True, unique=True)
    assurance_level = models.PositiveSmallIntegerField("认证级别", default=1)
    is_active = models.BooleanField("在用", default=True)
    created_at = models.DateTimeField("创建时间")

    objects = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(assurance_level__in=(1, 2)), name="account_assurance_stored"
            ),
            models.UniqueConstraint(
                fields=["party"],
                condition=models.Q(kind="CITIZEN"),
                name="account_one_per_citizen",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name


class SignInAttempt(models.Model):
    """登录尝试: kept on a path that survives rollback, for rate limits and for the person to see.

    ``key`` is what was tried (a user name, or the keyed index of a phone), never the secret typed.
    """

    class Method(models.TextChoices):
        PASSWORD = "PASSWORD", _("密码")
        SMS_CODE = "SMS_CODE", _("短信验证码")
        TOTP = "TOTP", _("动态口令")
        FACE = "FACE", _("人脸核验")
        REAL_NAME = "REAL_NAME", _("实名核验")

    key = models.CharField("账号或手机号索引", max_length=120)
    method = models.CharField("方式", max_length=10, choices=Method.choices)
    account_id = models.BigIntegerField("账号", null=True)
    address = models.GenericIPAddressField("来源地址", null=True)
    address_key = models.CharField("限速地址", max_length=60)
    succeeded = models.BooleanField("成功")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "登录尝试"
        indexes = [
            models.Index(fields=["key", "-at"], name="sign_in_attempt_recent"),
            models.Index(fields=["address_key", "-at"], name="sign_in_attempt_address"),
            models.Index(fields=["account_id", "-at"], name="sign_in_attempt_account"),
        ]


class OneTimeCode(models.Model):
    """短信验证码: kept as a keyed hash, usable once, for a short time and a few tries."""

    class Purpose(models.TextChoices):
        SIGN_IN = "SIGN_IN", "登录"

    phone_index = models.BinaryField("手机号盲索引", max_length=32)
    purpose = models.CharField("用途", max_length=10, choices=Purpose.choices)
    code_hash = models.BinaryField("验证码摘要", max_length=32)
    tries = models.PositiveSmallIntegerField("已试次数", default=0)
    address_key = models.CharField("限速地址", max_length=60)
    created_at = models.DateTimeField("发送时间")
    expires_at = models.DateTimeField("失效时间")
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "短信验证码"
        indexes = [
            models.Index(fields=["phone_index", "-created_at"], name="one_time_code_recent"),
            models.Index(fields=["address_key", "-created_at"], name="one_time_code_address"),
        ]


class SignedInSession(models.Model):
    """登录会话: which devices are signed in, so that the person can see them and end them."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField("会话", max_length=40, unique=True)
    method = models.CharField("登录方式", max_length=10, choices=SignInAttempt.Method.choices)
    address = models.GenericIPAddressField("来源地址", null=True)
    user_agent = models.CharField("设备", max_length=200, blank=True)
    created_at = models.DateTimeField("登录时间")

    class Meta:
        verbose_name = verbose_name_plural = "登录会话"
