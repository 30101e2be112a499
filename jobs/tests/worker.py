"""A worker as a process of its own, to be killed: `python -m jobs.tests.worker INSTANT HOLD_AT`.

Works in chunks of ten. At chunk number HOLD_AT it has done everything but the commit: it says so and waits.
"""

import datetime as dt
import sys
import time
from dataclasses import replace

import django

if __name__ == "__main__":
    django.setup()
    from jobs import working

    now, hold_at = dt.datetime.fromisoformat(sys.argv[1]), int(sys.argv[2])
    real, chunks = working.WORK["step"], iter(range(1, 1_000_000))

    def do(job, rows, actor, now):
        results = real.do(job, rows, actor, now)
        if next(chunks) == hold_at:
            print("holding", flush=True)
            time.sleep(600)
        return results

    working.WORK["step"] = replace(real, do=do, chunk=10)
    print(working.work(now, seconds=300), flush=True)
