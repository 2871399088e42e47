"""The test panel: message, stages, verdict, transcript."""
