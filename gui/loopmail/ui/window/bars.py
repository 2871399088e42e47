"""The tool bar (file actions, environment, layer, versions, tests) and the status bar."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QMenu,
    QSizePolicy,
    QStatusBar,
    QStyle,
    QStyleOptionComboBox,
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
    em,
    environment_tone,
    link_button,
    plain_label,
    plain_tip,
    primary_button,
    row,
    set_tone,
)
from loopmail.ui.widgets.icons import icon
from loopmail.ui.window.bottom import panel_switches

_LEVELS = 5  # of leaving out
_EDGE = 10  # at both ends of the bar, as style.qss pads it


class ToolBar(QToolBar):
    """What is chosen here is in the state at once, and the other way round.

    Where the bar has not the room for all of its texts, some are left out, the least needed
    first; the two drop-downs always show theirs.
    """

    def __init__(self, state: AppState, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._actions = actions
        self._drawer = False
        self._result = ""
        self._shown: object = None
        self.setObjectName("toolBar")
        self.setWindowTitle(self.tr("Tool Bar"))
        self.setMovable(False)
        self.setIconSize(QSize(18, 18))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._opened: list[QAction] = []  # what there is to show only while an app is open
        self._bound: list[tuple[QWidget, QAction]] = []  # widgets that do what an action does
        self._add_file_actions()
        self.environment, self._environment_label = self._add_combo(
            self.tr("E&nvironment"), "environment"
        )
        self.layer, self._layer_label = self._add_combo(self.tr("Edit &in"), "editIn")
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.version = self._add_version_chip()
        self._add_test_buttons()
        self.anything = self._add_action("find", self.tr("Find Anything"))
        self.environment.activated.connect(
            lambda at: state.set_environment(self.environment.itemData(at))
        )
        self.layer.activated.connect(lambda at: state.set_layer(self.layer.itemData(at)))
        changes = (state.environment_changed, state.layer_changed, state.changed)
        connect_all(self.refresh, state.opened, *changes)
        actions["view_test"].toggled.connect(self.refresh)
        actions["send_test_message"].enabledChanged.connect(self.refresh)
        self.refresh()

    # -- building -----------------------------------------------------------------------------

    def _add_action(self, name: str, text: str = "") -> QToolButton:
        self.addAction(self._actions[name])
        one = self.widgetForAction(self._actions[name])
        assert isinstance(one, QToolButton)
        one.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if text:
            one.setText(text)
        return one

    def _add_file_actions(self) -> None:
        self._texted = [self._add_action("open", self.tr("Open"))]
        for name in ("save", "undo", "redo"):
            one = QToolButton()  # of its own, since the menu shows the action always
            one.setDefaultAction(self._actions[name])
            one.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._bound.append((one, self._actions[name]))
            self._opened.append(self.addWidget(one))
            if name == "save":
                self._texted.append(one)
            else:
                one.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._opened.append(self.addSeparator())

    def _add_combo(self, text: str, name: str) -> tuple[QComboBox, QAction]:
        combo = ChoiceBox()
        combo.setObjectName(name)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        label = buddy_label(text, combo, "muted")
        label.setContentsMargins(6, 0, 2, 0)
        combo.setAccessibleName(text.replace("&", ""))
        shown = self.addWidget(label)
        self._opened.append(self.addWidget(combo))
        return combo, shown

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
        self._opened.append(self.addWidget(chip))
        return chip

    def _add_test_buttons(self) -> None:
        self.check = button(self.tr("Check Connection"))
        self.send = primary_button(self.tr("Send Test Message"))
        self._tests = []
        for one, name in ((self.check, "check_connection"), (self.send, "send_test_message")):
            action = self._actions[name]
            one.setObjectName(f"toolbar-{name}")
            one.setToolTip(f"{action.toolTip()} ({action.shortcut().toString()})")
            one.setEnabled(action.isEnabled())
            one.clicked.connect(action.trigger)
            action.enabledChanged.connect(one.setEnabled)
            self._bound.append((one, action))
            self._tests.append(self.addWidget(one))
        self.test = button(self.tr("Test"), self._actions["view_test"].trigger)
        self.test.setCheckable(True)
        self.test.setObjectName("toolbar-test")
        self._test = self.addWidget(self.test)

    # -- state to widgets and back --------------------------------------------------------------

    def set_drawer(self, on: bool) -> None:
        """Show the button that opens the test panel where this is a drawer."""
        self._drawer = on
        self.refresh()

    def show_result(self, word: str) -> None:
        """Say how the last test ended, on the button of the drawer."""
        self._result = word
        self.refresh()

    def refresh(self) -> None:
        """Show the environments, the layers and the version of the open app."""
        state = self._state
        there = state.workspace.documents if state.workspace is not None else {}
        shown = (
            state.environments(),
            state.env,
            state.layers(),
            state.layer,
            set(there),
            state.versions,
            state.chosen_major,
            state.workspace is None,
            self._actions["view_test"].isChecked(),
            self._actions["send_test_message"].isEnabled(),
            self._drawer,
            self._result,
        )
        if shown == self._shown:  # as after nearly every change
            return
        self._shown = shown
        names = list(state.environments())
        if state.env is not None and state.env not in names and state.workspace is not None:
            names.append(state.env)
        items: list[tuple[str, str | None]] = [(name, name) for name in names]
        if state.workspace is not None:
            items.append((self.tr("base file only"), None))
        self._colour()
        _fill(self.environment, items, state.env)
        for at, (_, name) in enumerate(items):
            tone = environment_tone(name)
            self.environment.setItemIcon(at, icon("dot", "muted" if tone == "info" else tone))
        _show_whole(self.environment)
        new = self.tr("{0} (new)")
        layers = [(one if one in there else new.format(one), one) for one in state.layers()]
        _fill(self.layer, layers, state.layer)
        self._fit()

    def _colour(self) -> None:
        """Show in the whole bar that this is production."""
        opened = self._state.workspace is not None
        tone = environment_tone(self._state.env) if opened else None
        if tone == "info":
            tone = None
        if self.property("tone") != tone:
            for one in (self, self.environment):
                set_tone(one, tone)

    def _mail_page(self) -> bool:
        return self._actions["send_test_message"].isEnabled()

    def _fit(self) -> None:
        """Show what applies, and as many of the texts as there is room for."""
        opened = self._state.workspace is not None
        for one in self._opened:
            one.setVisible(opened)
        hidden = not self._actions["view_test"].isChecked()
        for one in self._tests:
            one.setVisible(opened and hidden and not self._drawer and self._mail_page())
        for widget, action in self._bound:  # a bar enables what it shows again
            widget.setEnabled(action.isEnabled())
        self._test.setVisible(opened and self._drawer)
        self.test.setChecked(not hidden)
        word = self.tr("Test: {0}").format(self._result) if self._result else self.tr("Test")
        self.test.setText(word)
        for level in range(_LEVELS):
            self._leave_out(level, opened)
            if self._needed() <= self.width():
                break

    def _leave_out(self, level: int, opened: bool) -> None:
        """Leave out the version's long text, then the labels, then the texts of buttons."""
        self._show_versions(short=level > 0)
        for label in (self._environment_label, self._layer_label):
            label.setVisible(opened and level < 2)
        style = Qt.ToolButtonStyle
        wide = style.ToolButtonTextBesideIcon
        for one in self._texted:
            one.setToolButtonStyle(style.ToolButtonIconOnly if level > 3 else wide)
        self.anything.setToolButtonStyle(style.ToolButtonIconOnly if level > 2 else wide)
        keys = self._actions["find"].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self.anything.setText(
            self.tr("Find Anything ({0})").format(keys) if level < 1 else self.tr("Find Anything")
        )

    def _needed(self) -> int:
        """Return the width of all that is shown, in device-independent pixels."""
        layout = self.layout()
        space = layout.spacing() if layout is not None else 0
        shown = [self.widgetForAction(one) for one in self.actions() if one.isVisible()]
        hints = [max(one.sizeHint().width(), one.minimumWidth()) + space for one in shown if one]
        return sum(hints) + 2 * _EDGE

    def _show_versions(self, *, short: bool) -> None:
        state = self._state
        versions = state.versions
        told = "LoopBack {0} · Nodemailer {1}"
        if versions.assumed:
            told = self.tr("LoopBack {0} · Nodemailer {1} (assumed)")
        full = told.format(_short(versions.loopback), _short(versions.nodemailer))
        self.version.setText(f"LB {versions.major}" if short else full)
        tip = self.tr("{0}; from {1}. Click to choose another.")
        self.version.setToolTip(tip.format(full, versions.source))
        self.version.setAccessibleName(self.tr("Version: {0}").format(full))
        self._majors[state.chosen_major].setChecked(True)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Leave out texts in a narrow window (Qt's virtual method)."""
        self._fit()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Measure again when the text gets another size (Qt's virtual method)."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            for combo in (self.environment, self.layer):
                _show_whole(combo)
            self._fit()


def _fill(combo: QComboBox, items: Sequence[tuple[str, str | None]], chosen: str | None) -> None:
    """Put items into a combo box, leaving it alone when nothing changed."""
    with QSignalBlocker(combo):
        if list(items) != [(combo.itemText(i), combo.itemData(i)) for i in range(combo.count())]:
            combo.clear()
            for text, value in items:
                combo.addItem(text, value)
            view = combo.view()
            view.setMinimumWidth(view.sizeHintForColumn(0) + em(5))
        row = next((i for i, (_, value) in enumerate(items) if value == chosen), -1)
        combo.setCurrentIndex(row)
        combo.setEnabled(bool(items))
        combo.setToolTip(plain_tip(combo.currentText()))
    _show_whole(combo)


def _show_whole(combo: QComboBox) -> None:
    """Make a box as wide as what it shows; the widest of its items may be much wider."""
    combo.ensurePolished()  # production is written in bold
    at = combo.currentIndex()
    picture = at >= 0 and not combo.itemIcon(at).isNull()
    text = combo.fontMetrics().horizontalAdvance(combo.currentText())
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    option.rect.setWidth(em(100))
    field = combo.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox,
        option,
        QStyle.SubControl.SC_ComboBoxEditField,
        combo,
    )
    around = em(100) - field.width() + em(1)
    combo.setFixedWidth(text + (combo.iconSize().width() + 4 if picture else 0) + around)


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
        self._switches: list[QToolButton] = []
        self._texts: tuple[str, ...] = ()  # for which there is room made
        labels = QWidget()
        self._row = row(spacing=18, margins=(8, 0, 8, 0), inside=labels)
        self.problems = self._add_label("statusProblems")
        self.keyring = self._add_label("statusKeyring")
        self.unsaved = self._add_label("statusUnsaved")
        self.review = link_button(self.tr("Review…"), actions["review"].trigger)
        self.review.setObjectName("statusReview")
        self.review.setAccessibleName(self.tr("Review the unsaved changes"))
        self.review.setToolTip(actions["review"].toolTip())
        keeps = self.review.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)  # else the first letter would lay out the window anew
        self.review.setSizePolicy(keeps)
        self._row.addWidget(self.review)
        self.message = self._add_label("statusMessage")
        self.message.setProperty("role", "muted")
        self.message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row.setStretchFactor(self.message, 1)
        self.addPermanentWidget(labels, 1)
        # Qt would paint messages over the labels, and hide those that are not permanent.
        self.messageChanged.connect(self.message.setText)
        for switch in panel_switches(actions):
            self.addPermanentWidget(switch)
            self._switches.append(switch)
        self._all_panels = self._add_panel_menu()
        connect_all(
            self.refresh,
            state.opened,
            state.problems_changed,
            state.variables_changed,
            state.changed,
            state.undo_changed,
        )
        self.refresh()

    def _add_panel_menu(self) -> QToolButton:
        """Add the one button that stands for all switches where these have no room."""
        one = QToolButton()
        one.setObjectName("panelMenu")
        one.setText(self.tr("Panels"))
        one.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        one.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(one)
        for switch in self._switches:
            menu.addAction(switch.defaultAction())
        one.setMenu(menu)
        one.hide()
        self.addPermanentWidget(one)
        return one

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Leave out what has no room (Qt's virtual method)."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show what there is room for: first the keyring goes, then what the title says as well."""
        opened = self._state.workspace is not None
        switches = sum(one.sizeHint().width() + 6 for one in self._switches)
        room = self.width() - self._all_panels.sizeHint().width() - 40
        shown = (self.problems, self.unsaved, self.review)
        texts = [label.sizeHint().width() + 18 for label in shown]
        keyring = self.keyring.sizeHint().width() + 18
        in_row = sum(texts) + switches < room
        self.keyring.setVisible(opened and sum(texts) + keyring + switches * in_row < room)
        self.unsaved.setVisible(opened and sum(texts) < room)
        self.review.setVisible(opened and self._state.modified)
        for one in self._switches:
            one.setVisible(opened and in_row)
        self._all_panels.setVisible(opened and not in_row)

    def _add_label(self, name: str) -> QLabel:
        label = plain_label()
        label.setObjectName(name)
        self._row.addWidget(label)
        return label

    def refresh(self) -> None:
        """Count the problems, say how the keyring answered and whether there is something to save."""
        opened = self._state.workspace is not None
        self.problems.setVisible(opened)
        if not opened:
            self._texts = ()
            self._fit()
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
        modified = self._state.modified
        self.unsaved.setText(
            self.tr("Unsaved changes") if modified else self.tr("No unsaved changes")
        )
        texts = (self.problems.text(), self.keyring.text(), self.unsaved.text())
        if texts != self._texts:
            self._texts = texts
            self._fit()

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
