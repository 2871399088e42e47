"""Help › About: versions, folders, and the licences of all that the program is made of."""

import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import PySide6
from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QTabWidget, QWidget

from loopmail import __version__
from loopmail.core.app.journal import journal_folder
from loopmail.log import log_folder
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import (
    PAGE_MARGINS,
    ReadOnlyText,
    add_tabs,
    button,
    column,
    em,
    heading,
    plain_label,
    set_role,
)

_SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse

# --- Licences ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Licence:
    """A part of the program: its name and version, its licence's name, and the text if it came."""

    name: str
    version: str
    licence: str
    text: str = ""


# What is shipped without being a package of Python's.
_OTHERS = (
    Licence("Python", platform.python_version(), "PSF-2.0"),
    Licence("Nodemailer (its list of mail services)", "2.7, 4.7, 6.10", "MIT, MIT-0"),
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r";.*\bextra\s*==")
_TEXT = re.compile(r"(?i)(?:^|/)(?:licen[cs]e|copying|notice|authors)[^/]*$")


def licences(root: str = "loopmail") -> list[Licence]:
    """Return the licences of a package and of all that it needs, as far as it is installed here.

    What is needed on other systems only, or for an extra, is left out.
    """
    found: dict[str, Licence] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        found[key] = _licence(package)
        waiting += _needed(package)
    first = found.pop(root, None) or Licence(root, __version__, "MIT")
    others = sorted((*found.values(), *_OTHERS), key=lambda one: one.name.lower())
    return [first, *others]


def _needed(package: Distribution) -> Iterator[str]:
    for line in package.requires or ():
        name = _NAME.match(line)
        if name is not None and not _EXTRA.search(line):
            yield name.group()


def _licence(package: Distribution) -> Licence:
    told = package.metadata
    name = _field(package, "License-Expression")
    if not name:
        kinds = told.get_all("Classifier") or []
        names = [one.rpartition(" :: ")[2] for one in kinds if one.startswith("License :: ")]
        short = _field(package, "License")
        name = short if short and "\n" not in short and len(short) < 80 else ", ".join(names)
    files = [one for one in package.files or () if ".dist-info/" in str(one)]
    texts = [one.read_text(encoding="utf-8") for one in files if _TEXT.search(one.as_posix())]
    if not texts and "LGPL-3.0" in name:  # Qt's packages come without it
        texts = ["https://www.gnu.org/licenses/lgpl-3.0.html; source: https://code.qt.io"]
    return Licence(told["Name"], package.version, name or "see its text", "\n\n".join(texts))


def _field(package: Distribution, name: str) -> str:
    told = package.metadata
    return told[name].strip() if name in told else ""


def licences_text() -> str:
    """Return all licences as one text: the list first, then each licence's own words."""
    found = licences()
    lines = [f"{one.name} {one.version}: {one.licence}" for one in found]
    for one in found:
        if one.text:
            lines += ["", f"{'=' * 8} {one.name} {one.version} {'=' * 8}", "", one.text.strip()]
    return "\n".join(lines) + "\n"


# --- The dialog -------------------------------------------------------------------------


class AboutDialog(QDialog):
    """Tells what a report of a fault needs, ready to be copied; it names no file of the user's."""

    def __init__(self, state: AppState, settings_place: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self.setWindowTitle(self.tr("About loopmail"))
        set_role(self, "page")
        self.facts = self._facts(state, settings_place)
        about = self.tr("Set up, test and mend the e-mail of LoopBack 2 and 3 applications.")
        licence = self.tr("Free software under the MIT licence.")
        form = QFormLayout()
        form.setContentsMargins(0, 10, 0, 0)
        form.setHorizontalSpacing(em(2))
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for name, value in self.facts:
            shown = plain_label(value, wrap=True)
            shown.setTextInteractionFlags(_SELECTABLE)
            form.addRow(plain_label(name, "muted"), shown)
        first = QWidget()
        told = (plain_label(about, wrap=True), plain_label(licence, "muted", wrap=True))
        column(heading("loopmail"), *told, form, 1, spacing=8, margins=PAGE_MARGINS, inside=first)
        self.licences = ReadOnlyText(self.tr("Licences"))
        self.licences.setObjectName("licences")
        self.tabs = add_tabs(QTabWidget(), (self.tr("Versions"), first))
        add_tabs(self.tabs, (self.tr("Licences"), self.licences))
        self.tabs.currentChanged.connect(self._show_licences)
        self._job: Job | None = None
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        copy = button(self.tr("Copy"), self._copy, name="aboutCopy")
        copy.setToolTip(self.tr("Copy the versions, e.g. for a report"))
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        column((self.tabs, 1), buttons, spacing=8, margins=None, inside=self)
        self.resize(em(82), em(62))

    def _facts(self, state: AppState, settings_place: str) -> list[tuple[str, str]]:
        versions = state.versions
        found = f"{versions.loopback}, loopback-boot {versions.boot}"
        if state.workspace is None:
            found = nodemailer = self.tr("no app is open")
        elif versions.assumed:
            found = self.tr("{0} (assumed)").format(found)
            nodemailer = self.tr("{0} (assumed)").format(versions.nodemailer)
        else:
            nodemailer = versions.nodemailer
        keyring = state.keyring.name or self.tr("not asked yet")
        if state.keyring.error is not None:
            keyring = self.tr("not available")
        return [
            ("loopmail", __version__),
            ("Python", f"{platform.python_version()} ({sys.platform}, {platform.machine()})"),
            ("Qt", f"{qVersion()} ({QGuiApplication.platformName()})"),
            ("PySide", PySide6.__version__),
            (self.tr("Keyring"), keyring),
            ("LoopBack", found),
            ("Nodemailer", nodemailer),
            (self.tr("Settings"), settings_place),
            (self.tr("Log"), str(log_folder())),
            (self.tr("Unsaved changes"), str(journal_folder())),
        ]

    def _copy(self) -> None:
        text = "\n".join(f"{name}: {value}" for name, value in self.facts)
        QGuiApplication.clipboard().setText(text)

    def _show_licences(self, at: int) -> None:
        """Read the licences in a worker when they are wanted first."""
        if self.tabs.widget(at) is not self.licences or self._job is not None:
            return
        self.licences.setPlainText(self.tr("Reading…"))
        self._job = Job(licences_text)
        self._job.done.connect(self.licences.setPlainText)
        self._job.failed.connect(lambda error: self.licences.setPlainText(str(error)))
        self.finished.connect(self._job.cancel)
        self._job.start()
