"""Deposits sent to a PACS by C-STORE, and the proof that they arrived."""
