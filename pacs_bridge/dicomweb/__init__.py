"""A PACS asked by DICOMweb instead of DIMSE: QIDO-RS finds, WADO-RS retrieves (PS3.18 8.3, 10.4, 10.6)."""
