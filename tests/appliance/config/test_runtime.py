import os
import socket

from appliance.config.runtime import inherited_sockets, say_ready


def test_sockets_come_back_in_order():
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        numbers = f"{os.dup(two.fileno())},{os.dup(one.fileno())}"
        found = inherited_sockets({"NEGATOSCOPE_LISTEN_FDS": numbers})
        try:
            assert [s.getsockname() for s in found] == [two.getsockname(), one.getsockname()]
        finally:
            for each in found:
                each.close()


def test_without_descriptors_there_is_none():
    assert inherited_sockets({}) == []
    assert inherited_sockets({"NEGATOSCOPE_LISTEN_FDS": ""}) == []
    assert inherited_sockets({"LISTEN_FDS": "1", "LISTEN_PID": "1"}) == []


def test_ready_is_one_line_on_the_pipe():
    read, write = os.pipe()
    say_ready({"NEGATOSCOPE_READY_FD": str(write)})
    assert os.read(read, 100) == b"ready\n"
    assert os.read(read, 100) == b""
    os.close(read)


def test_systemd_is_told(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "n"))
        say_ready({"NOTIFY_SOCKET": str(tmp_path / "n")})
        assert manager.recv(100) == b"READY=1"


def test_nobody_to_tell(capfd):
    say_ready({})
    assert capfd.readouterr() == ("", "")
