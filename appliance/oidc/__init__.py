"""OpenID Connect: speaking with Pro Santé Connect."""
