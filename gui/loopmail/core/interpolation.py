"""`${VAR}` as loopback-boot resolves it: the whole text, when it ends with a placeholder.

Sources: loopback-boot 2.28 `lib/executor.js` (getUpdatedConfigObject), 3.3 `lib/plugin-base.js`.
"""

import re
from dataclasses import dataclass, field

from loopmail.core.js import UNDEFINED, Json, Undefined
from loopmail.core.merge_rules import Node, escape
from loopmail.core.origin import Origin
from loopmail.core.variables import Variables

# JavaScript's /\$\{(\w+)\}$/: \w is ASCII there, and $ is the very end of the text.
PLACEHOLDER = re.compile(r"\$\{([0-9A-Za-z_]+)\}\Z")


def placeholder(text: str) -> str | None:
    """Return the variable's name when LoopBack would replace this text by its value."""
    match = PLACEHOLDER.search(text)
    return match[1] if match else None


@dataclass(slots=True)
class Interpolation:
    """Resolves the placeholders of one data source and collects where each value comes from."""

    variables: Variables
    resolves: bool = True  # False: a loopback-boot that leaves `${VAR}` as it is
    origins: dict[str, Origin] = field(default_factory=dict)
    unresolved: list[tuple[str, str, Origin]] = field(default_factory=list)

    def resolve(self, node: Node, pointer: str = "") -> Json | Undefined:
        """Return the effective value of a node; UNDEFINED for an unresolved variable."""
        content = node.content
        if isinstance(content, list) and content:
            return [self.resolve(item, f"{pointer}/{index}") for index, item in enumerate(content)]
        if isinstance(content, dict) and content:
            if "constructor" in content:
                # loopback-boot takes it for no plain object and leaves it alone.
                return _Literal(self).resolve(node, pointer)
            return {
                key: self.resolve(child, f"{pointer}/{escape(key)}")
                for key, child in content.items()
                if key != "__proto__"
            }
        if isinstance(content, str) and self.resolves and (name := placeholder(content)):
            return self._variable(name, content, node, pointer)
        self.origins[pointer] = Origin(node.file, node.pointer)
        if isinstance(content, dict):
            return {}
        return [] if isinstance(content, list) else content

    def _variable(self, name: str, text: str, node: Node, pointer: str) -> Json | Undefined:
        found = self.variables.lookup(name)
        source = found.source if found else None
        origin = Origin(node.file, node.pointer, variable=name, source=source)
        self.origins[pointer] = origin
        if found is None:
            self.unresolved.append((name, text, origin))
            return UNDEFINED
        return found.value


class _Literal:
    """Records origins of a value whose placeholders stay as they are."""

    def __init__(self, parent: Interpolation) -> None:
        self._inner = Interpolation(Variables(), resolves=False, origins=parent.origins)

    def resolve(self, node: Node, pointer: str) -> Json | Undefined:
        return self._resolve(node, pointer)

    def _resolve(self, node: Node, pointer: str) -> Json | Undefined:
        if isinstance(node.content, dict) and node.content:
            return {
                key: self._resolve(child, f"{pointer}/{escape(key)}")
                for key, child in node.content.items()
            }
        return self._inner.resolve(node, pointer)
