"""Making and emptying files of an environment: actions for menus, with the question for a name."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from loopmail.core.app.folder import BASE_FILE, layer_name
from loopmail.core.edit.layers import create_layer, empty_layer
from loopmail.ui.session.state import AppState


class LayerActions(QObject):
    """“New Environment File…” and “Empty …”: one undo step each, written at Save.

    `say` gets a sentence where something cannot be done, an empty one where it could.
    """

    def __init__(self, state: AppState, parent: QWidget, say: Callable[[str], object]) -> None:
        super().__init__(parent)
        self._state, self._parent, self._say = state, parent, say
        self.create = QAction(self.tr("New Environment File…"), self)
        self.create.setToolTip(
            self.tr("Makes datasources.NAME.json, which LoopBack reads where NODE_ENV is NAME")
        )
        self.create.triggered.connect(self._ask)
        self.empty = QAction(self)
        self.empty.triggered.connect(self._empty)
        self.refresh()

    def attach(self, menu: QMenu) -> None:
        """Put the actions at the end of a menu, and look at the app when it opens."""
        menu.addSeparator()
        menu.addActions([self.create, self.empty])
        menu.aboutToShow.connect(self.refresh)

    def refresh(self) -> None:
        """Name the file that is edited; the base file is not emptied."""
        state, layer = self._state, self._state.layer
        documents = state.workspace.documents if state.workspace is not None else {}
        self.create.setEnabled(state.workspace is not None)
        self.empty.setText(self.tr("Empty {0}").format(layer))
        self.empty.setEnabled(layer != BASE_FILE and layer in documents)

    def _ask(self) -> None:
        """Ask for the environment's name; nothing waits for the answer."""
        dialog = QInputDialog(self._parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("New Environment File"))
        dialog.setLabelText(self.tr("Name of the environment, as NODE_ENV has it:"))
        dialog.setTextValue("production")
        dialog.textValueSelected.connect(self.make)
        dialog.open()

    def make(self, name: str) -> None:
        """Make the file of an environment, and let changes go there."""
        env, state = name.strip(), self._state
        text = self.tr("New file for {0}").format(env)
        if state.change(text, lambda workspace: create_layer(workspace, env), self._say):
            self._say("")
            state.set_environment(env)
            state.set_layer(layer_name("datasources", "env", env))

    def _empty(self) -> None:
        file = self._state.layer
        text = self.tr("Empty {0}").format(file)
        if self._state.change(text, lambda workspace: empty_layer(workspace, file), self._say):
            self._say("")
