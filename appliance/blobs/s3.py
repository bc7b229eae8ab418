"""Objects in a bucket of an S3 server, for a bridge and a web that share no disk.

An object is there once its last request was answered, whole or not at all. Nothing here knows how full the server is.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from appliance.blobs.bucket import TRIES, Bucket, code_of, connected, wrapped
from appliance.blobs.copies import Copies
from appliance.blobs.keys import parts_of
from appliance.blobs.s3_writing import S3Writing

_PIECE_BYTES = 8 << 20
_BROKEN_OFF = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)


class S3Objects:
    """`appliance.usecases.ports.Objects` in a bucket; ``copies`` is where readers that need a file find one."""

    def __init__(self, bucket: Bucket, copies: Path, *, threads: int = 8) -> None:
        self._bucket = bucket
        self._client: Any = connected(bucket, threads)
        self._copies = Copies(copies)

    def create(self, key: str) -> S3Writing:
        """Begin a new object; that one is there already shows when it is committed (`Unavailable` ``storage``)."""
        return S3Writing(self._client, self._place(key), conditional=self._bucket.conditional)

    def put(self, key: str, data: bytes) -> None:
        """Replace an object at once: the old one or the new one, never half."""
        place = self._place(key)
        with wrapped():
            self._client.put_object(**place, Body=data)

    def read(self, key: str) -> bytes:
        """Return the whole object."""
        place = self._place(key)
        with wrapped():
            return self._fetched(place)

    def pread(self, key: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``; fewer only at the end."""
        place = self._place(key)
        if length == 0:
            return b""
        with wrapped():
            try:
                return self._fetched({**place, "Range": f"bytes={offset}-{offset + length - 1}"})
            except ClientError as exc:
                if code_of(exc) == "InvalidRange":
                    return b""
                raise

    def local(self, key: str) -> AbstractContextManager[Path]:
        """Lend a copy for as long as the block lasts; raise as `read` when it begins."""
        return self._copies.copy(self._pieces(key))

    def delete(self, key: str) -> None:
        """Delete it; one that is gone already is no fault."""
        place = self._place(key)
        with wrapped():
            self._client.delete_object(**place)

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys under a folder, in no order."""
        start = self._place(prefix.removesuffix("/"))
        pages = self._client.get_paginator("list_objects_v2")
        with wrapped():
            for page in pages.paginate(Bucket=start["Bucket"], Prefix=f"{start['Key']}/"):
                for found in page.get("Contents", ()):
                    yield str(found["Key"]).removeprefix(self._bucket.prefix)

    def size(self, key: str) -> int:
        """Return the size in bytes."""
        place = self._place(key)
        with wrapped():
            return int(self._client.head_object(**place)["ContentLength"])

    def modified(self, key: str) -> datetime:
        """Return when it was written, aware UTC."""
        place = self._place(key)
        with wrapped():
            found: datetime = self._client.head_object(**place)["LastModified"]
        return found

    def free_bytes(self) -> None:
        """Return None: a bucket tells nobody its room."""
        return

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _place(self, key: str) -> dict[str, str]:
        parts_of(key)
        return self._bucket.place(key)

    def _pieces(self, key: str) -> Iterator[bytes]:
        offset = 0
        while piece := self.pread(key, offset, _PIECE_BYTES):
            yield piece
            offset += len(piece)
            if len(piece) < _PIECE_BYTES:
                return

    def _fetched(self, asked: dict[str, str]) -> bytes:
        """Return a body; botocore asks again only until the body begins."""
        for left in reversed(range(TRIES)):
            try:
                with closing(self._client.get_object(**asked)["Body"]) as body:
                    return bytes(body.read())
            except _BROKEN_OFF:
                if left == 0:
                    raise
        raise AssertionError
