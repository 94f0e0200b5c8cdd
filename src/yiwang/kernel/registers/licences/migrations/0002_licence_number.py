from django.db import migrations


class Migration(migrations.Migration):
    """The sequence behind licence numbers."""

    dependencies = [("licences", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE licence_number", "DROP SEQUENCE licence_number"),
    ]
