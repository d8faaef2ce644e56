"""Every message that was there before gets a key of its own, and the instant of its next try as the one it was due."""

import uuid

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    Message = apps.get_model("notifications", "Message")
    Message.objects.filter(due_at=None).update(due_at=F("next_try_at"))
    for pk in Message.objects.values_list("pk", flat=True).iterator():  # a default is drawn once for all rows
        Message.objects.filter(pk=pk).update(key=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_ways_to_a_reader")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
