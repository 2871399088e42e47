"""The page that sets up a new mail data source: whom it signs in as, and then a test."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QLineEdit, QScrollArea, QSizePolicy, QWidget

from loopmail.core.edit.bindings import bind, put_back
from loopmail.core.edit.connection_security import security_of
from loopmail.core.edit.datasources import rename_datasource, valid_name
from loopmail.core.edit.presets import Preset, preset_of
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.loopback.transport import Transport
from loopmail.ui.form.card import FormCard, field_at, name_field
from loopmail.ui.form.secret_field import PASS
from loopmail.ui.form.security import SecurityRow, security_word
from loopmail.ui.form.values import TransportValues
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    bare,
    button,
    column,
    connect_all,
    em,
    heading,
    link_button,
    plain_label,
    primary_button,
    row,
    say,
)
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.tiles import Letter

USER = "/auth/user"
_WIDTH = 105  # em
_SIDE = 7  # em
_TOP, _BOTTOM = 30, 20


@dataclass(frozen=True, slots=True)
class ToBind:
    """The model that sends mail once it is bound, and what its entry was before (perhaps nothing)."""

    model: str
    file: str
    before: Json = field(default=UNDEFINED)


@dataclass(frozen=True, slots=True)
class Begun:
    """What is being set up: the data source, whether its server is typed, what is bound to it."""

    name: str
    own_server: bool = False
    binding: ToBind | None = None


_NARROW = 104  # em, the wide edges of this page included


class SetUpPage(QScrollArea):
    """User, password, and what else a new mail data source needs; nothing is written before a save."""

    test_wanted = Signal(str)  # the address of the test message, empty if the user is one
    save_wanted = Signal()
    cancelled = Signal()
    other_wanted = Signal()  # provider
    details_wanted = Signal()

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.begun = Begun("")
        self._known: dict[str, Begun] = {}
        self._recipient = ""
        state.opened.connect(self._known.clear)
        self.values = TransportValues(state, "", 0)
        self.setObjectName("setUpPage")
        self.setProperty("role", "page")
        bare(self)
        self.title = heading(scale=1.75)
        self.title.setWordWrap(True)
        self.about = plain_label("", "muted", wrap=True)
        self.card = FormCard(self.values)
        self.card.title.hide()
        self._make_server()
        self._make_fields()
        self._make_name()
        self._make_buttons()
        self._lay_out()
        connect_all(self._refresh, state.changed, state.layer_changed)
        state.problems_changed.connect(self._show_problems)
        state.testing.connect(self._show_problems)

    # --- making it -----------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Put the labels above the fields where there is little room (Qt's virtual method)."""
        super().resizeEvent(event)
        narrow = event.size().width() < em(_NARROW)
        self.card.set_narrow(narrow)
        side = em(2 if narrow else _SIDE)
        self._rows.setContentsMargins(side, _TOP, side, _BOTTOM)

    def _make_server(self) -> None:
        self.letter = Letter()
        self.provider = plain_label("", "heading", wrap=True)
        self.server = plain_label("", "muted", wrap=True)
        self.details = link_button(self.tr("Details"), self.details_wanted)
        self.details.setToolTip(self.tr("All settings of this data source"))
        self.other = button(self.tr("Other Provider"), self.other_wanted)
        self.server_card = QFrame()
        self.server_card.setProperty("role", "card")
        row(
            self.letter,
            (column(self.provider, self.server, spacing=1), 1),
            self.details,
            self.other,
            spacing=10,
            margins=(14, 10, 14, 10),
            inside=self.server_card,
        )

    def _make_fields(self) -> None:
        card = self.card
        self.host = card.add_field(field_at("/host", self.tr("Host"), "text"), mnemonic="o")
        port = field_at("/port", self.tr("Port"), "number")
        self.security = SecurityRow(self.values, port, card)
        name_field(self.security.port, port)
        card.bindings.append(self.security.port_binding)
        card.add_row(self.security.name, self.security, self.security.combo, "s")
        self.host.default = lambda: self.tr("smtp.example.com")
        self.user = card.add_field(field_at(USER, self.tr("User"), "text"), mnemonic="U")
        self.user.default = self._user_hint
        secret = field_at(PASS, self.tr("Password"), "secret")
        self.password = card.add_secret(secret, "w", apart=True)
        self.advice = QFrame()
        self.advice.setProperty("role", "banner")
        self.advised = plain_label("", wrap=True)
        self.show_me = link_button("", self._open_help)
        self.source = plain_label("", "muted", wrap=True)
        more = row(self.show_me, (self.source, 1), spacing=6)
        column(self.advised, more, spacing=3, margins=(12, 10, 12, 8), inside=self.advice)
        _widen(self.advice)
        card.form.addRow("", self.advice)
        card.add_row(self.tr("Keep password in"), self.password.home_row, self.password.home, "K")
        self.address = QLineEdit()
        self.address.setPlaceholderText(self.tr("you@example.com"))
        self.address_room = QWidget()
        note = self.tr("The user is no address, so the test message needs one to go from and to.")
        column(
            self.address, plain_label(note, "muted", wrap=True), spacing=3, inside=self.address_room
        )
        _widen(self.address_room)
        card.add_row(self.tr("Your address"), self.address_room, self.address, "Y")
        self.bind = QCheckBox()
        self.bind.toggled.connect(self._bind)
        self.bound = plain_label("", "muted", wrap=True)
        self.bind_room = QWidget()
        column(self.bind, self.bound, spacing=3, inside=self.bind_room)
        _widen(self.bind_room)
        card.add_row(self.tr("Models"), self.bind_room, self.bind)
        for edit in self._edits():
            edit.returnPressed.connect(partial(self._go_on, edit))

    def _make_name(self) -> None:
        self.fold = link_button("", self._unfold)
        self.fold.setCheckable(True)
        self.place = plain_label("", "muted", wrap=True)
        self.name = QLineEdit()
        self.name.setObjectName("field-name")
        self.name.setAccessibleName(self.tr("Name"))
        self.name.editingFinished.connect(self._rename)
        self.name.hide()
        self.objection = plain_label("", "error", wrap=True)
        self.objection.hide()

    def _make_buttons(self) -> None:
        self.next = plain_label("", "muted", wrap=True)
        self.cancel = button(self.tr("Cancel"), self.cancelled)
        self.test = primary_button(self.tr("Send a Test"), self._test)
        self.test.setIcon(icon("send", "on_accent"))
        self.save = button(self.tr("Save"), self.save_wanted)
        self.save.setIcon(icon("save"))

    def _lay_out(self) -> None:
        words = QWidget()
        words.setMaximumWidth(em(_WIDTH))
        self._rows = column(
            self.title,
            self.about,
            self.server_card,
            self.card,
            row(self.fold, (self.place, 1), spacing=8),
            self.name,
            self.objection,
            row((self.next, 1), self.cancel, self.test, self.save, spacing=8),
            1,
            spacing=10,
            margins=(em(_SIDE), _TOP, em(_SIDE), _BOTTOM),
            inside=words,
        )
        page = QWidget()
        page.setProperty("role", "page")
        row(1, (words, 20), 1, spacing=0, inside=page)
        self.setWidget(page)

    def _edits(self) -> tuple[QLineEdit, ...]:
        """The fields in the order in which Enter goes through them."""
        widgets = (self.host.widget, self.security.port, self.user.widget)
        fields = (*widgets, self.password.edit, self.address)
        return tuple(one for one in fields if isinstance(one, QLineEdit))

    # --- showing -------------------------------------------------------------------------

    def tell_recipient(self, address: str) -> None:
        """Say whom the test message goes to, if that is not the user's own address."""
        self._recipient = address
        self._refresh()

    def begin(self, begun: Begun) -> None:
        """Remember what is special about a data source that is about to be shown."""
        self._known[begun.name] = begun

    def show_datasource(self, name: str) -> None:
        """Show a data source that is new."""
        begun = self._known.get(name, Begun(name))
        if begun != self.begun:
            self.begun = begun
            self.card.reset()
            self.values.datasource = name
            self._recipient = ""
            self.fold.setChecked(False)
            self.address.clear()
        self._refresh()

    def focus_next(self) -> None:
        """Put the focus into the first field that is empty."""
        empty = (edit for edit in self._edits() if not edit.text() and not self._is_hidden(edit))
        next(empty, self.test).setFocus(Qt.FocusReason.OtherFocusReason)

    def _is_hidden(self, edit: QWidget) -> bool:
        return not edit.isVisibleTo(self)

    def _refresh(self) -> None:
        state, name = self._state, self.begun.name
        if state.workspace is None or state.selection != ("setup", name):
            return
        if name not in {one.name for one in state.datasources()}:
            return
        transport = self.values.transport
        preset = self._preset()
        known = preset.brand or preset.name if preset is not None else self.tr("Another server")
        named = self.tr("Set up {0}").format(known)
        self.title.setText(named if preset is not None else self.tr("Set up mail"))
        self.provider.setText(known)
        self.letter.set_letter(known[:1].upper() if preset is not None else "@")
        self.about.setText(
            self.tr("Where the server is and who signs in, then send a test.")
            if self.begun.own_server
            else self.tr("Two fields, then send a test. Nothing is written before Save.")
        )
        self.server.setText(self._server_text(transport))
        form = self.card.form
        for one in (self.host.row, self.security):
            form.setRowVisible(one, self.begun.own_server)
        if self.begun.own_server:
            self.security.show_transport(transport)
        signs_in = preset is None or preset.auth
        for row_ in (self.user.row, self.password.row, self.password.home_row):
            form.setRowVisible(row_, signs_in)
        self._show_advice(preset)
        no_address = not state.view().mail_user(name)
        typed = bool(transport.effective(USER)) or not signs_in
        form.setRowVisible(self.address_room, no_address and typed)
        self._show_binding()
        self._show_name()
        self.card.refresh()

    def _show_problems(self) -> None:
        if self._state.workspace is not None and self.isVisible():
            found = self.values.problems()
            self.card.show_problems(found)
            self.security.show_problems(found)

    def _preset(self) -> Preset | None:
        transport = self.values.transport
        host, port = transport.effective("/host"), transport.effective("/port")
        if self.begun.own_server or not isinstance(host, str):
            return None
        return preset_of(host, port if isinstance(port, int) else None)

    def _user_hint(self) -> str:
        preset = self._preset()
        return preset.user_hint if preset is not None else ""

    def _server_text(self, transport: Transport) -> str:
        host, port = transport.effective("/host"), transport.effective("/port")
        if not isinstance(host, str) or not host:
            return self.tr("Host and port are yours to enter, or to paste.")
        major = self._state.versions.nodemailer_major
        choice = security_of(transport, major)
        how = self.tr("no TLS") if choice == "never" else security_word(choice)
        from loopmail.core.secret_names import mask_host

        shown = mask_host(host)
        if not isinstance(port, int):
            return self.tr("{0} · {1}").format(shown, how)
        return self.tr("{0} · {1} · port {2}").format(shown, how, port)

    def _show_advice(self, preset: Preset | None) -> None:
        advised = preset is not None and bool(preset.advice)
        self.card.form.setRowVisible(self.advice, advised)
        if preset is None:
            return
        self.advised.setText(preset.advice)
        self.show_me.setText(self.tr("Show Me"))
        self.show_me.setAccessibleDescription(preset.help_url)
        site = urlsplit(preset.help_url).hostname or ""
        self.source.setText(self.tr("{0} · as of {1}").format(site, preset.advice_date))

    def _open_help(self) -> None:
        preset = self._preset()
        if preset is not None and preset.help_url.startswith("https://"):
            self.values.open_address(preset.help_url)

    def _show_binding(self) -> None:
        binding = self.begun.binding
        self.card.form.setRowVisible(self.bind_room, binding is not None)
        if binding is None:
            return
        entry = self._state.snapshot().values.get(binding.file)
        entry = entry.get(binding.model) if isinstance(entry, dict) else None
        on = isinstance(entry, dict) and entry.get("dataSource") == self.begun.name
        with QSignalBlocker(self.bind):
            self.bind.setChecked(on)
        text = self.tr("Bind the {0} model to {1}")
        self.bind.setText(text.format(binding.model, self.begun.name).replace("&", "&&"))
        note = self.tr("Without it the app's code finds no {0} model to send with. Written to {1}.")
        self.bound.setText(note.format(binding.model, binding.file))

    def _show_name(self) -> None:
        name, state = self.begun.name, self._state
        mark = "▾" if self.fold.isChecked() else ("◂" if self.isRightToLeft() else "▸")
        self.fold.setText(self.tr("{0} Name: {1}").format(mark, name).replace("&", "&&"))
        self.fold.setAccessibleName(self.tr("Name: {0}").format(name))
        env = state.env if state.env is not None else self.tr("base file only")
        self.place.setText(self.tr("environment {0}, {1}").format(env, state.layer))
        if not self.name.hasFocus():
            self.name.setText(name)
        address = self._recipient or state.view().mail_user(name)
        text = self.tr("Next: the test message goes to {0}").format(address) if address else ""
        self.next.setText(text)

    def _unfold(self, on: bool) -> None:
        self.name.setVisible(on)
        say(self.objection, "")
        if self.begun.name:
            self._show_name()
        if on:
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
            self.name.selectAll()

    # --- changing ------------------------------------------------------------------------

    def _bind(self, on: bool) -> None:
        binding, name = self.begun.binding, self.begun.name
        if binding is None:
            return
        model, file = binding.model, binding.file
        if on:
            text = self.tr("Bind {0} to {1}").format(model, name)
            done = self._state.change(text, lambda w: bind(w, model, name, file), self._object)
        else:
            text = self.tr("Do not bind {0}").format(model)
            put = partial(put_back, model=model, entry=binding.before, file=file)
            done = self._state.change(text, put, self._object)
        if not done:
            self._show_binding()

    def _rename(self) -> None:
        old, new = self.begun.name, self.name.text()
        if new == old or self._state.workspace is None or not self.name.isVisible():
            return
        objection = valid_name(self._state.snapshot(), new, instead_of=old) or ""
        say(self.objection, objection)
        if objection:
            return
        self.begin(Begun(new, self.begun.own_server, self.begun.binding))
        self._state.change(
            self.tr("Rename {0} to {1}").format(old, new),
            lambda workspace: rename_datasource(workspace, old, new),
            self._object,
            select=("setup", new),
        )

    def _object(self, sentence: str) -> None:
        say(self.objection, sentence)

    def _needed(self) -> Iterator[tuple[QLineEdit, str]]:
        """Yield the fields that a test needs, and what to say where one is empty."""
        host, _, user, password, address = self._edits()
        yield host, self.tr("Fill in the host: the name of the mail server.")
        if not self.begun.own_server or password.text():
            yield user, self.tr("Fill in the user first.")
        if user.text():
            yield password, self.tr("Fill in the password first.")
        yield address, self.tr("Fill in an address like you@example.com.")

    # --- going on ------------------------------------------------------------------------

    def _go_on(self, edit: QLineEdit) -> None:
        """Enter goes to the next field, and from the last one on to the test."""
        shown = [one for one in self._edits() if not self._is_hidden(one)]
        following = shown[shown.index(edit) + 1 :]
        if following:
            following[0].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self._test()

    def _test(self) -> None:
        """Ask for a test message, unless something that it needs is missing: lead there then."""
        for edit, sentence in self._needed():
            if not edit.text() and not edit.isReadOnly() and not self._is_hidden(edit):
                self._object(sentence)
                edit.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self._object("")
        self.test_wanted.emit("" if self._is_hidden(self.address) else self.address.text())


def _widen(widget: QWidget) -> None:
    """Let a widget be as wide as the fields above it."""
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
