"""What stands between a test that was a success and an app that sends, each with its button."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from loopmail.core.edit.bindings import bind
from loopmail.core.loopback.readiness import Hindrance, Readiness, readiness
from loopmail.core.loopback.view import AppView
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import Banner, button, column, plain_label, single_shot
from loopmail.ui.widgets.small_parts import BesideOrBelow, IconLabel, put_icon

_PAUSE_MS = 120  # after the last change; typing should not compute for every letter


class AppReadiness(QWidget):
    """A second card under “Sent”: what the app lacks. It goes when nothing is missing.

    The core answers off the GUI thread, for all environments; `follow` says what about.
    """

    save_wanted = Signal()
    answered = Signal()  # `found` is that of the data source and the settings of now
    done = Signal()  # what had the focus is mended, and nothing is left to do here

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._datasource = ""
        self._job: Job | None = None
        self.found: Readiness | None = None
        self.banner = Banner("warn")
        self.banner.title.setAccessibleDescription(self.tr("Whether the app will send"))
        self.lines = QWidget()  # another one for each answer
        put_icon(self.banner, IconLabel("warning", "warn", 1.35))
        column(self.banner, inside=self)
        self._soon = single_shot(self, _PAUSE_MS, self._ask)
        state.undo_changed.connect(self._look_again)
        self.hide()

    def follow(self, datasource: str, known: Readiness | None = None) -> None:
        """Tell whether the app sends through this data source; empty: there is nothing to tell.

        `known` is the answer of a moment ago, which stands until there is a newer one.
        """
        fresh = datasource != self._datasource
        self._datasource = datasource
        if fresh:
            self.found = None
            self.hide()
        if not datasource:
            self._drop()
        elif fresh and known is not None:
            self._show(known)
        else:
            self._soon.start()

    def _look_again(self) -> None:
        """What is saved and what is not has changed."""
        if self._datasource:
            self._soon.start()

    def _drop(self) -> None:
        self._soon.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _ask(self) -> None:
        self._drop()
        state = self._state
        if state.workspace is None or not self._datasource:
            return
        self._job = Job(self.question(self._datasource))
        self._job.done.connect(self._show)
        self._job.start()

    def question(self, datasource: str) -> Callable[[], Readiness]:
        """Return what a worker may ask of the app as it is now."""
        view, others, unsaved = self._state.view().again(), self.others(), self._state.modified
        return lambda: readiness(view, datasource, others, unsaved=unsaved)

    def others(self) -> list[AppView]:
        """Return the app as its other environments see it, with what the keyring said of each."""
        state = self._state
        snapshot, versions = state.snapshot(), state.versions
        return [
            AppView(snapshot, env, state.variables_for(env), versions)
            for env in state.environments()
            if env != state.env
        ]

    # --- showing -------------------------------------------------------------------------

    def _show(self, found: Readiness) -> None:
        self._job = None
        focused = self.window().focusWidget()
        held = focused is not None and self.isAncestorOf(focused)
        if found != self.found:
            self.found = found
            self._list(found)
        if held and found.hindrances:  # the button that was pressed may be gone
            self.lines.findChildren(QPushButton)[0].setFocus()
        elif held:
            self.done.emit()
        self.setVisible(bool(found.hindrances))
        self.answered.emit()

    def _list(self, found: Readiness) -> None:
        here = self.tr("But the app itself will not send yet")
        elsewhere = self.tr("But not in every environment")
        self.banner.say(here if found.here else elsewhere, "", "warn")
        self.lines.setParent(None)
        self.lines.deleteLater()
        self.lines = QWidget()
        each = (self._line(one) for one in found.hindrances)
        column(*each, spacing=6, margins=(0, 4, 0, 0), inside=self.lines)
        self.banner.words.addWidget(self.lines)

    def _line(self, one: Hindrance) -> QWidget:
        text, slot = self._mend(one)
        mend: QPushButton = button(text, slot, role="small")
        mend.setAccessibleDescription(one.text)
        return BesideOrBelow((plain_label(one.text, "body", wrap=True), 1), mend)

    def _mend(self, one: Hindrance) -> tuple[str, Callable[[], object]]:
        """Return what a hindrance's button says and does."""
        if one.env is not None:
            return self.tr("Go to {0}").format(one.env), lambda: self._go(one)
        if one.id == "unsaved-changes":
            return self.tr("Save"), self.save_wanted.emit
        if one.id == "model-not-bound" and one.model is not None:
            text = self.tr("Bind {0} to {1}").format(one.model, one.datasource)
            return text, lambda: self._bind(text, one)
        return self.tr("Show"), lambda: self._go(one)

    def _go(self, one: Hindrance) -> None:
        """Show the environment and the page where it can be mended."""
        if one.env is not None:
            self._state.set_environment(one.env)
        names = [source.name for source in self._state.datasources()]
        if one.id != "model-not-bound" and one.datasource in names:
            self._state.select("datasource", one.datasource)
        else:
            self._state.select("bindings")

    def _bind(self, text: str, one: Hindrance) -> None:
        model, file = one.model, one.file
        if model is not None and file is not None:
            self._state.change(
                text,
                lambda workspace: bind(workspace, model, one.datasource, file),
                lambda why: self.banner.say(self.banner.title.text(), str(why)),
            )
