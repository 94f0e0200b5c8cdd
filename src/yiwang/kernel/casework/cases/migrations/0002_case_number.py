from django.db import migrations


class Migration(migrations.Migration):
    """The sequence behind case numbers: no two submits wait for each other."""

    dependencies = [("cases", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE case_number", "DROP SEQUENCE case_number"),
    ]
