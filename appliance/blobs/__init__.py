"""The object store: received files and what was prepared of them."""
