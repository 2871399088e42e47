"""Which files LoopBack reads for one environment, and in which order.

Sources: `findConfigFiles` of loopback-boot 2.28 `lib/config-loader.js` and 3.3
`lib/plugin-base.js`; the same in both.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from loopmail.core.app_folder import layers_read

FileState = Literal["read", "hidden", "script", "missing"]


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file in LoopBack's reading order and what became of it."""

    path: str  # the file's name in the server folder
    state: FileState


def reading_order(kind: str, env: str | None, present: Collection[str]) -> list[FileRead]:
    """List the candidates of one configuration, e.g. `datasources`, in merge order.

    `present` are the names of the files that exist. A `.js` file hides its `.json` twin; without
    the base file nothing is read at all. `env` None means the base file only.
    """
    base, *further = layers_read(kind, env)
    master = base in present
    order = [FileRead(base, "read" if master else "missing")]
    for plain in further:
        script = plain.removesuffix(".json") + ".js"
        if script in present:
            order.append(FileRead(script, "script" if master else "hidden"))
            if plain in present:
                order.append(FileRead(plain, "hidden"))
        elif plain in present:
            order.append(FileRead(plain, "read" if master else "hidden"))
        else:
            order.append(FileRead(plain, "missing"))
    return order


def editable_layers(env: str | None, present: Collection[str]) -> tuple[str, ...]:
    """Return the data source files that a change may go to, in reading order.

    Also those that do not exist yet, unless a script of the same layer would hide them.
    """
    names = layers_read("datasources", env)
    scripted = {name for name in names if name.removesuffix(".json") + ".js" in present}
    return tuple(name for name in names if name in present or name not in scripted)
