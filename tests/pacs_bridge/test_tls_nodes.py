"""Asking TLS nodes: DCMTK's storescp as the node, and one cause for each way a handshake fails."""

import contextlib
import functools
import gc
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.config.sections import Dicom
from appliance.config.tls import client_context
from appliance.contract.words import Words
from appliance.domain.nodes import Node
from pacs_bridge.query import echo
from tests.peers.authority import Authority, Pair
from tests.peers.dcmtk import ENVIRONMENT, free_port

# pynetdicom leaves the socket of a refused connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@dataclass
class Authorities:
    good: Authority
    other: Authority
    node: Pair


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect that garbage here, where its warning is expected, and not in somebody else's test."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    folder = tmp_path_factory.mktemp("authorities")
    good, other = Authority(folder / "good"), Authority(folder / "other", "Other")
    return Authorities(good, other, good.issue("node", "127.0.0.1"))


@contextmanager
def listening(command: Sequence[Any], port: int, folder: Path) -> Iterator[None]:
    with open(folder / "peer.log", "wb") as log:
        peer = subprocess.Popen([str(c) for c in command], stdout=log, stderr=log, cwd=folder,
                                stdin=subprocess.DEVNULL, env=ENVIRONMENT)  # fmt: skip
        try:
            _await(peer, port, folder / "peer.log")
            yield
        finally:
            peer.terminate()
            peer.wait(5)


def _await(peer: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end and peer.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise RuntimeError(log.read_text(errors="replace")[-500:])


@pytest.fixture
def asked(require, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Start storescp with these options, ask it by C-ECHO with these settings, return the answer."""

    def ask(options: Sequence[Any], settings: Dicom) -> dict[str, Any]:
        port = free_port()
        with listening([require("storescp"), *options, port], port, tmp_path):
            node = Node("n", "PACS", "127.0.0.1", port, tls=True)
            return dict(echo.echo(node, functools.partial(client_context, settings)))

    return ask


def test_a_node_with_a_certificate_of_a_known_authority_answers(asked, made: Authorities):
    options = ["+tls", made.node.key, made.node.certificate, "-ic"]
    assert asked(options, Dicom(tls_node_ca=made.good.file))["ok"] is True


@pytest.mark.parametrize("profile", ["+px", "+py", "+pz"], ids=["bcp195", "non-downgrading", "extended"])
def test_profiles_of_the_standard(asked, made: Authorities, profile: str):
    options = ["+tls", made.node.key, made.node.certificate, "-ic", profile]
    assert asked(options, Dicom(tls_node_ca=made.good.file))["ok"] is True


def test_a_node_that_wants_our_certificate_gets_it(asked, made: Authorities):
    ours = made.good.issue("bridge")
    options = ["+tls", made.node.key, made.node.certificate, "-rc", "+cf", made.good.file]
    settings = Dicom(tls_node_ca=made.good.file, tls_certificate=ours.certificate, tls_key=ours.key)
    assert asked(options, settings)["ok"] is True


def test_of_an_unknown_authority(asked, made: Authorities):
    options = ["+tls", made.node.key, made.node.certificate, "-ic"]
    assert asked(options, Dicom(tls_node_ca=made.other.file))["cause"] == "tls_unknown_ca"
    assert asked(options, Dicom())["cause"] == "tls_unknown_ca"
    namesake = Authority(made.other.file.parent / "namesake")
    assert asked(options, Dicom(tls_node_ca=namesake.file))["cause"] == "tls_unknown_ca"


@pytest.mark.parametrize(("days", "cause"), [(-30, "tls_expired"), (30, "tls_not_yet")])
def test_not_valid_today(asked, made: Authorities, days: int, cause: str):
    pair = made.good.issue(f"day{days}", "127.0.0.1", days=days)
    options = ["+tls", pair.key, pair.certificate, "-ic"]
    assert asked(options, Dicom(tls_node_ca=made.good.file))["cause"] == cause


@pytest.mark.parametrize("alternatives", [("pacs.example",), ("127.0.0.2",), ()])
def test_of_another_name(asked, made: Authorities, alternatives: tuple[str, ...]):
    pair = made.good.issue("elsewhere", *alternatives)
    options = ["+tls", pair.key, pair.certificate, "-ic"]
    assert asked(options, Dicom(tls_node_ca=made.good.file))["cause"] == "tls_name"


def test_a_node_that_wants_a_certificate_we_have_not(asked, made: Authorities):
    options = ["+tls", made.node.key, made.node.certificate, "-rc", "+cf", made.good.file]
    assert asked(options, Dicom(tls_node_ca=made.good.file))["cause"] == "tls_wants_certificate"


def test_a_node_that_refuses_our_certificate(asked, made: Authorities):
    ours = made.other.issue("bridge")
    options = ["+tls", made.node.key, made.node.certificate, "-rc", "+cf", made.good.file]
    settings = Dicom(tls_node_ca=made.good.file, tls_certificate=ours.certificate, tls_key=ours.key)
    assert asked(options, settings)["cause"] == "tls_ours_refused"


def test_a_node_that_speaks_plain_dicom(asked, made: Authorities):
    assert asked([], Dicom(tls_node_ca=made.good.file))["cause"] == "tls_not_spoken"


def test_a_port_that_says_nothing(made: Authorities):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        node = Node("n", "X", "127.0.0.1", silent.getsockname()[1], tls=True)
        secure = functools.partial(client_context, Dicom(tls_node_ca=made.good.file))
        assert echo.echo(node, secure)["cause"] == "tls_not_spoken"


def test_nobody_there_is_no_matter_of_tls(made: Authorities):
    node = Node("n", "X", "127.0.0.1", free_port(), tls=True)
    assert echo.echo(node)["cause"] == "refused"


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (["-tls1_2", "-cipher", "AES128-GCM-SHA256"], "tls_version"),
        (["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], "tls_version"),
        (["-tls1_2", "-Verify", "1", "-verify_return_error"], "tls_wants_certificate"),
        (["-tls1_3", "-Verify", "1", "-verify_return_error"], "tls_wants_certificate"),
    ],
    ids=["no forward secrecy", "old", "wants ours, 1.2", "wants ours, 1.3"],
)
def test_openssl_as_the_node(require, tmp_path: Path, made: Authorities, options: list[str], cause: str):
    port = free_port()
    command = [require("openssl"), "s_server", "-accept", port, "-quiet", "-key", made.node.key]
    command += ["-cert", made.node.certificate, "-CAfile", made.good.file, *options]
    with listening(command, port, tmp_path):
        node = Node("n", "X", "127.0.0.1", port, tls=True)
        secure = functools.partial(client_context, Dicom(tls_node_ca=made.good.file))
        assert echo.echo(node, secure)["cause"] == cause


def test_our_own_settings_can_be_the_cause(tmp_path: Path):
    secure = functools.partial(client_context, Dicom(tls_node_ca=tmp_path / "absent.pem"))
    assert echo.echo(Node("n", "X", "127.0.0.1", free_port(), tls=True), secure)["cause"] == "tls_settings"


def test_every_cause_has_words_of_its_own():
    from pacs_bridge.query import handshakes

    causes = {*handshakes._OF_VERIFICATION.values(), *handshakes._OF_REASON.values(), "tls", "tls_certificate",
              "tls_settings"}  # fmt: skip
    for words in (Words("fr"), Words("en")):
        said = {words(f"peer.{cause}") for cause in causes if words.has(f"peer.{cause}")}
        assert len(said) == len(causes)
