"""C-ECHO and C-FIND as SCU (R-G): what a node holds, asked so that any node can answer."""
