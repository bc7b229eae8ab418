"""The console: the administrator's face in a terminal, over the admin socket. Knows the contract and the domain."""
