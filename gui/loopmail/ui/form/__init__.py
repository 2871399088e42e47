"""The form of one transport."""
