"""C-MOVE and C-GET as SCU: a study comes from its node into the store, whole or known not to be."""
