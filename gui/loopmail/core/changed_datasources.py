"""Which data sources differ between two snapshots of an app."""

from loopmail.core.datasource_list import layer_values
from loopmail.core.workspace import Snapshot


def changed_datasources(before: Snapshot, after: Snapshot) -> list[str] | None:
    """Return the data sources whose value in any layer is not the very same as before.

    None if more than that changed: the app's files, another file's value, which names there are
    and their order; or if a layer of data sources is no object.
    """
    if before.app is not after.app or before.errors != after.errors:
        return None
    if before.values.keys() != after.values.keys():
        return None
    layers = layer_values(after, "datasources")
    changed: dict[str, None] = {}
    for file, value in after.values.items():
        old = before.values[file]
        if file.startswith("datasources.") and file not in layers:
            return None
        if value is old:
            continue
        if file not in layers or not isinstance(old, dict) or list(old) != list(value):
            return None
        changed.update((name, None) for name, part in value.items() if part is not old[name])
    return list(changed)
