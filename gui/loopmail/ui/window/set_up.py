"""From nothing to an app that sends: choosing a provider, setting it up, and servers that are pasted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QValidator
from PySide6.QtWidgets import QLineEdit, QWidget

from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.errors import LoopmailError
from loopmail.core.js import UNDEFINED
from loopmail.core.secrets.pending import EntryKey, Wanted
from loopmail.ui.session.catcher import CatcherHost
from loopmail.ui.session.messages import Choice, MessageBar
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import sentences
from loopmail.ui.window.pages import Pages, SendingDock

if TYPE_CHECKING:  # what is only needed when somebody pastes, or begins
    from loopmail.core.edit.pasted import Pasted
    from loopmail.core.edit.presets import Preset
    from loopmail.ui.page.set_up import ToBind

PROPOSED = "emailDs"
_PASTED = "pasted"  # the message about it


class ServerCatcher(QValidator):
    """Keeps a mail server that is put into a field in any way (mouse, menu) out of it, and tells it.

    Letters that are typed one by one are left alone.
    """

    caught = Signal(str)

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field)
        self._field = field
        self._before = field.text()
        field.setValidator(self)

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        """Refuse a text that describes a server (Qt's virtual method)."""
        # What the field is made to show is none of the user's doing: its signals are blocked.
        if len(text) > len(self._before) + 1 and not self._field.signalsBlocked():
            from loopmail.core.edit.pasted import read_pasted

            if read_pasted(text) is not None:
                self.caught.emit(text)
                return QValidator.State.Invalid, text, place
        self._before = text
        return QValidator.State.Acceptable, text, place


class SetUp(QObject):
    """What the pages “add” and “setup” do; all of it can be undone, and nothing is written before a save."""

    save_wanted = Signal()
    said = Signal(str)  # a short message for the status bar

    def __init__(
        self,
        state: AppState,
        messages: MessageBar,
        pages: Pages,
        dock: SendingDock,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._state = state
        self._messages = messages
        self._pages = pages
        self._dock = dock
        self._before: int | None = None  # steps of the undo stack, before what Cancel takes back
        self._address = ""  # typed for a provider that was given up
        self._pasted_at = -1  # steps of the undo stack, after the paste that is told about
        self._addresses = ("", "")  # pasted ones, for the test message
        pages.made.connect(self._connect)
        state.saved.connect(self._finish)
        state.selection_changed.connect(self._follow)
        state.undo_changed.connect(self._forget_paste)
        state.opened.connect(self._forget)

    def _connect(self, page: QWidget) -> None:
        """Connect a page that was made."""
        from loopmail.ui.page.mail import MailPage
        from loopmail.ui.page.no_mail import NoMailPage
        from loopmail.ui.page.set_up import SetUpPage

        if (host := page.findChild(QLineEdit, "field-host")) is not None:
            catcher = ServerCatcher(host)
            catcher.caught.connect(self.take, Qt.ConnectionType.QueuedConnection)
        if isinstance(page, MailPage):
            page.provider_wanted.connect(self.change_provider)
        elif isinstance(page, NoMailPage):
            page.chosen.connect(self.choose)
            page.other_wanted.connect(self.other_server)
            page.bare_wanted.connect(self.add_bare)
            page.paste_wanted.connect(self.paste)
            page.pasted.connect(self.take)
            page.catcher_wanted.connect(self.use_catcher)
        elif isinstance(page, SetUpPage):
            page.test_wanted.connect(self.test)
            page.save_wanted.connect(self.save_wanted)
            page.cancelled.connect(self.cancel)
            page.other_wanted.connect(self.other_provider)
            page.details_wanted.connect(self._show_details)

    # --- choosing ------------------------------------------------------------------------

    def add(self) -> None:
        """Let the user choose a provider for a new data source, whose name is proposed."""
        if self._state.workspace is not None:
            self._state.select("add")
            self._pages.no_mail.ask_name(self._free_name())

    def begin(self) -> None:
        """Show the providers for an app that has no mail, with the focus where one is typed."""
        if self._state.selection == ("add", ""):
            self._pages.no_mail.begin()

    def change_provider(self, name: str) -> None:
        """Show the providers for a data source that is there; all but the server stays."""
        self._state.select("add", name)
        self._pages.no_mail.begin()

    def _change_to(self, preset: Preset, name: str) -> None:
        from loopmail.core.edit.presets import apply_preset

        state, layer = self._state, self._state.layer
        state.select("datasource", name)  # where undoing it leads, too
        index = self._pages.transport_index()
        state.change(
            self.tr("Apply preset {0}").format(preset.name),
            lambda workspace: apply_preset(workspace, layer, name, preset, transport=index),
            self._say,
        )
        self._focus_page()

    def choose(self, preset: Preset, address: str = "") -> None:
        """Add a data source of a provider, and ask for what it needs to sign in."""
        from loopmail.core.edit.presets import apply_preset

        kind, target = self._state.selection
        if kind == "add" and target:
            self._change_to(preset, target)
            return
        name, layer = self._name(), self._state.layer
        user = address or self._address or None
        self._address = ""
        self._add(
            self.tr("Set up {0}").format(preset.brand or preset.name),
            name,
            lambda workspace: apply_preset(
                workspace, layer, name, preset, user=None if preset.user else user
            ),
        )

    def other_server(self) -> None:
        """Add a data source whose host is typed."""
        from loopmail.core.edit.datasources import add_mail_datasource

        name, layer = self._name(), self._state.layer
        text = self.tr("Set up a mail server")
        self._add(
            text, name, lambda workspace: add_mail_datasource(workspace, layer, name), own=True
        )

    def add_bare(self, name: str) -> None:
        """Add a data source of this name and show all that can be set."""
        from loopmail.core.edit.datasources import add_mail_datasource

        layer = self._state.layer
        self._state.change(
            self.tr("Add {0}").format(name),
            lambda workspace: add_mail_datasource(workspace, layer, name),
            self._say,
            select=("datasource", name),
        )
        self._focus_page()

    def use_catcher(self) -> None:
        """Add a data source that leads to the mail catcher of this window, which is started."""
        from loopmail.core.edit.presets import apply_preset, find_preset

        host = CatcherHost.of(self._state)
        try:
            host.start()
        except LoopmailError as error:
            self._say(str(error))
            return
        name, layer = self._name(), self._state.layer
        catcher = replace(find_preset("mailpit"), host=host.address, port=host.port)
        done = self._add(
            self.tr("Use the mail catcher"),
            name,
            lambda workspace: apply_preset(workspace, layer, name, catcher),
            page="datasource",
        )
        if done:
            from loopmail.catcher.demo import demo_message

            message = demo_message()
            self._dock.propose(message.sender, ", ".join(message.to))
            self._dock.focus_send()

    def _name(self) -> str:
        """Return the name for a new data source: the one that was asked for, else a free one."""
        wanted = self._pages.no_mail.wanted_name()
        return wanted or self._free_name()

    def _free_name(self) -> str:
        """Return a name that the app has not, if possible the one that its models ask for."""
        from loopmail.core.edit.datasources import valid_name
        from loopmail.core.loopback.bindings import awaited_datasource

        snapshot = self._state.snapshot()
        awaited = awaited_datasource(self._state.view())
        if awaited and valid_name(snapshot, awaited) is None:
            return awaited
        name, number = PROPOSED, 2
        while valid_name(snapshot, name) is not None:
            name, number = f"{PROPOSED}{number}", number + 1
        return name

    def _add(
        self,
        text: str,
        name: str,
        build: Callable[[Workspace], Sequence[Change]],
        *,
        own: bool = False,
        page: str = "setup",
        entries: Mapping[EntryKey, Wanted] | None = None,
    ) -> bool:
        """Add a data source and bind the app's mail model to it, as one step; show the page."""
        from loopmail.core.edit.bindings import bind
        from loopmail.ui.page.set_up import USER, Begun

        state, workspace = self._state, self._state.workspace
        if workspace is None:
            return False
        binding, before = self._to_bind(name), state.undo.index()
        try:
            changes = list(build(workspace))
            if binding is not None:
                changes += bind(workspace, binding.model, name, binding.file)
            self._pages.set_up.begin(Begun(name, own, binding))
            state.push(text, changes, entries=entries, select=(page, name))
        except LoopmailError as error:
            self._say(str(error))
            return False
        self._messages.close_message("edit")
        self._before = before
        if page == "setup":
            self._pages.set_up.values.leave_to_user("/host", USER, "/auth/pass", "/auth")
            self._pages.set_up.focus_next()
        return True

    def _to_bind(self, name: str) -> ToBind | None:
        """Return the model that sends mail once it is bound, if one is to be and without harm."""
        from loopmail.core.loopback.bindings import model_to_bind
        from loopmail.ui.page.set_up import ToBind

        view = self._state.view()
        model = model_to_bind(view.registry)
        if model is None:
            return None
        file = view.binding_place(model).file
        snapshot = self._state.snapshot()
        if file in snapshot.errors:
            return None
        value = snapshot.values.get(file)
        entry = value.get(model, UNDEFINED) if isinstance(value, dict) else UNDEFINED
        if isinstance(entry, dict) and entry.get("dataSource") == name:
            return None
        return ToBind(model, file, entry)

    # --- setting up ----------------------------------------------------------------------

    def test(self, address: str) -> None:
        """Send a test message through the new data source, beside the page that has all of it."""
        kind, name = self._state.selection
        if kind != "setup":
            return
        self._state.select("datasource", name)
        sender, recipient = self._addresses
        self._dock.propose(address or sender, address or recipient or sender)
        self._dock.send()

    def cancel(self) -> None:
        """Take back all that was done since the provider was chosen."""
        before, undo = self._before, self._state.undo
        self._before = None
        if before is not None and before < undo.index():
            undo.setIndex(before)
            self.begin()
        elif self._state.selection[0] == "setup":
            self._show_details()

    def other_provider(self) -> None:
        """Go back to the providers; an address that was typed is kept for the next one."""
        kind, name = self._state.selection
        self._address = self._state.view().mail_user(name) if kind == "setup" else ""
        self.cancel()
        self._state.select("add")
        self._pages.no_mail.begin()

    def _show_details(self) -> None:
        kind, name = self._state.selection
        if kind == "setup":
            self._state.select("datasource", name)
            self._focus_page()

    def _focus_page(self) -> None:
        """Put the focus into the page in place of a button that went with another one."""
        from loopmail.ui.window.focus import focus_stop

        page = self._pages.currentWidget()
        target = focus_stop(page) if page is not None else None
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _finish(self) -> None:
        """What was set up is saved: show all that can be set of it."""
        self._before = None
        self._show_details()

    def _follow(self) -> None:
        """Cancel takes back what was done on these pages alone."""
        if self._state.selection[0] not in ("add", "setup"):
            self._before = None

    def _forget(self) -> None:
        self._before, self._address, self._addresses = None, "", ("", "")

    # --- pasting -------------------------------------------------------------------------

    def paste(self) -> None:
        """Take the mail server that the clipboard describes."""
        text = QGuiApplication.clipboard().text()
        if not self.take(text):
            self.said.emit(
                self.tr(
                    "Nothing to paste here: no smtp:// URL, environment variables or swaks line"
                )
            )

    def take(self, text: str) -> bool:
        """Fill in the mail server that a text describes; tell whether it describes one.

        It goes into the mail data source that is selected, else into a new one.
        """
        from loopmail.core.edit.pasted import read_pasted

        found = read_pasted(text)
        state = self._state
        if found is None or state.workspace is None:
            return False
        kind, name = state.selection
        sources = {one.name: one for one in state.datasources() if one.is_mail}
        if kind in ("datasource", "setup") and name in sources:
            self._fill(found, name, self._pages.transport_index() if kind == "datasource" else 0)
        else:
            self._begin_with(found)
        self._addresses = (found.sender, found.recipient)
        if state.selection[0] == "setup":
            self._pages.set_up.tell_recipient(found.recipient)
        return True

    def _begin_with(self, found: Pasted) -> None:
        name = self._name()
        text = self.tr("Set up {0}").format(found.host)
        try:
            changes, entries = self._plan(found, name, 0)
        except LoopmailError as error:
            self._say(str(error))
            return
        self._add(text, name, lambda _: changes, own=True, entries=entries)

    def _fill(self, found: Pasted, name: str, index: int) -> None:
        """Put a server into a transport that is there, as one step that can be undone at once."""
        from loopmail.ui.form.values import TransportValues

        state = self._state
        fresh = not TransportValues(state, name, index).transport.current("/host")
        try:
            changes, entries = self._plan(found, name, index)
            if not changes and not entries:
                self.said.emit(self.tr("All of it is set already"))
                return
            state.push(self.tr("Paste a mail server"), changes, entries=entries)
        except LoopmailError as error:
            self._say(str(error))
            return
        if fresh:
            self.said.emit(self.tr("Filled in from the clipboard"))
        else:
            self._pasted_at = state.undo.index()
            self._tell(found)
        if state.selection[0] == "setup":
            self._pages.set_up.focus_next()
        elif found.sender or found.recipient:
            self._dock.propose(found.sender, found.recipient or found.sender)

    def _plan(
        self, found: Pasted, name: str, index: int
    ) -> tuple[Sequence[Change], Mapping[EntryKey, Wanted] | None]:
        """Return what a pasted server changes; its password goes to the keyring at the next save."""
        from loopmail.core.edit.pasted import apply_pasted
        from loopmail.core.loopback.transport import Transport
        from loopmail.core.secrets.homes import place_of, plan_first
        from loopmail.core.secrets.pending import wanted_by

        state, workspace = self._state, self._state.workspace
        assert workspace is not None, "no app is open"
        put = partial(apply_pasted, workspace, state.layer, name, found, transport=index)
        if not found.password:
            return put(), None
        if found.names_variable:
            return put(password=found.password), None
        snapshot = state.snapshot()
        pointer = Transport(snapshot, state.layer, name, index).pointer("/auth/pass")
        place = place_of(snapshot, state.layer, pointer)
        move = plan_first(place, "keyring", found.password, lambda value: put(password=value))
        return move.changes, wanted_by(move)

    def _tell(self, found: Pasted) -> None:
        from loopmail.core.secret_names import mask_host

        told = [self.tr("{0}, port {1}").format(mask_host(found.host), found.port)]
        if found.user:
            told.append(self.tr("user {0}").format(found.user))
        waits = found.password and not found.names_variable
        sentence = sentences(
            self.tr("Filled in: {0}.").format(", ".join(told)),
            self.tr("The password waits for the keyring until Save.") if waits else "",
        )
        choices: list[Choice] = [(self.tr("Undo"), self._undo_paste)]
        title = self.tr("A mail server was pasted")
        self._messages.show_message(_PASTED, "info", title, sentence, choices)

    def _undo_paste(self) -> None:
        if self._state.undo.index() == self._pasted_at:
            self._state.undo.undo()

    def _forget_paste(self) -> None:
        """Undo is another step's now: the message does not offer it any longer."""
        if self._pasted_at >= 0 and self._state.undo.index() != self._pasted_at:
            self._pasted_at = -1
            self._messages.close_message(_PASTED)

    def _say(self, sentence: str) -> None:
        self._messages.show_message("edit", "error", self.tr("That did not work."), sentence)
