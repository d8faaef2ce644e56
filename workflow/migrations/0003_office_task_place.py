"""The inbox asks viewflow's table for the tasks that lie at an agency; it has no index for that."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("viewflow", "0015_task_scheduled"),
        ("workflow", "0002_office_work"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX office_task_place ON viewflow_task (owner_permission, status)",
            "DROP INDEX office_task_place",
        ),
    ]
