"""loopmail: set up, test and mend the e-mail of LoopBack 2 and 3 applications."""

__version__ = "0.1.0"
