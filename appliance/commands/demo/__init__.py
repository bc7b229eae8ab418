"""``negatoscope demo``: the whole appliance on made-up exams, a built-in PACS and a mailbox, ready in seconds."""

from appliance.commands.demo.verb import command

__all__ = ["command"]
