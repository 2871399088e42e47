"""The page of the model bindings: which model uses which data source."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QObject, Qt, Signal
from PySide6.QtGui import QIcon, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.edit.bindings import bind, set_public, unbind
from loopmail.core.loopback.bindings import (
    MODEL_UNKNOWN,
    Binding,
    bindable_models,
    list_bindings,
    model_to_bind,
)
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    GAP,
    PAGE_MARGINS,
    Banner,
    Card,
    ChoiceBox,
    buddy_label,
    button,
    column,
    connect_all,
    heading,
    plain_label,
    primary_button,
    row,
    say,
)
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.table import STRETCH, Column, Index, Roles, RowsModel, plain_table

# --- The table of model bindings: an item model over `list_bindings`. ----------------

MODEL, DATASOURCE, PUBLIC, STATE = range(4)
_Role = Qt.ItemDataRole


class BindingsModel(RowsModel[Binding]):
    """Columns Model, Data source, Public, State; data source and public can be edited."""

    failed = Signal(str)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        tip: Roles = {_Role.ToolTipRole: lambda one: self.tr("from {0}").format(one.file)}
        chosen: Roles = {_Role.EditRole: lambda one: one.datasource or ""}
        checked: Roles = {_Role.CheckStateRole: _checked}
        image: Roles = {_Role.DecorationRole: _image}
        none = self.tr("none")
        edited, checkable = Qt.ItemFlag.ItemIsEditable, Qt.ItemFlag.ItemIsUserCheckable
        self.columns = (
            Column(self.tr("Model"), lambda one: one.model, tip),
            Column(
                self.tr("Data source"), lambda one: one.datasource or none, tip | chosen, edited
            ),
            Column(self.tr("Public"), self._public, tip | checked, checkable),
            Column(self.tr("State"), lambda one: one.state, tip | image),
        )

    def refresh(self) -> None:
        """Read the bindings again; the selection stays where the models stay the same."""
        state = self.state
        rows: list[Binding] = []
        if state.workspace is not None:
            rows = list_bindings(state.view())
        self.set_rows(rows, key=lambda one: one.model)

    def _public(self, one: Binding) -> str:
        if one.public is None:
            return self.tr("not written (yes)")
        return self.tr("yes") if one.public else self.tr("no")

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:  # noqa: N802
        """Write a data source or `public` as one undo step."""
        if not index.isValid():
            return False
        one = self.rows[index.row()]
        if index.column() == DATASOURCE and role == _Role.EditRole:
            chosen = str(value) or None
            return chosen == one.datasource or self.change(
                self.tr("Bind {0}").format(one.model),
                lambda workspace: bind(workspace, one.model, chosen, one.file),
            )
        if index.column() == PUBLIC and role == _Role.CheckStateRole:
            public = Qt.CheckState(value) == Qt.CheckState.Checked
            return self.change(
                self.tr("Change Public of {0}").format(one.model),
                lambda workspace: set_public(workspace, one.model, public, one.file),
            )
        return False

    def change(self, text: str, build: Callable[[Workspace], list[Change]]) -> bool:
        """Change the files as one undo step; `failed` says why not, or an empty text."""
        done = self.state.change(text, build, self.failed.emit)
        if done:
            self.failed.emit("")
        return done


def _checked(one: Binding) -> Qt.CheckState:
    return Qt.CheckState.Unchecked if one.public is False else Qt.CheckState.Checked


def _image(one: Binding) -> QIcon:
    """The state is in words, too, not only in colours."""
    if one.state == MODEL_UNKNOWN:  # no fault, and nothing to be sure of
        return icon("info", "muted")
    return icon("ok", "ok") if one.ok else icon("warning", "warn")


# --- The page of the model bindings: which model uses which data source ---------------


class DatasourceDelegate(QStyledItemDelegate):
    """Edits a data source with a combo box; choosing writes at once."""

    def __init__(self, state: AppState, parent: QWidget) -> None:
        super().__init__(parent)
        self.state = state

    def createEditor(  # noqa: N802
        self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index
    ) -> QWidget:
        """Make the list of data sources."""
        combo = ChoiceBox(parent)
        combo.setAccessibleDescription(self.tr("Data source"))
        combo.addItem(self.tr("none"), "")
        for info in self.state.datasources():
            combo.addItem(info.name, info.name)
        combo.activated.connect(lambda _at: self._commit(combo))
        return combo

    def _commit(self, combo: QComboBox) -> None:
        self.commitData.emit(combo)
        self.closeEditor.emit(combo)

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802
        """Select the data source; one that is missing is listed, too."""
        assert isinstance(editor, QComboBox)
        name = index.data(Qt.ItemDataRole.EditRole)
        at = editor.findData(name)
        if at < 0:
            editor.addItem(self.tr("{0} (missing)").format(name), name)
            at = editor.count() - 1
        editor.setCurrentIndex(at)

    def setModelData(  # noqa: N802
        self, editor: QWidget, model: QAbstractItemModel, index: Index
    ) -> None:
        """Hand the choice to the model."""
        assert isinstance(editor, QComboBox)
        model.setData(index, editor.currentData())


class BindingsPage(QWidget):
    """`model-config.json` as a table; in an app without mail, the offer to add it."""

    add_wanted = Signal()  # a mail data source

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "page")
        self.state = state
        self._stale = True  # something may have changed since the table was filled
        self._to_bind = ("", "")  # the model and the data source of “Bind Email to …”
        self.model = BindingsModel(state, self)
        self.sentence = plain_label("", "warn", wrap=True)
        self.sentence.hide()
        self.model.failed.connect(self._say)
        self.table = self._make_table()
        self.empty = plain_label("", "muted", wrap=True)
        self.bind_email = primary_button("", self._bind_email)
        self.unknown = plain_label("", "muted", wrap=True)
        self.remove_button = button(self.tr("Remove Binding"), self._remove)
        self.adding = self._make_adding()
        self.no_mail = self._make_offer()
        about = self.tr("Which model uses which data source (model-config.json).")
        column(
            row(heading(self.tr("Model bindings")), 1, self.bind_email, self.remove_button),
            plain_label(about, "muted", wrap=True),
            self.sentence,
            self.no_mail,
            self.empty,
            (self.table, 1),
            self.unknown,
            self.adding,
            spacing=GAP,
            margins=PAGE_MARGINS,
            inside=self,
        )
        connect_all(self.refresh, state.opened, state.changed, state.environment_changed)
        state.problems_changed.connect(self._show_offer)
        self.refresh()

    def _make_table(self) -> QTableView:
        widths = (180, 160, 140, STRETCH)
        name = self.tr("Model bindings")
        table = plain_table(QTableView(), self.model, name, widths, single=True, row_height=34)
        table.setWordWrap(True)  # a state is a sentence
        table.setItemDelegateForColumn(DATASOURCE, DatasourceDelegate(self.state, table))
        table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.SelectedClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        return table

    def _make_adding(self) -> Card:
        card = Card(self.tr("Add a binding"))
        self.new_model, self.new_datasource = ChoiceBox(), ChoiceBox()
        self.add_button = button(self.tr("Add Binding"), self._add)
        line = row(
            buddy_label(self.tr("Model"), self.new_model),
            (self.new_model, 1),
            buddy_label(self.tr("Data source"), self.new_datasource),
            (self.new_datasource, 1),
            self.add_button,
            spacing=10,
        )
        card.body.addLayout(line)
        return card

    def _make_offer(self) -> Banner:
        banner = Banner("info")
        banner.setObjectName("noMail")
        banner.say(
            self.tr("This app has no mail data source."),
            self.tr("LoopBack's Email needs one to send mail."),
        )
        self.add_mail = primary_button(self.tr("Add Mail Data Source…"), self.add_wanted)
        banner.add_button(self.add_mail)
        return banner

    # --- showing -------------------------------------------------------------------------

    def refresh(self) -> None:
        """Fill the table from the files and enable what can be done with it; once it is seen."""
        self._stale = not self.isVisible()
        if not self._stale:
            self._fill()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Catch up with what changed while another page was shown."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _fill(self) -> None:
        self.model.refresh()
        has_app = self.state.workspace is not None
        self.table.setVisible(bool(self.model.rows))
        self.empty.setVisible(not self.model.rows)
        self.remove_button.setEnabled(bool(self.model.rows))
        self.adding.setVisible(has_app)
        self._show_offer()
        if not has_app:
            self.empty.setText(self.tr("No app is open."))
            say(self.unknown, "")
            self.bind_email.hide()
            return
        error = self.state.snapshot().errors.get("model-config.json")
        self.empty.setText(
            error
            or self.tr(
                "No model is bound yet. LoopBack's Email model sends mail once it is bound to a "
                "mail data source."
            )
        )
        view = self.state.view()
        say(self.unknown, "\n".join(view.registry.unknown))
        models = bindable_models(view)
        _refill(self.new_model, models)
        _refill(self.new_datasource, [info.name for info in self.state.datasources()])
        self.add_button.setEnabled(bool(models))
        self._show_bind_email()

    def _show_offer(self) -> None:
        """Offer a mail data source where the checks find that the app has none."""
        self.no_mail.setVisible(any(one.id == "mail-missing" for one in self.state.problems))

    def _show_bind_email(self) -> None:
        """Offer to bind the model that sends mail then, if there is one."""
        registry, target = self.state.view().registry, next(iter(self.state.view().mail), None)
        self._to_bind = (model_to_bind(registry) or "", target or "")
        self.bind_email.setVisible(all(self._to_bind))
        self.bind_email.setText(self.tr("Bind {0} to {1}").format(*self._to_bind))

    def _say(self, text: str) -> None:
        say(self.sentence, text)

    # --- changing ------------------------------------------------------------------------

    def _add(self) -> None:
        model, datasource = self.new_model.currentText(), self.new_datasource.currentText() or None
        if model:
            text = self.tr("Bind {0}").format(model)
            self.model.change(text, lambda workspace: bind(workspace, model, datasource))

    def _bind_email(self) -> None:
        model, target = self._to_bind
        if model and target:
            file, text = self.state.view().binding_place(model).file, self.bind_email.text()
            self.model.change(text, lambda workspace: bind(workspace, model, target, file))

    def _remove(self) -> None:
        at = self.table.currentIndex().row()
        if 0 <= at < len(self.model.rows):
            one = self.model.rows[at]
            text = self.tr("Remove Binding of {0}").format(one.model)
            self.model.change(text, lambda workspace: unbind(workspace, one.model, one.file))


def _refill(combo: QComboBox, texts: list[str]) -> None:
    """Give a combo box these entries, keeping the choice where it is still there."""
    if [combo.itemText(at) for at in range(combo.count())] == texts:
        return
    kept = combo.currentText()
    combo.clear()
    combo.addItems(texts)
    combo.setCurrentIndex(max(0, combo.findText(kept)))
