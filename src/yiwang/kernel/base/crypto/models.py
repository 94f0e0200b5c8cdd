"""Keys and certificates of the city's demonstration authority."""

from django.db import models

from yiwang.kernel.base.crypto.fields import EncryptedTextField


class SigningKey(models.Model):
    """签名密钥: one P-256 key pair; the private half is sealed under the master key."""

    key_id = models.CharField(
        "密钥标识", max_length=64, unique=True, help_text="SHA-256 of the public key, hexadecimal"
    )
    private_pem = EncryptedTextField(purpose="crypto.signing_key", verbose_name="私钥")
    created_at = models.DateTimeField("生成时间")

    class Meta:
        verbose_name = "签名密钥"
        verbose_name_plural = "签名密钥"

    def __str__(self) -> str:
        return self.key_id[:16]


class Certificate(models.Model):
    """数字证书: an X.509 certificate that this authority issued."""

    class Role(models.TextChoices):
        """Where the certificate stands in the chain."""

        ROOT = "ROOT", "根证书"
        INTERMEDIATE = "INTERMEDIATE", "中级证书"
        SEAL = "SEAL", "印章证书"

    serial_number = models.CharField("序列号", max_length=40, unique=True)
    role = models.CharField("用途", max_length=12, choices=Role.choices)
    subject_name = models.CharField("持有单位", max_length=200)
    unit_code = models.CharField("单位代码", max_length=60, blank=True)
    key = models.OneToOneField(SigningKey, models.PROTECT, related_name="+", verbose_name="密钥")
    issuer = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", verbose_name="签发者"
    )
    der = models.BinaryField("证书内容")
    valid_from = models.DateTimeField("生效时间")
    valid_until = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("吊销时间", null=True)
    revocation_reason = models.CharField("吊销原因", max_length=32, blank=True)

    class Meta:
        verbose_name = "数字证书"
        verbose_name_plural = "数字证书"
        indexes = [models.Index(fields=["unit_code"], name="crypto_certificate_unit")]
        constraints = [
            models.UniqueConstraint(
                fields=["role"],
                condition=models.Q(role__in=["ROOT", "INTERMEDIATE"]),
                name="crypto_certificate_one_per_upper_role",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("valid_from")),
                name="crypto_certificate_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(role="ROOT", issuer__isnull=True)
                | (~models.Q(role="ROOT") & models.Q(issuer__isnull=False)),
                name="crypto_certificate_root_has_no_issuer",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True, revocation_reason="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revocation_reason="")),
                name="crypto_certificate_revocation_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_name} ({self.serial_number})"


class KeyOwner(models.Model):
    """密钥归属: whose master key seals this database; one row, written at the first start."""

    fingerprint = models.CharField("主密钥指纹", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "密钥归属"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="crypto_key_owner_one"),
        ]
