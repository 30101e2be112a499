"""The web process: `gunicorn dpa_tracker.wsgi`."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dpa_tracker.settings")
application = get_wsgi_application()

get_resolver().url_patterns  # noqa: B018  loads every view, so that the first reader does not wait for it
gc.freeze()  # what the program is made of is no garbage: no collection looks through it again
