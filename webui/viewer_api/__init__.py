"""What the viewer page asks for: one JSON to start, then frames. Behind the door of DICOMweb."""
