"""The bindings of model-config.json as a table: what each entry says, and what becomes of its model.

What becomes of it is what `core/loopback/registry.py` says; nothing is judged here a second time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from loopmail.core.app.workspace import Snapshot
from loopmail.core.jsontext import format_pointer
from loopmail.core.loopback.datasources import layer_values
from loopmail.core.loopback.instructions import entry_names
from loopmail.core.loopback.layers import META, LayerNode, plain, reading_order, track
from loopmail.core.loopback.registry import ModelError, Registry
from loopmail.core.loopback.view import AppView
from loopmail.core.nodemailer.conversions import member

SENDS_MAIL = "Sends mail"
BOUND = "Bound"
NOT_BOUND = "Not bound"
DATASOURCE_MISSING = "Data source missing"
LEFT_TO_SCRIPT = "Perhaps set by a script"
NOT_MAIL = "Not a mail data source"
MODEL_MISSING = "Model not found"
MODEL_UNKNOWN = "Not found here"
NOT_AN_OBJECT = "Not an object"
NOT_KNOWN = "Not known: LoopBack does not start with these files"
_TAKEN = "The name leads to the model “{}”"
_REFUSED = "LoopBack does not start with it"

# LoopBack's own models that an app may want to bind, in the order of usefulness here; the others
# are base classes and internal ones. Source: loopback 2.42.0 and 3.28.0, lib/builtin-models.js.
BINDABLE = (
    "Email",
    "User",
    "AccessToken",
    "ACL",
    "Role",
    "RoleMapping",
    "Application",
    "Scope",
    "KeyValueModel",
)


@dataclass(frozen=True, slots=True)
class Binding:
    """A row of the bindings table."""

    model: str
    datasource: str | None  # as it is written
    public: bool | None  # None: not written
    state: str  # a short sentence: "Sends mail", "Not bound", "Data source missing", …
    ok: bool
    file: str  # the layer that decides


def list_bindings(view: AppView) -> list[Binding]:
    """Return all bindings of the app in the view's environment, in LoopBack's order.

    `_meta` is not a binding. Files that LoopBack would not read there do not count.
    """
    states = _States(view)
    return [_binding(states, name, entry) for name, entry in _entries(view).items()]


def count_bindings(snapshot: Snapshot, env: str | None) -> int:
    """Return how many bindings `list_bindings` would return, at the price of counting."""
    return len({model for _, model, _ in _written(snapshot, env)})


def bindable_models(view: AppView) -> list[str]:
    """Return the models that may be bound and are in no layer yet: LoopBack's own, then the app's."""
    present = {m for value in layer_values(view.snapshot, "model-config").values() for m in value}
    own = sorted(view.registry.available)
    return [model for model in dict.fromkeys((*BINDABLE, *own)) if model not in present]


def model_to_bind(registry: Registry) -> str | None:
    """Return the model that sends mail once it is bound to a mail data source.

    None if one does already, or if binding Email would take its name from a model of the app's own.
    """
    if registry.mail_models:
        return None
    registered = (model.name for model in registry.models.values() if model.send == "throws")
    if (name := next(registered, None)) is not None:
        return name
    own = registry.defined.get("Email")
    free = registry.lookup("Email") is None
    return "Email" if free and own is not None and own.send == "throws" else None


def awaited_datasource(view: AppView) -> str | None:
    """Return the data source that a model which sends mail names and that does not exist."""
    for one in list_bindings(view):
        made = view.registry.defined.get(one.model)
        if one.state == DATASOURCE_MISSING and made is not None and made.send == "throws":
            return one.datasource
    return None


def _entries(view: AppView) -> Mapping[str, LayerNode]:
    """Return the entries, merged; where LoopBack refuses to merge them, each as the last one has it."""
    config = view.registry.config
    if config is None:
        return {model: node for _, model, node in _written(view.snapshot, view.env)}
    content = config.content
    assert isinstance(content, dict)
    return {name: content[name] for name in entry_names(config)}


def _written(snapshot: Snapshot, env: str | None) -> Iterator[tuple[str, str, LayerNode]]:
    """Yield file, model and entry over the layers that LoopBack reads there."""
    present = {file.name for file in snapshot.app.files} | set(snapshot.values)
    values = layer_values(snapshot, "model-config")
    for file in reading_order("model-config", env, present):
        if file.state == "read":
            for model, entry in values.get(file.path, {}).items():
                if model != META:
                    yield file.path, model, track(entry, file.path, format_pointer([model]))


def _binding(states: "_States", model: str, node: LayerNode) -> Binding:
    entry = plain(node)
    content = node.content if isinstance(node.content, dict) else {}
    decides = content.get("dataSource") or node
    written, public = member(entry, "dataSource"), member(entry, "public")
    state, ok = states.of(model) if isinstance(entry, dict) else (NOT_AN_OBJECT, False)
    return Binding(
        model,
        written if isinstance(written, str) and written else None,
        public if isinstance(public, bool) else None,
        state,
        ok,
        decides.file or "",
    )


class _States:
    """What the registry says of each model, in a few words."""

    def __init__(self, view: AppView) -> None:
        registry = view.registry
        self._models = registry.models
        self._senders = {model.name for model in registry.mail_models}
        self._shadowed = registry.shadowed
        self._errors = {error.model: error for error in reversed(registry.errors)}
        self._certain = {error.model for error in view.model_errors}
        files = any(error.kind == "files" for error in registry.errors)
        self._refused = registry.config is None or files

    def of(self, name: str) -> tuple[str, bool]:
        """Return the state of the model that an entry names, and whether it is as it should be."""
        if self._refused:
            return NOT_KNOWN, False
        if name in self._errors:
            return self._of_error(self._errors[name])
        model = self._models.get(name)
        if model is None:  # a name of JavaScript's own, which LoopBack passes over
            return MODEL_MISSING, False
        if name in self._senders:
            return SENDS_MAIL, True
        other = self._shadowed.get(name)
        if other is not None:
            return _TAKEN.format(other.name), model.send == "none" or other.send == "mail"
        if model.datasource is None:
            return NOT_BOUND, model.send != "throws"
        return (NOT_MAIL, False) if model.send == "throws" else (BOUND, True)

    def _of_error(self, error: ModelError) -> tuple[str, bool]:
        certain = error.model in self._certain
        if error.kind == "datasource":
            return (DATASOURCE_MISSING, False) if certain else (LEFT_TO_SCRIPT, True)
        if error.text.startswith("Model not found"):
            return (MODEL_MISSING, False) if certain else (MODEL_UNKNOWN, True)
        return _REFUSED, False
