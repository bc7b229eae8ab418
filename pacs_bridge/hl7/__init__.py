"""HL7 v2 in: MLLP, the reader, the acknowledgements. What a message does is the use case's."""
