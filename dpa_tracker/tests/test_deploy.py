"""What deploy/ starts exists: programs, commands and options, variables, units. systemd itself reads the units."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.bin.celery import celery
from django.conf import settings
from django.core.management import get_commands
from gunicorn.config import Config

DEPLOY = settings.BASE_DIR / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("dpa-tracker*.*"))
UNITS = [path for path in UNITS if path.is_file()]
SERVICES = [path for path in UNITS if path.suffix == ".service"]
COMMON = DEPLOY / "systemd" / "dpa-tracker-.service.d" / "common.conf"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = {name: found for name, found in COMPOSE["services"].items() if found.get("image") == "dpa-tracker"}


def unit(path: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(path.read_text())
    return found


def check(words: list[str]) -> None:
    """That the command line would be understood by the program that it starts."""
    program, *rest = words
    name = Path(program).name
    assert (Path(sys.executable).parent / name).exists(), f"there is no {name}"
    if name == "gunicorn":
        known = Config().parser().parse_args(rest)
        assert known.args == ["dpa_tracker.wsgi"]
    elif name == "celery":
        assert rest[:3] == ["--quiet", "-A", "dpa_tracker"]
        options = {option for parameter in celery.commands[rest[3]].params for option in parameter.opts}
        given = {word.partition("=")[0] for word in rest[4:] if word.startswith("-")}
        assert given <= options, given - options
    else:
        assert name == "python" and rest[0] == "manage.py" and rest[1] in get_commands()


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_every_unit_starts_something_that_there_is(path):
    found = unit(path)
    check(shlex.split(found["Service"]["ExecStart"]))
    once = found["Service"].get("Type") == "oneshot"
    assert once or found["Service"]["Restart"] == "always"


def test_the_target_wants_all_four_and_every_timer_has_its_service():
    wants = unit(DEPLOY / "systemd" / "dpa-tracker.target")["Unit"]["Wants"].split()
    assert wants == [f"dpa-tracker-{name}.service" for name in ("web", "worker", "beat", "alertd")]
    names = {path.name for path in UNITS}
    assert set(wants) <= names and {"dpa-tracker-web.socket"} <= names
    assert {path.stem for path in UNITS if path.suffix == ".timer"} == {
        "dpa-tracker-backup",
        "dpa-tracker-verify",
    }


def test_systemd_reads_the_units_and_calls_them_well_protected(tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:  # a machine without systemd: the other tests have read the files
        assert COMMON.exists()
        return
    place = {
        "/opt/dpa-tracker/.venv/bin": str(Path(sys.executable).parent),
        "/opt/dpa-tracker": str(settings.BASE_DIR),
    }
    for path in [*UNITS, COMMON]:
        text = path.read_text()
        for old, new in place.items():
            text = text.replace(old, new)
        target = tmp_path / path.relative_to(DEPLOY / "systemd")
        target.parent.mkdir(exist_ok=True)
        target.write_text(text)
    environment = {"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"}
    found = subprocess.run(
        [program, "verify", "--man=no", *(str(tmp_path / path.name) for path in UNITS)],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    ours = [line for line in found.stderr.splitlines() if "dpa-tracker" in line]
    assert (found.returncode, ours) == (0, []), found.stderr
    for name in ("web", "worker", "beat", "alertd"):  # exposure from 0 (best) to 100
        words = ("security", "--offline=true", "--threshold=20", "--no-pager")
        path = str(tmp_path / f"dpa-tracker-{name}.service")
        said = subprocess.run([program, *words, path], env=environment, capture_output=True, text=True)
        assert said.returncode == 0, said.stdout.splitlines()[-1:]


def test_every_variable_of_the_examples_is_read_and_described():
    read = "".join(path.read_text() for path in (settings.BASE_DIR / "dpa_tracker").glob("settings*.py"))
    told = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    examples = (DEPLOY / "env.example").read_text() + yaml.safe_dump(
        COMPOSE["x-program"]["environment"]
    ).replace(": ", "=")
    names = set(re.findall(r"^([A-Z_]+)=", examples, re.MULTILINE))
    assert len(names) > 15
    assert {name for name in names if f'"{name}"' not in read or f"`{name}`" not in told} == set()


def test_compose_starts_what_there_is_after_what_it_needs():
    assert set(OURS) == {"migrate", "web", "worker", "beat", "alertd"}
    for name, found in OURS.items():
        if name != "migrate":
            check(found["command"])
            assert found["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert set(found["depends_on"]) <= set(COMPOSE["services"])
        assert found["read_only"] and found["cap_drop"] == ["ALL"]
    for command in OURS["migrate"]["command"][2].split(" && "):
        check(command.split())
    assert "dpa_owner" in OURS["migrate"]["environment"]["DATABASE_URL"]
    used = {
        volume.split(":")[0] for found in COMPOSE["services"].values() for volume in found.get("volumes", ())
    }
    assert {volume for volume in used if not volume.startswith(".")} == set(COMPOSE["volumes"])


def test_the_variables_of_compose_stand_in_its_example():
    text = (DEPLOY / "compose.yaml").read_text()
    needed: set[Any] = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    given = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "compose.env.example").read_text(), re.MULTILINE))
    assert needed <= given
