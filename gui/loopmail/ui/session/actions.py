"""All actions of the window in one table: name, menu, keys, icon, what it does.

Those that open the lower panels stand in the table of the panels (see window_layout).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

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


def _(text: str) -> str:
    return str(QT_TRANSLATE_NOOP("Actions", text))


RECENT = Spec("open_recent", _("Open &Recent"))
APPEARANCE = Spec("appearance", _("&Appearance"))
_PANELS = Spec("panels")  # stands for the actions of the lower panels

MENUS: tuple[tuple[str, tuple[Spec, ...]], ...] = (
    (
        _("&File"),
        (
            Spec("open", _("&Open Folder…"), _STANDARD.Open, "open", _("Open a LoopBack app")),
            RECENT,
            _LINE,
            Spec("save", _("&Save"), _STANDARD.Save, "save", _("Write all changed files")),
            Spec("revert", _("Re&vert"), None, "", _("Go back to the files on disk")),
            _LINE,
            Spec("quit", _("&Quit"), _STANDARD.Quit),
        ),
    ),
    (
        _("&Edit"),
        (
            Spec("undo", _("&Undo"), _STANDARD.Undo, "undo"),
            Spec("redo", _("&Redo"), _STANDARD.Redo, "redo"),
        ),
    ),
    (
        _("&Data Source"),
        (
            Spec("add", _("&Add Mail Data Source…"), "Ctrl+Shift+N", "add"),
            Spec("duplicate", _("&Duplicate"), "Ctrl+D", "duplicate"),
            Spec("rename", _("Re&name…"), "F2", "rename", _("Rename; the bindings follow")),
            Spec("remove", _("&Remove"), None, "remove", _("Remove from all of the app's files")),
            _LINE,
            Spec(
                "adopt",
                _("&Move Passwords to Keyring…"),
                "Ctrl+Shift+K",
                "key",
                _("Find the passwords that stand in the files as plain text, and move them out"),
            ),
            Spec("passwords", _("&Passwords…"), None, "", _("The app's passwords in the keyring")),
        ),
    ),
    (
        _("&Mail"),
        (
            Spec(
                "check_connection",
                _("&Check Connection"),
                "F5",
                "plug",
                _("Connect and sign in, without sending a message"),
            ),
            Spec(
                "send_test_message",
                _("&Send Test Message"),
                "Ctrl+Return",
                "send",
                _("Send one message as the app would"),
            ),
            Spec(
                "send_through_app",
                _("Send Through This &App's Own LoopBack"),
                "Ctrl+Shift+Return",
                "",
                _("Start the app's own LoopBack as well and compare what it says"),
            ),
            Spec("stop", _("S&top"), "Shift+F5", "stop", _("Stop the test that is running")),
            _LINE,
            Spec(
                "catcher",
                _("Start &Mail Catcher"),
                None,
                "inbox",
                _("A mail server on this computer that keeps what it gets"),
            ),
            Spec(
                "run_app",
                _("&Run App"),
                "Ctrl+R",
                "run",
                _("Start the app with the passwords that its files ask for"),
            ),
        ),
    ),
    (
        _("&View"),
        (
            _PANELS,
            Spec("view_test", _("&Test"), "Ctrl+T", "", "", checkable=True),
            _LINE,
            Spec("next_part", _("Go to &Next Part"), "F6", "", _("Tree, page, test, panels")),
            Spec("previous_part", _("Go to Pre&vious Part"), "Shift+F6"),
            _LINE,
            APPEARANCE,
        ),
    ),
    (
        _("&Help"),
        (
            Spec("shortcuts", _("&Keyboard Shortcuts"), _STANDARD.HelpContents),
            Spec("about", _("&About")),
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
