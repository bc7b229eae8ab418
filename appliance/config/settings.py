"""The settings of the appliance: a TOML file, then ``NEGATOSCOPE_SECTION__KEY`` of the environment over it.

`load` is the only way in; what it refuses, it refuses in words.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from appliance.config import sections
from appliance.config.refusals import SettingsRefused, sentence, unknown

PREFIX = "NEGATOSCOPE_"
_NOT_SETTINGS = frozenset(
    {"LISTEN_FDS", "READY_FD", "ADMIN_SOCKET", "REASON", "TEST_DICOM", "CONFIG", "LANG", "DOCTEST"}
)


class Settings(BaseSettings):
    """Everything a hospital can set. Frozen; made by `load` or, in tests, by naming what differs."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    state_dir: Path = Path("/var/lib/negatoscope")
    demo: bool = False
    outbound_proxy: str = ""
    """``http://host:port`` of the hospital's proxy, for everything that goes to the Internet."""
    database: sections.Database = sections.Database()
    objects: sections.Objects = sections.Objects()
    web: sections.Web = sections.Web()
    viewer: sections.Viewer = sections.Viewer()
    card: sections.Card = sections.Card()
    dicom: sections.Dicom = sections.Dicom()
    hl7: sections.Hl7 = sections.Hl7()
    mail: sections.Mail = sections.Mail()
    sms: sections.Sms = sections.Sms()
    brand: sections.Brand = sections.Brand()
    sharing: sections.Sharing = sections.Sharing()
    retention: sections.Retention = sections.Retention()
    reports: sections.Reports = sections.Reports()
    sign_in: sections.SignIn = sections.SignIn()
    psc: sections.Psc = sections.Psc()
    sessions: sections.Sessions = sections.Sessions()
    limits: sections.Limits = sections.Limits()
    languages: sections.Languages = sections.Languages()
    admin: sections.Admin = sections.Admin()
    logs: sections.Logs = sections.Logs()

    @property
    def database_url(self) -> str:
        """Return the SQLAlchemy URL; it may hold a password."""
        if self.database.url is not None:
            return self.database.url.get_secret_value()
        return f"sqlite:///{self.state_dir / 'negatoscope.db'}"

    @property
    def objects_dir(self) -> Path:
        """Folder of the object store, when it is one."""
        return self.state_dir / "objects"

    @property
    def objects_place(self) -> str:
        """Return where the objects are, in words."""
        one = self.objects
        return str(self.objects_dir) if one.kind == "folder" else f"s3://{one.bucket}/{one.prefix}"

    @property
    def copies_dir(self) -> Path:
        """Folder of what was fetched from a bucket to be read as a file."""
        return self.state_dir / "copies"

    @property
    def keys_dir(self) -> Path:
        """Folder of the secret keys, mode 0700."""
        return self.state_dir / "keys"

    @property
    def authorities_dir(self) -> Path:
        """Folder of the authorities whose cards are believed."""
        return self.card.authorities or self.state_dir / "trust" / "authorities"

    @property
    def lists_dir(self) -> Path:
        """Folder of the lists of revoked cards."""
        return self.card.lists or self.state_dir / "trust" / "lists"

    @property
    def admin_socket(self) -> Path:
        """Path of the admin socket."""
        return self.admin.socket or self.state_dir / "admin.sock"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes over the file; no ``.env`` is ever read."""
        return (env_settings, init_settings)


def load(path: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a TOML file and of the environment.

    Raises
    ------
    SettingsRefused
        With one readable line a fault: the file is missing or no TOML, a key is unknown, a value is wrong.
    """
    names = os.environ if environment is None else environment
    written = {} if path is None else _written(path)
    faults = [*_unknown_names(names)]
    if faults:
        raise SettingsRefused(faults)
    try:
        return Settings(**written)
    except ValidationError as exc:
        raise SettingsRefused([sentence(error, Settings) for error in exc.errors()]) from exc
    except SettingsError as exc:
        raise SettingsRefused([f"environnement / environment: {exc}"]) from exc


def _written(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise SettingsRefused([f"{path} : illisible / cannot be read ({exc.strerror})"]) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingsRefused([f"{path} : TOML incorrect / not TOML ({exc})"]) from exc


def _unknown_names(names: Mapping[str, str]) -> list[str]:
    """A misspelt variable would be ignored in silence, and a limit with it."""
    faults = []
    for name in names:
        rest = name.removeprefix(PREFIX)
        if name == rest or rest in _NOT_SETTINGS:
            continue
        fault = unknown(tuple(rest.lower().split("__")), Settings, shown=name)
        if fault:
            faults.append(fault)
    return faults
