"""The settings of the demo, as the TOML file that its services read."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.supervisor import write_private

if TYPE_CHECKING:
    from appliance.commands.demo.stage import Wish

_SETTINGS = """\
# Written by `negatoscope demo` at each start; changes are lost.
state_dir = {state}
demo = true

[web]
host = "127.0.0.1"
port = {web_port}

[card]
public_url = "https://localhost:{card_port}"
subhosts = "after_failure"
host = "127.0.0.1"
port = {card_port}
tls_certificate = {pki}/tls.pem"
tls_key = {pki}/tls.key"
authorities = {pki}/authorities"
lists = {pki}/lists"
issuers = ["TEST AC IGC-SANTE FORT PERSONNES"]

[dicom]
host = "127.0.0.1"
port = {dicom_port}
known_callers = "any_loopback"

[sharing]
downloads = "always"

[retention]
keep_free_gb = 0

[mail]
host = "127.0.0.1"
port = {smtp_port}
security = "none"
sender = "negatoscope@demo.example"

[sms]
url = "http://127.0.0.1:{http_port}/sms"

[brand]
name = "Centre hospitalier de démonstration"

[[brand.phones]]
service = "Radiologie"
number = "01 99 00 12 34"

[[brand.phones]]
service = "Sénologie"
number = "01 99 00 12 35"

[sign_in]
homologation_reference = "démonstration"
homologation_date = 2026-01-01

[languages]
default = {language}

[admin]
root_needs_reason = false

[logs]
level = "warning"
"""


def written(path: Path, wish: "Wish", *, smtp_port: int, http_port: int, card_port: int) -> None:
    """Write the settings of this start."""
    text = _SETTINGS.format(
        state=json.dumps(str(wish.state), ensure_ascii=False),
        web_port=wish.web_port,
        dicom_port=wish.dicom_port,
        card_port=card_port,
        pki=json.dumps(str(wish.state / "pki"), ensure_ascii=False)[:-1],
        smtp_port=smtp_port,
        http_port=http_port,
        language=json.dumps(wish.language),
    )
    write_private(path, text.encode())
