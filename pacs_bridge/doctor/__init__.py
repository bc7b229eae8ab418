"""The doctor of a PACS: one step after another, each with its verdict, its cause and its time."""
