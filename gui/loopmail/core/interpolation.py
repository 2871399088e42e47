"""`${VAR}` as loopback-boot resolves it: the whole text, when it ends with a placeholder.

Sources: loopback-boot 2.28 `lib/executor.js` (getUpdatedConfigObject), 3.3 `lib/plugin-base.js`.
"""

from dataclasses import dataclass, field

from loopmail.core.js import UNDEFINED, Json, Undefined, own_keys
from loopmail.core.jsontext.pointer import escape, format_pointer, leaves
from loopmail.core.merge_rules import Node
from loopmail.core.origin import Origin
from loopmail.core.secret_names import placeholder
from loopmail.core.variables import Variables


@dataclass(slots=True)
class Interpolation:
    """Resolves the placeholders of one data source and collects where each value comes from."""

    variables: Variables
    resolves: bool = True  # False: a loopback-boot that leaves `${VAR}` as it is
    origins: dict[str, Origin] = field(default_factory=dict)
    unresolved: list[tuple[str, Origin]] = field(default_factory=list)

    def resolve(self, node: Node, pointer: str = "", *, literal: bool = False) -> Json | Undefined:
        """Return the effective value of a node; UNDEFINED for an unresolved variable."""
        content = node.content
        if isinstance(content, list) and content:
            return [
                self.resolve(item, f"{pointer}/{index}", literal=literal)
                for index, item in enumerate(content)
            ]
        if isinstance(content, dict) and content:
            return self._members(content, pointer, literal or not self.resolves)
        if isinstance(content, str) and self.resolves and not literal:
            name = placeholder(content)
            if name is not None:
                return self._variable(name, node, pointer)
        self.origins[pointer] = Origin(node.file, node.pointer)
        if isinstance(content, dict):
            return {}
        return [] if isinstance(content, list) else content

    def _members(self, content: dict[str, Node], pointer: str, literal: bool) -> Json:
        # With a member of this name it is no plain object for loopback-boot, which leaves it alone.
        literal = literal or "constructor" in content
        return {
            key: self.resolve(content[key], f"{pointer}/{escape(key)}", literal=literal)
            for key in own_keys(content)
            if literal or key != "__proto__"  # assigning it sets the prototype, not a member
        }

    def _variable(self, name: str, node: Node, pointer: str) -> Json | Undefined:
        found = self.variables.lookup(name)
        source = found.source if found else None
        origin = Origin(node.file, node.pointer, variable=name, source=source)
        if found is None:
            self.origins[pointer] = origin
            self.unresolved.append((name, origin))
            return UNDEFINED
        for tokens, _value in leaves(found.value):  # config.json may make it an object
            self.origins[pointer + format_pointer(tokens)] = origin
        return found.value
