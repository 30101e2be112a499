"""`make demo-breach`: play the demo into a database that goes away, and print one breach as its rows tell it.

Run with the Python of .venv.
"""

import io
import os
import secrets
import tempfile

import django
from django.core.management import call_command

from tools.say import say


def main() -> None:
    """Nothing outside a temporary folder is touched."""
    with tempfile.TemporaryDirectory(prefix="dpa-story-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "dpa_tracker.settings",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/story.sqlite3",
            "REDIS_URL": "",
            "INSECURE_HTTP": "1",
        }
        django.setup()
        say("making a database that goes away, and playing the demo into it")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("demo", stdout=io.StringIO())
        call_command("demo_breach")


if __name__ == "__main__":
    main()
