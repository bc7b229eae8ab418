"""Both object stores, and the server of the second."""

import itertools
from contextlib import closing

import pytest

from appliance.blobs.folder import FolderObjects
from appliance.blobs.s3 import S3Objects
from tests.peers import s3

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory):
    with s3.running(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(s3_server):
    return s3_server.named(f"bucket-{next(_NUMBERS)}")


@pytest.fixture
def s3_objects(bucket, tmp_path):
    with closing(S3Objects(bucket, tmp_path / "copies")) as objects:
        yield objects


@pytest.fixture(params=["folder", "s3"])
def objects(request, tmp_path):
    if request.param == "folder":
        return FolderObjects(tmp_path / "objects")
    return request.getfixturevalue("s3_objects")
