"""The open app as the window sees it: state, undo, checks, keyring."""
