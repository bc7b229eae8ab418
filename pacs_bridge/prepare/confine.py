"""What a worker process does to itself before it touches a stranger's bytes.

Imports nothing heavy: the limits must stand before NumPy starts its threads.
"""

import ctypes
import os
import resource
import signal

MEMORY_BYTES = 1 << 30
_PR_SET_PDEATHSIG = 1


def confine(parent_pid: int, memory_bytes: int = MEMORY_BYTES) -> None:
    """Die with the parent, dump no core, take no more than `memory_bytes` of address space."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)  # the parent died between the fork and the request
    os.nice(10)  # receiving comes first: a peer waits for its answer, nobody waits for these
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
