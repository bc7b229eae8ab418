"""Password hashes, tokens, sealed share codes, one-time codes. Well-kept libraries do the cryptography."""
