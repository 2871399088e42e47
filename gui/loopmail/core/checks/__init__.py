"""Rules that find problems and offer fixes."""
