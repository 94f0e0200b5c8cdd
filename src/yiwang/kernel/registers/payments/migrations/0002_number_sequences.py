"""Numbers of bills and refunds come from sequences: allocated once, never given back."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE payments_bill_number", "DROP SEQUENCE payments_bill_number"
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE payments_refund_number", "DROP SEQUENCE payments_refund_number"
        ),
    ]
