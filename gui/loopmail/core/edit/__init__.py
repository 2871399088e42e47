"""What forms and verbs change in the files."""
