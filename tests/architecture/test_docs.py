"""What the documents promise exists."""

import re
from pathlib import Path

import pytest

from appliance.cli import VERBS
from appliance.config.settings import Settings

ROOT = Path(__file__).parent.parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists() and "pictures/" not in link] == []


@pytest.mark.parametrize("page", ["admin.md", "admin.fr.md"])
def test_the_admin_guide_names_every_section_of_the_settings(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    sections = {name for name, field in Settings.model_fields.items() if hasattr(field.annotation, "model_fields")}
    assert {name for name in sections - {"card"} if f"| `{name}` |" not in text} == set()


def test_both_admin_guides_name_the_same_settings_verbs_and_files():
    french, english = ((ROOT / "docs" / page).read_text(encoding="utf-8") for page in ("admin.fr.md", "admin.md"))
    in_prose = [set(re.findall(r"`([^`]+)`", re.sub(r"\s+", " ", re.sub(r"(?s)```.*?```", "", text))))
                for text in (french, english)]  # fmt: skip
    assert in_prose[0] ^ in_prose[1] == set()


@pytest.mark.parametrize("page", ["README.md", "README.en.md"])
def test_verbs_of_the_readme_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert set(re.findall(r"negatoscope ([a-z]+) ", text)) <= set(VERBS)


def test_every_dependency_has_its_reason():
    text = (ROOT / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
    for name in ("base", "test", "smartcard", "node"):
        for line in (ROOT / "requirements" / f"{name}.in").read_text().splitlines():
            library = re.split(r"[\[<>=]", line)[0]
            assert line.startswith("-r") or library in text, library


@pytest.mark.parametrize("page", ["viewer.md", "viewer.fr.md"])
def test_keys_of_the_viewer_s_guide_are_those_of_the_viewer(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    script = (ROOT / "webui/viewer/src/commands.ts").read_text(encoding="utf-8")
    table = re.search(r"const KEYS[^{]*\{(.*?)\};", script, re.DOTALL)
    assert table is not None
    known = {quoted or bare for quoted, bare in re.findall(r'(?:"([^"]+)"|(\w+)): "', table.group(1))}
    named = {key.lower() for key in re.findall(r"`([^`]{1,2})`", text)} - {"↑", "↓"}
    assert named - known == set()
    assert {"m", "a", "e", "s", "l", "q"} <= named
