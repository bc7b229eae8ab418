"""The appliance on two hosts: web, courier, admin and the data in the DMZ, the bridge alone beside the PACS."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from appliance.store.migrations import migrate
from appliance.store.roles import SERVICES, role_of
from tests.databases import _binaries, _user
from tests.peers import orthanc, s3
from tests.peers.authority import Authority, Pair
from tests.peers.networks import Network, two

DMZ, LAN, HOSPITAL = "10.213.0.1", "10.213.0.2", "10.214.0.1"
"""The ends of the cable, and the bridge's and the archive's address on the hospital's side."""
DICOM_PORT, S3_PORT, WEB_PORT, SQL_PORT = 11112, 9000, 8080, 5432
CT = "1.2.840.10008.5.1.4.1.1.2"
EDGE = f"""
add table inet edge
add chain inet edge in {{ type filter hook input priority 0; policy drop; }}
add rule inet edge in iif lo accept
add rule inet edge in ct state established,related accept
add chain inet edge out {{ type filter hook output priority 0; policy drop; }}
add rule inet edge out oif lo accept
add rule inet edge out ct state established,related accept
add rule inet edge out ip daddr {DMZ} tcp dport {{ {SQL_PORT}, {S3_PORT} }} accept
"""
"""The firewall of the LAN: nothing enters, and two ports of the DMZ may be asked."""


@dataclass
class Hosts:
    """Both hosts and what runs on them."""

    dmz: Network
    lan: Network
    folder: Path
    owner_url: str
    pacs: orthanc.Orthanc
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def admin_socket(self) -> Path:
        return self.folder / "admin.sock"

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{WEB_PORT}"

    def start(self, service: str) -> None:
        """Start a service on its host, and wait until it says ready."""
        network = self.lan if service == "bridge" else self.dmz
        network.run(self._start, service)

    def kill(self, service: str) -> None:
        process = self.running.pop(service)
        process.kill()
        process.wait(10)

    def end(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()
            process.wait(5)

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text(errors="replace")[-3000:]

    def _start(self, service: str) -> None:
        config = self.folder / ("lan.toml" if service == "bridge" else "dmz.toml")
        reading, writing = os.pipe()
        names = {
            "NEGATOSCOPE_READY_FD": str(writing), "NEGATOSCOPE_DATABASE__URL": url_of(service, self.folder),
            "NEGATOSCOPE_OBJECTS__SECRET_KEY": "secret",
        }  # fmt: skip
        command = [sys.executable, "-m", "appliance.cli", "service", service, "--config", str(config)]
        with (self.folder / f"{service}.log").open("ab") as log:
            process = subprocess.Popen(command, env=os.environ | names, pass_fds=[writing], stdout=log, stderr=log)
        self.running[service] = process
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            assert pipe.readline() == b"ready\n", self.log(service)


def url_of(service: str, folder: Path) -> str:
    """The database as a service reaches it: over TLS, its server verified."""
    verified = f"sslmode=verify-full&sslrootcert={folder / 'ca' / 'Authority.pem'}"
    return f"postgresql+psycopg://{role_of(service)}:pass@{DMZ}:{SQL_PORT}/images?{verified}"


@contextmanager
def two_hosts(program: str) -> Iterator[Hosts]:
    """Both hosts with every service; ``program`` is Orthanc's."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="two-")))
        folder.chmod(0o755)
        dmz, lan = stack.enter_context(two(DMZ, LAN))
        lan.ip("addr", "add", f"{HOSPITAL}/24", "dev", "lo")
        lan.firewall(EDGE)
        authority = Authority(folder / "ca")
        owner_url = dmz.enter(stack, _postgres(folder / "pg", authority.issue("sql", DMZ)))
        migrate(owner_url, with_roles=True)
        _passwords(owner_url)
        server = s3.running(folder / "s3", DMZ, S3_PORT, tls=authority.issue("s3", DMZ), ca=authority.file)
        dmz.run(dmz.enter(stack, server).named, "images")
        pacs = lan.enter(stack, orthanc.running(program, folder / "orthanc", {}))
        _settings(folder)
        hosts = Hosts(dmz, lan, folder, owner_url, pacs)
        stack.callback(hosts.end)
        for service in ("web", "courier", "admin", "bridge"):
            hosts.start(service)
        yield hosts


def _settings(folder: Path) -> None:
    common = (
        f'[objects]\nkind = "s3"\nendpoint = "https://{DMZ}:{S3_PORT}"\nbucket = "images"\naccess_key = "access"\n'
        f'ca = "{folder / "ca" / "Authority.pem"}"\n[logs]\nlevel = "warning"\n'
    )
    (folder / "dmz.toml").write_text(
        f'state_dir = "{folder / "dmz"}"\n{common}[web]\nhost = "127.0.0.1"\nport = {WEB_PORT}\n'
        f'[admin]\nsocket = "{folder / "admin.sock"}"\nroot_needs_reason = false\n[dicom]\nbridge = "elsewhere"\n'
    )
    (folder / "lan.toml").write_text(
        f'state_dir = "{folder / "lan"}"\n{common}[dicom]\nhost = "{HOSPITAL}"\nport = {DICOM_PORT}\n'
    )
    for host in ("dmz", "lan"):
        (folder / host).mkdir(mode=0o700)


@contextmanager
def _postgres(folder: Path, pair: Pair) -> Iterator[str]:
    """A cluster that answers the network over TLS only; yields the owner's address, a socket of this machine."""
    binaries, user = _binaries(), _user()
    folder.mkdir()
    data = folder / "data"
    for source, name in ((pair.certificate, "server.crt"), (pair.key, "server.key")):
        shutil.copy(source, folder / name)
        (folder / name).chmod(0o600)
        shutil.chown(folder / name, user)
    shutil.chown(folder, user)

    def ran(program: str, *words: str) -> None:
        command = ["runuser", "-u", user, "--", str(binaries / program), *words]
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd=folder)

    ran("initdb", "-D", str(data), "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    hba = "local all all trust\n" + "".join(
        f"hostssl images {role_of(one)} {LAN if one == 'bridge' else DMZ}/32 scram-sha-256\n" for one in SERVICES
    )
    (data / "pg_hba.conf").write_text(hba)
    options = (
        f"-k {folder} -p {SQL_PORT} -c listen_addresses={DMZ} -c fsync=off -c ssl=on"
        f" -c ssl_cert_file={folder}/server.crt -c ssl_key_file={folder}/server.key"
    )
    try:
        ran("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        ran("createdb", "-h", str(folder), "images")
        yield f"postgresql+psycopg://{user}@/images?host={folder}"
    finally:
        if (data / "postmaster.pid").exists():
            ran("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")


def _passwords(owner_url: str) -> None:
    engine = sa.create_engine(owner_url)
    with engine.begin() as connection:
        for service in SERVICES:
            connection.exec_driver_sql(f"ALTER ROLE {role_of(service)} PASSWORD 'pass'")
    engine.dispose()


def exam(folder: Path, number: int, images: int, side: int = 64) -> tuple[str, Sequence[Path]]:
    """A study of one patient and series, drawn here: its UID and its files."""
    study = f"1.2.826.0.1.3680043.10.999.{number}"
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for at in range(1, images + 1):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CT, f"{study}.1.{at}"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        path = folder / f"{number}-{at}.dcm"
        one = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
        one.SOPClassUID, one.SOPInstanceUID = CT, f"{study}.1.{at}"
        one.StudyInstanceUID, one.SeriesInstanceUID = study, f"{study}.1"
        one.PatientID, one.PatientName = f"T-{number}", "LEFEVRE^Anne"
        one.PatientBirthDate, one.PatientSex = "19610314", "F"
        one.StudyDate, one.StudyTime, one.StudyDescription = "20261122", "0912", "TDM"
        one.AccessionNumber = f"A{number}"
        one.StudyID, one.Modality, one.SeriesNumber, one.InstanceNumber = "1", "CT", 1, at
        one.ImagePositionPatient, one.ImageOrientationPatient = [0, 0, at], [1, 0, 0, 0, 1, 0]
        one.PixelSpacing, one.SliceThickness, one.FrameOfReferenceUID = [1, 1], 1, f"{study}.9"
        one.Rows = one.Columns = side
        one.SamplesPerPixel, one.PhotometricInterpretation, one.PixelRepresentation = 1, "MONOCHROME2", 0
        one.BitsAllocated = one.BitsStored = 16
        one.HighBit, one.RescaleSlope, one.RescaleIntercept = 15, 1, -1024
        noise = np.random.default_rng(number * 1000 + at).integers(0, 4096, (side, side), np.uint16)
        one.PixelData = noise.tobytes()
        one.save_as(path, enforce_file_format=True)
        files.append(path)
    return study, files
