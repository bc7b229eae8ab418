"""The DICOM acceptor: C-ECHO and C-STORE as SCP, durable before the answer. No decoding."""
