from django.db import migrations

from obligations import append_only


class Migration(migrations.Migration):
    dependencies = [("obligations", "0001_initial")]

    operations = [migrations.RunPython(append_only.create, append_only.drop)]
