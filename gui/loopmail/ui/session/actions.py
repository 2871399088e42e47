"""All actions of the window in one table: name, menu, keys, icon, what it does.

Those that open the lower panels stand in the table of the panels (see `ui/window/bottom.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from loopmail.ui.widgets.building_blocks import QT_TRANSLATE_NOOP
from loopmail.ui.widgets.icons import icon


@dataclass(frozen=True, slots=True)
class Spec:
    """One action; an empty `name` is a separator. `&` marks the mnemonic."""

    name: str
    text: str = ""
    keys: QKeySequence.StandardKey | str | None = None
    image: str = ""
    tip: str = ""
    checkable: bool = False


_STANDARD = QKeySequence.StandardKey
_LINE = Spec("")
_REPEATED = ("undo", "redo", "next_part", "previous_part")  # while their keys are held down


RECENT = Spec("open_recent", QT_TRANSLATE_NOOP("Actions", "Open &Recent"))
APPEARANCE = Spec("appearance", QT_TRANSLATE_NOOP("Actions", "&Appearance"))
_PANELS = Spec("panels")  # stands for the actions of the lower panels

MENUS: tuple[tuple[str, tuple[Spec, ...]], ...] = (
    (
        QT_TRANSLATE_NOOP("Actions", "&File"),
        (
            Spec(
                "open",
                QT_TRANSLATE_NOOP("Actions", "&Open Folder…"),
                _STANDARD.Open,
                "open",
                QT_TRANSLATE_NOOP("Actions", "Open a LoopBack app"),
            ),
            RECENT,
            _LINE,
            Spec(
                "save",
                QT_TRANSLATE_NOOP("Actions", "&Save"),
                _STANDARD.Save,
                "save",
                QT_TRANSLATE_NOOP("Actions", "Write all changed files"),
            ),
            Spec(
                "review",
                QT_TRANSLATE_NOOP("Actions", "Review C&hanges…"),
                "Ctrl+Shift+D",
                "",
                QT_TRANSLATE_NOOP("Actions", "All that a save would write, line by line"),
            ),
            Spec(
                "revert",
                QT_TRANSLATE_NOOP("Actions", "Re&vert"),
                None,
                "",
                QT_TRANSLATE_NOOP("Actions", "Go back to the files on disk"),
            ),
            _LINE,
            Spec("quit", QT_TRANSLATE_NOOP("Actions", "&Quit"), _STANDARD.Quit),
        ),
    ),
    (
        QT_TRANSLATE_NOOP("Actions", "&Edit"),
        (
            Spec("undo", QT_TRANSLATE_NOOP("Actions", "&Undo"), _STANDARD.Undo, "undo"),
            Spec("redo", QT_TRANSLATE_NOOP("Actions", "&Redo"), _STANDARD.Redo, "redo"),
            _LINE,
            Spec(
                "find",
                QT_TRANSLATE_NOOP("Actions", "&Find Anything…"),
                "Ctrl+K",
                "search",
                QT_TRANSLATE_NOOP(
                    "Actions", "Go to a data source, a setting, a problem, an action"
                ),
            ),
        ),
    ),
    (
        QT_TRANSLATE_NOOP("Actions", "&Data Source"),
        (
            Spec(
                "add", QT_TRANSLATE_NOOP("Actions", "&Add Mail Data Source…"), "Ctrl+Shift+N", "add"
            ),
            Spec(
                "paste_server",
                QT_TRANSLATE_NOOP("Actions", "Paste Mail &Server"),
                _STANDARD.Paste,
                "",
                QT_TRANSLATE_NOOP(
                    "Actions",
                    "Fill in an smtp:// URL, environment variables or a swaks line that was copied",
                ),
            ),
            Spec("duplicate", QT_TRANSLATE_NOOP("Actions", "&Duplicate"), "Ctrl+D", "duplicate"),
            Spec(
                "rename",
                QT_TRANSLATE_NOOP("Actions", "Re&name…"),
                "F2",
                "rename",
                QT_TRANSLATE_NOOP("Actions", "Rename; the bindings follow"),
            ),
            Spec(
                "remove",
                QT_TRANSLATE_NOOP("Actions", "&Remove"),
                None,
                "remove",
                QT_TRANSLATE_NOOP("Actions", "Remove from all of the app's files"),
            ),
            _LINE,
            Spec(
                "adopt",
                QT_TRANSLATE_NOOP("Actions", "&Move Passwords to Keyring…"),
                "Ctrl+Shift+K",
                "key",
                QT_TRANSLATE_NOOP(
                    "Actions",
                    "Find the passwords that stand in the files as plain text, and move them out",
                ),
            ),
            Spec(
                "passwords",
                QT_TRANSLATE_NOOP("Actions", "&Passwords…"),
                None,
                "",
                QT_TRANSLATE_NOOP("Actions", "The app's passwords in the keyring"),
            ),
        ),
    ),
    (
        QT_TRANSLATE_NOOP("Actions", "&Mail"),
        (
            Spec(
                "check_connection",
                QT_TRANSLATE_NOOP("Actions", "&Check Connection"),
                "F5",
                "plug",
                QT_TRANSLATE_NOOP("Actions", "Connect and sign in, without sending a message"),
            ),
            Spec(
                "send_test_message",
                QT_TRANSLATE_NOOP("Actions", "&Send Test Message"),
                "Ctrl+Return",
                "send",
                QT_TRANSLATE_NOOP("Actions", "Send one message as the app would"),
            ),
            Spec(
                "send_through_app",
                QT_TRANSLATE_NOOP("Actions", "Send Through This &App's Own LoopBack"),
                "Ctrl+Shift+Return",
                "",
                QT_TRANSLATE_NOOP(
                    "Actions", "Start the app's own LoopBack as well and compare what it says"
                ),
            ),
            Spec(
                "stop",
                QT_TRANSLATE_NOOP("Actions", "S&top"),
                "Shift+F5",
                "stop",
                QT_TRANSLATE_NOOP("Actions", "Stop the test that is running"),
            ),
            _LINE,
            Spec(
                "catcher",
                QT_TRANSLATE_NOOP("Actions", "Start &Mail Catcher"),
                None,
                "inbox",
                QT_TRANSLATE_NOOP(
                    "Actions", "A mail server on this computer that keeps what it gets"
                ),
            ),
            Spec(
                "run_app",
                QT_TRANSLATE_NOOP("Actions", "&Run App"),
                "Ctrl+R",
                "run",
                QT_TRANSLATE_NOOP(
                    "Actions", "Start the app with the passwords that its files ask for"
                ),
            ),
        ),
    ),
    (
        QT_TRANSLATE_NOOP("Actions", "&View"),
        (
            _PANELS,
            Spec(
                "view_test", QT_TRANSLATE_NOOP("Actions", "&Test"), "Ctrl+T", "", "", checkable=True
            ),
            Spec(
                "between",
                QT_TRANSLATE_NOOP("Actions", "Between &Form and JSON"),
                "Ctrl+Shift+J",
                "",
                QT_TRANSLATE_NOOP("Actions", "From a field to its text, and back"),
            ),
            _LINE,
            Spec(
                "next_part",
                QT_TRANSLATE_NOOP("Actions", "Go to &Next Part"),
                "F6",
                "",
                QT_TRANSLATE_NOOP("Actions", "Tree, page, test, panels"),
            ),
            Spec("previous_part", QT_TRANSLATE_NOOP("Actions", "Go to Pre&vious Part"), "Shift+F6"),
            _LINE,
            APPEARANCE,
        ),
    ),
    (
        QT_TRANSLATE_NOOP("Actions", "&Help"),
        (
            Spec(
                "shortcuts",
                QT_TRANSLATE_NOOP("Actions", "&Keyboard Shortcuts"),
                _STANDARD.HelpContents,
            ),
            Spec(
                "how_it_reads",
                QT_TRANSLATE_NOOP("Actions", "How &LoopBack Reads This"),
                None,
                "",
                QT_TRANSLATE_NOOP(
                    "Actions",
                    "Which files in which order, what hides what, where variables come from",
                ),
            ),
            Spec(
                "whats_this",
                QT_TRANSLATE_NOOP("Actions", "&What’s This?"),
                _STANDARD.WhatsThis,
                "",
                QT_TRANSLATE_NOOP(
                    "Actions", "Explain the field with the focus, or the one clicked"
                ),
            ),
            _LINE,
            Spec(
                "open_log",
                QT_TRANSLATE_NOOP("Actions", "Open Lo&g Folder"),
                None,
                "",
                QT_TRANSLATE_NOOP("Actions", "What the program did, without passwords"),
            ),
            Spec("about", QT_TRANSLATE_NOOP("Actions", "&About")),
        ),
    ),
)


class Actions:
    """The window's QActions by name; attribute access would hide misspelt names from mypy."""

    def __init__(self, window: QMainWindow, panels: Sequence[Spec]) -> None:
        self._by_name: dict[str, QAction] = {}
        self.recent_menu = QMenu(_translated(RECENT.text), window)
        self.recent_menu.setObjectName("recentMenu")
        self.appearance_menu = QMenu(_translated(APPEARANCE.text), window)
        submenus = {RECENT: self.recent_menu, APPEARANCE: self.appearance_menu}
        for title, specs in MENUS:
            menu = window.menuBar().addMenu(_translated(title))
            for spec in specs:
                if spec is _LINE:
                    menu.addSeparator()
                elif spec in submenus:
                    menu.addMenu(submenus[spec])
                else:
                    for one in panels if spec is _PANELS else (spec,):
                        self._by_name[one.name] = _make_action(one, window)
                        menu.addAction(self._by_name[one.name])

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def all(self) -> list[QAction]:
        """All actions in the order of the menus."""
        return list(self._by_name.values())

    def connect(self, handlers: dict[str, Callable[[], object]]) -> None:
        """Say what the actions do; checkable ones are connected where their state lives."""
        for name, handler in handlers.items():
            self._by_name[name].triggered.connect(lambda _checked=False, act=handler: act())

    def enable(self, states: dict[str, bool]) -> None:
        """Enable and disable actions."""
        for name, state in states.items():
            self._by_name[name].setEnabled(state)


def _make_action(spec: Spec, window: QMainWindow) -> QAction:
    action = QAction(_translated(spec.text), window)
    action.setObjectName(f"action-{spec.name}")
    action.setCheckable(spec.checkable)
    # A key that is held down must not send fifty messages.
    action.setAutoRepeat(spec.name in _REPEATED)
    if spec.keys is not None:
        action.setShortcut(QKeySequence(spec.keys))
    if spec.image:
        action.setIcon(icon(spec.image))
    if spec.tip:
        action.setStatusTip(_translated(spec.tip))
        action.setToolTip(_translated(spec.tip))
    if spec.name == "quit":
        action.setMenuRole(QAction.MenuRole.QuitRole)
    if spec.name == "about":
        action.setMenuRole(QAction.MenuRole.AboutRole)
    return action


def _translated(text: str) -> str:
    return QCoreApplication.translate("Actions", text)
