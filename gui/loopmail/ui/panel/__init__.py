"""The lower panels: problems, forecast, JSON, running the app."""
