"""The window's composition root.

Start-up in order:
1. QApplication with its names, theme and translations.
2. State, settings and the empty main window; it is shown and painted once.
3. Only then the folder is opened, by a worker; the pages, the keyring, TLS and the JSON schemas
   are imported when they are needed first (the rule stands in `loopmail.ui`).
4. The event loop; when it ends, `worker.wait_for_all` has run in the window's closeEvent.
"""

import logging
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from loopmail import __version__
from loopmail.assets import resource
from loopmail.log import log_to_file, only_places, report_text
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.theme import apply_theme
from loopmail.ui.window.main_window import MainWindow

_log = logging.getLogger(__name__)

_QT_TRANSLATIONS = QLibraryInfo.LibraryPath.TranslationsPath
# How long the window waits for Python while a worker computes; it waits many times in one
# painting, so that Python's own 5 ms would be seen.
_SWITCH_SECONDS = 0.0005


def run_window(path: Path | None, demo: bool = False, *, verbose: bool = False) -> int:
    """Show the window and run it to its end; return the exit code.

    `path` is the app's folder to open; `demo` opens the sample app with the mail catcher;
    `verbose` writes everything to the log.
    """
    log_to_file(verbose=verbose)
    app = make_application()
    window = make_window(Settings())
    window.show()
    app.processEvents()  # the first paint
    _log.info("loopmail %s, Python %s, %s", __version__, sys.version.split()[0], sys.platform)
    if demo:
        QTimer.singleShot(0, window, window.open_sample)
    elif path is not None:
        QTimer.singleShot(0, window, lambda: window.files.open(path))
    return app.exec()


def make_application() -> QApplication:
    """Make the QApplication with its names, look and language."""
    QCoreApplication.setOrganizationName("loopmail")
    QCoreApplication.setApplicationName("loopmail")
    QCoreApplication.setApplicationVersion(__version__)
    QGuiApplication.setDesktopFileName("io.github.loopmail.loopmail")
    app = QApplication(sys.argv[:1])
    sys.setswitchinterval(_SWITCH_SECONDS)
    translate_into(QLocale.system(), str(resource("i18n")), app)
    apply_theme(app)
    return app


def make_window(settings: Settings) -> MainWindow:
    """Make the main window and what it shows; nothing heavy is imported."""
    state = AppState()
    window = MainWindow(state, settings)
    state.setParent(window)
    catch_surprises(window)
    return window


def translate_into(locale: QLocale, folder: str, app: QCoreApplication) -> list[QTranslator]:
    """Install the translators of a language if `folder` has the program's texts in it.

    Qt's own texts (“Cancel”, the direction of writing) go with them: alone they would make a
    window of two languages, as would dates; these are English then, in the country's order.
    """
    ours, qts = QTranslator(app), QTranslator(app)
    if not ours.load(locale, "loopmail", "_", folder):
        english = QLocale(QLocale.Language.English, locale.territory())
        if english.territory() != locale.territory():  # one that has no English of its own
            english = QLocale(QLocale.Language.English, QLocale.Country.World)
        QLocale.setDefault(english)
        return []
    found = [ours]
    if qts.load(locale, "qtbase", "_", QLibraryInfo.path(_QT_TRANSLATIONS)):
        found.insert(0, qts)  # the last one is asked first
    for translator in found:
        app.installTranslator(translator)
    return found


def catch_surprises(window: MainWindow) -> None:
    """Show what nobody expected as a banner with a report; the session with its changes goes on."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.exit(130)
            return
        from loopmail.ui.window.help import show_report

        report = report_text(kind, trace)
        _log.error("Unexpected error", extra=only_places(error))
        where = report.strip().splitlines()[-1].strip()

        def show() -> None:
            show_report(window, report)

        window.messages.show_message(
            "surprise",
            "error",
            window.tr("Something unexpected happened."),
            window.tr("Your changes are still here; save them. ({0} at {1})").format(
                kind.__name__, where
            ),
            [(window.tr("Show Report"), show)],
        )

    sys.excepthook = hook
