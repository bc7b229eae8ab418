"""``negatoscope conformance``: the DICOM conformance statement of what runs."""

from appliance.commands.conformance.verb import command as command
