"""The variables that nothing resolves, named before the app starts, with fields to enter them."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton

from loopmail.core.resolution import Placeholder
from loopmail.ui.widgets import Banner, primary_button


class MissingVariables(Banner):
    """A field for each missing variable."""

    store_wanted = Signal(dict)  # variable to value, typed by the user
    run_anyway = Signal()

    def __init__(self) -> None:
        super().__init__("warn")
        self.fields: dict[str, QLineEdit] = {}
        self.share = False  # the user agreed to share the entries
        self._form = QFormLayout()
        self._form.setVerticalSpacing(6)
        self._form.setHorizontalSpacing(10)
        self.store_button = primary_button(self.tr("Store in Keyring and Run"))
        self.store_button.clicked.connect(self._store)
        self.anyway_button = QPushButton(self.tr("Run Without"))
        self.anyway_button.clicked.connect(self.run_anyway)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.store_button)
        line.addWidget(self.anyway_button)
        line.addStretch(1)
        self.words.addLayout(self._form)
        self.words.addSpacing(4)
        self.words.addLayout(line)
        self.hide()

    def show_missing(self, missing: Sequence[Placeholder], why: str = "") -> None:
        """Name the variables and where they are used; `why`: what the keyring said."""
        self.clear()
        for item in missing:
            use = item.uses[0]
            field = QLineEdit()
            field.setObjectName(f"missing-{item.variable}")
            field.setAccessibleName(item.variable)
            field.setToolTip(f"{use.file} {use.pointer}")
            field.setMaximumWidth(420)
            if item.secret:
                field.setEchoMode(QLineEdit.EchoMode.Password)
            field.returnPressed.connect(self._store)
            label = QLabel(item.variable)
            label.setBuddy(field)
            self._form.addRow(label, field)
            self.fields[item.variable] = field
        names = ", ".join(item.variable for item in missing)
        text = self.tr(
            "The app's files ask for it, and LoopBack takes what is missing for undefined."
        )
        self.say(self.tr("No value for {0}").format(names), f"{why}\n{text}".strip())
        self.show()
        next(iter(self.fields.values())).setFocus()

    def offer_share(self, text: str) -> None:
        """Say that another app of the same name has entries; the button then agrees to that."""
        self.text.setText(text)
        self.share = True
        self.store_button.setText(self.tr("Use the Entries Together and Run"))

    def clear(self) -> None:
        """Forget what was typed and hide."""
        while self._form.rowCount():
            self._form.removeRow(0)
        self.fields.clear()
        self.share = False
        self.store_button.setText(self.tr("Store in Keyring and Run"))
        self.hide()

    def _store(self) -> None:
        values = {name: field.text() for name, field in self.fields.items() if field.text()}
        if values:
            self.store_wanted.emit(values)
        else:
            next(iter(self.fields.values())).setFocus()
