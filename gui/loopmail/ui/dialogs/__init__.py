"""Windows of their own: adopting secrets, stored passwords, conflicts."""
