"""Side-by-side measurements: `python -m bench FOLDER` starts Orthanc beside the product on the same files."""
