"""Chromium with a certificate of a card: an NSS database of its own, and a policy that chooses without asking.

The policy lies where Debian's Chromium looks for it, in a mount namespace of this browser alone.
"""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import running

PASSWORD = ""


def can_choose() -> bool:
    """Whether a mount namespace can be had here."""
    if shutil.which("unshare") is None:
        return False
    done = subprocess.run(["unshare", "-m", "mount", "--bind", "/etc", "/etc"], capture_output=True)
    return done.returncode == 0


def home(folder: Path, *files: Path) -> Path:
    """Return a HOME whose NSS database holds the PKCS#12 files."""
    certutil, pk12util = shutil.which("certutil"), shutil.which("pk12util")
    if certutil is None or pk12util is None:
        pytest.skip("certutil is missing (apt install libnss3-tools)")
    database = folder / ".pki" / "nssdb"
    database.mkdir(parents=True, exist_ok=True)
    subprocess.run([certutil, "-N", "-d", f"sql:{database}", "--empty-password"], check=True, capture_output=True)
    for file in files:
        subprocess.run(
            [pk12util, "-i", str(file), "-d", f"sql:{database}", "-W", PASSWORD, "-K", ""], check=True,
            capture_output=True,
        )  # fmt: skip
    return folder


def add_module(folder: Path, name: str, library: str) -> None:
    """Make the NSS database of a HOME load a PKCS#11 module."""
    modutil = shutil.which("modutil")
    if modutil is None:
        pytest.skip("modutil is missing (apt install libnss3-tools)")
    database = folder / ".pki" / "nssdb"
    subprocess.run(
        [modutil, "-force", "-dbdir", f"sql:{database}", "-add", name, "-libfile", library], check=True,
        capture_output=True,
    )  # fmt: skip


@contextmanager
def browser(folder: Path, *flags: str, **context: Any) -> Iterator[Any]:
    """A page of a Chromium whose HOME is ``folder``; it shows the one certificate it has to every host that asks."""
    from playwright.sync_api import sync_playwright

    if not can_choose():
        pytest.skip("a mount namespace is needed for the browser's policy (root)")
    executable = _wrapped(folder)
    environment = {**os.environ, "HOME": str(folder)}
    arguments = [*running.FLAGS, *running.NO_GL, *flags]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(executable), args=arguments, env=environment)
        try:
            page = opened.new_context(locale="fr-FR", ignore_https_errors=True, **context).new_page()
            yield page
        finally:
            opened.close()


def _wrapped(folder: Path) -> Path:
    etc = folder / "etc"
    managed = etc / "policies" / "managed"
    managed.mkdir(parents=True, exist_ok=True)
    chosen = json.dumps({"pattern": "*", "filter": {}})
    (managed / "cards.json").write_text(json.dumps({"AutoSelectCertificateForUrls": [chosen]}))
    place, program = shlex.quote(str(etc)), shlex.quote(running.chromium() or "chromium")
    script = folder / "chromium"
    then = f'mount --bind {place} /etc/chromium && exec {program} "$@"'
    script.write_text(f'#!/bin/sh\nexec unshare -m sh -c {shlex.quote(then)} chromium "$@"\n')
    script.chmod(0o755)
    return script


