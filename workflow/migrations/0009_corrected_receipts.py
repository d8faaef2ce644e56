import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workflow', '0008_calendar_proposals'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReceiptCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('open', 'waits for a second person'), ('accepted', 'confirmed by a second person'), ('declined', 'declined')], default='open', max_length=8, verbose_name='state')),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                ('was_on', models.DateField(verbose_name='day entered')),
                ('received_on', models.DateField(verbose_name='day of the stamp')),
                ('reason', models.CharField(max_length=300, verbose_name='why the first date was wrong')),
                ('seq', models.PositiveIntegerField(null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='workflow.case')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflow.document')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
            ],
            options={
                'verbose_name': 'corrected date of receipt',
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='receiptcorrection',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', models.F('proposed_by')), ('state', 'accepted'), _negated=True), name='receiptcorrection_needs_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='receiptcorrection',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('case',), name='one_open_correction_per_case'),
        ),
    ]
