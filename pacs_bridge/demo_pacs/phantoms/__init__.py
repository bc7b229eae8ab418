"""Synthetic, seeded DICOM studies: numpy draws the anatomy, pydicom writes the objects.

Nothing here comes from a person. ``catalog`` lists the studies; ``python -m pacs_bridge.demo_pacs.phantoms OUT`` writes them.
"""
