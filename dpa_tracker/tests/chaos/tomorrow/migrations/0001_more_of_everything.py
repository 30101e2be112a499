"""What an upgrade may bring (docs/operations.md): a column that may be empty, a table, an index, on tables in use."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("obligations", "0001_initial")]
    operations = [
        migrations.CreateModel(
            "Wish", [("id", models.BigAutoField(primary_key=True)), ("text", models.TextField())]
        ),
        migrations.RunSQL(
            "ALTER TABLE obligations_matter ADD COLUMN tomorrow varchar(20) NULL",
            "ALTER TABLE obligations_matter DROP COLUMN tomorrow",
        ),
        migrations.RunSQL(
            "ALTER TABLE obligations_entry ADD COLUMN tomorrow integer NOT NULL DEFAULT 0",
            "ALTER TABLE obligations_entry DROP COLUMN tomorrow",
        ),
        migrations.RunSQL(
            "CREATE INDEX tomorrow_index ON obligations_entry (tomorrow)", "DROP INDEX tomorrow_index"
        ),
    ]
