"""我已办 reads the acts of one official, newest first: an index on the acts of the process."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("worklist", "0001_initial"), ("process", "0002_signing_anew")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX worklist_acts_of_account ON process_taskact (account_id, id DESC)",
            "DROP INDEX worklist_acts_of_account",
        )
    ]
