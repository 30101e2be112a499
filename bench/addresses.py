"""Pages and API operations that are measured: (name, address, address of the floor)."""

from bench.data import World
from obligations.models import Matter

KIND = "dsar_forwarding"
LIST, BARE, HELLO = f"/api/floor/list/{KIND}/", f"/api/floor/bare/{KIND}/", "/api/floor/hello/"


def API(world: World) -> list[tuple[str, str, str]]:
    """As an officer signed in."""
    row = Matter.objects.filter(kind=KIND).order_by("-pk")[0]
    return [
        ("API list of 100 against REST framework", f"/api/v1/{KIND}/", LIST),
        ("API list of 100 against plain JSON", f"/api/v1/{KIND}/", BARE),
        ("API detail", f"/api/v1/{KIND}/{row.public_reference}/", HELLO),
    ]


def PAGES(world: World) -> list[tuple[str, str, str]]:
    """Dashboard pages."""
    row = Matter.objects.filter(kind=KIND).order_by("-pk")[0]
    return [
        ("Today", "/", HELLO),
        ("list of a kind", f"/kinds/{KIND}/", HELLO),
        ("matter", f"/matters/{row.public_reference}/", HELLO),
        ("agreement", f"/agreements/{world.agreements[0]}/", HELLO),
        ("mailbox", "/mailbox/", HELLO),
        ("calendar, a month", "/calendar/", HELLO),
        ("matrix of consents", "/subprocessors/consents/", HELLO),
        ("reports", "/reports/", HELLO),
        ("search for a customer", "/find/?q=Customer+00042", HELLO),
        ("search for a word", "/find/?q=breach", HELLO),
    ]
