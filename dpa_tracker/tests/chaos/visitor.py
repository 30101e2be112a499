"""Olga in a browser without JavaScript, who tries again until the program says that it is done."""

import contextlib
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException

from django.test import Client
from django.urls import reverse

from accounts.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Visitor:
    """Signed in; speaks real HTTP with `address`. `timeout` in seconds for each answer."""

    def __init__(self, address: str, name: str, timeout: float = 20) -> None:
        self.address, self.timeout = address, timeout
        client = Client()
        client.force_login(User.objects.get(email=f"{name}@people.example"), backend=BACKEND)
        self.cookies = {name: morsel.value for name, morsel in client.cookies.items()}

    def ask(self, path: str, form: dict[str, str] | None = None) -> str:
        """The page, or "" when there was no good answer."""
        body = urllib.parse.urlencode(form).encode() if form is not None else None
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request = urllib.request.Request(self.address + path, body, {"Cookie": cookies})
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                for line in answer.headers.get_all("Set-Cookie") or ():
                    name, _, value = line.partition(";")[0].partition("=")
                    self.cookies[name] = value
                return str(answer.read().decode())
        except (urllib.error.URLError, HTTPException, OSError):
            return ""

    def answer(self, method: str, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The status and the body of the answer itself, no redirect followed; status 0: there was none."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        wire = HTTPConnection(self.address.removeprefix("http://"), timeout=self.timeout)
        with contextlib.closing(wire):
            try:
                wire.request(method, path, urllib.parse.urlencode(form) if form else None, headers)
                found = wire.getresponse()
                return found.status, found.read().decode()
            except (HTTPException, OSError):
                return 0, ""

    def send_notices(self, reference: str) -> bool:
        """One try to send what is owed. True when the page says that nothing waits any more."""
        path = reverse("breach-send", args=[reference])
        page = self.ask(path)
        if not page:
            return False
        seen = re.search(r'name="seen" value="([^"]*)"', page)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', page)
        if not seen or not token:
            return "/send/" not in page or 'class="empty"' in page
        self.ask(path, {"seen": seen.group(1), "csrfmiddlewaretoken": token.group(1)})
        return False
