"""A bucket of an S3 server: where it is, who we are there, and what its refusals mean to us."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from appliance.domain.errors import Unavailable

TRIES = 3
CONNECT_S, READ_S = 5.0, 15.0
"""A link that is cut is noticed in less than a lease of a job (design.md, Processes)."""
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the objects are. ``prefix`` goes before every key; ``ca`` is believed instead of the system's authorities.

    ``conditional``: the server takes ``If-None-Match`` when an object is written.
    """

    name: str
    access_key: str
    secret_key: str = field(repr=False)
    endpoint: str = ""
    region: str = "us-east-1"
    prefix: str = ""
    ca: Path | None = None
    path_style: bool = True
    conditional: bool = True

    def place(self, key: str) -> dict[str, str]:
        """Return what names an object to the server."""
        return {"Bucket": self.name, "Key": f"{self.prefix}{key}"}


def connected(bucket: Bucket, connections: int) -> Any:
    """Return a client of S3 for several threads; nothing is sent before it is used."""
    config = Config(
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        max_pool_connections=connections,
        tcp_keepalive=True,
        proxies={},
        # The digest is in the signature, which every server checks; trailing checksums are not known to all of them.
        s3={"addressing_style": "path" if bucket.path_style else "virtual", "payload_signing_enabled": True},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return Session().create_client(
        "s3",
        region_name=bucket.region,
        endpoint_url=bucket.endpoint or None,
        aws_access_key_id=bucket.access_key,
        aws_secret_access_key=bucket.secret_key,
        verify=str(bucket.ca or ssl.get_default_verify_paths().cafile or True),
        config=config,
    )


@contextmanager
def wrapped() -> Iterator[None]:
    """Turn what the server or the way to it says into `Unavailable` ``object_missing`` or ``storage``."""
    try:
        yield
    except ClientError as exc:
        raise Unavailable("object_missing" if code_of(exc) in _MISSING else "storage") from exc
    except (BotoCoreError, OSError) as exc:
        raise Unavailable("storage") from exc


def code_of(exc: ClientError) -> str:
    """Return the server's word for a refusal."""
    return str(exc.response.get("Error", {}).get("Code", ""))
