"""What of the settings a conformance statement says, on the wire: nothing secret."""

from appliance.contract.wire import Told
from appliance.domain.sharing import Downloads


class SetupView(Told):
    """The DICOM side of an appliance. ``aets`` are the titles that it answers to, the first its own."""

    hospital: str
    version: str
    aets: tuple[str, ...]
    dicom_port: int
    tls_port: int | None = None
    client_certificates: bool = False
    configured_only: bool = True
    strict: bool = False
    """Whether a node must call us by the title that is set for it."""
    max_associations: int
    max_per_peer: int
    charsets: tuple[str, ...] = ()
    """(0008,0005) of our requests to the nodes."""
    downloads: Downloads = Downloads.NEVER
    """Whether new codes let whole objects be taken."""
    public_url: str = ""
