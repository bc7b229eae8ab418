"""What every object store does, whether a folder or a bucket."""

import pytest

from appliance.domain.errors import Malformed, Unavailable

KEY = "received/1.2.3/1.2.3.4.0a1b2c3d.dcm"
OTHER = "received/1.2.3/1.2.3.4.4d3c2b1a.dcm"


def written(objects, key, data):
    writing = objects.create(key)
    writing.write(data)
    writing.commit()


def test_an_object_is_there_once_committed(objects):
    writing = objects.create(KEY)
    writing.write(b"abc")
    writing.write(memoryview(b"def"))
    assert writing.commit() == 6
    assert (objects.read(KEY), objects.pread(KEY, 2, 3), objects.size(KEY)) == (b"abcdef", b"cde", 6)
    assert list(objects.keys("received")) == [KEY]


def test_a_large_object_comes_back_whole(objects):
    data = bytes(range(256)) * 4096 * 20  # 20 MiB
    writing = objects.create(KEY)
    for start in range(0, len(data), 3 << 20):
        writing.write(memoryview(data)[start : start + (3 << 20)])
    assert writing.commit() == objects.size(KEY) == len(data)
    assert objects.read(KEY) == data
    assert objects.pread(KEY, 9 << 20, 1000) == data[9 << 20 : (9 << 20) + 1000]
    with objects.local(KEY) as path:
        assert path.read_bytes() == data


def test_reading_beyond_the_end_gives_less(objects):
    written(objects, KEY, b"abcdef")
    assert objects.pread(KEY, 4, 100) == b"ef"
    assert objects.pread(KEY, 6, 10) == objects.pread(KEY, 60, 10) == objects.pread(KEY, 1, 0) == b""


def test_an_empty_object_is_one(objects):
    assert objects.create(KEY).commit() == objects.size(KEY) == 0
    assert objects.read(KEY) == objects.pread(KEY, 0, 10) == b""
    with objects.local(KEY) as path:
        assert path.read_bytes() == b""


def test_an_object_is_never_written_over(objects):
    written(objects, KEY, b"first")
    with pytest.raises(Unavailable, match="storage"):
        written(objects, KEY, b"second")
    assert objects.read(KEY) == b"first"


def test_of_two_writers_one_wins_and_the_other_takes_nothing_away(objects):
    one = objects.create(KEY)
    try:
        other = objects.create(KEY)
    except Unavailable:
        other = None
    one.write(b"one")
    one.commit()
    if other is not None:
        other.write(b"other")
        with pytest.raises(Unavailable, match="storage"):
            other.commit()
        other.discard()
    assert objects.read(KEY) == b"one"


def test_nothing_is_there_before_the_commit_that_a_reader_could_take_for_whole(objects):
    writing = objects.create(KEY)
    writing.write(b"x" * (9 << 20))
    writing.discard()
    with pytest.raises(Unavailable, match="object_missing"):
        objects.read(KEY)
    assert list(objects.keys("received")) == []


def test_what_is_discarded_is_gone_even_after_its_commit(objects):
    written(objects, OTHER, b"stays")
    writing = objects.create(KEY)
    writing.write(b"x")
    writing.commit()
    writing.discard()
    assert list(objects.keys("received")) == [OTHER]


def test_a_replacement_is_whole(objects):
    for data in (b"old", b"new"):
        objects.put("prepared/series.json", data)
    assert objects.read("prepared/series.json") == b"new"
    objects.delete("prepared/series.json")
    objects.delete("prepared/series.json")
    assert list(objects.keys("prepared")) == []


def test_the_keys_are_those_of_the_folder_asked_for(objects):
    for key in ("prepared/1.2/a.json", "prepared/1.2/3/b.json", "prepared/1.25/c.json", "received/1.2/d.dcm"):
        objects.put(key, b"x")
    assert sorted(objects.keys("prepared/1.2")) == ["prepared/1.2/3/b.json", "prepared/1.2/a.json"]
    assert sorted(objects.keys("prepared/")) == [
        "prepared/1.2/3/b.json", "prepared/1.2/a.json", "prepared/1.25/c.json"
    ]  # fmt: skip
    assert list(objects.keys("nothing")) == []


def test_a_missing_object_is_called_so(objects):
    for look in (objects.read, objects.size, lambda key: objects.pread(key, 0, 1)):
        with pytest.raises(Unavailable, match="object_missing"):
            look(KEY)


def test_the_room_is_a_number_or_unknown(objects):
    free = objects.free_bytes()
    assert free is None or free > 0


@pytest.mark.parametrize("key", ["../x", "/etc/passwd", "a/../b", "a//b", "a/.hidden", "a\0b", "", "a/b/", "é"])
def test_a_key_never_leaves_the_store(objects, key):
    with pytest.raises(Malformed, match="object_key"):
        objects.put(key, b"x")
