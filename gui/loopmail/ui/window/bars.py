"""The tool bar (file actions, environment, layer, versions, tests) and the status bar."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QMenu,
    QSizePolicy,
    QStatusBar,
    QToolBar,
    QToolButton,
    QWidget,
)

from loopmail.core.errors import KeyringLocked, KeyringMissing
from loopmail.ui.session.actions import Actions
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    ChoiceBox,
    add_choices,
    buddy_label,
    button,
    connect_all,
    counted,
    plain_label,
    plain_tip,
    primary_button,
    row,
)
from loopmail.ui.window.bottom import panel_switches

_FULL_WIDTH = 1240  # narrower windows get short texts


class ToolBar(QToolBar):
    """What is chosen here is in the state at once, and the other way round."""

    def __init__(self, state: AppState, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._actions = actions
        self.setObjectName("toolBar")
        self.setWindowTitle(self.tr("Tool Bar"))
        self.setMovable(False)
        self.setIconSize(QSize(18, 18))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._add_file_actions()
        self.environment = self._add_combo(self.tr("E&nvironment"), "environment")
        self.layer = self._add_combo(self.tr("Edit &in"), "editIn")
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.version = self._add_version_chip()
        self._add_test_buttons()
        self.environment.activated.connect(
            lambda at: state.set_environment(self.environment.itemData(at))
        )
        self.layer.activated.connect(lambda at: state.set_layer(self.layer.itemData(at)))
        changes = (state.environment_changed, state.layer_changed, state.changed)
        connect_all(self.refresh, state.opened, *changes)
        self.refresh()

    # -- building -----------------------------------------------------------------------------

    def _add_file_actions(self) -> None:
        buttons = {}
        for name in ("open", "save", "undo", "redo"):
            self.addAction(self._actions[name])
            one = self.widgetForAction(self._actions[name])
            assert isinstance(one, QToolButton)
            one.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            buttons[name] = one
        buttons["open"].setText(self.tr("Open"))
        self._texted = (buttons["open"], buttons["save"])
        self.addSeparator()

    def _add_combo(self, text: str, name: str) -> QComboBox:
        combo = ChoiceBox()
        combo.setObjectName(name)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        label = buddy_label(text, combo, "muted")
        label.setContentsMargins(6, 0, 2, 0)
        self.addWidget(label)
        self.addWidget(combo)
        return combo

    def _add_version_chip(self) -> QToolButton:
        chip = QToolButton()
        chip.setObjectName("versionChip")
        chip.setProperty("role", "chip")
        chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        chip.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(chip)
        choices: tuple[tuple[int | None, str], ...] = (
            (None, self.tr("As found in the app")),
            (2, self.tr("As LoopBack 2")),
            (3, self.tr("As LoopBack 3")),
        )
        self._majors = add_choices(menu, choices, self._state.choose_loopback)
        chip.setMenu(menu)
        self._chip_action = self.addWidget(chip)
        return chip

    def _add_test_buttons(self) -> None:
        self.check = button(self.tr("Check Connection"))
        self.send = primary_button(self.tr("Send Test Message"))
        for one, name in ((self.check, "check_connection"), (self.send, "send_test_message")):
            action = self._actions[name]
            one.setObjectName(f"toolbar-{name}")
            one.setToolTip(f"{action.toolTip()} ({action.shortcut().toString()})")
            one.setEnabled(action.isEnabled())
            one.clicked.connect(action.trigger)
            action.enabledChanged.connect(one.setEnabled)
            self.addWidget(one)

    # -- state to widgets and back --------------------------------------------------------------

    def refresh(self) -> None:
        """Show the environments, the layers and the version of the open app."""
        state = self._state
        names = list(state.environments())
        if state.env is not None and state.env not in names and state.workspace is not None:
            names.append(state.env)
        items: list[tuple[str, str | None]] = [(name, name) for name in names]
        if state.workspace is not None:
            items.append((self.tr("base file only"), None))
        _fill(self.environment, items, state.env)
        there = state.workspace.documents if state.workspace is not None else {}
        new = self.tr("{0} (new)")
        layers = [(one if one in there else new.format(one), one) for one in state.layers()]
        _fill(self.layer, layers, state.layer)
        self._show_versions()

    def _show_versions(self) -> None:
        state = self._state
        self._chip_action.setVisible(state.workspace is not None)
        versions = state.versions
        assumed = self.tr(" (assumed)") if versions.assumed else ""
        loopback, nodemailer = _short(versions.loopback), _short(versions.nodemailer)
        full = f"LoopBack {loopback} · Nodemailer {nodemailer}{assumed}"
        narrow = self.width() < _FULL_WIDTH
        self.version.setText(f"LB {versions.major}" if narrow else full)
        tip = self.tr("{0}; from {1}. Click to choose another.")
        self.version.setToolTip(tip.format(full, versions.source))
        self.version.setAccessibleName(self.tr("Version: {0}").format(full))
        self._majors[state.chosen_major].setChecked(True)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Use short texts in a narrow window (Qt's virtual method)."""
        narrow = event.size().width() < _FULL_WIDTH
        style = Qt.ToolButtonStyle
        for one in self._texted:
            one.setToolButtonStyle(
                style.ToolButtonIconOnly if narrow else style.ToolButtonTextBesideIcon
            )
        self.environment.setMinimumContentsLength(11 if narrow else 16)
        self.layer.setMinimumContentsLength(15 if narrow else 26)
        self._show_versions()
        super().resizeEvent(event)


def _fill(combo: QComboBox, items: Sequence[tuple[str, str | None]], chosen: str | None) -> None:
    """Put items into a combo box, leaving it alone when nothing changed."""
    with QSignalBlocker(combo):
        if list(items) != [(combo.itemText(i), combo.itemData(i)) for i in range(combo.count())]:
            combo.clear()
            for text, value in items:
                combo.addItem(text, value)
            view = combo.view()
            view.setMinimumWidth(view.sizeHintForColumn(0) + 24)
        row = next((i for i, (_, value) in enumerate(items) if value == chosen), -1)
        combo.setCurrentIndex(row)
        combo.setEnabled(bool(items))
        combo.setToolTip(plain_tip(combo.currentText()))


def _short(version: str) -> str:
    return ".".join(version.split(".")[:2])


# --- The status bar: number of problems, the keyring's state, unsaved changes, panel switches ---


class StatusBar(QStatusBar):
    """Permanent labels (they survive status tips) and the switches of the lower panels."""

    def __init__(self, state: AppState, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setObjectName("statusBar")
        self.setSizeGripEnabled(False)
        self.setContentsMargins(0, 0, 6, 0)
        labels = QWidget()
        self._row = row(spacing=18, margins=(8, 0, 8, 0), inside=labels)
        self.problems = self._add_label("statusProblems")
        self.keyring = self._add_label("statusKeyring")
        self.unsaved = self._add_label("statusUnsaved")
        self.message = self._add_label("statusMessage")
        self.message.setProperty("role", "muted")
        self.message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row.setStretchFactor(self.message, 1)
        self.addPermanentWidget(labels, 1)
        # Qt would paint messages over the labels, and hide those that are not permanent.
        self.messageChanged.connect(self.message.setText)
        for switch in panel_switches(actions):
            self.addPermanentWidget(switch)
        connect_all(
            self.refresh,
            state.opened,
            state.problems_changed,
            state.variables_changed,
            state.changed,
            state.undo_changed,
        )
        self.refresh()

    def _add_label(self, name: str) -> QLabel:
        label = plain_label()
        label.setObjectName(name)
        self._row.addWidget(label)
        return label

    def refresh(self) -> None:
        """Count the problems, say how the keyring answered and whether there is something to save."""
        opened = self._state.workspace is not None
        for label in (self.problems, self.keyring, self.unsaved):
            label.setVisible(opened)
        if not opened:
            return
        problems = self._state.problems
        count = sum(1 for one in problems if one.severity != "info")
        one, many = self.tr("1 problem in this app"), self.tr("{0} problems in this app")
        none = self.tr("No problems") if self._state.finder.known else self.tr("Checking…")
        if any(problem.id == "mail-missing" for problem in problems):
            none = self.tr("No mail data source")
        self.problems.setText(counted(count, one, many) if count else none)
        self.keyring.setText(self._keyring_text())
        self.keyring.setToolTip(str(self._state.keyring.error or ""))
        self.unsaved.setText(
            self.tr("Unsaved changes") if self._state.modified else self.tr("No unsaved changes")
        )

    def _keyring_text(self) -> str:
        error = self._state.keyring.error
        if isinstance(error, KeyringLocked):
            return self.tr("Keyring: locked")
        if isinstance(error, KeyringMissing):
            return self.tr("Keyring: none found")
        if error is not None:
            return self.tr("Keyring: not available")
        name = self._state.keyring.name
        return self.tr("Keyring: {0}").format(name) if name else self.tr("Keyring: not needed yet")
