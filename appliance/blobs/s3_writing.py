"""A new object on its way to an S3 server.

::

    held --8 MiB--> upload begun, parts sent --commit--> there
      |  commit: one request --> there   |  discard: aborted

A request whose answer was lost is sent again by botocore, and is then refused as already done: a mark that only this
writer knows tells our own object from another's.
"""

import contextlib
import secrets
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from appliance.blobs.bucket import code_of, wrapped
from appliance.domain.errors import Unavailable

PART_BYTES = 8 << 20
"""Also what a reception holds in memory; a server takes no part below 5 MiB but the last."""
_MARK = "writer"


class S3Writing:
    """`appliance.usecases.ports.Writing`."""

    def __init__(self, client: Any, place: dict[str, str], *, conditional: bool) -> None:
        self._client, self._place, self._conditional = client, place, conditional
        self._mark = secrets.token_hex(16)
        self._held = bytearray()
        self._size = 0
        self._upload = ""
        self._parts: list[dict[str, Any]] = []
        self._asked = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append."""
        self._held += data
        self._size += len(data)
        with wrapped():
            while len(self._held) >= PART_BYTES:
                self._send(self._held[:PART_BYTES])
                del self._held[:PART_BYTES]

    def commit(self) -> int:
        """Make it durable; return its size in bytes; raise `Unavailable` ``storage`` when the key is taken."""
        with wrapped():
            if not self._conditional and self._there():
                raise Unavailable("storage")
            self._asked = True
            try:
                self._finish({"IfNoneMatch": "*"} if self._conditional else {})
            except ClientError:
                if not self._ours():
                    raise
        self._upload = ""
        self._held.clear()
        return self._size

    def discard(self) -> None:
        """Throw it away. What cannot be reached stays: it has no row, and the start of the bridge sees to it."""
        self._held.clear()
        with contextlib.suppress(ClientError, BotoCoreError, OSError):
            if self._upload:
                self._client.abort_multipart_upload(**self._place, UploadId=self._upload)
        with contextlib.suppress(ClientError, BotoCoreError, OSError):
            if self._asked and self._ours():
                self._client.delete_object(**self._place)

    def _send(self, part: bytes | bytearray) -> None:
        if not self._upload:
            begun = self._client.create_multipart_upload(**self._place, Metadata={_MARK: self._mark})
            self._upload = str(begun["UploadId"])
        number = len(self._parts) + 1
        sent = self._client.upload_part(
            **self._place, UploadId=self._upload, PartNumber=number, Body=bytes(part)
        )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})

    def _finish(self, condition: dict[str, str]) -> None:
        if not self._upload:
            self._client.put_object(
                **self._place, Body=bytes(self._held), Metadata={_MARK: self._mark}, **condition
            )
            return
        if self._held:
            self._send(self._held)
            self._held.clear()
        self._client.complete_multipart_upload(
            **self._place, UploadId=self._upload, MultipartUpload={"Parts": self._parts}, **condition
        )

    def _there(self) -> bool:
        try:
            self._client.head_object(**self._place)
        except ClientError as exc:
            if code_of(exc) == "404":
                return False
            raise
        return True

    def _ours(self) -> bool:
        """Whether the object that is there is this one."""
        try:
            found = self._client.head_object(**self._place)
        except (ClientError, BotoCoreError):
            return False
        return bool(found.get("Metadata", {}).get(_MARK) == self._mark)
