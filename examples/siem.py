"""A SIEM opens a breach and follows it until none of its clocks runs.

TRACKER=https://tracker.example TOKEN=dpa_... python examples/siem.py ALERT-17 7KQ2M-XV4TB "Odd log-ins"

The alert's own number is the key: sent again, it finds the same breach. Then the reference of an agreement that may
be affected, and a title. The token needs the scope breach:write. POLLS, PAUSE: how often it looks, seconds between.
"""

import datetime as dt
import os
import sys
import time

import requests

alert, agreement, title = sys.argv[1:4]
at = os.environ.get("AT") or dt.datetime.now(dt.UTC).isoformat()
place = os.environ["TRACKER"] + "/api/v1/breach/"
machine = requests.Session()
machine.headers["Authorization"] = f"Bearer {os.environ['TOKEN']}"

facts = {
    "suspected_at": at,
    "where": "processor",
    "categories": "customer_content",
    "description": "Found by a rule of the SIEM.",
    "agreements": [agreement],
}
answer = machine.post(
    place, json={"title": title, "facts": facts}, headers={"Idempotency-Key": alert}, timeout=30
)
answer.raise_for_status()
reference = answer.json()["reference"]
print(reference)

for _ in range(int(os.environ.get("POLLS", "100000"))):
    breach = machine.get(f"{place}{reference}/", timeout=30).json()
    for clock in breach["obligations"]:
        print(f"{clock['duty']}: {clock['verdict']}, target {clock['target_at']}, due {clock['due_at']}")
    if not any(clock["state"] == "open" for clock in breach["obligations"]):
        break
    time.sleep(float(os.environ.get("PAUSE", "60")))
