"""One sweeper as a process of its own: `python -m obligations.tests.sweeper INSTANT START`.

Waits until the file START exists, so that several begin at the same moment; prints how many rang.
"""

import datetime as dt
import sys
import time
from pathlib import Path

import django

if __name__ == "__main__":
    django.setup()
    from obligations.alerts import sweep

    now = dt.datetime.fromisoformat(sys.argv[1])
    print("ready", flush=True)
    while not Path(sys.argv[2]).exists():
        time.sleep(0.005)
    print(sweep(now), flush=True)
