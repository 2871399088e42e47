"""Building blocks that know nothing of mail."""
