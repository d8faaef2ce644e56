import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workflow', '0007_agency_rungs'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('open', 'waits for a second person'), ('accepted', 'confirmed by a second person'), ('declined', 'declined')], default='open', max_length=8, verbose_name='state')),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                ('done_through', models.BigIntegerField(default=0)),
                ('done_at', models.DateTimeField(null=True)),
                ('table', models.JSONField(verbose_name='table')),
                ('based_on', models.BigIntegerField()),
                ('source', models.CharField(choices=[('typed', 'typed in'), ('csv', 'CSV file'), ('holidays', 'the holidays package, unofficial')], default='typed', max_length=8, verbose_name='source')),
                ('document', models.CharField(blank=True, max_length=64, verbose_name='number of the official notice')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('edition', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposal', to='workflow.calendarversion')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
            ],
            options={
                'verbose_name': 'calendar proposal',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LocalClosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('open', 'waits for a second person'), ('accepted', 'confirmed by a second person'), ('declined', 'declined')], default='open', max_length=8, verbose_name='state')),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                ('done_through', models.BigIntegerField(default=0)),
                ('done_at', models.DateTimeField(null=True)),
                ('first_on', models.DateField(verbose_name='first day')),
                ('last_on', models.DateField(verbose_name='last day')),
                ('authority', models.CharField(max_length=200, verbose_name='competent authority')),
                ('document', models.CharField(max_length=64, verbose_name='document number')),
                ('dated_on', models.DateField(verbose_name='date of the document')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closures', to='workflow.agency', verbose_name='agency')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
            ],
            options={
                'verbose_name': 'local closure',
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='calendarproposal',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', models.F('proposed_by')), ('state', 'accepted'), _negated=True), name='calendarproposal_needs_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='localclosure',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', models.F('proposed_by')), ('state', 'accepted'), _negated=True), name='localclosure_needs_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='localclosure',
            constraint=models.CheckConstraint(condition=models.Q(('last_on__gte', models.F('first_on'))), name='closure_ends_after_it_starts'),
        ),
    ]
