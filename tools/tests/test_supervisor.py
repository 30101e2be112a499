"""Real child processes: what `make run` promises about starting, restarting and stopping them."""

import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from tools.run import open_doors
from tools.supervisor import Child, stop_all

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
WITH_GRANDCHILD = (
    "import subprocess, sys, time"
    "; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    "; open('grandchild', 'w').write(str(p.pid)); time.sleep(600)"
)
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('up', 'w'); time.sleep(600)"
)


def child(folder: Path, program: str) -> Child:
    return Child("child", [sys.executable, "-c", program], folder, dict(os.environ))


def wait_for(file: Path) -> str:
    while not (file.exists() and (file.stat().st_size or file.name == "up")):
        time.sleep(0.02)
    return file.read_text()


def is_running(pid: int) -> bool:
    """A zombie waits for its new parent only: it runs no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(autouse=True)
def _signals_of_pytest():
    """stop_all ignores further signals, for good: it is the last thing a supervisor does."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_child_that_dies_is_started_again_after_a_pause_that_grows(tmp_path):
    one = child(tmp_path, "raise SystemExit(3)")
    now, pauses = time.monotonic(), []
    for _ in range(7):
        one.look_after(one.start_at + now)
        while one.alive:
            time.sleep(0.01)
        died_at = one.started_at
        one.look_after(died_at)
        pauses.append(round(one.start_at - died_at))
        now = 0
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_what_a_dead_child_has_started_is_ended_with_it(tmp_path):
    one = child(tmp_path, WITH_GRANDCHILD)
    one.start()
    grandchild = int(wait_for(tmp_path / "grandchild"))
    os.kill(one.process.pid, signal.SIGKILL)
    while one.alive:
        time.sleep(0.01)
    one.look_after(time.monotonic())
    while is_running(grandchild):
        time.sleep(0.01)
    assert one.process is None


def test_stopping_ends_every_child_also_one_that_refuses(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("tools.supervisor.PATIENCE", 0.5)
    calm, stubborn = child(tmp_path, SLEEPER), child(tmp_path, STUBBORN)
    for one in (calm, stubborn):
        one.start()
    pids = [one.process.pid for one in (calm, stubborn)]
    wait_for(tmp_path / "up")
    stop_all([calm, stubborn])
    assert not any(map(is_running, pids))
    assert "is killed" in capfd.readouterr().out


def test_a_port_that_somebody_uses_is_refused_with_the_variable_to_set(capfd):
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(SystemExit):
        open_doors(other.getsockname()[1])
    assert "Set PORT" in capfd.readouterr().err
