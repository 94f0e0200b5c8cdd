import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Custody of packages between units, and authority to help."""

    initial = True
    dependencies = [
        ("cases", "0003_parts"),
        ("files", "0001_initial"),
        ("organizations", "0001_initial"),
        ("parties", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="CustodyLeg",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("OUT", "收件转办"), ("BACK", "结果送回")],
                        max_length=4,
                        verbose_name="方向",
                    ),
                ),
                ("manifest", models.JSONField(verbose_name="清单")),
                ("digest", models.CharField(max_length=64, verbose_name="清单摘要")),
                ("sent_at", models.DateTimeField(verbose_name="送出时间")),
                ("sent_by", models.CharField(max_length=80, verbose_name="送出人")),
                ("due_at", models.DateTimeField(verbose_name="应接收时间")),
                ("taken_at", models.DateTimeField(null=True, verbose_name="接收时间")),
                (
                    "taken_by",
                    models.CharField(blank=True, max_length=80, verbose_name="接收人"),
                ),
                ("receipt", models.CharField(blank=True, max_length=200, verbose_name="签收")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "交接记录",
                "verbose_name_plural": "交接记录",
                "indexes": [
                    models.Index(
                        condition=Q(taken_at=None),
                        fields=["receiver", "due_at"],
                        name="custody_waiting",
                    ),
                    models.Index(fields=["sender", "-id"], name="custody_of_sender"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("case", "way"), name="custody_leg_once"),
                    models.CheckConstraint(
                        condition=~Q(sender=F("receiver")), name="custody_between_two_units"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HelpMandate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agent_account_id", models.BigIntegerField(verbose_name="代办员账号")),
                ("agent_name", models.CharField(max_length=80, verbose_name="代办员")),
                ("item_keys", models.JSONField(default=list, verbose_name="事项范围")),
                (
                    "form",
                    models.CharField(
                        choices=[("SIGNED", "书面签名"), ("RECORDED", "录音录像")],
                        max_length=10,
                        verbose_name="授权形式",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="起")),
                ("valid_to", models.DateField(verbose_name="止")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.storedfile",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                    ),
                ),
                (
                    "principal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "帮代办授权",
                "verbose_name_plural": "帮代办授权",
                "indexes": [
                    models.Index(
                        fields=["agent_account_id", "principal"], name="help_mandate_of_agent"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(valid_to__gte=F("valid_from")), name="help_mandate_in_order"
                    )
                ],
            },
        ),
    ]
