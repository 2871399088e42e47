"""Files: reading, atomic saving, locks, private files."""
