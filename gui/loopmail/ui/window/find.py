"""What Find Anything leads to: actions, data sources, settings, problems, environments, apps."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from loopmail.core.edit.fields import TRANSPORT_FIELDS
from loopmail.core.edit.places import joined, place_words
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.ui.dialogs.palette import Palette, Target
from loopmail.ui.session.actions import Actions
from loopmail.ui.session.state import AppState
from loopmail.ui.window.pages import Pages
from loopmail.ui.window.places import focus_field, go_to_problem

_MOST_PROBLEMS = 2000
# What people call a setting that its label and key do not say.
_OTHER_WORDS = {
    "/secure": "ssl tls starttls encryption",
    "/auth/user": "username login account",
    "/auth/pass": "secret key",
    "/host": "server smtp address",
    "/tls/rejectUnauthorized": "self-signed ssl",
    "/tls/ca": "root authority self-signed pem",
    "/name": "hostname helo",
}


def find_anything(
    window: QWidget,
    state: AppState,
    pages: Pages,
    actions: Actions,
    recent: list[Path],
    open_app: Callable[[Path], object],
) -> None:
    """Ask where to go, and go there."""
    targets: list[Target] = []
    if state.workspace is not None:
        targets.extend(_places(state))
        targets.extend(_settings(state, pages))
        targets.extend(_problems(state, pages))
        targets.extend(_environments(state))
    targets.extend(_commands(actions))
    for path in recent:
        text = QCoreApplication.translate("FindAnything", "Open {0}").format(path.name)
        targets.append(Target(text, str(path), "open", partial(open_app, path)))
    dialog = Palette(targets, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _places(state: AppState) -> Iterator[Target]:
    for one in state.datasources():
        image = "mail" if one.is_mail else "database"
        go = partial(state.select, "datasource", one.name)
        yield Target(one.name, one.connector or "", image, go)
    text = QCoreApplication.translate("FindAnything", "Model bindings")
    yield Target(text, "", "bindings", partial(state.select, "bindings", ""))


def _settings(state: AppState, pages: Pages) -> Iterator[Target]:
    """Yield the fields of the mail data source that is shown, else of the first one."""
    mail = [one.name for one in state.datasources() if one.is_mail]
    if not mail:
        return
    kind, name = state.selection
    shown = name if kind == "datasource" and name in mail else mail[0]

    def go(path: str) -> None:
        state.select("datasource", shown)
        focus_field(pages.mail, parse_pointer(path))

    for field in TRANSPORT_FIELDS:
        also = f"{field.key} {_OTHER_WORDS.get(field.path, '')}"
        detail = f"{shown} · {field.key}"
        yield Target(field.label, detail, "pencil", partial(go, field.path), also)


def _problems(state: AppState, pages: Pages) -> Iterator[Target]:
    values = state.snapshot().values
    for one in state.problems[:_MOST_PROBLEMS]:
        where = joined(place_words(one.file, one.pointer, values))
        yield Target(
            one.text, where, one.severity, partial(go_to_problem, state, pages, one), one.id
        )


def _environments(state: AppState) -> Iterator[Target]:
    for name in state.environments():
        text = QCoreApplication.translate("FindAnything", "Environment: {0}").format(name)
        yield Target(text, "", "dot", partial(state.set_environment, name))


def _commands(actions: Actions) -> Iterator[Target]:
    for one in actions.all():
        if one.isEnabled() and one.objectName() != "action-find":
            keys = one.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            text = one.text().replace("&", "").rstrip("…")
            yield Target(text, keys, "chevron-right", one.trigger, one.statusTip())
