"""OAuth 2.0: the only place where tokens are obtained and renewed, one at a time for each credential."""
