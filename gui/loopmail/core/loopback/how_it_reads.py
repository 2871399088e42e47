"""How LoopBack comes to a data source, in plain words: files, what hides what, variables.

The rules are those of `layers` and `variables`, whose sources stand there; here they are told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loopmail.core.app.folder import layers_read
from loopmail.core.app.versions import resolves_variables, variables_since
from loopmail.core.js import own_keys
from loopmail.core.jsontext.pointer import escape, parse_pointer
from loopmail.core.loopback.effective import EffectiveDatasource
from loopmail.core.loopback.layers import FileRead
from loopmail.core.loopback.placeholders import placeholders_in
from loopmail.core.loopback.variables import VariableSource
from loopmail.core.loopback.view import AppView

_MOST = 40  # lines about values; who needs more looks at the table of values


@dataclass(frozen=True, slots=True)
class Topic:
    """A heading with what is said under it: general sentences, then facts about the open app."""

    title: str
    rules: tuple[str, ...]
    facts: tuple[str, ...] = ()


_STATES = {
    "read": "read",
    "hidden": "not read",
    "script": "a script, which loopmail does not run: what it sets is not known",
    "missing": "not there",
}
_SOURCES: dict[VariableSource, str] = {
    "environment": "the environment of loopmail",
    "keyring": "the keyring; “loopmail run” hands it to the app",
    "config": "config.json",
}


def how_it_reads(view: AppView | None, datasource: str | None) -> list[Topic]:
    """Return how LoopBack reads its files, and what comes of it for an app and a data source.

    Values of variables and of hidden settings are not told.
    """
    return [_files(view), _hiding(view, datasource), _variables(view), _use(view, datasource)]


def _files(view: AppView | None) -> Topic:
    names = ", then ".join(layers_read("datasources", "ENV"))
    rules = [
        f"LoopBack looks for {names}, where ENV is the environment: NODE_ENV, or development if "
        "that is not set. model-config.json and config.json have such layers, too.",
        "A .js file takes the place of the .json file of its name.",
        "Without the first file none of the others is read.",
    ]
    if view is None:
        return Topic("Which files, and in which order", tuple(rules))
    order = [one for one in view.effective.files if one.path.startswith("datasources.")]
    facts = [f"{at}. {one.path}: {_STATES[one.state]}." for at, one in enumerate(order, 1)]
    return Topic("Which files, and in which order", tuple(rules), tuple(facts))


def _hiding(view: AppView | None, datasource: str | None) -> Topic:
    rules = (
        "Files are laid over each other value by value: a later file hides the same value of an "
        "earlier one, and leaves all others as they are.",
        "It can add values, and none can be taken away: a key that only the first file has stays.",
        "Lists are merged item by item, so they must have the same length; an object cannot take "
        "the place of a text or number, nor the other way round. Else the app does not start.",
    )
    facts: list[str] = []
    source = None
    if view is not None and datasource is not None:
        source = view.effective.datasources.get(datasource)
    if view is not None and view.effective.error is not None:
        facts.append(f"The app does not start: {view.effective.error}")
    elif view is not None and source is not None:
        facts += _hidden_values(view, source)
        facts = facts or ["In this data source no file hides a value of another one."]
    return Topic("What hides what", rules, tuple(facts))


def _hidden_values(view: AppView, source: EffectiveDatasource) -> Iterator[str]:
    read = [one for one in view.effective.files if one.state == "read"]
    told = 0
    for pointer, origin in source.origins.items():
        if origin.file is None:
            continue
        tokens = parse_pointer(f"/{escape(source.name)}{pointer}")
        below = _files_with(view, read, origin.file, tokens)
        if not below:
            continue
        told += 1
        if told > _MOST:
            yield "There are more; the tab “Values” of “What LoopBack Would Do” has all."
            return
        below_it = " and ".join(below)
        yield f"{_named(source, pointer)}: {origin.file} decides, and hides the value in {below_it}."


def _named(source: EffectiveDatasource, pointer: str) -> str:
    """Return the key of a value: `host` or, where there are several, `transport 2, host`."""
    first, *rest = parse_pointer(pointer)
    if first != "transports" or len(rest) < 2:
        return ".".join((first, *rest))
    transports = source.settings.get("transports")
    only = isinstance(transports, list) and len(transports) == 1
    key = ".".join(rest[1:])
    return key if only else f"transport {int(rest[0]) + 1}, {key}"


def _files_with(
    view: AppView, read: Sequence[FileRead], decides: str, tokens: Sequence[str]
) -> list[str]:
    """Return the files before the one that decides that have a value at the same place."""
    found = []
    for one in read:
        if one.path == decides:
            break
        value = view.snapshot.values.get(one.path)
        for token in tokens:
            if isinstance(value, dict) and token in own_keys(value):
                value = value[token]
            elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
                value = value[int(token)]
            else:
                break
        else:
            found.append(one.path)
    return found


def _variables(view: AppView | None) -> Topic:
    rules = [
        f"From loopback-boot {variables_since()} on, a text that ends with ${{NAME}} is replaced "
        "as a whole by the value of NAME; text in front of it is lost, and ${NAME} in the middle stays.",
        "The value is looked for in the environment, then in config.json; what is found nowhere is "
        "undefined, as if the setting were missing.",
        "Only data sources, middleware and components know variables, model-config.json does not.",
    ]
    if view is None:
        return Topic("Variables", tuple(rules))
    if not resolves_variables(view.versions):
        told = f"This app's loopback-boot ({view.versions.boot}) replaces no variables."
        return Topic("Variables", tuple(rules), (told,))
    facts = []
    for name in placeholders_in(view.effective, view.snapshot, view.env):
        found = view.variables.lookup(name)
        facts.append(
            f"${{{name}}}: set nowhere here, so it is undefined."
            if found is None
            else f"${{{name}}}: from {_SOURCES[found.source]}."
        )
    return Topic("Variables", tuple(rules), tuple(facts) or ("This app uses none.",))


def _use(view: AppView | None, datasource: str | None) -> Topic:
    rules = (
        "A data source with the connector “mail” gives each of its transports to Nodemailer. A "
        "model, mostly Email, is bound to it in model-config.json; without that no code can send.",
        "A message goes through the transport that it names by its alias, else through the first.",
    )
    facts: list[str] = []
    if view is not None and datasource is not None:
        bound = [model for model, name in view.effective.models.items() if name == datasource]
        facts.append(
            f"{datasource} is bound to {', '.join(bound)}."
            if bound
            else f"{datasource} is bound to no model."
        )
    return Topic("Who uses it", rules, tuple(facts))
