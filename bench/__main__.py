"""`make bench` and `make bench-quick`: build what is missing, measure each size, print a table, write JSON."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.cluster import FOLDER, cluster, copied, url_of
from tools.build import PYTHON, ROOT
from tools.say import say, stop

SIZES = {"quick": (10_000,), "full": (10_000, 100_000, 1_000_000)}


def main() -> int:
    how = sys.argv[1] if len(sys.argv) > 1 else "full"
    if how not in SIZES:
        stop("say how: python -m bench quick | full")
    found: dict[int, list[dict[str, Any]]] = {}
    processes: list[dict[str, Any]] = []
    with cluster() as server, tempfile.TemporaryDirectory(prefix="dpa-bench-") as scratch:
        for size in SIZES[how]:
            say(f"{size:,} obligations")
            out = Path(scratch, f"{size}.json")
            command = [str(PYTHON), "-m", "bench.run", str(size), how, str(out)]
            code = subprocess.run(command, cwd=ROOT, env=variables(url_of(server, size), scratch)).returncode
            if code:
                return code
            found[size] = json.loads(out.read_text())
        say("the real processes, on a copy of the smallest")
        out = Path(scratch, "web.json")
        with copied(server, SIZES[how][0]) as url:
            command = [str(PYTHON), "-m", "bench.web", how, str(out)]
            code = subprocess.run(command, cwd=ROOT, env=variables(url, scratch)).returncode
        if code:
            return code
        processes = json.loads(out.read_text())
    target = FOLDER / f"{how}.json"
    target.write_text(json.dumps({"sizes": found, "processes": processes}, indent=1))
    print(table(found))
    print(table({SIZES[how][0]: processes}))
    say(f"the same as JSON: {target}")
    return 0


def variables(url: str, scratch: str) -> dict[str, str]:
    """Settings as in production, rows of every customer in sight."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "dpa_tracker.settings",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": url,
        "PGOPTIONS": "-c app.customers=*",
        "DATA_DIR": scratch,
        "INSECURE_HTTP": "1",
        "STAFF_SECOND_FACTOR": "0",
        "ALLOWED_HOSTS": "testserver,localhost",
    }


def table(found: dict[int, list[dict[str, Any]]]) -> str:
    """Milliseconds (and ratio to the floor) at each size, and the growth from the smallest to the largest."""
    sizes = sorted(found)
    head = f"{'':<52}" + "".join(f"{size:>20,}" for size in sizes) + f"{'growth':>9}"
    lines = [head]
    for place, row in enumerate(found[sizes[0]]):
        cells = [found[size][place] for size in sizes]
        texts = [cell_text(cell) for cell in cells]
        growth = f"{cells[-1]['seconds'] / cells[0]['seconds']:.2f}x" if len(sizes) > 1 else ""
        lines.append(f"{row['name']:<52}" + "".join(f"{text:>20}" for text in texts) + f"{growth:>9}")
    return "\n".join(lines)


def cell_text(cell: dict[str, Any]) -> str:
    """Time and ratio; of a measurement without a time its memory."""
    if not cell["seconds"]:
        return f"{cell['memory_mb']} MB"
    return f"{cell['seconds'] * 1000:,.1f} ms" + (f" {cell['ratio']:.2f}x" if cell["ratio"] else "")


if __name__ == "__main__":
    sys.exit(main())
