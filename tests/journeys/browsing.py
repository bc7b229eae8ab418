"""A physician's browser without a browser: log in, pages, WADO-RS. Cookies are kept; nothing is guessed."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request

from tests.journeys.running import Demo

OCTETS = 'multipart/related; type="application/octet-stream"'


class Visitor:
    """One person's browser."""

    def __init__(self, running: Demo) -> None:
        self._running, jar = running, http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def log_in(self) -> None:
        """Log in as the physician with the password and the six digits from the mailbox."""
        seen, who = len(self._running.mailbox()), self._running.physician
        self._post("/login/otp", email=who["email"], password=who["password"], channel="email")
        page = self._post("/login/otp/code", code=self._running.digits(seen))
        assert 'href="/codes"' in page

    def redeem(self, code: str, birth_date: str, given_name: str) -> None:
        """Add a code."""
        self._post("/codes", code=code, birth_date=birth_date, given_name=given_name)

    def token(self, study: str) -> str:
        """Return a token for another viewer, of the share that opens the study."""
        return str(json.loads(self._post("/viewer-api/tokens", "/codes", study=study))["token"])

    def page(self, path: str) -> str:
        """Return a page."""
        status, body = self.get(path, "text/html")
        assert status == 200, path
        return body.decode()

    def get(self, path: str, accept: str) -> tuple[int, bytes]:
        """Return status and body."""
        request = urllib.request.Request(self._running.web + path, headers={"Accept": accept})
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def first_frame(self, study: str, series: str, sop: str) -> tuple[int, bytes]:
        """Return status and frame 1 by WADO-RS, little endian."""
        path = f"/dicom-web/studies/{study}/series/{series}/instances/{sop}/frames/1"
        status, body = self.get(path, OCTETS)
        if status != 200:
            return status, body
        head, _, rest = body.partition(b"\r\n\r\n")
        boundary, _, kind = head.partition(b"\r\n")
        assert kind == b"Content-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
        part, end = rest[: -len(boundary) - 6], rest[-len(boundary) - 6 :]
        assert end == b"\r\n" + boundary + b"--\r\n"
        return status, part

    def _post(self, path: str, page: str = "", **form: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.page(page or path))
        assert found, path
        data = urllib.parse.urlencode({"csrf": found.group(1), **form}).encode()
        headers = {"Origin": self._running.web}
        with self._opener.open(urllib.request.Request(self._running.web + path, data, headers), timeout=60) as answer:
            return str(answer.read().decode())
