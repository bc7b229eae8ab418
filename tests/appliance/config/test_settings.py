import pytest

from appliance.config.refusals import SettingsRefused
from appliance.config.settings import Settings, load


def written(tmp_path, text):
    path = tmp_path / "negatoscope.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_put_the_database_in_the_state_folder(tmp_path):
    settings = Settings(state_dir=tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/negatoscope.db"
    assert settings.admin_socket == tmp_path / "admin.sock"


def test_a_file_is_read_and_the_environment_goes_over_it(tmp_path, monkeypatch):
    path = written(tmp_path, '[web]\nport = 9000\nhost = "::1"\n[[brand.phones]]\nservice = "Scanner"\nnumber = "0"\n')
    monkeypatch.setenv("NEGATOSCOPE_WEB__PORT", "9001")
    settings = load(path)
    assert (settings.web.port, settings.web.host) == (9001, "::1")
    assert settings.brand.phones[0].service == "Scanner"


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[web]\nprot = 1\n", "web.port"),
        ("[wbe]\nport = 1\n", "web"),
        ("[sharing]\nday = 3\n", "sharing.days"),
        ('stat_dir = "/x"\n', "state_dir"),
    ],
)
def test_an_unknown_key_is_refused_and_the_near_one_named(tmp_path, text, near):
    with pytest.raises(SettingsRefused) as refused:
        load(written(tmp_path, text))
    assert f"vouliez-vous dire « {near} »" in str(refused.value)
    assert f"did you mean “{near}”" in str(refused.value)


def test_an_unknown_variable_is_refused_too(tmp_path):
    with pytest.raises(SettingsRefused, match=r"web\.port"):
        load(None, {"NEGATOSCOPE_WEB__PROT": "1"})
    load(None, {"NEGATOSCOPE_READY_FD": "3", "HOME": "/"})


def test_a_wrong_value_is_told_without_being_repeated(tmp_path):
    with pytest.raises(SettingsRefused) as refused:
        load(written(tmp_path, '[mail]\nport = "hunter2"\n[web]\nport = 70000\n'))
    assert "mail.port : un nombre entier" in str(refused.value)
    assert "web.port : au plus 65535" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_secrets_do_not_show(tmp_path):
    settings = load(written(tmp_path, '[mail]\npassword = "hunter2"\n[database]\nurl = "postgresql+psycopg://a:hunter2@h/d"\n'))
    assert "hunter2" not in repr(settings)
    assert "hunter2" in settings.database_url


BUCKET = '[objects]\nkind = "s3"\nbucket = "images"\naccess_key = "a"\nsecret_key = "hunter2"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[objects]\nkind = "s3"\nbucket = "images"\n', "access_key, secret_key"),
        (BUCKET + 'endpoint = "http://10.0.0.5:9000"\n', "https"),
        (BUCKET + 'endpoint = "https://a:b@s3.example"\n', "objects.endpoint"),
        (BUCKET + 'prefix = "../"\n[web]\nprot = 1\n', "web.port"),
        ('[objects]\nkind = "disk"\n', "objects.kind"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_refused(tmp_path, text, said):
    with pytest.raises(SettingsRefused) as refused:
        load(written(tmp_path, text))
    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_bucket_is_named_and_its_secret_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("NEGATOSCOPE_OBJECTS__SECRET_KEY", "hunter2")
    text = BUCKET.replace('secret_key = "hunter2"', 'endpoint = "https://s3.example"')
    settings = load(written(tmp_path, text))
    assert settings.objects.secret_key.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)
    assert settings.objects_place == "s3://images/"


@pytest.mark.parametrize("text", ["[web\n", "\x00"])
def test_what_is_no_toml_is_told(tmp_path, text):
    with pytest.raises(SettingsRefused, match="TOML"):
        load(written(tmp_path, text))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(SettingsRefused, match="illisible"):
        load(tmp_path / "absent.toml")


def test_settings_are_frozen():
    with pytest.raises(Exception, match="frozen"):
        Settings().demo = True


@pytest.mark.parametrize(
    ("written_as", "meant"),
    [("true", "always"), ("false", "never"), ('"never"', "never"), ('"choice"', "choice"), ('"always"', "always")],
)
def test_downloads_are_a_policy_and_were_a_yes_or_no(tmp_path, written_as, meant):
    path = written(tmp_path, f"[sharing]\ndownloads = {written_as}\n")
    assert load(path, {}).sharing.policy().downloads == meant


def test_a_policy_of_downloads_that_is_none_is_refused_in_words(tmp_path):
    with pytest.raises(SettingsRefused, match=r"sharing\.downloads : l'un de 'never', 'choice' or 'always'"):
        load(written(tmp_path, '[sharing]\ndownloads = "often"\n'), {})


def test_the_environment_says_yes_to_downloads_as_before(tmp_path, monkeypatch):
    monkeypatch.setenv("NEGATOSCOPE_SHARING__DOWNLOADS", "True")
    assert load(written(tmp_path, "")).sharing.downloads == "always"
