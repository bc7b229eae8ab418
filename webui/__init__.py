"""The web faces: portal, desk, viewer, DICOMweb. An edge: no rule of the domain lives here."""
