"""The bridge to the hospital: receives, asks, retrieves and prepares images. Serves no people."""
