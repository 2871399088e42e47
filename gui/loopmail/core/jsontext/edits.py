"""Changes of a JSON text. STUB: signatures are settled, bodies are being written."""

from dataclasses import dataclass

from loopmail.core.js import Json


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `length` characters at `offset` by `content`."""

    offset: int
    length: int
    content: str

    def inverse(self, text: str) -> "Edit":
        """Return the edit which undoes this one, given the text before it."""
        return Edit(self.offset, len(self.content), text[self.offset : self.offset + self.length])


def apply_edit(text: str, edit: Edit) -> str:
    """Return the text after the edit; raise EditError if it lies outside the text."""
    raise NotImplementedError


def set_value(text: str, pointer: str, value: Json) -> Edit:
    """Replace or insert the value at a JSON Pointer, in the style found around it.

    Missing parents are created as objects; in an array `-` or the next index appends.
    Raise EditError where a parent is a scalar or the index is out of range, JsonSyntaxError
    where the text is not JSON.
    """
    raise NotImplementedError


def remove_value(text: str, pointer: str) -> Edit:
    """Remove a member (all of its duplicates' last one that counts) or an array item."""
    raise NotImplementedError


def rename_key(text: str, pointer: str, new_key: str) -> Edit:
    """Rename the member at the pointer in place; raise EditError if the new key exists."""
    raise NotImplementedError


def insert_text_copy(text: str, pointer: str, new_key: str) -> Edit:
    """Insert, right behind the member at the pointer, a copy of its own text under a new key."""
    raise NotImplementedError
