"""Several changes that build on each other, collected without touching the documents."""

from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.js import UNDEFINED, Json, Undefined
from loopmail.core.jsontext import (
    Edit,
    Node,
    apply_edit,
    find,
    insert_text_copy,
    parse,
    remove_value,
    rename_key,
    set_value,
)


class ChangeBuilder:
    """Computes each change on the text that the earlier ones will leave behind."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._texts: dict[str, str] = {}
        self.changes: list[Change] = []

    def text(self, file: str) -> str:
        """Return the file's text as the changes so far leave it; raise InvalidJson if broken."""
        if file not in self._texts:
            document = self._workspace.document(file, create=True)
            if document.error:
                raise document.error
            self._texts[file] = document.text
        return self._texts[file]

    def get(self, file: str, pointer: str) -> Json | Undefined:
        """Return a value as the changes so far leave it, UNDEFINED if it is not there."""
        node = find(self._root(file), pointer)
        return UNDEFINED if node is None else node.value()

    def set(self, file: str, pointer: str, value: Json) -> "ChangeBuilder":
        """Set a value, creating its parents; raise EditError."""
        return self.edit(file, set_value(self.text(file), pointer, value, self._root(file)))

    def remove(self, file: str, pointer: str) -> "ChangeBuilder":
        """Remove a value if it is there."""
        if self.get(file, pointer) is UNDEFINED:
            return self
        return self.edit(file, remove_value(self.text(file), pointer, self._root(file)))

    def rename(self, file: str, pointer: str, new_key: str) -> "ChangeBuilder":
        """Rename a member in place; raise EditError if the new key exists."""
        return self.edit(file, rename_key(self.text(file), pointer, new_key, self._root(file)))

    def copy(self, file: str, pointer: str, new_key: str) -> "ChangeBuilder":
        """Put a copy of a member behind it; raise EditError if the new key exists."""
        return self.edit(
            file, insert_text_copy(self.text(file), pointer, new_key, self._root(file))
        )

    def edit(self, file: str, edit: Edit) -> "ChangeBuilder":
        """Add an edit of the text as the changes so far leave it."""
        if not edit.empty:
            self._texts[file] = apply_edit(self.text(file), edit)
            self.changes.append(Change(file, edit))
        return self

    def create(self, file: str) -> "ChangeBuilder":
        """Make a file that does not exist yet, with an empty object."""
        self.text(file)
        self.changes.append(Change(file, Edit(0, 0, "")))
        return self

    def _root(self, file: str) -> Node:
        """Return the tree of the text, the document's own as long as nothing has changed."""
        text = self.text(file)
        document = self._workspace.document(file, create=True)
        return document.root if document.text is text else parse(text)
