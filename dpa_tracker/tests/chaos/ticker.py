"""alertd's tick, again and again, for runs under libfaketime: `python -m dpa_tracker.tests.chaos.ticker`.

Python's own sleeps and waits are to an absolute monotonic time, and those hang or fail under libfaketime when
the clock jumps; `select` waits for a span, so this process goes on as one on a moved machine would.
"""

import select

import django

if __name__ == "__main__":
    django.setup()
    from obligations.management.commands.alertd import tick

    while True:
        tick()
        select.select([], [], [], 0.5)
