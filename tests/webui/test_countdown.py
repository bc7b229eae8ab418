"""The countdown in a real browser: it warns, a gesture refreshes it once a minute, and at zero the page leaves."""

import re
import shutil

import pytest
from playwright.async_api import async_playwright

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


async def test_at_zero_the_page_leaves_and_says_why(physician):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is missing (apt install chromium)")
    home = physician.client.make_url("/")
    cookies = [
        {"name": c.key, "value": c.value, "url": str(home)} for c in physician.client.session.cookie_jar
    ]  # fmt: skip
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            context = await browser.new_context(locale="fr-FR")
            await context.add_cookies(cookies)
            page = await context.new_page()
            beats: list[str] = []
            page.on("request", lambda request: beats.append(request.url) if "beat" in request.url else None)
            await page.clock.install()
            await page.goto(str(home.with_path("/codes")))
            assert not await page.locator("[data-ending]").is_visible()
            await page.clock.run_for(13 * 60_000 + 30_000)
            assert await page.locator("[data-ending]").is_visible()
            async with page.expect_response("**/session/beat"):
                await page.mouse.move(50, 50)
                await page.keyboard.press("Shift")
            await page.clock.run_for(2_000)
            assert not await page.locator("[data-ending]").is_visible()
            assert len(beats) == 1
            async with page.expect_response("**/session/beat"):
                await page.clock.run_for(60_000)  # what moved within the minute is told at its end
            await page.clock.run_for(16 * 60_000)
            await page.wait_for_url(re.compile("ended=idle"), timeout=15_000)
            assert "après 15 minutes sans activité" in await page.inner_text(".notice")
        finally:
            await browser.close()
