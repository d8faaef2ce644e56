import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workflow', '0009_corrected_receipts'),
    ]

    operations = [
        migrations.CreateModel(
            name='LogReader',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=32, unique=True)),
                ('entry_id', models.BigIntegerField(default=0)),
                ('gaps', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='Breach',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=32, verbose_name='period')),
                ('started_seq', models.PositiveIntegerField()),
                ('law_version', models.CharField(max_length=64, verbose_name='law version')),
                ('due_on', models.DateField(verbose_name='last day')),
                ('standing_on', models.DateField(null=True)),
                ('opened_seq', models.PositiveIntegerField()),
                ('closed_seq', models.PositiveIntegerField(null=True)),
                ('actual_on', models.DateField(null=True, verbose_name='done on')),
                ('act', models.CharField(blank=True, max_length=40)),
                ('undone', models.BooleanField(default=False)),
                ('explanation', models.TextField(blank=True, verbose_name='explanation')),
                ('explanation_salt', models.CharField(blank=True, max_length=32)),
                ('explained_at', models.DateTimeField(null=True)),
                ('agency', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflow.agency')),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='breaches', to='workflow.case')),
                ('explained_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('handler', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('head', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'breach',
            },
        ),
        migrations.CreateModel(
            name='BreachNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('moved', 'the last day was moved; it has passed all the same'), ('undone', 'by the last day as it stands now, the office was not late'), ('again', 'the moved last day has passed without the act'), ('revived', 'the period runs again')], max_length=8)),
                ('at', models.DateTimeField()),
                ('due_on', models.DateField(null=True)),
                ('seq', models.PositiveIntegerField(default=0)),
                ('calendar', models.BigIntegerField(default=0)),
                ('breach', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='workflow.breach')),
            ],
        ),
        migrations.AddIndex(
            model_name='breach',
            index=models.Index(fields=['agency', '-due_on', '-id'], name='breach_of_agency'),
        ),
        migrations.AddConstraint(
            model_name='breach',
            constraint=models.UniqueConstraint(fields=('case', 'rule', 'started_seq'), name='one_breach_per_deadline'),
        ),
        migrations.AddConstraint(
            model_name='breachnote',
            constraint=models.UniqueConstraint(fields=('breach', 'kind', 'seq', 'calendar'), name='breach_noted_once'),
        ),
    ]
