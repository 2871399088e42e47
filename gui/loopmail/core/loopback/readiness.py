"""Whether the app itself will send, which a test message that arrived does not tell.

A test holds a session with one data source's settings as the program has them. The app needs more:
that these settings are saved, that it starts, that a model sends through the data source, and that
the data source is there in each environment in which the app runs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from loopmail.core.js import Json
from loopmail.core.loopback.bindings import model_to_bind
from loopmail.core.loopback.datasources import registered_key
from loopmail.core.loopback.view import AppView

Reason = Literal["unsaved-changes", "app-does-not-start", "model-not-bound", "datasource-missing"]


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why the app will not send what the test sent, and what mends it.

    `env` names the environment, other than the one that was tested, that it is about. `model` and
    `file` are the binding that would mend it, None where no model can be bound without harm.
    `datasource` is the one to look at, empty where it is none.
    """

    id: Reason
    text: str
    env: str | None = None
    datasource: str = ""
    model: str | None = None
    file: str | None = None

    @property
    def command(self) -> str | None:
        """The command line that mends it, None if there is none."""
        if self.model is None or not self.datasource:
            return None
        file = f" --file {self.file}" if self.file and self.file != "model-config.json" else ""
        return f"loopmail bind DIR {self.model} {self.datasource}{file}"

    def to_json(self) -> dict[str, Json]:
        """Return the JSON that `loopmail send --format json` prints of it."""
        return {"id": self.id, "text": self.text, "env": self.env, "command": self.command}


@dataclass(frozen=True, slots=True)
class Readiness:
    """The answer: what hinders the app, and a sentence about what was not read (empty: nothing)."""

    hindrances: tuple[Hindrance, ...]
    unread: str = ""

    @property
    def here(self) -> tuple[Hindrance, ...]:
        """What hinders the app in the environment that was tested."""
        return tuple(one for one in self.hindrances if one.env is None)

    @property
    def elsewhere(self) -> tuple[Hindrance, ...]:
        """What hinders it in other environments alone."""
        return tuple(one for one in self.hindrances if one.env is not None)

    @property
    def sends(self) -> bool | None:
        """Whether the app sends in the environment that was tested; None: unread files decide."""
        if self.here:
            return False
        return None if self.unread else True

    def to_json(self) -> dict[str, Json]:
        """Return the JSON that stands under `appSends` in the output of `loopmail send`."""
        return {
            "ok": self.sends,
            "hindrances": [one.to_json() for one in self.hindrances],
            "unread": self.unread or None,
        }


def readiness(
    view: AppView, datasource: str, others: Iterable[AppView] = (), *, unsaved: bool = False
) -> Readiness:
    """Return whether the app sends through a data source in the view's environment.

    An empty `datasource` asks only whether it starts. `others` sees the same app in its other
    environments. `unsaved`: the view shows what the files on the disk do not say yet. Nothing is
    held against the app that an unread script may set right.
    """
    found = []
    if unsaved:
        text = "There are unsaved changes, and the app reads its files from the disk."
        found.append(Hindrance("unsaved-changes", text))
    found += _in_one(view, datasource)
    told = {(one.id, one.text) for one in found}
    for other in others:
        # What is wrong everywhere is said once.
        further = [one for one in _in_one(other, datasource) if (one.id, one.text) not in told]
        found += [_elsewhere(one, other.env) for one in further]
    return Readiness(tuple(found), view.unread)


def _in_one(view: AppView, datasource: str) -> list[Hindrance]:
    """Return what hinders the app in one environment: the first thing that stops it."""
    error = view.boot_error
    if error is not None:
        if error.datasource == "" and view.unread_scripts("model-config"):
            return []
        text = f"The app does not start: {error.text.strip().partition(chr(10))[0].rstrip('.')}."
        return [Hindrance("app-does-not-start", text, datasource=error.datasource)]
    if not datasource:
        return []
    key = registered_key(view.effective.datasources, datasource)
    if key is None or key not in view.mail:
        if view.unread_scripts("datasources"):
            return []
        what = "does not exist" if key is None else "is no mail data source"
        text = f"The data source “{datasource}” {what}."
        return [Hindrance("datasource-missing", text, datasource=datasource)]
    return _unbound(view, key)


def _unbound(view: AppView, datasource: str) -> list[Hindrance]:
    """Return that no model sends through the data source, if that is certain."""
    registry = view.registry
    users = [m for m in registry.defined.values() if m.datasource == datasource]
    scripted = view.unread_scripts("model-config", "datasources")
    if users or scripted or not registry.defined:
        return []
    others = [m for m in registry.mail_models if m.datasource]
    model = model_to_bind(registry) or next((m.name for m in others), None)
    text = f"No model is bound to “{datasource}”"
    if others:
        text += f": {others[0].name} sends through “{others[0].datasource}”."
    elif model is not None:
        text += f": {model}.send fails in the app."
    else:
        text += ", so no model of the app sends through it."
    file = view.binding_place(model).file if model is not None else None
    return [Hindrance("model-not-bound", text, None, datasource, model, file)]


def _elsewhere(found: Hindrance, env: str | None) -> Hindrance:
    text = f"In {env}: {found.text[0].lower()}{found.text[1:]}"
    return Hindrance(found.id, text, env, found.datasource, found.model, found.file)
