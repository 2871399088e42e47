"""An app on disk: its folder, versions, documents, and what changes them."""
