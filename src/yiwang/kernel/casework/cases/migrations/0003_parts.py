import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Outcomes of a whole that was granted in part, and of a part that never began."""

    dependencies = [("cases", "0002_case_number")]
    operations = [
        migrations.AlterField(
            model_name="case",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("GRANTED", "准予"),
                    ("REFUSED", "不予许可"),
                    ("DECLINED", "不予受理"),
                    ("WITHDRAWN", "已撤件"),
                    ("PARTIAL", "部分办成"),
                    ("LAPSED", "前置未准予，不再办理"),
                ],
                max_length=12,
                verbose_name="结果",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="parent",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.case",
                verbose_name="主办件",
            ),
        ),
    ]
