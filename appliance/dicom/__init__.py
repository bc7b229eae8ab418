"""DICOM files in and out, through pydicom. Pixels are not decoded here: see `appliance.imaging`."""
