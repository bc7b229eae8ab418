"""Makes received objects visible: frames, thumbnails, series JSON.

Foreign bytes meet decoders here, in processes that can be killed, and nowhere else.
"""
