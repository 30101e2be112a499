"""`make screenshots`: play the demo, walk it in Chromium as officer, administrator and customer, keep pictures.

Run with the Python of .venv. FOLDER is the argument. One picture of each kind of page (and of each kind of matter and
step), light and dark, 1360 and 360 px wide: <who>-<page>-<scheme>-<width>.png.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tools.build import PYTHON, ROOT
from tools.programs import chromium, playwright_node
from tools.run import START_WITHIN, status_of
from tools.say import say, stop

FORMS = (("light", 1360), ("dark", 1360), ("dark", 360), ("light", 360))
WHO = (
    ("officer", "olga@365aitech.example", ("/", "/find/?q=a&state=any", "/calendar/?view=timeline")),
    ("admin", "adam@365aitech.example", ("/people/", "/jobs/", "/roles/")),
    ("customer", "berta@iberia.example", ("/",)),
)
NOBODY = ("/accounts/login/", "/accounts/password/reset/", "/certificates/not-a-code/")
ONLY_ADMIN = re.compile(r"^/(people|jobs|roles|endpoints|exchange|accounts|recalculation)/")
NOT_WALKED = re.compile(
    r"^/(admin|static|api|documents)/|\.(csv|xlsx|pdf|ics|json)$|/evidence/|/files/|/template/$"
)
# What differs from one page to the next of the same kind: numbers, random references, UUIDs.
CHANGES = re.compile(r"/(?:\d+|(?=[^/]*[0-9A-Z])[0-9A-Za-z-]{6,})(?=/)")


def main() -> None:
    """Everything in a data folder that goes away."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    node = playwright_node()
    os.environ |= {"PLAYWRIGHT_NODEJS_PATH": str(node)} if node else {}
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        number = 0
        for who, email, first in WHO:
            number += walk(browser, address, folder, who, email, first)
        number += walk(browser, address, folder, "nobody", "", NOBODY)
        browser.close()
    say(f"{number} pages, {number * len(FORMS)} pictures in {folder}")


@contextmanager
def demo() -> Iterator[str]:
    """`make run` on a free port, or the one that runs at ADDRESS."""
    there = os.environ.get("ADDRESS", "")
    if there:
        yield there
        return
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="dpa-pictures-") as data:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        variables = {**os.environ, "PORT": str(port), "DATA_DIR": data}
        running = subprocess.Popen(
            [str(PYTHON), "-m", "tools.run"], cwd=ROOT, env=variables, stdout=subprocess.DEVNULL
        )
        try:
            address = f"http://localhost:{port}"
            wait_for(address, running)
            yield address
        finally:
            running.terminate()
            running.wait()


def wait_for(address: str, running: subprocess.Popen[bytes]) -> None:
    """Until the first page is there; the demo plays for up to two minutes before."""
    deadline = time.monotonic() + 180 + START_WITHIN
    while time.monotonic() < deadline and running.poll() is None:
        if status_of(f"{address}/") == 200:
            return
        time.sleep(1)
    stop("the demo did not start. `make run` alone says why.")


def walk(browser: Browser, address: str, folder: Path, who: str, email: str, first: tuple[str, ...]) -> int:
    """Pictures of one person's pages, from the first ones on by every link; the number of pages."""
    page = browser.new_context(base_url=address, reduced_motion="reduce").new_page()
    if email:
        page.goto("/accounts/login/")
        password = page.locator("#demo + .list code").first.inner_text()  # the demo says it
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{address}/")
    waiting, seen = list(first), set()
    while waiting:
        found = waiting.pop(0)
        name = name_of(found)
        if name in seen or (who == "admin" and found not in first and not ONLY_ADMIN.search(found)):
            continue
        seen.add(name)
        answer = page.goto(found)
        if answer is None or (answer.status != 200 and email):
            say(f"{who} {found}: {answer and answer.status}")
            continue
        keep(page, folder / f"{who}-{name}")
        if email:
            links = "found => found.map(a => [new URL(a.href).pathname, new URL(a.href).search])"
            waiting += [
                path + named(path, search, found)
                for path, search in page.eval_on_selector_all("a[href^='/'],a[href^='?']", links)
                if not NOT_WALKED.search(path)
            ]
    return len(seen)


def named(path: str, search: str, found: str) -> str:
    """The question mark's part where it makes another page; a matter is told from its list, by a part of ours."""
    view = re.match(r"\?view=[a-z]+", search)
    if view:
        return view[0]
    kind = re.search(r"^/kinds/([a-z_]+)/", found)
    return f"?of={kind[1]}" if kind and re.search(r"^/matters/[^/]+/$", path) else ""


def name_of(address: str) -> str:
    """A file's name for all pages of one kind."""
    path, _, search = address.partition("?")
    words = re.sub(r"/correct/[a-z_]+/", "/correct/", CHANGES.sub("/one", path.rstrip("/") + "/"))
    return re.sub(r"[^a-z0-9]+", "-", f"{words}-{search}".lower()).strip("-") or "today"


def keep(page: Page, stem: Path) -> None:
    """In each form."""
    for scheme, width in FORMS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{stem}-{scheme}-{width}.png", full_page=True)


if __name__ == "__main__":
    main()
