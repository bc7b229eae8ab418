"""Typed keys of what the application carries and of what a request learns on its way."""

from concurrent.futures import Executor

from aiohttp import web

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.domain.sign_in import OpenSession
from webui.assets import Assets
from webui.brand import Brand
from webui.i18n import Catalogues
from webui.rendering import Templates

HOUSE = web.AppKey("house", House)
SETTINGS = web.AppKey("settings", Settings)
BRAND = web.AppKey("brand", Brand)
CATALOGUES = web.AppKey("catalogues", Catalogues)
TEMPLATES = web.AppKey("templates", Templates)
ASSETS = web.AppKey("assets", Assets)
DB = web.AppKey("db", Executor)
"""Eight threads for the database: the default pool is shared with DNS and files."""
HASH = web.AppKey("hash", Executor)
"""Two threads for Argon2id behind a bounded queue: a flood of passwords must not stop the pages."""

FORM_TARGETS = web.AppKey("form_targets", str)
"""Origins to which a form of ours may lead in the end: browsers hold redirects to ``form-action`` too."""

SESSION = web.RequestKey("session", OpenSession)
NONCE = web.RequestKey("form_token", str)
"""Token of the forms of somebody who has not logged in."""
