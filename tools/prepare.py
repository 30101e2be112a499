"""Tables, static files and the demo, in one process of Django: four commands would load it four times.

Run by tools/run.py with the Python of .venv. Standard output holds what the demo prints, its sign-ins.
"""

import io

import django
from django.conf import settings
from django.core.management import call_command

# Packing them takes 20 seconds at each start, and a browser on the same machine gains nothing.
UNPACKED = ["css", "js", "map", "svg", "txt"]


def main() -> None:
    """Every part does nothing where nothing has changed."""
    django.setup()
    settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = UNPACKED
    call_command("migrate", interactive=False, verbosity=0)
    call_command("check", databases=["default"], fail_level="ERROR", stdout=io.StringIO())
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("demo")
    call_command("alertd", once=True)  # the first page shows a clock that ticks, and today's alerts


if __name__ == "__main__":
    main()
