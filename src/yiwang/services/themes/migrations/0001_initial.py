import django.db.models.deletion
from django.db import migrations, models

import yiwang.kernel.ordered_json


class Migration(migrations.Migration):
    """Themes, their versions, applications for them and the parts of each."""

    initial = True
    dependencies = [
        ("cases", "0003_parts"),
        ("forms", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="Theme",
            fields=[
                ("id", models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    )),
                ("key", models.CharField(max_length=80, unique=True, verbose_name="键")),
                ("pack_key", models.CharField(max_length=80, verbose_name="场景包")),
                ("is_active", models.BooleanField(default=True, verbose_name="在用")),
            ],
            options={"verbose_name": "一件事", "verbose_name_plural": "一件事"},
        ),
        migrations.CreateModel(
            name="ThemeVersion",
            fields=[
                ("id", models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    )),
                ("version", models.CharField(max_length=80, verbose_name="版本")),
                ("title_zh", models.CharField(max_length=160, verbose_name="名称")),
                ("title_en", models.CharField(max_length=200, verbose_name="英文名称")),
                (
                    "content",
                    yiwang.kernel.ordered_json.OrderedJSONField(verbose_name="内容"),
                ),
                (
                    "source",
                    yiwang.kernel.ordered_json.OrderedJSONField(verbose_name="场景包原文"),
                ),
                ("is_current", models.BooleanField(default=True, verbose_name="现行")),
                ("published_at", models.DateTimeField(verbose_name="发布时间")),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="forms.formdefinition",
                    ),
                ),
                (
                    "theme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="themes.theme",
                    ),
                ),
            ],
            options={"verbose_name": "一件事版本", "verbose_name_plural": "一件事版本"},
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.UniqueConstraint(
                fields=("theme", "version"), name="theme_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_current", True)),
                fields=("theme",),
                name="theme_one_current",
            ),
        ),
        migrations.CreateModel(
            name="ThemeApplication",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="theme_application",
                        serialize=False,
                        to="cases.case",
                    ),
                ),
                (
                    "theme_key",
                    models.CharField(db_index=True, max_length=80, verbose_name="一件事键"),
                ),
                ("client_id", models.UUIDField(unique=True, verbose_name="提交号")),
                ("circumstances", models.JSONField(default=dict, verbose_name="情形")),
                ("form_data", models.JSONField(default=dict, verbose_name="表单")),
                ("checks", models.JSONField(default=dict, verbose_name="核验结果")),
                ("received_at", models.DateTimeField(verbose_name="收件时间")),
                ("accepted_at", models.DateTimeField(null=True, verbose_name="统一受理时间")),
                (
                    "correction_told_at",
                    models.DateTimeField(null=True, verbose_name="告知补正时间"),
                ),
                (
                    "delivery",
                    models.CharField(
                        default="ELECTRONIC", max_length=12, verbose_name="取件方式"
                    ),
                ),
                ("delivered_at", models.DateTimeField(null=True, verbose_name="统一出件时间")),
                (
                    "delivery_receipt",
                    models.CharField(blank=True, max_length=200, verbose_name="出件凭据"),
                ),
                ("signed_digest", models.CharField(max_length=64, verbose_name="签名内容摘要")),
                ("signature", models.TextField(verbose_name="申请人电子签名")),
                (
                    "signer_level",
                    models.PositiveSmallIntegerField(verbose_name="签名时认证级别"),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="themes.themeversion",
                    ),
                ),
            ],
            options={"verbose_name": "一件事申请", "verbose_name_plural": "一件事申请"},
        ),
        migrations.CreateModel(
            name="ThemePart",
            fields=[
                ("id", models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    )),
                ("key", models.CharField(max_length=60, verbose_name="部分键")),
                ("position", models.PositiveSmallIntegerField(verbose_name="顺序")),
                ("after", models.JSONField(default=list, verbose_name="先办的部分")),
                ("results", models.JSONField(default=dict, verbose_name="用到的办理结果")),
                ("begun_at", models.DateTimeField(null=True, verbose_name="开始办理时间")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="themes.themeapplication",
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
            ],
            options={"verbose_name": "一件事的部分", "verbose_name_plural": "一件事的部分"},
        ),
        migrations.AddConstraint(
            model_name="themepart",
            constraint=models.UniqueConstraint(
                fields=("application", "key"), name="theme_part_once"
            ),
        ),
    ]
