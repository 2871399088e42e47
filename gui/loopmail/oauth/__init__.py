"""OAuth 2: tokens and signing in through the browser."""
