"""The rows of the tree at the left: data sources, model bindings, files that need a look."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt, Signal

from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.problem import Problem
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.loopback.datasources import DatasourceInfo, detail_in
from loopmail.core.loopback.effective import EffectiveDatasource
from loopmail.ui.session.catcher import CatcherHost
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import connect_all, counted, for_role
from loopmail.ui.widgets.table import Index

Key = tuple[str, str]  # the selection it stands for: kind and name

ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1  # the TreeEntry; None for a heading
COUNT_ROLE = Qt.ItemDataRole.UserRole + 2  # how many problems a row has
ERROR_ROLE = Qt.ItemDataRole.UserRole + 3  # whether an error is among them
_TOLD_ONE_BY_ONE = 100  # rows


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A row below a section."""

    key: Key
    detail: str
    image: str
    title: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its rows."""

    title: str
    entries: tuple[TreeEntry, ...]
    kind: str = ""  # of what can be added to it


class AppTreeModel(QAbstractItemModel):
    """Sections and their rows; keeps the rows' identity while only their texts change."""

    looks_changed = Signal()  # so many rows changed that they are not reported one by one

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._sections: list[Section] = []
        self._counts: Counter[Key] = Counter()
        self._errors: set[Key] = set()
        self._details: dict[str, tuple[DatasourceInfo, EffectiveDatasource | None, str]] = {}
        self._host = CatcherHost.of(state)
        connect_all(self.refresh, self._host.changed, state.opened, state.changed)
        state.problems_changed.connect(self._recount)
        self.refresh()

    # -- reading the state --------------------------------------------------------------------

    def refresh(self) -> None:
        """Look at the state again."""
        sections, before = self._collect(), self._sections
        if _shape(sections) == _shape(before):
            self._sections = sections
            old = [entry for section in before for entry in section.entries]
            new = [entry for section in sections for entry in section.entries]
            self._tell({b.key for a, b in zip(old, new, strict=True) if a != b})
        else:
            self.beginResetModel()
            self._sections = sections
            self.endResetModel()

    def _collect(self) -> list[Section]:
        state, host = self._state, self._host
        tools = []
        if host.running:
            address = f"{host.address}:{host.port}"
            entry = TreeEntry(("catcher", ""), address, "inbox", self.tr("Mail catcher"))
            tools = [Section(self.tr("Tools"), (entry,))]
        from loopmail.core.loopback.bindings import count_bindings

        if state.workspace is None:
            start = TreeEntry(("welcome", ""), self.tr("open an app"), "open", self.tr("Welcome"))
            return [Section(self.tr("Begin"), (start,)), *tools] if tools else []
        sources = tuple(
            TreeEntry(
                ("datasource", one.name),
                self._detail(one),
                "mail" if one.is_mail else "database",
                one.name,
            )
            for one in state.datasources()
        )
        if state.lacks_mail():
            none = TreeEntry(("add", ""), self.tr("no mail yet"), "mail", self.tr("Set up mail"))
            sources = (none, *sources)
        count = count_bindings(state.snapshot(), state.env)
        models = counted(count, self.tr("1 model"), self.tr("{0} models"))
        bindings = TreeEntry(("bindings", ""), models, "bindings", self.tr("Model bindings"))
        sections = [
            Section(self.tr("Data sources"), sources, "datasource"),
            Section(self.tr("Models"), (bindings,), "bindings"),
        ]
        if files := self._files(state.workspace):
            sections.append(Section(self.tr("Files"), files))
        return sections + tools

    def _detail(self, info: DatasourceInfo) -> str:
        """Return where a data source leads in the chosen environment, anew only if it changed."""
        loaded = self._state.effective()
        if loaded.error is not None:
            return info.detail
        source = loaded.datasources.get(info.name)
        known = self._details.get(info.name)
        if known is not None and known[0] is info and known[1] is source and source is not None:
            return known[2]
        detail = detail_in(info, None if source is None else source.settings, loaded.env)
        self._details[info.name] = (info, source, detail)
        return detail

    def _files(self, workspace: Workspace) -> tuple[TreeEntry, ...]:
        entries = []
        names = [file.name for file in workspace.app.files]
        names += [name for name in workspace.documents if name not in names]
        scripts = {file.name for file in workspace.app.files if file.script}
        errors = self._state.snapshot().errors
        for name in names:
            if name in scripts:
                detail, image = self.tr("script, not executed"), "script"
            elif name in workspace.unreadable:
                detail, image = self.tr("cannot be read"), "file-broken"
            elif name in errors:
                detail, image = self.tr("not valid JSON"), "file-broken"
            else:
                continue
            entries.append(TreeEntry(("file", name), detail, image, name))
        return tuple(entries)

    def _recount(self) -> None:
        keys = [(page_of(one), one) for one in self._state.problems if one.severity != "info"]
        counts, errors = self._counts, self._errors
        self._counts = Counter(key for key, _ in keys)
        self._errors = {key for key, one in keys if one.severity == "error"}
        every = counts.keys() | self._counts.keys()
        self._tell({k for k in every if counts[k] != self._counts[k]} | (errors ^ self._errors))

    def _tell(self, keys: set[Key]) -> None:
        """Notify the views of changed rows, one by one or, if there are very many, all at once.

        For every row that is reported, the view asks for its size again.
        """
        if len(keys) > _TOLD_ONE_BY_ONE:
            self.looks_changed.emit()
            return
        for row, section in enumerate(self._sections if keys else ()):
            parent = self.index(row, 0)
            for child, entry in enumerate(section.entries):
                if entry.key in keys:
                    index = self.index(child, 0, parent)
                    self.dataChanged.emit(index, index)

    def index_of(self, key: Key) -> QModelIndex:
        """Return the row that stands for this selection, or an invalid index."""
        for row, section in enumerate(self._sections):
            for child, entry in enumerate(section.entries):
                if entry.key == key:
                    return self.index(child, 0, self.index(row, 0))
        return QModelIndex()

    def headings(self) -> dict[str, QModelIndex]:
        """Return the headings below which something can be added, by its kind."""
        each = enumerate(self._sections)
        return {section.kind: self.index(row, 0) for row, section in each if section.kind}

    def keys(self) -> list[Key]:
        """All rows' selections from top to bottom."""
        return [entry.key for section in self._sections for entry in section.entries]

    # -- Qt's virtual methods -----------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        """Sections have the id 0, rows the number of their section plus one."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        """Return a row's section."""
        section = index.internalId() if index.isValid() else 0
        return self.createIndex(section - 1, 0, 0) if section else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Count sections, or the rows of a section."""
        if not parent.isValid():
            return len(self._sections)
        if parent.internalId() or parent.column() or parent.row() >= len(self._sections):
            return 0
        return len(self._sections[parent.row()].entries)

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Return 1: the delegate draws name, detail and count in one column (Qt's virtual method)."""
        return 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Sections are headings only."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if not index.internalId():
            return Qt.ItemFlag.ItemIsEnabled
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts and what the delegate paints."""
        if not index.isValid():
            return None
        section = index.internalId()
        if not section:
            texts = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
            return self._sections[index.row()].title if role in texts else None
        return self._entry_data(self._sections[section - 1].entries[index.row()], role)

    def _entry_data(self, entry: TreeEntry, role: int) -> Any:
        count = self._counts[entry.key]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return entry.title
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                problems = (
                    counted(count, self.tr("1 problem"), self.tr("{0} problems")) if count else ""
                )
                parts = (entry.title, entry.detail, problems)
                return for_role(", ".join(part for part in parts if part), role)
            case int() if role == COUNT_ROLE:
                return count
            case int() if role == ERROR_ROLE:
                return entry.key in self._errors
        return entry if role == ENTRY_ROLE else None


def page_of(problem: Problem) -> Key:
    """Return the page where a problem can be fixed."""
    if problem.id == "json-invalid":
        return ("file", problem.file)
    return page_at(problem.file, problem.pointer)


def page_at(file: str, pointer: str) -> Key:
    """Return the page that shows a value of a file."""
    if file.startswith("datasources."):
        tokens = parse_pointer(pointer)
        return ("datasource", tokens[0]) if tokens else ("file", file)
    return ("bindings", "") if file.startswith("model-config.") else ("file", file)


def _shape(sections: Sequence[Section]) -> list[tuple[str, list[Key]]]:
    return [(one.title, [entry.key for entry in one.entries]) for one in sections]
