"""What LoopBack makes of the files: layers, variables, effective values."""
