"""DICOMweb under ``/dicom-web/``: QIDO-RS and WADO-RS (PS3.18), behind the same gate as the pages."""
