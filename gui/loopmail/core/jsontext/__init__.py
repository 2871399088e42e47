"""A lossless JSON text: parse to a tree with offsets, change it by edits, keep all else.

Offsets count characters of the text (without a byte-order mark). Every change is one
`Edit(offset, length, content)`, whose inverse restores the text exactly.
"""

from loopmail.core.jsontext.edits import (
    Edit,
    apply_edit,
    insert_text_copy,
    remove_value,
    rename_key,
    set_value,
)
from loopmail.core.jsontext.parser import parse
from loopmail.core.jsontext.pointer import at, escape, format_pointer, leaves, parse_pointer
from loopmail.core.jsontext.scalars import equal_values
from loopmail.core.jsontext.syntax import JsonSyntaxError, line_column
from loopmail.core.jsontext.tree import Member, Node, find

__all__ = [
    "Edit",
    "JsonSyntaxError",
    "Member",
    "Node",
    "apply_edit",
    "at",
    "equal_values",
    "escape",
    "find",
    "format_pointer",
    "insert_text_copy",
    "leaves",
    "line_column",
    "parse",
    "parse_pointer",
    "remove_value",
    "rename_key",
    "set_value",
]
