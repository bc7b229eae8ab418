import importlib.util
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from appliance import cli
from appliance.commands.language import spoken


def test_help_imports_no_verb():
    program = (
        "import sys\nfrom appliance import cli\n"
        "try: cli.main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'aiohttp', 'numpy', 'textual', 'pydicom'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in cli.VERBS)


@pytest.mark.parametrize("name", cli.VERBS)
def test_every_verb_has_its_module(name):
    assert importlib.util.find_spec(cli.VERBS[name].module) is not None


@pytest.mark.parametrize("name", cli.VERBS)
def test_every_verb_explains_itself(name):
    done = CliRunner().invoke(cli.application([name]), [name, "--help"])
    assert done.exit_code == 0, done.output


def test_refused_settings_are_told_without_a_traceback(tmp_path, capsys):
    path = tmp_path / "n.toml"
    path.write_text("[wbe]\n")
    with pytest.raises(SystemExit) as left:
        cli.main(["migrate", "--config", str(path)])
    assert left.value.code == 78
    assert "vouliez-vous dire « web »" in capsys.readouterr().err


def test_migrate_makes_the_database(tmp_path):
    path = tmp_path / "n.toml"
    path.write_text(f'state_dir = "{tmp_path / "state"}"\n')
    done = CliRunner().invoke(cli.application(["migrate"]), ["migrate", "--config", str(path), "--json"])
    assert done.exit_code == 0, done.output
    assert '"revision"' in done.output
    assert (tmp_path / "state" / "negatoscope.db").exists()


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "fr"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "fr"),
        ({"NEGATOSCOPE_LANG": "fr", "LANG": "en"}, "fr"),
    ],
)
def test_french_unless_english_is_asked(environment, language):
    assert spoken(environment) == language
