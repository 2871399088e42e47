"""Which of an app's data source files a change may go to."""

from loopmail.core.app_folder import BASE_FILE as BASE_FILE
from loopmail.core.app_folder import AppFolder, LayerFile, layers_read


def editable_layers(app: AppFolder, env: str | None) -> tuple[str, ...]:
    """Return the files in LoopBack's reading order, also those that do not exist yet.

    `env` None: the base file only.
    """
    known = {file.name: file for file in app.files}
    return tuple(name for name in layers_read("datasources", env) if not _is_hidden(name, known))


def _is_hidden(name: str, known: dict[str, LayerFile]) -> bool:
    """Tell whether a script of the same layer is read instead of this JSON file."""
    return name not in known and name.removesuffix(".json") + ".js" in known
