"""The built-in mail server that catches test messages."""
