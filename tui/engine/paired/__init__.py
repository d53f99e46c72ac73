"""Pairing over API v2: tokens, who has them, and whom to trust."""
