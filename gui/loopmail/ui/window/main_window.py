"""The main window: menus, tool bar, layout, status bar, and what connects them."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QMenu

from loopmail.core.errors import LoopmailError
from loopmail.ui.session.actions import Actions
from loopmail.ui.session.messages import Dialogs, MessageBar
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import wait_for_all
from loopmail.ui.widgets.building_blocks import connect_all, plain_tip
from loopmail.ui.widgets.icons import icon
from loopmail.ui.window.bars import StatusBar, ToolBar
from loopmail.ui.window.bottom import PANELS
from loopmail.ui.window.datasource_actions import DatasourceActions
from loopmail.ui.window.disk_changes import DiskChanges
from loopmail.ui.window.file_actions import FileActions
from loopmail.ui.window.focus import FieldKeys, go_to_part, move_focus
from loopmail.ui.window.journal_keeper import JournalKeeper
from loopmail.ui.window.layout import AppearanceMenu, WindowLayout
from loopmail.ui.window.sample import CatcherNotice, SampleApp
from loopmail.ui.window.set_up import SetUp

_SAID_MS = 6000  # how long a message stays in the status bar


class MainWindow(QMainWindow):
    """Puts the parts together; each does its own work."""

    def __init__(self, state: AppState, settings: Settings, dialogs: Dialogs | None = None) -> None:
        super().__init__()
        self.state = state
        self.settings = settings
        self.setObjectName("mainWindow")
        self.setWindowIcon(icon("loopmail"))
        self.setAcceptDrops(True)
        self.setMinimumSize(800, 540)
        self.resize(1440, 900)
        self.messages = MessageBar()
        self.menu_actions = Actions(self, [panel.action for panel in PANELS])
        self.appearance = AppearanceMenu(self.menu_actions.appearance_menu, settings)
        dialogs = dialogs or Dialogs()
        self.files = FileActions(state, self.messages, dialogs, settings, self)
        self.sources = DatasourceActions(state, self.messages, dialogs, self)
        self.disk = DiskChanges(state, self.messages, self.files, self)
        self.journal = JournalKeeper(state, self.messages, self)
        self.catcher = CatcherNotice(state, self.messages, self)
        self.tools = ToolBar(state, self.menu_actions, self)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.tools)
        self.parts = WindowLayout(state, self.menu_actions, self.messages, settings)
        self.setCentralWidget(self.parts)
        self.setStatusBar(StatusBar(state, self.menu_actions, self))
        self.set_up = SetUp(state, self.messages, self.parts.pages, self.parts.test, self)
        self._field_keys = FieldKeys(self, self.parts.pages)
        self._connect_actions()
        self._connect_parts()
        geometry = settings.bytes("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.parts.restore()
        self._refresh()

    def _connect_actions(self) -> None:
        self.menu_actions.connect(
            {
                "open": self.files.ask,
                "save": self.files.save,
                "review": self.files.review,
                "revert": self.files.reload,
                "quit": self.close,
                "undo": self.state.undo.undo,
                "redo": self.state.undo.redo,
                "add": self.set_up.add,
                "paste_server": self.set_up.paste,
                "duplicate": self.sources.duplicate,
                "rename": self.sources.rename,
                "remove": self.sources.remove,
                "catcher": self.start_catcher,
                "adopt": self.sources.adopt,
                "passwords": self.sources.passwords,
                "run_app": self._run_app,
                "between": self.parts.bottom.between_form_and_json,
                "next_part": partial(self._go_to_part, 1),
                "previous_part": partial(self._go_to_part, -1),
                "find": self._find,
                "shortcuts": partial(help_action, "show_shortcuts", self),
                "how_it_reads": partial(help_action, "show_how_it_reads", self),
                "whats_this": partial(help_action, "whats_this", self),
                "open_log": partial(help_action, "open_log", self),
                "about": partial(help_action, "show_about", self),
            }
        )
        self.menu_actions.recent_menu.aboutToShow.connect(self._fill_recent)

    def _connect_parts(self) -> None:
        state, parts = self.state, self.parts
        parts.drawer_changed.connect(self.tools.set_drawer)
        parts.test.result_changed.connect(self.tools.show_result)
        welcome = parts.pages.welcome
        welcome.open_wanted.connect(self.files.ask)
        welcome.recent_wanted.connect(self.files.open)
        welcome.sample_wanted.connect(self.open_sample)
        welcome.catcher_wanted.connect(self.start_catcher)
        parts.pages.add_wanted.connect(self.set_up.add)
        self.set_up.save_wanted.connect(self.files.save)
        self.set_up.said.connect(self.say)
        self.sources.save_wanted.connect(self.files.save)
        self.files.said.connect(self.say)
        self.files.draft_wanted.connect(parts.bottom.show_draft)
        self.files.imported.connect(parts.pages.prepare)
        self.files.opening.connect(lambda begun: self.say(self.tr("Opening…") if begun else ""))
        self.disk.said.connect(self.say)
        connect_all(
            self._refresh,
            state.undo_changed,
            state.opened,
            state.selection_changed,
        )
        state.opened.connect(self._focus_app)

    # -- keeping it true ------------------------------------------------------------------------

    def _refresh(self) -> None:
        state = self.state
        opened = state.workspace is not None
        source = opened and state.selection[0] == "datasource"
        self.setWindowTitle(f"{state.app_name}[*] — loopmail" if opened else "loopmail[*]")
        modified = state.modified
        self.setWindowModified(modified)
        self.menu_actions.enable(
            {
                "save": modified,
                "review": modified,
                "revert": opened,
                "undo": state.undo.canUndo(),
                "redo": state.undo.canRedo(),
                **dict.fromkeys(
                    (
                        *("add", "paste_server", "adopt", "passwords"),
                        *("run_app", "view_test", "between"),
                    ),
                    opened,
                ),
                **dict.fromkeys(("duplicate", "rename", "remove"), source),
            }
        )
        for name, text in (("undo", state.undo.undoText()), ("redo", state.undo.redoText())):
            action = self.menu_actions[name]
            plain = action.text().replace("&", "")
            action.setToolTip(plain_tip(f"{plain}: {text}" if text else plain))
        self._show_tree(opened or self.catcher.host.running)
        if not opened:
            self.parts.pages.welcome.show_recent(
                [(path, self.settings.note(path)) for path in self.settings.recent()]
            )
            self.parts.pages.welcome.open.setFocus()

    def _show_tree(self, wanted: bool) -> None:
        """Show or hide the tree, made when it is wanted first."""
        if wanted and "tree" not in vars(self.parts):
            tree = self.parts.tree
            tree.menu_wanted.connect(self._show_tree_menu)
            tree.add_wanted.connect(self.set_up.add)
            tree.bind_wanted.connect(self._add_binding)
            tree.remove_wanted.connect(self.sources.remove)
        self.parts.tree_place.setVisible(wanted)

    def _focus_app(self) -> None:
        """Put the focus where an app that was opened is worked on next."""
        if self.state.selection == ("add", ""):
            self.set_up.begin()
        elif self.state.workspace is not None:
            self.parts.tree.setFocus()

    def _add_binding(self) -> None:
        self.state.select("bindings")
        self.parts.pages.bindings.new_model.setFocus(Qt.FocusReason.OtherFocusReason)

    def say(self, text: str) -> None:
        """Show a short message in the status bar."""
        self.statusBar().showMessage(text, _SAID_MS)

    def _fill_recent(self) -> None:
        menu = self.menu_actions.recent_menu
        menu.clear()
        for path in self.settings.recent():
            menu.addAction(str(path), partial(self.files.open, path))
        if menu.isEmpty():
            menu.addAction(self.tr("No recent apps")).setEnabled(False)

    # -- what the actions do ----------------------------------------------------------------------

    def _go_to_part(self, step: int) -> None:
        go_to_part([*self.parts.parts(), self.tools, self.statusBar()], step)

    def _find(self) -> None:
        from loopmail.ui.window.find import find_anything

        pages, recent = self.parts.pages, self.settings.recent()
        find_anything(self, self.state, pages, self.menu_actions, recent, self.files.open)

    def open_sample(self) -> None:
        """Try the sample app with the mail catcher."""
        sample = self.findChild(SampleApp) or SampleApp(
            self.state, self.messages, self.files, self.parts.test.propose, self
        )
        sample.open()

    def start_catcher(self) -> None:
        """Start the mail catcher and show what arrives."""
        try:
            self.catcher.host.start()
        except LoopmailError as error:
            self.messages.show_message("catcher", "error", "", str(error))
            return
        self.state.select("catcher")

    def _run_app(self) -> None:
        """Start the app with the passwords that its files ask for, its output in the panel."""
        self.menu_actions["view_run"].setChecked(True)
        self.parts.bottom.run.command.setFocus(Qt.FocusReason.OtherFocusReason)
        self.parts.bottom.run.run()

    def _show_tree_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in ("add", "duplicate", "rename", "remove"):
            menu.addAction(self.menu_actions[name])
        menu.popup(place)

    # -- Qt's virtual methods ---------------------------------------------------------------------

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, N802
        """Move the focus in the order of reading (Qt's virtual method)."""
        if not self.isVisible():
            return super().focusNextPrevChild(next)
        parts = self.parts.parts()
        return move_focus(self, parts, self.parts.pages, next) or super().focusNextPrevChild(next)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Take a dragged folder (Qt's virtual method)."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Open a dropped folder, or the folder of a dropped file (Qt's virtual method)."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                path = Path(url.toLocalFile())
                event.acceptProposedAction()
                self.files.open(path if path.is_dir() else path.parent)
                return

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Look at the disk when the window becomes active (Qt's virtual method)."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.disk.check()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Ask before loss, remember the layout, end the workers (Qt's virtual method)."""
        if not self.files.may_lose():
            event.ignore()
            return
        self.files.take_note()
        self.settings.set_bytes("geometry", self.saveGeometry())
        self.parts.remember()
        self.settings.sync()
        self.hide()  # waiting for the workers is nothing to look at
        self.journal.finish()
        wait_for_all()
        self.state.closing.emit()
        event.accept()


def help_action(name: str, window: MainWindow) -> None:
    """Do what an entry of the menu Help does, imported when it is wanted first."""
    from loopmail.ui.window import help as helps

    getattr(helps, name)(window)
