"""The card host: an application of its own, the only one that looks at certificates. It serves one address, once."""
