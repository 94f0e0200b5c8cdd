"""The inbox shows what one has put aside: the few suspended tasks have an index of their own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("worklist", "0002_acts_by_account"), ("process", "0004_moves")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX worklist_suspended_tasks ON process_task (id) WHERE status = 'SUSPENDED'",
            "DROP INDEX worklist_suspended_tasks",
        )
    ]
