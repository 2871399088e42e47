"""The menu Help, and the report of an unexpected error. No window of it stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QWhatsThis, QWidget

from loopmail.log import log_folder
from loopmail.ui.widgets.building_blocks import ReadOnlyText, button, column, em, plain_label

if TYPE_CHECKING:
    from loopmail.ui.window.main_window import MainWindow

# By this name and with the texts themselves, so that lupdate finds them.
translate = QCoreApplication.translate


def show_about(window: MainWindow) -> QDialog:
    """Say what the program is, of which versions it is made, and where its folders are."""
    from loopmail.ui.dialogs.about import AboutDialog

    return _shown(AboutDialog(window.state, window.settings.place, window))


def show_shortcuts(window: MainWindow) -> QDialog:
    """List the keys of all actions, by menu."""
    from loopmail.ui.dialogs.shortcuts import ShortcutsDialog

    return _shown(ShortcutsDialog(window.menuBar(), window))


def show_how_it_reads(window: MainWindow) -> QDialog:
    """Explain how LoopBack comes to the data source that is shown, or to any."""
    from loopmail.ui.dialogs.how_it_reads import HowItReadsDialog

    return _shown(HowItReadsDialog(window.state, window))


def whats_this(window: MainWindow) -> None:
    """Explain the field with the focus; without one, let the user click on what to explain."""
    focus = QApplication.focusWidget()
    if focus is None or not focus.whatsThis():
        QWhatsThis.enterWhatsThisMode()
        return
    below = focus.mapToGlobal(focus.rect().bottomLeft())
    QWhatsThis.showText(below, focus.whatsThis(), focus)


def open_log(window: MainWindow) -> None:
    """Show the folder of the log in the system's file manager."""
    from loopmail.core.disk.private_files import make_private_folder
    from loopmail.ui.session.browser import open_address

    folder = log_folder()
    try:
        make_private_folder(folder)
    except OSError as error:
        told = translate("Help", "{0} cannot be made: {1}").format(folder, error.strerror)
        window.messages.show_message("log", "warn", "", told)
        return
    url = QUrl.fromLocalFile(str(folder)).toString()
    if not open_address(window.state, url):
        told = translate("Help", "Nothing on this system opens folders. The log is in {0}.")
        window.messages.show_message("log", "info", "", told.format(folder))


def _shown(dialog: QDialog) -> QDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog


# --- Reports of unexpected errors -----------------------------------------------------


def show_report(parent: QWidget, text: str) -> QDialog:
    """Show a report with a button that copies it; not modal."""
    dialog = QDialog(parent)
    dialog.setObjectName("crashReport")
    dialog.setWindowTitle(translate("Help", "Report of an unexpected error"))
    told = plain_label(
        translate(
            "Help",
            "The report names places in the program, and nothing of your files or passwords.",
        ),
        wrap=True,
    )
    shown = ReadOnlyText(translate("Help", "Report"))
    shown.setPlainText(text)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    copy = button(translate("Help", "Copy"), lambda: QGuiApplication.clipboard().setText(text))
    buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
    column(told, (shown, 1), buttons, margins=None, inside=dialog)
    dialog.resize(em(78), em(45))
    return _shown(dialog)
