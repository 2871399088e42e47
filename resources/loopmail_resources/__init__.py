"""The data files of loopmail; read through loopmail.assets alone."""
