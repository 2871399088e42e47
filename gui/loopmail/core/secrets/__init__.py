"""Secrets: the keyring, where a secret lives, and moving it."""
