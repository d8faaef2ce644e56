"""No message without its key and the instant it was due."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_keys_of_earlier_messages")]

    operations = [
        migrations.AlterField("message", "key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
        migrations.AlterField("message", "due_at", models.DateTimeField()),
    ]
