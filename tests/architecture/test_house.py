"""The house stands as drawn: imports go down, nothing of one machine is tracked, every module explains itself."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("appliance", "pacs_bridge", "webui", "tui", "smartcard/cps_card")
NOT_OURS = re.compile(
    r"pypi\.org|python" + r"hosted|registry\.npm" + r"js|deb\.deb" + r"ian\.org|(^|[^\w.])/(work|farm|root)/",
    re.IGNORECASE,
)


def tracked():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("git is missing, or this is no checkout (apt install git)")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def modules():
    return sorted(
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "node_modules" not in path.parts and "versions" not in path.parts
    )


def test_imports_go_down_only():
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-4000:]


def test_no_registry_and_no_path_of_one_machine_is_tracked():
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {m[0]}" for m in map(NOT_OURS.search, text.splitlines()) if m]
    assert found == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_for(path):
    text = path.read_text(encoding="utf-8")
    assert (path.name == "__init__.py" and not text.strip()) or ast.get_docstring(ast.parse(text))


def test_locked_lists_hold_a_hash_for_everything_and_the_test_list_holds_the_base():
    names = {}
    for name in ("base", "test", "node", "smartcard"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
        assert entries
        assert all("--hash=sha256:" in entry for entry in entries)
        names[name] = {entry.split(" ")[0] for entry in entries}
    assert names["base"] <= names["test"]


@pytest.mark.parametrize("folder", ["webui/viewer", "tests/peers/ohif"])
def test_a_lock_of_npm_holds_no_address(folder):
    assert '"resolved"' not in (ROOT / folder / "package-lock.json").read_text()


@pytest.mark.parametrize("script", ["start", "check", ".ci/run", "requirements/compile"])
def test_scripts_are_bash(script):
    assert (ROOT / script).stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True)
