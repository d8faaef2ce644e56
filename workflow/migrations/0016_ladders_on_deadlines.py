import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workflow', '0015_accounts_are_kept'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='alarm', name='alarm_armed'),
        migrations.RemoveField(model_name='alarm', name='failed_why'),
        migrations.RemoveField(model_name='alarm', name='failures'),
        migrations.RemoveField(model_name='alarm', name='next_try_at'),
        migrations.RemoveField(model_name='alarm', name='state'),
        migrations.AlterField(
            model_name='alarm',
            name='deadline',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='alarms', to='workflow.deadline'),
        ),
        migrations.AlterField(model_name='alarm', name='fired_at', field=models.DateTimeField()),
        migrations.AlterField(model_name='alarm', name='occurrence', field=models.PositiveIntegerField()),
        migrations.AlterField(
            model_name='deadline',
            name='case',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deadlines', to='workflow.case'),
        ),
        migrations.AddField(model_name='deadline', name='ladder', field=models.JSONField(default=list)),
        migrations.AddField(model_name='deadline', name='next_at', field=models.DateTimeField(null=True)),
        migrations.AddField(model_name='deadline', name='last_at', field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name='deadline', name='failures', field=models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
        migrations.AddField(model_name='deadline', name='next_try_at', field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name='deadline', name='failed_why', field=models.CharField(db_default='', default='', max_length=300)
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(
                condition=models.Q(('next_at__isnull', False)), fields=['next_at', 'id'], name='deadline_rings'
            ),
        ),
    ]
