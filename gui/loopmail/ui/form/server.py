"""The card “Server”: provider or other way, host, connection security and port."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QStandardItemModel
from PySide6.QtWidgets import QApplication, QListView, QWidget

from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.edit.presets import (
    OTHER_KINDS,
    apply_preset,
    find_preset,
    kind_values,
    preset_of,
)
from loopmail.core.edit.providers import GROUPS, brands, search
from loopmail.core.loopback.transport import Transport
from loopmail.ui.form.binding import lock
from loopmail.ui.form.card import FormCard, field_at, name_field
from loopmail.ui.form.row import FieldProblems, FieldRow
from loopmail.ui.form.security import SecurityRow
from loopmail.ui.form.values import TransportValues
from loopmail.ui.session.catcher import CatcherHost
from loopmail.ui.widgets.building_blocks import ChoiceBox, single_shot

# --- The list of providers ------------------------------------------------------------

CATCHER = "catcher"
_KIND = "kind:"  # before the name of another way


class _ProviderList(QListView):
    """Goes to the provider that what is typed means: also by a former name, or an address."""

    found = Signal(int)  # the row, once typing pauses

    def __init__(self) -> None:
        super().__init__()
        self._typed = ""
        self._pause = single_shot(self, QApplication.keyboardInputInterval() * 3, self._forget)

    def _forget(self) -> None:
        self._typed = ""
        self.found.emit(self.currentIndex().row())

    def keyboardSearch(self, text: str) -> None:  # noqa: N802
        """Go to what is typed (Qt's virtual method)."""
        self._typed += text
        self._pause.start()
        found = search(self._typed)
        wanted = found[0].presets[0].id if found else ""
        start = self.model().index(0, 0)
        exactly = Qt.MatchFlag.MatchExactly
        at = self.model().match(start, Qt.ItemDataRole.UserRole, wanted, 1, exactly)
        if wanted and at:
            self.setCurrentIndex(at[0])
        else:
            super().keyboardSearch(text)


class ProviderBox(ChoiceBox):
    """Opens its list when letters are typed; Enter, or a pause, chooses what they have found.

    A box that is closed would choose with each letter, and rewrite the form by each provider that
    the first letters mean.
    """

    def __init__(self) -> None:
        super().__init__()
        providers = _ProviderList()
        providers.found.connect(self._choose)
        self.setView(providers)

    def _choose(self, row: int) -> None:
        if self.view().isVisible() and row >= 0:  # not if it was closed by Escape meanwhile
            self.setCurrentIndex(row)
            self.hidePopup()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Open the list for letters (Qt's virtual method)."""
        text = event.text()
        if text.strip() and text.isprintable() and not self.view().isVisible():
            self.showPopup()
            self.view().keyboardSearch(text)
        else:
            super().keyPressEvent(event)


class PresetBox(QObject):
    """The combo box `Preset`: “another server”, the providers, and the ways without a server."""

    def __init__(self, values: TransportValues, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.values = values
        self._kind = "smtp"
        self._decides: str | None = None  # the file that has the last word, if another has
        self.host = CatcherHost.of(values.state)
        self.combo = ProviderBox()
        self.combo.setObjectName("field-preset")
        self.combo.setMaxVisibleItems(24)
        self.combo.setWhatsThis(
            self.tr(
                "Preset\nFills in what a provider wants: host, port, security and the way to sign "
                "in. The name of the provider itself is not written to the file."
            )
        )
        self.row = FieldRow(self.combo)
        self.combo.addItem(self.tr("Another server"), "")
        titles = {
            "mailbox": self.tr("Mailboxes"),
            "service": self.tr("Mail services"),
            "catcher": self.tr("On this computer, for tests"),
        }
        for group in GROUPS:
            self._add_heading(titles[group])
            for brand in brands():
                for preset in brand.presets if brand.group == group else ():
                    self.combo.addItem(preset.name, preset.id)
        self._add_heading(self.tr("Other kinds"))
        names = {
            "stub": self.tr("Stub: sends nothing"),
            "direct": self.tr("Direct: straight to the recipients’ servers"),
            "sendmail": self.tr("sendmail: the program on the app’s computer"),
        }
        for kind in OTHER_KINDS:
            self.combo.addItem(names[kind], _KIND + kind)
        self.combo.currentIndexChanged.connect(self._apply)
        self.host.changed.connect(self._list_catcher)
        self._list_catcher()

    def _add_heading(self, title: str) -> None:
        """Add a line that cannot be chosen."""
        self.combo.addItem(title)
        model = self.combo.model()
        assert isinstance(model, QStandardItemModel)
        model.item(self.combo.count() - 1).setEnabled(False)

    def _list_catcher(self) -> None:
        at = self.combo.findData(CATCHER)
        with QSignalBlocker(self.combo):
            if self.host.running and at < 0:
                self.combo.insertItem(1, self.tr("Mail catcher (this window)"), CATCHER)
            elif not self.host.running and at >= 0:
                self.combo.removeItem(at)
        if self.values.state.workspace is not None:
            self.show_kind(self.values.transport.kind(self.values.state.versions.nodemailer_major))

    def show_kind(self, kind: str) -> None:
        """Select the way by which mail leaves, of a server its provider."""
        self._kind = kind
        transport = self.values.transport
        host = transport.effective("/host")
        decides = transport.overruled("/host", "/port", "/secure", "/auth")
        lock(self.combo, decides is not None)
        if decides != self._decides:
            self._decides = decides
            note = self.tr("{0} has the last word").format(decides) if decides else ""
            self.row.set_origin(note, decides)
        if kind != "smtp":
            wanted = _KIND + kind
        elif self.host.running and (host, transport.effective("/port")) == (
            self.host.address,
            self.host.port,
        ):
            wanted = CATCHER
        else:
            preset = preset_of(host) if isinstance(host, str) else None
            wanted = preset.id if preset is not None else ""
        if self.combo.currentData() != wanted:
            with QSignalBlocker(self.combo):
                at = self.combo.findData(wanted)
                self.combo.setPlaceholderText(kind)  # a way that the box does not offer
                self.combo.setCurrentIndex(at if at >= 0 or kind != "smtp" else 0)

    def _apply(self, index: int) -> None:
        chosen = self.combo.itemData(index)
        if chosen is None or (not chosen and self._kind == "smtp"):
            return
        values, state = self.values, self.values.state
        text = self.tr("Apply preset %1").replace("%1", self.combo.itemText(index))
        if chosen and chosen != CATCHER and not chosen.startswith(_KIND):
            values.leave_to_user("/auth/user", "/auth/pass", "/auth")
        if state.change(text, lambda workspace: self._changes(workspace, chosen), self._say):
            self.row.set_sentence("")
        else:
            self.show_kind(self._kind)

    def _say(self, text: str) -> None:
        self.row.set_sentence(text)

    def _changes(self, workspace: Workspace, chosen: str) -> Sequence[Change]:
        values, transport = self.values, self.values.transport
        if chosen.startswith(_KIND) or not chosen:
            kind = chosen.removeprefix(_KIND) or "smtp"
            return values.changes(kind_values(transport, kind))
        if chosen != CATCHER:
            place = (workspace, values.state.layer, values.datasource)
            return apply_preset(*place, find_preset(chosen), transport=values.index or 0)
        return values.changes(
            {  # `tls` and the rest stay
                **kind_values(transport, "smtp"),
                "/host": self.host.address,
                "/port": self.host.port,
                "/secure": False,
                "/requireTLS": transport.nothing_for("/requireTLS"),
                "/auth": transport.nothing_for("/auth"),
            }
        )


# --- The card -------------------------------------------------------------------------

_TYPES = ("smtp", "direct", "stub")
_WITHOUT_SERVER = (
    *("stub", "direct", "sendmail", "streamTransport", "jsonTransport", "SES"),
)  # they read neither host nor sign-in


class ServerCard(FormCard):
    """Where the mail goes, or by which other way."""

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__(values, parent)
        self.title.setText(self.tr("Server"))
        self.has_server = True  # whether what is shown goes to a mail server
        self.preset = PresetBox(values, self)
        self.add_row(self.tr("Preset"), self.preset.row, self.preset.combo, "P")
        type_ = replace(field_at("/type", self.tr("Type"), "choice"), choices=_TYPES)
        self.type = self.add_field(type_, mnemonic="y")
        self.type.default = lambda: self.tr("stub: nothing is sent")
        self.host = self.add_field(field_at("/host", self.tr("Host"), "text"), mnemonic="o")
        port = field_at("/port", self.tr("Port"), "number")
        self.security = SecurityRow(values, port, self)
        name_field(self.security.port, port)
        self.bindings.append(self.security.port_binding)
        self.add_row(self.security.name, self.security, self.security.combo, "s")

    def show_values(self, transport: Transport) -> None:
        """Show what the file says now, and the rows that apply to it."""
        kind = transport.kind(self.state.versions.nodemailer_major)
        self.has_server = kind not in _WITHOUT_SERVER
        by_type = kind not in ("smtp", *_WITHOUT_SERVER[2:])
        if not by_type and self.type.widget.hasFocus():
            self.preset.combo.setFocus()  # the row goes
        for row, shown in (
            (self.type.row, by_type),
            (self.host.row, self.has_server),
            (self.security, self.has_server),
        ):
            if row.isHidden() == shown:
                self.form.setRowVisible(row, shown)
        self.preset.show_kind(kind)
        super().show_values(transport)
        if self.has_server:
            self.security.show_transport(transport)

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about server and security."""
        super().show_problems(found)
