from django.db import migrations, models
from django.db.models import deletion
from django.db.models.functions import Now

KINDS = [
    ("RECEIPT", "收件凭证"),
    ("CORRECTION", "补正材料告知书"),
    ("ACCEPTANCE", "受理通知书"),
    ("DEFERRED_ACCEPTANCE", "容缺受理通知书"),
    ("NON_ACCEPTANCE", "不予受理通知书"),
    ("SPECIAL_PROCEDURE", "特别程序告知书"),
    ("EXTENSION", "延长办理期限告知书"),
    ("THIRD_PARTY_NOTICE", "利害关系人告知书"),
    ("HEARING_RIGHT", "听证权利告知书"),
    ("HEARING_NOTICE", "听证通知书"),
    ("PROMISE", "告知承诺书"),
    ("GRANT", "准予决定书"),
    ("REFUSAL", "不予许可决定书"),
    ("PAYMENT", "缴费通知书"),
    ("ANNULMENT", "撤销决定书"),
    ("DEREGISTRATION", "注销决定书"),
]
METHODS = [
    ("ELECTRONIC", "电子送达"),
    ("IN_PERSON", "直接送达"),
    ("POST", "邮寄送达"),
    ("LEFT", "留置送达"),
    ("PUBLIC_NOTICE", "公告送达"),
]
STATES = [("ON_THE_WAY", "送达中"), ("SERVED", "已送达"), ("RETURNED", "未送达")]


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0002_case_number"),
        ("files", "0001_initial"),
        ("organizations", "0001_initial"),
        ("parties", "0001_initial"),
        ("papers", "0003_no_reverse_names"),
    ]

    operations = [
        migrations.AlterField(
            "paper", "kind", models.CharField("种类", max_length=20, choices=KINDS)
        ),
        migrations.AddField(
            "paper",
            "addressee_party",
            models.ForeignKey(
                to="parties.party",
                verbose_name="受送达主体",
                null=True,
                on_delete=deletion.PROTECT,
                related_name="+",
            ),
        ),
        migrations.AddField("paper", "starts", models.JSONField("送达后起算", default=list)),
        migrations.AddIndex(
            "paper", models.Index(fields=["case", "id"], name="paper_of_case")
        ),
        migrations.AddIndex(
            "paper", models.Index(fields=["organization", "-id"], name="paper_of_unit")
        ),
        migrations.AlterField(
            "paperservice",
            "method",
            models.CharField("方式", max_length=16, choices=METHODS),
        ),
        migrations.AddField(
            "paperservice",
            "state",
            models.CharField("状态", max_length=12, choices=STATES, default="SERVED"),
            preserve_default=False,
        ),
        migrations.AddField(
            "paperservice",
            "begun_at",
            models.DateTimeField("发出时间", db_default=Now()),
        ),
        migrations.AddField(
            "paperservice",
            "recorded_by_id",
            models.BigIntegerField("登记人", default=0),
            preserve_default=False,
        ),
        migrations.AlterField(
            "paperservice", "served_at", models.DateTimeField("送达时间", null=True)
        ),
        migrations.CreateModel(
            name="PaperServiceFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("added_at", models.DateTimeField("时间")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=deletion.PROTECT, related_name="+", to="files.storedfile"
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=deletion.CASCADE, related_name="files", to="papers.paperservice"
                    ),
                ),
            ],
            options={"verbose_name": "送达凭证文件", "verbose_name_plural": "送达凭证文件"},
        ),
        migrations.AddConstraint(
            "paperservicefile",
            models.UniqueConstraint(fields=["service", "file"], name="paper_proof_once"),
        ),
    ]
