"""OHIF as a hospital puts it beside the product: its published files on an origin of its own, and DICOMweb named."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

DIST = Path(__file__).parent / "ohif" / "node_modules" / "@ohif" / "app" / "dist"
SETTINGS: dict[str, Any] = {
    "routerBasename": "/", "extensions": [], "modes": [], "customizationService": {}, "showStudyList": False,
    "maxNumberOfWebWorkers": 2, "showWarningMessageForCrossOrigin": False, "showCPUFallbackMessage": False,
    "defaultDataSourceName": "negatoscope",
}  # fmt: skip
SOURCE: dict[str, Any] = {
    "friendlyName": "Négatoscope", "qidoSupportsIncludeField": True, "imageRendering": "wadors",
    "thumbnailRendering": "wadors", "enableStudyLazyLoad": True, "supportsFuzzyMatching": True,
    "supportsWildcard": True, "bulkDataURI": {"enabled": True}, "omitQuotationForMultipartRequest": True,
}  # fmt: skip


class Site(ThreadingHTTPServer):
    """A web server for a folder of files, where an unknown path is the application's."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Files)
        self.dicomweb = ""

    @property
    def origin(self) -> str:
        """As a browser writes it."""
        return f"http://127.0.0.1:{self.server_port}"

    def config(self) -> bytes:
        """Return ``app-config.js``."""
        source = SOURCE | dict.fromkeys(("qidoRoot", "wadoRoot", "wadoUriRoot"), self.dicomweb)
        named = {"namespace": "@ohif/extension-default.dataSourcesModule.dicomweb", "sourceName": "negatoscope"}
        told = SETTINGS | {"dataSources": [named | {"configuration": source}]}
        return f"window.config = {json.dumps(told)};".encode()


class _Files(SimpleHTTPRequestHandler):
    server: Site

    def __init__(self, *args: Any) -> None:
        super().__init__(*args, directory=str(DIST))

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/app-config.js":
            body = self.server.config()
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        if not (DIST / path.lstrip("/")).is_file():
            self.path = "/index.html"
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served() -> Iterator[Site]:
    """Serve OHIF until the end of the block."""
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join(10)
