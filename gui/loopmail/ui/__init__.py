"""The window; the only part that knows Qt."""

from loopmail.ui.lost_references import spare_singletons

spare_singletons()
