"""The page of a data source: header, a tab for each transport, and the form."""

import json
from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QTabBar, QWidget

from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.edit import datasources
from loopmail.core.edit.bindings import users_of
from loopmail.core.js import UNDEFINED
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.loopback.datasources import DatasourceInfo, transports
from loopmail.core.secret_names import mask_value
from loopmail.ui.form.form import TransportForm
from loopmail.ui.form.more import DatasourceSecrets
from loopmail.ui.form.row import FieldRow
from loopmail.ui.form.unknown_keys import UnknownKeys
from loopmail.ui.form.values import TransportValues
from loopmail.ui.page.layer_actions import LayerActions
from loopmail.ui.page.mail_header import Header
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    GAP,
    PAGE_MARGINS,
    Banner,
    Card,
    ReadOnlyText,
    column,
    em,
)

MAX_WIDTH = 102  # em; wider lines are harder to read
ROOM_FOR_HEAD = 78  # em; where there is less, the head's button is in its menu alone
NARROW = 64  # em; where there is less room the labels stand above the fields


class MailPage(QWidget):
    """Shows one data source of the open app."""

    provider_wanted = Signal(str)  # another one for the data source of this name
    transport_shown = Signal(int)  # the user looks at another of the data source's transports

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "page")
        self.state = state
        self.name = ""
        self.header = Header()
        self.banner = Banner("warn")
        self.banner.hide()
        self.page_problems = FieldRow()
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(self.tr("Transports"))
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.currentChanged.connect(self._show_tab)
        self.form = TransportForm(state)
        self.other = Card(self.tr("Settings"))  # of a data source of another connector
        self.keys = UnknownKeys(TransportValues(state, "", None), self.other)
        self.other.body.addWidget(self.keys)
        self.passwords = DatasourceSecrets(TransportValues(state, "", None))
        self.raw = ReadOnlyText(self.tr("As it is in the file"), prose=True)
        self.raw.setMaximumHeight(14 * self.raw.fontMetrics().lineSpacing())
        self.raw.hide()
        self.layer_actions = LayerActions(state, self, self.header.say)
        menu = self.header.more.menu()
        if menu is not None:
            self.layer_actions.attach(menu)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        page = QWidget()
        page.setMaximumWidth(em(MAX_WIDTH))
        column(
            self.header,
            self.banner,
            self.page_problems,
            self.tabs,
            self.raw,
            self.form,
            self.passwords,
            self.other,
            1,
            spacing=GAP,
            margins=PAGE_MARGINS,
            inside=page,
        )
        self.scroller = QScrollArea()
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QFrame.Shape.NoFrame)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setWidget(page)
        column(self.scroller, inside=self)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Make the best of the width (Qt's virtual method)."""
        super().resizeEvent(event)
        narrow = event.size().width() < em(NARROW)
        self.header.set_narrow(event.size().width() < em(ROOM_FOR_HEAD))
        for part in (self.form, self.passwords):
            part.set_narrow(narrow)

    def _connect(self) -> None:
        state, header = self.state, self.header
        # `changed` follows where the environment or the variables are others.
        state.changed.connect(self.refresh)
        state.layer_changed.connect(self.refresh)
        state.problems_changed.connect(self.show_problems)
        state.opened.connect(self._forget)
        self.form.typing_ended.connect(self._show_page_problems)
        header.rename_requested.connect(self.rename)
        header.add_transport.clicked.connect(self.add_transport)
        header.remove_transport.triggered.connect(self.remove_transport)
        header.provider.triggered.connect(lambda: self.provider_wanted.emit(self.name))
        header.duplicate.triggered.connect(self.duplicate)
        header.remove.triggered.connect(self.remove)

    # --- showing -------------------------------------------------------------------------

    def show_datasource(self, name: str) -> None:
        """Show a data source by its name."""
        if name != self.name:
            self.header.flush()
            self.name = name
            with QSignalBlocker(self.tabs):
                self.tabs.setCurrentIndex(0)
            self.scroller.verticalScrollBar().setValue(0)
        self.refresh()

    def _forget(self) -> None:
        self.name = ""

    def refresh(self) -> None:
        """Show the data source as the files have it; do nothing if they do not."""
        if self.state.workspace is None or not self.name:
            return
        found = self.state.datasources()
        info = next((one for one in found if one.name == self.name), None)
        if info is None:
            return
        users = users_of(self.state.snapshot(), self.name)
        self.header.show_datasource(self.name, info.connector or self.tr("no connector"), users)
        self.header.show_kind(info.is_mail, self.state.env)
        self.header.provider.setVisible(info.is_mail)
        self._show_banner(info)
        self._show_page_problems()
        broken = info.broken is not None
        self.form.setVisible(info.is_mail and not broken)
        self.other.setVisible(not info.is_mail and not broken)
        self.raw.setVisible(broken)
        self.passwords.hide()
        if broken:
            self.tabs.hide()
            self._show_raw()
        elif info.is_mail:
            self._show_tabs()
            self.form.show_transport(self.name, max(0, self.tabs.currentIndex()))
        else:
            self.tabs.hide()
            self.keys.values.datasource = self.name
            self.keys.refresh()
            self.passwords.show_datasource(self.name)

    def _show_banner(self, info: DatasourceInfo) -> None:
        error = self.state.snapshot().errors.get(self.state.layer)
        if error is not None:
            self.banner.say(self.tr("This file cannot be edited here."), error, "error")
        elif info.broken is not None:
            self.banner.say(self.tr("This data source cannot be shown as a form."), info.broken)
        elif (text := self.state.effective().error) is not None:
            self.banner.say(self.tr("The app would not start in this environment."), text, "error")
        elif info.name not in self.state.effective().datasources:
            self.banner.say(
                self.tr("There is no such data source in this environment."),
                self.tr("It stands in {0}, which LoopBack does not read here.").format(
                    ", ".join(info.files)
                ),
                "warn",
            )
        elif not self.state.view().reads(self.state.layer):
            self.banner.say(
                self.tr("{0} is not read in this environment.").format(self.state.layer),
                self.tr("What is shown comes from the other files."),
                "warn",
            )
        else:
            self.banner.hide()
            return
        self.banner.show()

    def show_problems(self) -> None:
        """Show what the checks found; no value is read for it."""
        if self.state.workspace is not None and self.name:
            self._show_page_problems()
            if not self.form.isHidden():
                self.form.show_problems()
            if not self.passwords.isHidden():
                self.passwords.show_problems(self.passwords.values.problems())

    def _show_page_problems(self) -> None:
        """Show what is wrong with the data source or a transport as a whole."""
        if self.form.typed is not None:
            return  # the field that is typed in keeps its place
        own = format_pointer([self.name])
        index = max(0, self.tabs.currentIndex())
        whole = {own, own + "/transports", own + "/transport", f"{own}/transports/{index}"}
        found = [p for p in self.state.problems if p.pointer in whole]
        self.page_problems.set_problems(found)
        self.page_problems.setVisible(bool(found))

    def _show_raw(self) -> None:
        value = mask_value((), TransportValues(self.state, self.name, None).transport.own(""))
        text = "" if value is UNDEFINED else json.dumps(value, indent=2, ensure_ascii=False)
        if self.raw.toPlainText() != text:
            self.raw.setPlainText(text)

    def _show_tabs(self) -> None:
        found = self.state.effective().datasources.get(self.name)
        values = self.state.snapshot().values
        settings = found.settings if found else values.get(self.state.layer, {}).get(self.name)
        found_here = transports({self.name: settings}, self.name)
        labels = [one.label for one in found_here] or [self.tr("Transport 1")]
        with QSignalBlocker(self.tabs):
            while self.tabs.count() > len(labels):
                self.tabs.removeTab(self.tabs.count() - 1)
            for at, label in enumerate(labels):
                if at >= self.tabs.count():
                    self.tabs.addTab(label)
                self.tabs.setTabText(at, label.replace("&", "&&"))
        self.tabs.setVisible(len(labels) > 1)
        self.header.remove_transport.setEnabled(len(labels) > 1)

    def _show_tab(self, index: int) -> None:
        if self.name and index >= 0:
            self.form.show_transport(self.name, index)
            self._show_page_problems()
            self.transport_shown.emit(index)

    # --- changing ------------------------------------------------------------------------

    def rename(self, new_name: str) -> None:
        """Rename the data source; bindings follow in the same undo step."""
        if self.state.workspace is None or new_name == self.name:
            return
        sentence = datasources.valid_name(self.state.snapshot(), new_name)
        if sentence is not None:
            self.header.say(sentence)
            return

        def build(workspace: Workspace) -> list[Change]:
            changes = datasources.rename_datasource(workspace, self.name, new_name)
            self.name = new_name  # before the step is done, for the page is shown again by it
            return changes

        text = self.tr("Rename Data Source")
        self.state.change(text, build, self.header.say, select=("datasource", new_name))

    def add_transport(self) -> None:
        """Append a transport and show it."""
        if self._change(
            self.tr("Add Transport"),
            lambda workspace: datasources.add_transport(workspace, self.state.layer, self.name),
        ):
            self.tabs.setCurrentIndex(self.tabs.count() - 1)

    def remove_transport(self) -> None:
        """Remove the transport that is shown."""
        layer, pointer = self.state.layer, self.form.values.transport.pointer("")
        self._change(
            self.tr("Remove Transport"),
            lambda workspace: datasources.remove_transport(workspace, layer, pointer),
        )

    def duplicate(self) -> None:
        """Copy the data source under a free name and show the copy."""
        if self.state.workspace is None:
            return
        new_name, number = f"{self.name}Copy", 2
        while datasources.valid_name(self.state.snapshot(), new_name) is not None and number < 99:
            new_name, number = f"{self.name}Copy{number}", number + 1
        self.state.change(
            self.tr("Duplicate Data Source"),
            lambda workspace: datasources.duplicate_datasource(workspace, self.name, new_name),
            self.header.say,
            select=("datasource", new_name),
        )

    def remove(self) -> None:
        """Remove the data source from every layer; undo brings it back."""
        self._change(
            self.tr("Remove Data Source"),
            lambda workspace: datasources.remove_datasource(workspace, self.name),
        )

    def _change(self, text: str, build: Callable[[Workspace], list[Change]]) -> bool:
        return self.state.change(text, build, self.header.say)
