"""A help desk files a data subject's request; however often it has to try, there is one request.

TRACKER=https://tracker.example TOKEN=dpa_... python examples/help_desk.py TICKET-4711 "Zoe" zoe@mail.example

The ticket's number is the key. The token needs the scope dsar:write. AT: when it came, if not now.
"""

import base64
import datetime as dt
import os
import sys
import time

import requests

ticket, name, contact = sys.argv[1:4]
letter = f"{name} asks for access ({ticket})."
facts = {
    "received_at": os.environ.get("AT") or dt.datetime.now(dt.UTC).isoformat(),
    "right": "access",
    "about": "customer_content",
    "subject_name": name,
    "subject_contact": contact,
    "request": {"name": "request.txt", "content": base64.b64encode(letter.encode()).decode()},
}
body = {"title": f"Request {ticket}", "facts": facts}
headers = {"Authorization": f"Bearer {os.environ['TOKEN']}", "Idempotency-Key": ticket}

for attempt in range(10):
    try:
        answer = requests.post(
            f"{os.environ['TRACKER']}/api/v1/dsar/", json=body, headers=headers, timeout=30
        )
    except (requests.ConnectionError, requests.Timeout):
        answer = None  # it may have arrived all the same: the key makes another try harmless
    if answer is not None and answer.ok:
        print(answer.json()["reference"])
        break
    if answer is not None and answer.status_code not in (409, 429, 500, 502, 503, 504):
        sys.exit(f"The tracker refuses: {answer.text}")
    time.sleep(min(2**attempt / 10, 60))
else:
    sys.exit("The tracker does not answer; the ticket stays open.")
