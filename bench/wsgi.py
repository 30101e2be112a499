"""The program with the floors beside it, as gunicorn serves it in bench/web.py."""

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dpa_tracker.settings")
django.setup()

from django.conf import settings  # noqa: E402 (the settings can be changed only after the set-up)
from django.core.wsgi import get_wsgi_application  # noqa: E402

settings.ROOT_URLCONF = "bench.floors"
application = get_wsgi_application()
gc.freeze()  # as the real one does
