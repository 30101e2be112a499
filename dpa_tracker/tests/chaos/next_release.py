"""Settings of the release of tomorrow: today's, and one migration more."""

from dpa_tracker.settings import *  # noqa: F403
from dpa_tracker.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "dpa_tracker.tests.chaos.tomorrow"]
