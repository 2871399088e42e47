"""One row of the dialog that moves plain secrets to the keyring."""

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from loopmail.core.edit.places import joined, place_words
from loopmail.core.secrets.adopt import PlainSecret
from loopmail.ui.widgets.building_blocks import plain_label


class AdoptRow(QWidget):
    """A check box with the secret's place; below it where it stands, masked, and what git knows."""

    def __init__(self, secret: PlainSecret, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.secret = secret
        place = secret.place
        words = joined(place_words(place.file, place.pointer))
        self.box = QCheckBox(f"{words}  ({place.file})".replace("&", "&&"))
        self.box.setObjectName(f"adopt-{place.file}-{place.pointer}")
        self.box.setChecked(secret.stays is None)
        self.box.setEnabled(secret.stays is None)
        self.where = plain_label("", "muted", wrap=True)
        self.git = plain_label("", "warn", wrap=True)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addWidget(self.box)
        for label in (self.where, self.git):
            label.setContentsMargins(24, 0, 0, 0)  # under the check box's text
            rows.addWidget(label)
        self.show_secret(secret)

    @property
    def key(self) -> tuple[str, str]:
        """The file and the place in it."""
        return self.secret.place.file, self.secret.place.pointer

    def show_secret(self, secret: PlainSecret) -> None:
        """Show what is known of it now."""
        self.secret = secret
        place = secret.place
        told = self.tr("Line {0}: {1} · becomes ${{{2}}}")
        if secret.stays is not None:
            told = self.tr("Line {0}: {1} · stays. {3}")
            self.box.setAccessibleDescription(secret.stays)
        self.where.setText(
            told.format(secret.line, secret.preview, place.variable, secret.stays or "")
        )
        text = ""
        if secret.leak is not None:
            text = self.tr(
                "Git has it since {0} (commit {1}). Change it at the provider too: moving it does"
                " not take it out of git's history."
            ).format(secret.leak.date, secret.leak.commit[:10])
        elif secret.tracked:
            text = self.tr("Git keeps this file, so the next commit would publish it.")
        self.git.setText(text)
        self.git.setVisible(bool(text))
