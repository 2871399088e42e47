"""The menu Data Source: duplicating, renaming, removing, and the app's passwords."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QWidget

from loopmail.core.app.workspace import Change, Workspace
from loopmail.ui.session.messages import Dialogs, MessageBar
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import column, plain_label, set_tone


class DatasourceActions(QObject):
    """What the menu Data Source does; each change is one undo step."""

    save_wanted = Signal()  # passwords have been moved out of the files

    def __init__(
        self, state: AppState, messages: MessageBar, dialogs: Dialogs, window: QWidget
    ) -> None:
        super().__init__(window)
        self._state = state
        self._messages = messages
        self._dialogs = dialogs
        self._window = window
        state.adopt_wanted.connect(self.adopt)
        state.deletion_wanted.connect(self.delete_entry)

    def duplicate(self) -> None:
        """Copy the selected data source in all layers."""
        from loopmail.core.edit.datasources import duplicate_datasource

        name = self._selected()
        if name is None:
            return
        new = self._free_name(f"{name}Copy")
        self._change(
            self.tr("Duplicate {0}").format(name),
            lambda workspace: duplicate_datasource(workspace, name, new),
            ("datasource", new),
        )

    def rename(self) -> None:
        """Ask for another name; the bindings follow."""
        name = self._selected()
        if name is not None:
            self._ask(
                self.tr("Rename {0}").format(name),
                name,
                self.tr("Rename"),
                lambda text: None if text == name else self._why_not(text),
                lambda new: self._rename(name, new),
            )

    def _rename(self, name: str, new: str) -> None:
        from loopmail.core.edit.datasources import rename_datasource

        if new != name:
            self._change(
                self.tr("Rename {0} to {1}").format(name, new),
                lambda workspace: rename_datasource(workspace, name, new),
                ("datasource", new),
            )

    def remove(self) -> None:
        """Remove the selected data source from all layers; undo brings it back."""
        from loopmail.core.edit.datasources import remove_datasource

        name = self._selected()
        if name is None:
            return
        names = [one.name for one in self._state.datasources()]
        at = names.index(name) if name in names else 0
        rest = names[at + 1 : at + 2] or names[max(at - 1, 0) : at]
        self._change(
            self.tr("Remove {0}").format(name),
            lambda workspace: remove_datasource(workspace, name),
            ("datasource", rest[0]) if rest else ("add", ""),
        )

    # -- passwords: each dialog is opened once and stays beside the work ------------------------

    def adopt(self, file: str = "", pointer: str = "") -> None:
        """List the plain secrets of the app, to move them to the keyring; choose this one only."""
        if self._state.workspace is None:
            return
        from loopmail.ui.dialogs.adopt import AdoptDialog

        dialog = self._window.findChild(AdoptDialog)
        if dialog is None:
            dialog = AdoptDialog(self._state, self._window)
            dialog.save_wanted.connect(self.save_wanted)
        elif not dialog.isVisible():
            dialog.restart()
        dialog.show()
        dialog.activateWindow()
        if pointer:
            dialog.choose_only(file, pointer)

    def delete_entry(self, user: str) -> None:
        """Let the next save delete an entry of the keyring, after asking."""
        from loopmail.ui.dialogs.passwords import delete_entry

        delete_entry(self._state, self._dialogs, self._window, user)

    def passwords(self) -> None:
        """Show the app's entries in the keyring."""
        if self._state.workspace is None:
            return
        from loopmail.ui.dialogs.passwords import PasswordsDialog

        dialog = self._window.findChild(PasswordsDialog)
        if dialog is None:
            dialog = PasswordsDialog(self._state, self._dialogs, self._window)
            self._state.closing.connect(dialog.clipboard.clear)
        else:
            dialog.refresh()
        dialog.show()
        dialog.activateWindow()

    # -- what they share ------------------------------------------------------------------------

    def _selected(self) -> str | None:
        kind, name = self._state.selection
        return name if kind == "datasource" and self._state.workspace is not None else None

    def _free_name(self, wanted: str) -> str:
        taken = {one.name for one in self._state.datasources()}
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}{number}", number + 1
        return name

    def _why_not(self, name: str) -> str | None:
        if self._state.workspace is None:
            return self.tr("No app is open.")
        from loopmail.core.edit.datasources import valid_name

        return valid_name(self._state.snapshot(), name)

    def _ask(
        self,
        title: str,
        start: str,
        button: str,
        why_not: Callable[[str], str | None],
        accept_name: Callable[[str], None],
    ) -> None:
        dialog = NameDialog(title, start, button, why_not, accept_name, self._window)
        self._state.opened.connect(dialog.close)
        dialog.show()

    def _change(
        self,
        text: str,
        build: Callable[[Workspace], Sequence[Change]],
        select: tuple[str, str],
    ) -> None:
        if self._state.change(text, build, self._say, select=select):
            self._messages.close_message("edit")

    def _say(self, sentence: str) -> None:
        self._messages.show_message("edit", "error", self.tr("That did not work."), sentence)


# --- Asking for a name ----------------------------------------------------------------


class NameDialog(QDialog):
    """Calls `accept_name` with a name for which `why_not` has no objection."""

    def __init__(
        self,
        title: str,
        start: str,
        button: str,
        why_not: Callable[[str], str | None],
        accept_name: Callable[[str], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("nameDialog")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(380)
        self._why_not = why_not
        self._accept_name = accept_name
        self.name = QLineEdit(start)
        self.name.setObjectName("newName")
        self.name.selectAll()
        self.name.textChanged.connect(self._check)
        form = QFormLayout()
        form.addRow(self.tr("&Name"), self.name)
        self.sentence = plain_label("", "error", wrap=True)
        self.sentence.setMinimumHeight(self.sentence.fontMetrics().height() * 2)
        buttons = QDialogButtonBox()
        self.go = buttons.addButton(button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._go)
        buttons.rejected.connect(self.reject)
        parts = (form, self.sentence, buttons)
        column(*parts, spacing=10, margins=(18, 16, 18, 14), inside=self)
        self._check(start)

    def _check(self, text: str) -> None:
        sentence = self._why_not(text) or ""
        self.sentence.setText(sentence)
        set_tone(self.name, "error" if sentence else None)
        self.go.setEnabled(not sentence)

    def _go(self) -> None:
        if self.go.isEnabled():
            self.accept()
            self._accept_name(self.name.text())
