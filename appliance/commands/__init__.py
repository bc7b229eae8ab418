"""The verbs of the command line, one module a group; imported when asked for."""
