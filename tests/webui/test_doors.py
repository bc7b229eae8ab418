"""What holds on every route: a session or the way to one, the token of the forms, headers, whole tables of words."""

import ast
import re
from pathlib import Path

import pytest

import appliance
from appliance.domain.errors import Malformed, Refused, TryLater, Unavailable
from webui.faults import ELSEWHERE, WORDS, problem_of
from webui.i18n import LANGUAGES, Catalogues, chosen
from webui.middlewares.headers import ALWAYS

OPEN = {
    "/", "/login", "/login/otp", "/login/otp/code", "/login/card", "/login/card/go",
    "/login/card/return", "/login/psc", "/login/psc/return", "/brand/psc",
    "/logout", "/c", "/healthz",
    "/brand.css", "/brand/logo", "/static/{name}", "/desk/login", "/desk/login/card", "/desk/login/code",
    "/session/beat", "/openapi.json",
}  # fmt: skip
ROOT = Path(appliance.__file__).parent


def paths(browser, method):
    routes = browser.client.app.router.routes()
    found = {r.resource.canonical for r in routes if r.method == method and r.resource is not None}
    return sorted(found)


def filled(path):
    return re.sub(r"\{[^}]+\}", "1.2.3", path)


async def test_every_page_without_a_session_leads_to_the_log_in(browser):
    for path in paths(browser, "GET"):
        answer = await browser.get(filled(path) + ("?study=1.2.3" if path == "/viewer-api/studies" else ""))
        if path.startswith(("/viewer-api/", "/dicom-web/")):
            assert answer.status == 401, path
            assert "Location" not in answer.headers
        elif path not in OPEN:
            login = "/desk/login" if path.startswith("/desk") else "/login"
            assert (answer.status, answer.headers["Location"]) == (303, login), path


async def test_every_form_without_its_token_is_refused(browser):
    for path in paths(browser, "POST"):
        answer = await browser.post(filled(path), csrf="")
        assert answer.status in (401, 403), path


async def test_every_other_change_without_the_token_is_refused_to_who_is_logged_in(physician):
    for method in ("PUT", "DELETE"):
        for path in paths(physician, method):
            for headers in ({}, {"X-CSRF-Token": "guessed"}):
                answer = await physician.client.request(method, filled(path), headers=headers, json={})
                assert (answer.status, method) == (403, method), path


async def test_a_form_of_another_site_is_refused_even_with_the_token(physician):
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await physician.post("/codes/search", headers=headers, family_name="x")
        assert answer.status == 403, headers
        assert "formulaire est resté ouvert trop longtemps" in physician.text
    host = physician.client.make_url("/")
    own = {"Origin": f"http://{host.host}:{host.port}", "Sec-Fetch-Site": "same-origin"}
    # The error page carries no form, thus no token.
    assert (await physician.post("/codes/search", headers=own, family_name="x")).status == 403
    await physician.get("/codes")
    assert (await physician.post("/codes/search", headers=own, family_name="x")).status == 303


@pytest.mark.parametrize("path", ["/", "/login/otp", "/nowhere", "/codes", "/healthz", "/static/css/base.css", "/desk"])
async def test_headers_stand_on_every_answer(browser, path):
    answer = await browser.get(path)
    for name, value in ALWAYS.items():
        assert answer.headers[name] == value
    assert "Cache-Control" in answer.headers
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in answer.headers


async def test_cookies_are_out_of_reach_of_scripts(physician):
    cookies = list(physician.client.session.cookie_jar)
    assert {c["httponly"] for c in cookies} == {True}
    assert {c["samesite"] for c in cookies} == {"Lax"}
    assert {c["path"] for c in cookies} == {"/"}


async def test_static_files_keep_their_folder(browser):
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/nothing.css", "/static/viewer/.vite/x"):
        assert (await browser.get(path)).status == 404, path


async def test_a_version_is_kept_for_ever_and_a_bare_address_asked_again(browser):
    await browser.get("/")
    versioned = re.search(r'/static/css/base\.css\?v=[0-9a-f]+', browser.text).group()
    assert "immutable" in (await browser.get(versioned)).headers["Cache-Control"]
    assert "no-cache" in (await browser.get("/static/css/base.css?v=0")).headers["Cache-Control"]


async def test_brand_is_served_as_a_style_sheet(browser):
    answer = await browser.get("/brand.css")
    assert "--accent: #114477" in await answer.text()


async def test_an_unknown_page_is_told_in_words(browser):
    assert (await browser.get("/nowhere")).status == 404
    assert "Cette page n’existe pas" in browser.text


async def test_a_huge_form_is_refused(browser):
    await browser.get("/login/otp")
    assert (await browser.post("/login/otp", email="x" * 100_000)).status in (403, 413)


def causes():
    kinds = {"Malformed", "Refused", "TryLater", "Unavailable"}
    for path in [*ROOT.glob("domain/*.py"), *ROOT.glob("usecases/*.py"), *ROOT.glob("store/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield str(first.value)


def test_every_cause_has_words():
    missing = {cause for cause in causes() if cause not in WORDS and cause not in ELSEWHERE}
    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [Malformed, Refused, TryLater, Unavailable])
def test_every_problem_is_said_in_every_language(language, kind):
    t = Catalogues().texts(language)
    for cause in WORDS:
        told = problem_of(kind(cause), t)
        assert "{" not in told.title + told.advice, cause
        assert told.title != f"{WORDS[cause]}.t", cause


def test_both_catalogues_hold_the_same_texts():
    ids = [set(re.findall(r'^msgid "(.+)"$', _po(lang), re.MULTILINE)) for lang in LANGUAGES]
    assert ids[0] == ids[1]


def test_plural_forms_are_those_of_the_language():
    french, english = (Catalogues().texts(lang) for lang in LANGUAGES)
    assert [french("codes.count", n=n) for n in (0, 1, 2)] == ["0 code", "1 code", "2 codes"]
    assert [english("codes.count", n=n) for n in (0, 1, 2)] == ["0 codes", "1 code", "2 codes"]


def test_templates_name_only_texts_that_exist():
    from webui.rendering import TEMPLATES

    t = Catalogues().texts("fr")
    for template in TEMPLATES.rglob("*.html"):
        for msgid in re.findall(r"""\bt\(["']([a-z0-9_.]+[a-z0-9])["'][,)]""", template.read_text(encoding="utf-8")):
            assert t.has(msgid), (template.name, msgid)


def test_no_template_carries_a_script_or_a_style():
    from webui.rendering import TEMPLATES

    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)", text), template.name


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "language"),
    [
        ("en", "fr", "fr", "en"), ("", "en", "fr", "en"), ("", "", "en-GB,en;q=0.9,fr;q=0.2", "en"),
        ("", "", "de,fr;q=0.4,en;q=0.3", "fr"), ("", "", "de", "fr"), ("", "", "", "fr"),
        ("<x>", "../..", "*;q=zz", "fr"),
    ],
)  # fmt: skip
def test_language_is_chosen(query, cookie, accepted, language):
    assert chosen(query, cookie, accepted, "fr") == language


def _po(language):
    from webui.i18n import LOCALE

    return (LOCALE / language / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8")
