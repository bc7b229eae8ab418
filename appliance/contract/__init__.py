"""What crosses the admin socket: values, refusals and the client. Knows the domain only."""
