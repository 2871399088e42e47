"""An app as one environment and one LoopBack see it: the rules that all who ask share."""

import hashlib
import json
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from loopmail.core.app.definitions import scripts_mention
from loopmail.core.app.folder import FileKind, kind_of, layer_name
from loopmail.core.app.packages import declared, installed_transport_modules
from loopmail.core.app.versions import Versions
from loopmail.core.app.workspace import Snapshot
from loopmail.core.errors import UsageError
from loopmail.core.js import Json, truthy
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.loopback.connectors import (
    COULD_NOT_CREATE,
    Connectors,
    could_not_create,
    could_not_initialize,
    is_mail,
    not_installed,
    sends_itself,
)
from loopmail.core.loopback.datasources import registered_key
from loopmail.core.loopback.effective import (
    Effective,
    EffectiveDatasource,
    default_for_type,
    effective,
)
from loopmail.core.loopback.transport import Place
from loopmail.core.loopback.variables import Variables

if TYPE_CHECKING:  # the window shows an app before anybody asks for a plan
    from loopmail.core.loopback.registry import ModelError, Registry
    from loopmail.core.nodemailer import DatasourcePlan, NodeSettings, TransportPlan
    from loopmail.core.nodemailer.node_settings import NodeEffect

Load = Callable[[Snapshot, str | None, Variables, Versions], Effective]

_ADDRESS = re.compile(r"[^@\s<>,;\x00-\x1f]+@[^@\s<>,;\x00-\x1f]+")
_CHANGED: Mapping[FileKind, str] = {
    "datasources": "data sources",
    "model-config": "model bindings",
    "config": "variables",
}
_OF_NODE = {"NODE_TLS_REJECT_UNAUTHORIZED", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"}
_KEPT = 4096  # data sources, over all environments
_Question: TypeAlias = "tuple[bytes, Versions, frozenset[str], NodeSettings]"
_plans: "OrderedDict[_Question, DatasourcePlan]" = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class BootError:
    """Why LoopBack would not start: its words, the error's code, the data source it is about.

    `datasource` is empty where LoopBack refuses the files or a model.
    """

    text: str
    code: str | None = None
    datasource: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class AppView:
    """What LoopBack makes of a snapshot. Everything is computed when first asked for, and kept.

    `env` None: the base files only. `modules` names the installed `nodemailer-…-transport`
    packages; None: look into the app's folder when needed. `load` answers as `effective` does,
    for instance a memo's method.
    """

    snapshot: Snapshot
    env: str | None
    variables: Variables
    versions: Versions
    modules: frozenset[str] | None = None
    load: Load = effective

    def again(self) -> "AppView":
        """Return a view of the same that looks again into the app's folder, for what is installed."""
        return replace(self, load=lambda *_: self.effective)

    @cached_property
    def effective(self) -> Effective:
        """The merged and resolved configuration."""
        return self.load(self.snapshot, self.env, self.variables, self.versions)

    @cached_property
    def mail(self) -> Mapping[str, EffectiveDatasource]:
        """The data sources that LoopBack gives its mail connector, in file order."""
        sources = self.effective.datasources
        return {name: source for name, source in sources.items() if is_mail(source.settings)}

    @cached_property
    def transport_modules(self) -> frozenset[str]:
        """The `nodemailer-…-transport` packages that LoopBack would find."""
        if self.modules is not None:
            return self.modules
        return installed_transport_modules(self.snapshot.app.root)

    @cached_property
    def connectors(self) -> Connectors:
        """The connectors that LoopBack would find."""
        return Connectors(self.snapshot.app.root)

    @cached_property
    def plans(self) -> Mapping[str, "DatasourcePlan"]:
        """What Nodemailer would do, for each mail data source."""
        return {
            name: kept_plan(source.settings, self.versions, self.transport_modules, self.node)
            for name, source in self.mail.items()
        }

    @cached_property
    def node(self) -> "NodeSettings":
        """What Node takes from the environment that the app gets.

        A relative path stands for a file in the current folder, else in the app's.
        """
        from loopmail.core.nodemailer import node_settings

        found = node_settings(self.variables.environment)
        if found.extra_ca and not os.path.isabs(found.extra_ca):
            folders = (os.curdir, self.snapshot.app.root)
            paths = [os.path.abspath(os.path.join(one, found.extra_ca)) for one in folders]
            there = next(filter(os.path.isfile, paths), paths[0])
            found = replace(found, extra_ca=there)
        return found

    def node_effects(self, tls: Json) -> "dict[str, list[NodeEffect]]":
        """Return what the environment does to a transport with this `tls`, by the setting's path."""
        if not _OF_NODE & self.variables.environment.keys():
            return {}
        from loopmail.core.nodemailer import node_effects

        found: dict[str, list[NodeEffect]] = {}
        for effect in node_effects(tls if isinstance(tls, dict) else {}, self.node):
            found.setdefault(effect.path, []).append(effect)
        return found

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """All texts that output must not show."""
        from loopmail.core.loopback.placeholders import placeholders_in, secrets_of

        uses = placeholders_in(self.effective, self.snapshot, self.env)
        return secrets_of(self.snapshot, self.effective, uses, self.variables)

    # -- whether it starts ------------------------------------------------------------------

    @cached_property
    def boot_error(self) -> BootError | None:
        """What stops the start: Node's options, the files, the first data source, a model.

        What a script might still change is not held against the app.
        """
        if self.node.refused is not None:
            return BootError(f"node: {self.node.refused}")
        error = self.effective.error
        of_files = error is not None and not error.startswith(COULD_NOT_CREATE)
        model = next(iter(self.model_errors), None)
        if model is not None and model.kind == "files" and not of_files:
            return BootError(model.text, model.code)
        failed = map(self._failure, self.effective.datasources.values())
        first = next((error for error in failed if error is not None), None)
        if first is not None or error is not None:
            return first or BootError(error or "")
        return None if model is None else BootError(model.text, model.code)

    def _failure(self, source: EffectiveDatasource) -> BootError | None:
        """Return why LoopBack cannot make this data source, or None."""
        name, settings, major = source.name, source.settings, self.versions.major
        if name in self.mail:
            plan = self.plans[name]
            if plan.boot_error is not None:
                text = could_not_initialize(name, settings, major, plan.boot_error)
                return BootError(text, plan.boot_code, name)
        elif not self._scripted("datasources"):
            missing = self.connectors.missing(name, settings, major)
            if missing is not None:
                return BootError(could_not_create(name, not_installed(missing)), None, name)
        refused = default_for_type(settings, major)
        return None if refused is None else BootError(could_not_create(name, refused), None, name)

    def reads(self, file: str) -> bool:
        """Tell whether LoopBack reads a layer in this environment, or would once it is there."""
        states = (one.state for one in self.effective.files if one.path == file)
        return next(states, "hidden") in ("read", "missing")

    def unread_scripts(self, *kinds: FileKind) -> tuple[str, ...]:
        """Return the layers of these kinds that LoopBack runs and loopmail does not."""
        scripts = (file.path for file in self.effective.files if file.state == "script")
        return tuple(script for script in scripts if kind_of(script) in kinds)

    @cached_property
    def unread(self) -> str:
        """What was not read although LoopBack, or the app, reads it; empty where there is nothing.

        Only scripts that may change data sources, models or a variable in this environment count.
        """
        sentences = []
        kinds: tuple[FileKind, ...] = ("datasources", "model-config")
        if self.effective.unresolved:
            kinds = (*kinds, "config")
        scripts = self.unread_scripts(*kinds)
        if scripts:
            changed = [_CHANGED[kind] for kind in kinds if self.unread_scripts(kind)]
            were, they = ("was", "it changes") if len(scripts) == 1 else ("were", "they change")
            sentences.append(
                f"{_and(scripts)} {were} not read, since loopmail runs no script: what {they} in "
                f"the app’s {_and(changed)} is not known here."
            )
        base = self.snapshot.app.file("datasources.js")
        if base is not None and self.snapshot.app.file(layer_name("datasources")) is None:
            sentences.append(
                "datasources.js was not read: LoopBack does not read it, either, unless the app’s "
                "own code hands it over. It looks for datasources.json."
            )
        return " ".join(sentences)

    def _scripted(self, *kinds: FileKind) -> bool:
        return bool(self.unread_scripts(*kinds))

    # -- the models -------------------------------------------------------------------------

    @cached_property
    def registry(self) -> "Registry":
        """The models that LoopBack registers."""
        from loopmail.core.loopback.registry import registry_of

        sources = self.effective.datasources.values()
        typed = any(truthy(source.settings.get("defaultForType")) for source in sources)
        auto = typed and self.versions.major < 3 and self.scripts_mention("autoAttach(")
        return registry_of(self.snapshot, self.effective, auto_attach=auto)

    @cached_property
    def model_errors(self) -> tuple["ModelError", ...]:
        """What is wrong with the models so that LoopBack does not start, the first one first.

        Not what a script may set right: one of the layers, or one that names the model, or a
        package that is not installed here and may bring it.
        """
        if self._scripted("model-config"):
            return ()
        lost = () if self._scripted("datasources") else ("datasource",)
        found = [e for e in self.registry.errors if e.kind in ("files", "model", *lost)]
        return tuple(e for e in found if e.kind != "model" or self._is_certain(e.model))

    def _is_certain(self, model: str) -> bool:
        return not self.registry.unknown and not self.scripts_mention(model)

    def scripts_mention(self, word: str) -> bool:
        """Tell whether a script of the server folder or of `boot` has this word; nothing is run."""
        return scripts_mention(self.snapshot.app, word)

    def binding_place(self, model: str) -> Place:
        """Return where a model's data source is decided, or its entry stands or would stand."""
        found = self.registry.models.get(model)
        if found is not None and found.entry is not None:
            return Place(*found.entry)
        for file in reversed(self.effective.files):
            if file.state == "read" and kind_of(file.path) == "model-config":
                value = self.snapshot.values.get(file.path)
                if isinstance(value, dict) and model in value:
                    return Place(file.path, format_pointer([model]))
        return Place(layer_name("model-config"), format_pointer([model]))

    @cached_property
    def loads_dotenv(self) -> bool:
        """Whether the app has npm's dotenv, or a relative of it, and seems to use it."""
        root = self.snapshot.app.root
        if not any(name.split("-")[0] == "dotenv" for name in declared(root)):
            return False
        commands = map(str, declared(root, ("scripts",)).values())
        return self.scripts_mention("dotenv") or any("dotenv" in one for one in commands)

    # -- what a message takes ---------------------------------------------------------------

    def default_datasource(self, wanted: str | None = None) -> str:
        """Return the mail data source to test: `wanted`, else that of the app's models; UsageError.

        Email's own counts first, then that of any model; without one it is the first.
        """
        if wanted is not None:
            key = registered_key(self.effective.datasources, wanted)
            if key is not None and key in self.mail:
                return key
            what = "is not for mail" if key else "does not exist"
            known = ", ".join(self.mail) or "none"
            text = f"The data source “{wanted}” {what}; those for mail are: {known}."
            raise UsageError(text + self._ask_the_app())
        if not self.mail:
            text = "The app has no mail data source; “loopmail preset DIR NAME gmail” makes one."
            if self._scripted("datasources"):
                text = "loopmail sees no mail data source in the files that it reads."
            raise UsageError(text + self._ask_the_app())
        if len(self.mail) > 1:
            models = (self.registry.lookup("Email"), *self.registry.mail_models)
            bound = (model.datasource or "" for model in models if model is not None)
            return next((key for key in bound if key in self.mail), next(iter(self.mail)))
        return next(iter(self.mail))

    def _ask_the_app(self) -> str:
        """Return what to add where a data source is not found: what was not read, if anything."""
        asks = " --through-app asks the app itself." if self._scripted("datasources") else ""
        return f" {self.unread}{asks}" if self.unread else ""

    @cached_property
    def lacks_mail(self) -> bool:
        """Whether nothing sends mail here, as far as the files say and an unread script cannot.

        Not where a file is broken, or LoopBack refuses them: who knows what they were to say.
        """
        if self.mail or self.effective.error or self.snapshot.errors:
            return False
        if self._scripted("datasources"):
            return False
        sources = self.effective.datasources.values()
        return not any(sends_itself(source.settings.get("connector")) for source in sources)

    @property
    def lacks_mail_everywhere(self) -> bool:
        """Whether it lacks mail here and no script of another environment may bring it there."""
        files = self.snapshot.app.files
        return self.lacks_mail and not any(f.script and f.kind == "datasources" for f in files)

    def perhaps_in_script(self, wanted: str | None = None) -> bool:
        """Tell whether the data source to test can only be one that an unread script makes."""
        if self.boot_error is not None or not self._scripted("datasources"):
            return False
        if wanted is None:
            return not self.mail
        return registered_key(self.effective.datasources, wanted) not in self.mail

    def route(self, datasource: str, transport: str | None = None) -> "TransportPlan | None":
        """Return the transport that `send({transport: …})` takes, None where the app has none."""
        plan = self.plans.get(datasource)
        return plan.route(transport) if plan is not None and plan.boot_error is None else None

    def mail_user(self, datasource: str, transport: str | None = None) -> str:
        """Return the transport's user if that is a mail address, else an empty text."""
        user = self._user(datasource, transport)
        return user if isinstance(user, str) and _ADDRESS.fullmatch(user) else ""

    def user_is_no_address(self, datasource: str, transport: str | None = None) -> bool:
        """Tell whether the transport signs in as one like `apikey`, who cannot stand for From."""
        user = self._user(datasource, transport)
        return truthy(user) and not self.mail_user(datasource, transport)

    def _user(self, datasource: str, transport: str | None) -> Json:
        source = self.mail.get(datasource)
        if source is None:
            return None
        # Whatever modules there are, they have no say in this: the disk is not asked.
        plan = kept_plan(source.settings, self.versions, frozenset())
        return plan.route(transport).auth.user

    def transport_names(self, datasource: str) -> list[str | None]:
        """Return the name by which `send` chooses each transport, None for one without."""
        from loopmail.core.nodemailer.connector import index_key, transport_list
        from loopmail.core.nodemailer.types import BootFailure

        source = self.mail.get(datasource)
        try:
            found = transport_list(source.settings) if source is not None else []
        except BootFailure:
            return []
        names = [index_key(one) if isinstance(one, dict) else None for one in found]
        return [None if name == "undefined" else name for name in names]

    def aliases(self, datasource: str) -> list[str]:
        """Return the names by which `send({transport: …})` may choose, when there are several."""
        named = self.transport_names(datasource)
        return list(dict.fromkeys(name for name in named if name)) if len(named) > 1 else []


def kept_plan(
    settings: Mapping[str, Json],
    versions: Versions,
    modules: frozenset[str],
    node: "NodeSettings | None" = None,
) -> "DatasourcePlan":
    """Return `plan_datasource` of these arguments, from memory where it is the same question.

    One letter typed changes one data source of many. May be called on any thread.
    """
    from loopmail.core.nodemailer import NodeSettings, plan_datasource

    node = node or NodeSettings()
    # UNDEFINED is written as something that no JSON text of a data source is likely to hold.
    text = json.dumps(settings, default=lambda _: {"\0undefined": 0}, check_circular=False)
    # A hash, so that no password is kept on behalf of the key.
    key = (hashlib.blake2b(text.encode("utf-8", "surrogatepass")).digest(), versions, modules, node)
    with _lock:
        plan = _plans.get(key)
        if plan is not None:
            _plans.move_to_end(key)
            return plan
    plan = plan_datasource(settings, versions, modules, node)
    with _lock:
        _plans[key] = plan
        while len(_plans) > _KEPT:
            _plans.popitem(last=False)
    return plan


def _and(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
