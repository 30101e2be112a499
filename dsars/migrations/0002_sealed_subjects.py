"""Who a data subject is, sealed: a copy of the database names nobody."""

import json
from typing import Any

from django.db import connection, migrations

from accounts import keyring
from accounts.scope import ALL, scope

COLUMNS = ("name", "contact", "request")


def seal(apps: Any, schema_editor: Any) -> None:
    """Names and contacts are plain texts, the request is JSON already."""
    with scope(ALL, reason="sealing of data subjects"), connection.cursor() as cursor:
        cursor.execute("SELECT matter_id, name, contact, request FROM dsars_dsarsubject")
        for pk, name, contact, request in cursor.fetchall():
            values = [
                keyring.seal(json.dumps(name)),
                keyring.seal(json.dumps(contact)),
                keyring.seal(request),
            ]
            cursor.execute(
                "UPDATE dsars_dsarsubject SET name = %s, contact = %s, request = %s WHERE matter_id = %s",
                [*values, pk],
            )


class Migration(migrations.Migration):
    dependencies = [("dsars", "0001_initial")]
    operations = [
        *(
            migrations.AlterField(model_name="dsarsubject", name=name, field=keyring.Sealed())
            for name in COLUMNS
        ),
        migrations.RunPython(seal),
    ]
