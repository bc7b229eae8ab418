"""Objects in a bucket: what a network and a server can do to them."""

import os
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from appliance.blobs.bucket import connected
from appliance.blobs.s3 import S3Objects
from appliance.domain.errors import Unavailable
from tests.peers import s3
from tests.peers.authority import Authority

KEY = "received/1.2.3/1.2.3.4.0a1b2c3d.dcm"
PART = 8 << 20


@pytest.fixture
def lossy(bucket):
    with closing(s3.Lossy(int(bucket.endpoint.rpartition(":")[2]))) as way:
        yield way


@pytest.fixture
def far(bucket, lossy, tmp_path):
    """The objects behind the lossy way."""
    beyond = replace(bucket, endpoint=f"http://127.0.0.1:{lossy.port}")
    with closing(S3Objects(beyond, tmp_path / "far")) as objects:
        yield objects


def uploads(bucket):
    with closing(connected(bucket, 1)) as client:
        return client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", [])


@pytest.mark.parametrize("size", [3, 2 * PART + 3])
def test_an_answer_that_is_lost_is_no_failure(far, lossy, size):
    """The request is sent again, and the server says that the object is there: it is ours."""
    writing = far.create(KEY)
    writing.write(b"x" * size)
    lossy.losses = 1
    assert writing.commit() == size
    assert lossy.losses == 0
    assert far.size(KEY) == size


def test_what_was_read_in_part_is_asked_for_again(far, lossy):
    far.put(KEY, b"abc")
    lossy.losses = 1
    assert far.read(KEY) == b"abc"
    assert lossy.losses == 0


def test_an_upload_that_is_given_up_leaves_nothing(bucket, s3_objects):
    writing = s3_objects.create(KEY)
    writing.write(b"x" * (PART + 1))
    assert len(uploads(bucket)) == 1
    writing.discard()
    assert uploads(bucket) == []


def test_a_server_without_conditions_is_looked_at_first(bucket, tmp_path):
    with closing(S3Objects(replace(bucket, conditional=False), tmp_path)) as objects:
        writing = objects.create(KEY)
        writing.write(b"first")
        writing.commit()
        with pytest.raises(Unavailable, match="storage"):
            objects.create(KEY).commit()
        assert objects.read(KEY) == b"first"


def test_more_keys_than_a_page_holds(bucket, s3_objects):
    with closing(connected(bucket, 1)) as client:
        for number in range(1003):
            client.put_object(Bucket=bucket.name, Key=f"received/{number}", Body=b"")
    assert len(set(s3_objects.keys("received"))) == 1003


def test_a_prefix_keeps_two_appliances_apart(bucket, tmp_path):
    with (
        closing(S3Objects(replace(bucket, prefix="one/"), tmp_path)) as one,
        closing(S3Objects(replace(bucket, prefix="two/"), tmp_path)) as two,
    ):
        one.put(KEY, b"1")
        assert (list(one.keys("received")), list(two.keys("received"))) == ([KEY], [])


@pytest.mark.parametrize("act", ["read", "size", "delete", "put", "commit", "keys"])
def test_a_server_away_is_told_and_nothing_hangs(bucket, tmp_path, act):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused
        away = replace(bucket, endpoint=f"http://127.0.0.1:{taken.getsockname()[1]}")
        acts = {
            "read": lambda o: o.read(KEY),
            "size": lambda o: o.size(KEY),
            "delete": lambda o: o.delete(KEY),
            "put": lambda o: o.put(KEY, b"x"),
            "commit": lambda o: o.create(KEY).commit(),
            "keys": lambda o: list(o.keys("received")),
        }
        with closing(S3Objects(away, tmp_path)) as objects, pytest.raises(Unavailable, match="storage"):
            acts[act](objects)


def test_a_bucket_that_is_not_there_is_no_missing_object(bucket, tmp_path):
    with (
        closing(S3Objects(replace(bucket, name="nobodys"), tmp_path)) as objects,
        pytest.raises(Unavailable, match="storage"),
    ):
        objects.read(KEY)


def test_a_copy_lives_as_long_as_its_block_and_is_nobody_elses(s3_objects, tmp_path):
    s3_objects.put(KEY, b"abc")
    with s3_objects.local(KEY) as path:
        assert path.parent == tmp_path / "copies"
        assert path.stat().st_mode & 0o777 == 0o600
    assert list((tmp_path / "copies").iterdir()) == []


def test_copies_of_a_killed_process_go_and_those_of_a_living_one_stay(bucket, tmp_path):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    (tmp_path / f"{dead.stdout.strip()}.0a1b").write_bytes(b"left")
    living = tmp_path / f"{os.getppid()}.0a1b"
    living.write_bytes(b"in use")
    with closing(S3Objects(bucket, tmp_path)):
        assert list(tmp_path.iterdir()) == [living]


def test_over_tls_only_the_authority_named_is_believed(tmp_path):
    authority, stranger = Authority(tmp_path / "ca"), Authority(tmp_path / "other", "Stranger")
    pair = authority.issue("s3", "127.0.0.1")
    with s3.running(tmp_path / "s3", tls=pair, ca=authority.file) as server:
        bucket = server.named("images")
        with closing(S3Objects(bucket, tmp_path / "copies")) as objects:
            objects.put(KEY, b"abc")
            assert objects.read(KEY) == b"abc"
        for wrong in (replace(bucket, ca=stranger.file), replace(bucket, ca=None)):
            refused = pytest.raises(Unavailable, match="storage")
            with closing(S3Objects(wrong, tmp_path / "copies")) as objects, refused:
                objects.read(KEY)


def test_the_secret_is_not_in_what_is_printed(bucket):
    assert bucket.secret_key not in repr(bucket)
