"""Running the app and asking its own LoopBack."""
