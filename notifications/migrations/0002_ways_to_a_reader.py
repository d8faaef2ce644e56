"""Messages on several channels: each with its key, its language, its reader and the instant it was due."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("message", "case_id", models.BigIntegerField(null=True)),
        migrations.AddField("message", "code", models.CharField(blank=True, default="", max_length=24, verbose_name="code"), preserve_default=False),
        migrations.AddField(
            "message",
            "channel",
            models.CharField(
                choices=[("mail", "e-mail"), ("sms", "text message"), ("inapp", "on these pages")],
                default="mail",
                max_length=8,
                verbose_name="channel",
            ),
        ),
        migrations.AddField("message", "template", models.CharField(blank=True, default="", max_length=40), preserve_default=False),
        migrations.AddField("message", "language", models.CharField(default="vi", max_length=8)),
        migrations.AddField(
            "message",
            "reader",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField("message", "path", models.CharField(blank=True, default="", max_length=200), preserve_default=False),
        migrations.AddField("message", "due_at", models.DateTimeField(null=True)),
        migrations.AddField("message", "key", models.UUIDField(default=uuid.uuid4, editable=False, null=True)),
        migrations.AddField("message", "refused", models.BooleanField(default=False)),
        migrations.AddField("message", "delivered_at", models.DateTimeField(null=True)),
        migrations.AddField("message", "read_at", models.DateTimeField(null=True)),
        migrations.RemoveConstraint("message", "nobody_is_told_twice"),
        migrations.AddConstraint(
            "message",
            models.UniqueConstraint(
                fields=("entry_id", "channel", "recipient"), name="nobody_is_told_twice_on_a_way"
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(condition=models.Q(("state", "dead")), fields=["-id"], name="message_dead"),
        ),
        migrations.AddIndex(
            "message",
            models.Index(condition=models.Q(("channel", "inapp")), fields=["reader", "-id"], name="message_of_reader"),
        ),
    ]
