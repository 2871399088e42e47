"""The page of the model bindings: which model uses which data source."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.edit.bindings import (
    Binding,
    bind,
    bindable_models,
    list_bindings,
    set_public,
    unbind,
)
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    GAP,
    PAGE_MARGIN,
    Card,
    heading,
    plain_label,
    primary_button,
)
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.table import STRETCH, Column, Index, Roles, RowsModel, plain_table

# --- The table of model bindings: an item model over `core.bindings`. -----------------

MODEL, DATASOURCE, PUBLIC, STATE = range(4)
_Role = Qt.ItemDataRole


class BindingsModel(RowsModel[Binding]):
    """Columns Model, Data source, Public, State; data source and public can be edited."""

    failed = Signal(str)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        tip: Roles = {_Role.ToolTipRole: lambda row: self.tr("from %1").replace("%1", row.file)}
        chosen: Roles = {_Role.EditRole: lambda row: row.datasource or ""}
        checked: Roles = {_Role.CheckStateRole: _checked}
        image: Roles = {_Role.DecorationRole: _image}
        edited, checkable = Qt.ItemFlag.ItemIsEditable, Qt.ItemFlag.ItemIsUserCheckable
        self.columns = (
            Column(self.tr("Model"), lambda row: row.model, tip),
            Column(self.tr("Data source"), self._datasource, tip | chosen, edited),
            Column(self.tr("Public"), self._public, tip | checked, checkable),
            Column(self.tr("State"), lambda row: row.state, tip | image),
        )

    def refresh(self) -> None:
        """Read the bindings again; the selection stays where the models stay the same."""
        rows: list[Binding] = []
        if self.state.workspace is not None:
            now = (self.state.snapshot(), self.state.env, self.state.datasources())
            rows = list_bindings(*now)
        self.set_rows(rows, key=lambda row: row.model)

    def _datasource(self, row: Binding) -> str:
        return row.datasource or self.tr("none")

    def _public(self, row: Binding) -> str:
        if row.public is None:
            return self.tr("not written (yes)")
        return self.tr("yes") if row.public else self.tr("no")

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:  # noqa: N802
        """Write a data source or `public` as one undo step."""
        if not index.isValid():
            return False
        row = self.rows[index.row()]
        if index.column() == DATASOURCE and role == _Role.EditRole:
            chosen = str(value) or None
            if chosen == row.datasource:
                return True
            text = self.tr("Bind %1").replace("%1", row.model)
            return self._change(
                text, lambda workspace: bind(workspace, row.model, chosen, row.file)
            )
        if index.column() == PUBLIC and role == _Role.CheckStateRole:
            public = Qt.CheckState(value) == Qt.CheckState.Checked
            text = self.tr("Change Public of %1").replace("%1", row.model)
            return self._change(
                text, lambda workspace: set_public(workspace, row.model, public, row.file)
            )
        return False

    def _change(self, text: str, build: Callable[[Workspace], list[Change]]) -> bool:
        done = self.state.change(text, build, self.failed.emit)
        if done:
            self.failed.emit("")
        return done


def _checked(row: Binding) -> Qt.CheckState:
    return Qt.CheckState.Unchecked if row.public is False else Qt.CheckState.Checked


def _image(row: Binding) -> QIcon:
    """The state is in words, too, not only in colours."""
    return icon("ok", "ok") if row.ok else icon("warning", "warn")


# --- The page of the model bindings: which model uses which data source ---------------

_Index = QModelIndex | QPersistentModelIndex


class DatasourceDelegate(QStyledItemDelegate):
    """Edits a data source with a combo box; choosing writes at once."""

    def __init__(self, state: AppState, parent: QWidget) -> None:
        super().__init__(parent)
        self.state = state

    def createEditor(  # noqa: N802
        self, parent: QWidget, _option: QStyleOptionViewItem, _index: _Index
    ) -> QWidget:
        """Make the list of data sources."""
        combo = QComboBox(parent)
        combo.setAccessibleDescription(self.tr("Data source"))
        combo.addItem(self.tr("none"), "")
        for info in self.state.datasources():
            combo.addItem(info.name, info.name)
        combo.activated.connect(lambda _at: self._commit(combo))
        return combo

    def _commit(self, combo: QComboBox) -> None:
        self.commitData.emit(combo)
        self.closeEditor.emit(combo)

    def setEditorData(self, editor: QWidget, index: _Index) -> None:  # noqa: N802
        """Select the data source; one that is missing is listed, too."""
        assert isinstance(editor, QComboBox)
        name = index.data(Qt.ItemDataRole.EditRole)
        at = editor.findData(name)
        if at < 0:
            editor.addItem(self.tr("%1 (missing)").replace("%1", name), name)
            at = editor.count() - 1
        editor.setCurrentIndex(at)

    def setModelData(  # noqa: N802
        self, editor: QWidget, model: QAbstractItemModel, index: _Index
    ) -> None:
        """Hand the choice to the model."""
        assert isinstance(editor, QComboBox)
        model.setData(index, editor.currentData())


class BindingsPage(QWidget):
    """`model-config.json` as a table."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "page")
        self.state = state
        self.model = BindingsModel(state, self)
        self.model.failed.connect(self._say)
        self.table = self._make_table()
        self.empty = plain_label("", "muted", wrap=True)
        self.sentence = plain_label("", "warn", wrap=True)
        self.sentence.hide()
        self.bind_email = primary_button(self.tr("Bind Email"))
        self.bind_email.clicked.connect(self._bind_email)
        self.remove_button = QPushButton(self.tr("Remove Binding"))
        self.remove_button.clicked.connect(self._remove)
        self.adding = self._make_adding()
        self._lay_out()
        for signal in (state.opened, state.changed, state.environment_changed):
            signal.connect(self.refresh)
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
        self.new_model, self.new_datasource = QComboBox(), QComboBox()
        self.new_model.setEditable(False)
        self.add_button = QPushButton(self.tr("Add Binding"))
        self.add_button.clicked.connect(self._add)
        line = QHBoxLayout()
        line.setSpacing(10)
        for text, combo in (
            (self.tr("Model"), self.new_model),
            (self.tr("Data source"), self.new_datasource),
        ):
            label = QLabel(text)
            label.setBuddy(combo)
            line.addWidget(label)
            line.addWidget(combo, 1)
        line.addWidget(self.add_button)
        card.body.addLayout(line)
        return card

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAGE_MARGIN, 18, PAGE_MARGIN, PAGE_MARGIN)
        layout.setSpacing(GAP)
        top = QHBoxLayout()
        top.addWidget(heading(self.tr("Model bindings")))
        top.addStretch(1)
        top.addWidget(self.bind_email)
        top.addWidget(self.remove_button)
        layout.addLayout(top)
        layout.addWidget(
            plain_label(
                self.tr("Which model uses which data source (model-config.json)."),
                "muted",
                wrap=True,
            )
        )
        layout.addWidget(self.sentence)
        layout.addWidget(self.empty)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.adding)

    # --- showing -------------------------------------------------------------------------

    def refresh(self) -> None:
        """Fill the table from the files and enable what can be done with it."""
        self.model.refresh()
        has_app = self.state.workspace is not None
        self.table.setVisible(bool(self.model.rows))
        self.empty.setVisible(not self.model.rows)
        self.remove_button.setEnabled(bool(self.model.rows))
        self.adding.setVisible(has_app)
        if not has_app:
            self.empty.setText(self.tr("No app is open."))
            return
        error = self.state.snapshot().errors.get("model-config.json")
        self.empty.setText(
            error
            or self.tr(
                "No model is bound yet. LoopBack's Email model sends mail once it is bound to a "
                "mail data source."
            )
        )
        self._fill_choices()
        target = self._mail_datasource()
        bound = any(row.model == "Email" and row.datasource == target for row in self.model.rows)
        self.bind_email.setVisible(target is not None and not bound)
        if target is not None:
            self.bind_email.setToolTip(self.tr("Bind Email to %1").replace("%1", target))

    def _fill_choices(self) -> None:
        models = bindable_models(self.state.snapshot())
        names = [info.name for info in self.state.datasources()]
        _refill(self.new_model, models)
        _refill(self.new_datasource, names)
        self.add_button.setEnabled(bool(models))

    def _mail_datasource(self) -> str | None:
        """Return the data source that “Bind Email” takes: the selected mail one, or the first."""
        found = [one.name for one in self.state.datasources() if one.is_mail]
        kind, name = self.state.selection
        if kind == "datasource" and name in found:
            return name
        for row in self.model.rows:
            if row.model == "Email" and row.datasource in found:
                return row.datasource
        return found[0] if found else None

    def _say(self, text: str) -> None:
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))

    # --- changing ------------------------------------------------------------------------

    def _change(self, text: str, build: Callable[[Workspace], list[Change]]) -> None:
        if self.state.change(text, build, self._say):
            self._say("")

    def _add(self) -> None:
        model, datasource = self.new_model.currentText(), self.new_datasource.currentText() or None
        if model:
            text = self.tr("Bind %1").replace("%1", model)
            self._change(text, lambda workspace: bind(workspace, model, datasource))

    def _bind_email(self) -> None:
        target = self._mail_datasource() if self.state.workspace is not None else None
        if target is None:
            return
        file = next(
            (row.file for row in self.model.rows if row.model == "Email"), "model-config.json"
        )
        self._change(
            self.tr("Bind Email"), lambda workspace: bind(workspace, "Email", target, file)
        )

    def _remove(self) -> None:
        at = self.table.currentIndex().row()
        if not 0 <= at < len(self.model.rows):
            return
        row = self.model.rows[at]
        text = self.tr("Remove Binding of %1").replace("%1", row.model)
        self._change(text, lambda workspace: unbind(workspace, row.model, row.file))


def _refill(combo: QComboBox, texts: list[str]) -> None:
    """Give a combo box these entries, keeping the choice where it is still there."""
    if [combo.itemText(at) for at in range(combo.count())] == texts:
        return
    kept = combo.currentText()
    combo.clear()
    combo.addItems(texts)
    combo.setCurrentIndex(max(0, combo.findText(kept)))
