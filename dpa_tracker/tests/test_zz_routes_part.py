from pathlib import Path

from dpa_tracker.tests import test_routes as tr

_all = tr.routes


def part(patterns=None, before=""):
    for text, pattern in _all(patterns, before):
        if patterns is not None or text.startswith(("/api", "/people/tokens", "/^api")) or "api/" in text[:8]:
            yield text, pattern


from dpa_tracker.tests.test_routes import table  # noqa


def test_part(monkeypatch, cast):
    monkeypatch.setattr(tr, "routes", part)
    known, people = tr.samples(cast), tr.clients(cast)
    from django.utils import timezone

    from obligations import alerts

    for name in ("sweep", "deliver"):
        alerts.beat(name, timezone.now())
    lines = []
    for text, _p in part():
        where = tr.address(text, known)
        for method in tr.METHODS:
            found = [f"{tr.answered(client, method, where):<9}" for client in people.values()]
            lines.append(f"{text:<72} {method:<8} {' '.join(found)}".rstrip())
    Path("/tmp/api-part.txt").write_text("\n".join(lines) + "\n")
