"""The models that LoopBack registers: their names, bases and data sources, and which send mail.

Sources: lib/registry.js, lib/application.js and lib/builtin-models.js in loopback 2.42 and 3.28;
lib/model-builder.js, lib/datasource.js and lib/jutil.js in loopback-datasource-juggler 2.59 and
3.36; defineModels and setupModels in loopback-boot 2.28 `lib/executor.js`, `Model.prototype.start` in
3.3 `lib/plugins/model.js`. `tests/conformance/models/` holds what these answered.

Scripts are not run; `Model.scripts` names those that may change a model.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from loopmail.core.app.definitions import (
    DefinitionFile,
    definitions_of,
    note_stamps,
    scripts_mention,
)
from loopmail.core.app.folder import kind_of
from loopmail.core.app.workspace import Snapshot
from loopmail.core.js import INHERITED_FUNCTIONS, Json, Undefined, own_keys, truthy
from loopmail.core.loopback.connectors import is_mail
from loopmail.core.loopback.datasources import index_names, registered_names
from loopmail.core.loopback.effective import Effective
from loopmail.core.loopback.instructions import (
    INHERITED,
    Found,
    ModelError,
    StartRefused,
    entry_names,
    find_definitions,
    model_sources,
    start_order,
)
from loopmail.core.loopback.layers import (
    BootRefused,
    LayerNode,
    load_layers,
    plain,
    reading_order,
)
from loopmail.core.loopback.model_settings import (
    Refusal,
    is_lost,
    refused_method,
    refused_relation,
    relations_of,
    setting,
    with_relations,
)
from loopmail.core.nodemailer.conversions import member, to_string

__all__ = ["Model", "ModelError", "Registry", "Send", "registry_of", "sends_nothing"]

# What `send` of a model is: the mail connector's; the one of LoopBack's own Email, which throws
# “You must connect the Email Model to a Mail connector”; not there; or another connector's matter.
Send = Literal["mail", "throws", "none", "unknown"]

# Connectors that surely bring no `send`; others (mandrill, sendgrid, …) may bring their own.
_SILENT = frozenset(
    {"memory", "transient", "kv-memory", "kv-redis", "remote", "rest", "soap", "mysql", "redis"}
    | {"postgresql", "mongodb", "mssql", "oracle", "db2", "dashdb", "cloudant", "couchdb2"}
    | {"sqlite3", "elasticsearch", "cassandra", "informix", "neo4j", "openapi", "swagger"}
)


def sends_nothing(connector: Json) -> bool:
    """Tell whether a data source of this connector surely gives its models no `send`."""
    return to_string(connector).removeprefix("loopback-connector-") in _SILENT


@dataclass(frozen=True, slots=True)
class Model:
    """A model as the app has it after the start."""

    name: str
    bases: tuple[str, ...]  # nearest first; the last one is Model
    datasource: str | None  # the key of the data source that it is attached to
    send: Send
    definition: Path | None  # None: LoopBack's own
    entry: tuple[str, str] | None  # the layer and the JSON Pointer that decide the data source
    scripts: tuple[str, ...] = ()  # what may change it: the script beside it, mixins

    @property
    def is_email(self) -> bool:
        """Whether it is called Email or extends a model of that name."""
        return "Email" in (self.name, *self.bases)


@dataclass(frozen=True, slots=True)
class Registry:
    """What `app.models` holds after the start.

    After an error it is what would be there without the model that is to blame, except that nothing
    is known where the files stop the start.
    """

    models: Mapping[str, Model]  # by modelName, as they were registered, hidden ones too
    names: Mapping[str, Model]  # every name of app.models, and the model it leads to
    defined: Mapping[str, Model] = field(default_factory=dict)  # what loopback.findModel finds
    errors: tuple[ModelError, ...] = ()  # in LoopBack's order; it stops at the first
    attach_error: str | None = None  # what loopback.autoAttach() throws
    unknown: tuple[str, ...] = ()  # sentences about what was not read
    config: LayerNode | None = None  # model-config.json, merged; None where LoopBack refuses it
    available: tuple[str, ...] = ()  # the models that the app's sources define, listed or not

    @property
    def boot_error(self) -> ModelError | None:
        """What stops LoopBack's start."""
        return self.errors[0] if self.errors else None

    def lookup(self, name: str) -> Model | None:
        """Return the model that `app.models[name]` is."""
        return self.names.get(name)

    def bound_to(self, name: str) -> str | None:
        """Return the key of the data source of `app.models[name]`; None: none, or no such model."""
        found = self.lookup(name)
        return found.datasource if found is not None else None

    @property
    def mail_models(self) -> tuple[Model, ...]:
        """The models that some name leads to and whose `send` is the mail connector's."""
        found = {id(m): m for m in self.names.values() if m.send == "mail"}
        return tuple(found.values())

    @property
    def shadowed(self) -> Mapping[str, Model]:
        """The name of each model that is not found under its own name, and what is found there."""
        found = {name: self.names.get(name, model) for name, model in self.models.items()}
        return {n: other for n, other in found.items() if other is not self.models[n]}


def registry_of(snapshot: Snapshot, effective: Effective, *, auto_attach: bool = False) -> Registry:
    """Compute what LoopBack registers with the files, data sources and versions of `effective`.

    `auto_attach`: the app calls LoopBack 2's `loopback.autoAttach()` after the start. Where
    model-config.json itself stops the start, `effective.error` says so and nothing is registered.
    """
    boot_major = effective.versions.boot_major
    order = [file for file in effective.files if kind_of(file.path) == "model-config"]
    try:
        config = load_layers(snapshot, order, boot_major)
    except BootRefused:
        return Registry({}, {})
    try:
        definitions = definitions_of(snapshot.app, model_sources(config))
        found = find_definitions(definitions, boot_major)
        names = start_order(entry_names(config), found)
    except StartRefused as refused:
        return Registry({}, {}, errors=(refused.error,), config=config)
    start = _Start(effective)
    start.define_all(names, found)
    start.register_all(names, config)
    if auto_attach and effective.versions.major < 3:
        start.attach_all()
    known = start.answer()
    own = tuple(name for name, one in found.items() if one.file is not None)
    inside = f"{snapshot.app.root}{os.sep}"
    unknown = tuple(sentence.removeprefix(inside) for sentence in definitions.unread)
    return replace(known, unknown=unknown, config=config, available=own)


def preload_definitions(snapshot: Snapshot) -> None:
    """Read the files that `AppView.registry` asks for, so that it needs no disk afterwards.

    For a worker that opens an app: a GUI thread asks for the registry later.
    """
    scripts_mention(snapshot.app, "")
    for env in (None, *snapshot.app.environments):
        order = reading_order("model-config", env, {file.name for file in snapshot.app.files})
        with suppress(BootRefused, StartRefused):
            merged = load_layers(snapshot, order, snapshot.app.versions.boot_major)
            definitions_of(snapshot.app, model_sources(merged))
    note_stamps(snapshot.app)


# --- The models that LoopBack brings --------------------------------------------------
# In the order in which they are made, with their bases and, for LoopBack 2, the type of data source
# that they are attached to by themselves. Source: lib/builtin-models.js.

_BUILTIN: tuple[tuple[str, str, str | None], ...] = (
    ("Model", "", None),
    ("PersistedModel", "Model", "db"),
    ("KeyValueModel", "Model", None),
    ("Email", "Model", "mail"),
    ("Application", "PersistedModel", "db"),
    ("AccessToken", "PersistedModel", "db"),
    ("User", "PersistedModel", "db"),
    ("RoleMapping", "PersistedModel", "db"),
    ("Role", "PersistedModel", "db"),
    ("ACL", "PersistedModel", "db"),
    ("Scope", "PersistedModel", "db"),
    ("Change", "PersistedModel", None),
    ("Checkpoint", "PersistedModel", None),
)


# The relations of LoopBack's own models to others (common/models/*.json).
_RELATIONS: Mapping[str, str] = {
    "AccessToken": "User",
    "User": "AccessToken",
    "Role": "RoleMapping",
    "RoleMapping": "Role",
}


@dataclass(eq=False, slots=True)
class _Class:
    """A model class during the start."""

    name: str
    base: "_Class | None" = None
    send: Send = "none"
    auto_attach: str | None = None
    datasource: str | None = None
    placeholder: bool = False  # named as a property's type, but not defined (yet)
    relations: dict[str, Json] = field(default_factory=dict)
    relates: bool = False  # has hasMany and the like, which the mail connector does not bring
    file: DefinitionFile | None = None
    scripts: tuple[str, ...] = ()
    entry: tuple[str, str] | None = None

    def bases(self) -> "list[_Class]":
        found, base = [], self.base
        while base is not None:
            found.append(base)
            base = base.base
        return found


# Types of properties that are no models; case does not count. Source: lib/types.js, lib/geo.js.
_TYPES = frozenset(
    {"text", "json", "any", "string", "number", "boolean", "date", "datestring", "buffer", "binary"}
    | {"array", "geopoint", "object", "point"}
)

# What app.models, a function, does not let go of; LoopBack 3 runs in strict mode and throws.
_NOT_ASSIGNABLE = {
    name: f"Cannot assign to read only property '{name}' of function 'function() {{\n"
    "    return proto.models.apply(this, arguments);\n  }'"
    for name in ("name", "length")
} | dict.fromkeys(
    ("arguments", "caller"),
    "'caller', 'callee', and 'arguments' properties may not be accessed on strict mode functions "
    "or the arguments objects for calls to them",
)


# What a model that the mail connector is attached to says of a relation.
_NO_RELATIONS = Refusal("Cannot read properties of undefined (reading 'call')")


# --- The start ------------------------------------------------------------------------


class _Start:
    """Does what LoopBack does, in its order, and goes on after an error."""

    def __init__(self, effective: Effective) -> None:
        self._sources = effective.datasources
        self._major = effective.versions.major
        self._source_names = index_names(self._sources)
        self._default_sources: dict[str, str] = {}  # type to data source (LoopBack 2)
        for name, source in self._sources.items():
            if truthy(type_ := source.settings.get("defaultForType")):
                self._default_sources[to_string(type_)] = name
        self._classes: dict[str, _Class] = {}
        for name, base, type_ in _BUILTIN:
            send: Send = "throws" if name == "Email" else "none"
            made = self._classes[name] = _Class(name, self._classes.get(base), send, type_)
            if name in _RELATIONS:
                made.relations = {"": {"type": "belongsTo", "model": _RELATIONS[name]}}
        self._registered: list[_Class] = []
        self._names: dict[str, _Class] = {}
        self._errors: list[ModelError] = []
        self._attach_error: str | None = None
        self._waiting: list[tuple[_Class, list[str]]] = []  # relations, for their targets

    # -- making the classes: defineModels, createModel --

    def define_all(self, names: list[str], found: Mapping[str, Found]) -> None:
        """Make the classes of all models, of which LoopBack has some already."""
        for name in names:
            one = found.get(name) if name not in INHERITED else None
            if one is not None and one.file is not None:
                self._create(name, one.value, one.file)
            elif name in ("constructor", "__proto__"):
                # JavaScript's Object passes for a model, and is looked up by its name.
                self._fail(f"Model not found: {'Object' if name[0] == 'c' else 'undefined'}", name)
            elif name not in self._classes and name not in INHERITED:
                self._fail(f"Model not found: {name}", name)

    def _create(self, key: str, definition: Json, file: DefinitionFile) -> None:
        name = member(definition, "name")
        if not isinstance(name, str):
            text = "The model-config property `name` must be a string"
            self._fail(text, key, "ERR_ASSERTION")
            return
        base = self._base_of(name, definition)
        if base is None:
            return
        made = self._classes.get(name)
        if made is None or not made.placeholder:
            made = self._classes[name] = _Class(name)
        made.placeholder, made.base, made.file = False, base, file
        # Static members are taken over as they are now: see `define` in model-builder.js.
        made.send, made.auto_attach, made.relates = base.send, base.auto_attach, base.relates
        made.relations = {**base.relations, **relations_of(definition)}
        mixins = member(definition, "mixins")
        made.scripts = (file.script.name,) if file.script is not None else ()
        made.scripts += tuple(
            f"the mixin {m}" for m in (mixins if isinstance(mixins, dict) else ())
        )
        self._leave_placeholders(member(definition, "properties"))
        refused = refused_method(name, setting(definition, "methods"), self._major)
        if refused is not None:
            self._fail(refused.text, name, refused.code)
        if self._major < 3 and made.auto_attach in self._default_sources:  # autoAttachModel
            self._attach(made, self._default_sources[made.auto_attach])

    def _base_of(self, name: str, definition: Json) -> _Class | None:
        wanted = next(filter(truthy, (setting(definition, key) for key in ("base", "super"))), None)
        wanted = "PersistedModel" if wanted is None else wanted
        found = self._classes.get(wanted) if isinstance(wanted, str) else None
        if found is not None and not found.placeholder:
            return found
        inherited = isinstance(wanted, str) and wanted in INHERITED_FUNCTIONS
        if found is not None or inherited or not isinstance(wanted, str):
            self._fail("BaseModel.extend is not a function", name)
        elif self._major < 3:
            self._fail(f"Model not found: {wanted}", name)
        else:
            what = f"model `{name}` is extending an unknown model `{wanted}`."
            self._fail(f"Model not found: {what}", name)
        return None

    def _leave_placeholders(self, properties: Json | Undefined) -> None:
        """Make a placeholder for each type without a model, as resolveType does."""
        waiting = list(properties.values()) if isinstance(properties, dict) else []
        while waiting:
            type_ = waiting.pop()
            if isinstance(type_, list):
                waiting += type_[:1]
            elif isinstance(type_, dict):
                inner = type_.get("type")
                waiting += [inner] if truthy(inner) else type_.values()
            elif isinstance(type_, str) and type_ and type_.lower() not in _TYPES:
                self._classes.setdefault(type_, _Class(type_, placeholder=True))

    # -- registering them: app.model, configureModel --

    def register_all(self, names: list[str], config: LayerNode) -> None:
        """Register the models whose entry counts as true under all their names."""
        entries = config.content if isinstance(config.content, dict) else {}
        for name in names:
            node, model = entries.get(name), self._classes.get(name)
            if node is not None and model is not None and truthy(plain(node)):
                self._register(model, node)

    def _register(self, model: _Class, node: LayerNode) -> None:
        if model.placeholder:
            self._fail("Cannot read properties of undefined (reading 'getModel')", model.name)
            return
        if self._classes["Model"] not in model.bases():
            text = f"{model.name} must be a descendant of loopback.Model"
            self._fail(text, model.name, "ERR_ASSERTION")
            return
        bound = node.content.get("dataSource") if isinstance(node.content, dict) else None
        decides = bound or node
        model.entry = (decides.file, decides.pointer) if decides.file is not None else None
        wanted = plain(bound) if bound is not None else None
        entry = plain(node)
        model.relations = with_relations(model.relations, member(entry, "relations"))
        key = self._source_names.get(wanted) if isinstance(wanted, str) else None
        if key is not None:
            refused = self._attach(model, key)
            if refused is not None:
                self._fail(refused.text, model.name, refused.code)
        elif truthy(wanted):
            text = f'{model.name} is referencing a dataSource that does not exist: "{to_string(wanted)}"'
            self._errors.append(ModelError(text, "ERR_ASSERTION", model.name, "datasource"))
        refused = refused_method(model.name, member(entry, "methods"), self._major)
        if refused is not None:
            self._fail(refused.text, model.name, refused.code)
        for alias in reversed(registered_names(model.name)):
            if alias not in _NOT_ASSIGNABLE:
                self._names[alias] = model
            elif self._major >= 3:
                self._fail(_NOT_ASSIGNABLE[alias], model.name)
        self._registered.append(model)

    # -- attaching them: attachTo, and LoopBack 2's autoAttach --

    def _attach(self, model: _Class, key: str) -> Refusal | None:
        """Attach a model; return what is thrown on the way, although it is attached then."""
        if model.datasource == key:
            return None
        model.datasource = key
        settings = self._sources[key].settings
        if is_mail(settings):
            model.send = "mail"  # and stays so when it is attached to another one
        else:
            model.relates = True
            if model.send != "mail" and not sends_nothing(settings.get("connector")):
                model.send = "unknown"
        return self._relate(model)

    def _relate(self, model: _Class) -> Refusal | None:
        """Define a model's relations, and those of others that waited for it (defineRelations)."""
        for relation_name, relation in model.relations.items():
            refused = refused_relation(relation_name, relation, self._major)
            if refused is not None:
                return refused
            targets = (member(relation, key) for key in ("model", "through"))
            names = [target for target in targets if isinstance(target, str) and target]
            for name in names:
                self._classes.setdefault(name, _Class(name, placeholder=True))
            if not all(map(self._is_attached, names)):
                self._waiting.append((model, names))
            elif not model.relates:
                return _NO_RELATIONS
            elif is_lost(relation_name, relation, self._classes):
                return Refusal(f'Could not find "{relation_name}" relation for {model.name}')
        ready = [one for one in self._waiting if all(map(self._is_attached, one[1]))]
        self._waiting = [one for one in self._waiting if one not in ready]
        return _NO_RELATIONS if any(not owner.relates for owner, _ in ready) else None

    def _is_attached(self, name: str) -> bool:
        model = self._classes[name]
        return not model.placeholder and model.datasource is not None

    def attach_all(self) -> None:
        """Attach what is not attached yet by its type; the first that cannot be ends it."""
        for name in own_keys(self._classes):
            model = self._classes[name]
            if model.datasource is not None or model.auto_attach is None:
                continue
            key = self._default_sources.get(model.auto_attach)
            if key is None:
                self._attach_error = (
                    f'cannot autoAttach model "{name}". '
                    f"No dataSource found of type {model.auto_attach}"
                )
            else:
                refused = self._attach(model, key)
                self._attach_error = None if refused is None else refused.text
            if self._attach_error is not None:
                return

    # -- what came of it --

    def _fail(self, text: str, model: str, code: str | None = None) -> None:
        self._errors.append(ModelError(text, code, model, "model"))

    def answer(self) -> Registry:
        """Return what there is after the start."""
        every = [model for model in self._classes.values() if not model.placeholder]
        made = {model: _model(model) for model in (*self._registered, *every)}
        return Registry(
            {model.name: made[model] for model in self._registered},
            {name: made[model] for name, model in self._names.items() if model in made},
            {model.name: made[model] for model in every},
            tuple(self._errors),
            self._attach_error,
        )


def _model(made: _Class) -> Model:
    path = made.file.path if made.file is not None else None
    bases = tuple(base.name for base in made.bases())
    return Model(made.name, bases, made.datasource, made.send, path, made.entry, made.scripts)
