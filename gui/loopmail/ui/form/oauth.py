"""The rows of an OAuth 2 sign-in, for the Nodemailer that applies."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from loopmail.core.edit.fields import Field
from loopmail.ui.form.binding import FieldBinding
from loopmail.ui.form.card import FormCard, oauth_fields
from loopmail.ui.form.secret_field import SecretField
from loopmail.ui.widgets.building_blocks import Banner, link_button

if TYPE_CHECKING:
    from loopmail.oauth.sign_in import Tokens
    from loopmail.ui.form.browser_sign_in import BrowserSignInRow

_FIRST = ("/auth/clientId", "/auth/clientSecret", "/auth/refreshToken")
_MAIN = (*_FIRST, "/auth/accessToken", "/auth/accessUrl", "/auth/xoauth2")
REFRESH = "/auth/refreshToken"


def _in_order(major: int) -> list[Field]:
    """Return the fields of this Nodemailer, those that everybody needs first."""
    order = {path: at for at, path in enumerate(_MAIN)}
    return sorted(oauth_fields(major), key=lambda field: order.get(field.path, len(order)))


class OAuthRows(QObject):
    """Adds the rows to the card and shows or hides them together."""

    def __init__(self, card: FormCard) -> None:
        super().__init__(card)
        self._card = card
        self._major = 0
        self._visible = False
        self.secrets: dict[str, SecretField] = {}
        self._bindings: list[FieldBinding] = []
        self._main: list[QWidget] = []
        self._more: list[QWidget] = []
        self.browser: BrowserSignInRow | None = None
        self.limits = Banner("warn")
        self.limits.say(
            self.tr("LoopBack 2 needs a ready-made access token."),
            self.tr(
                "It ends after about an hour and nothing renews it: Nodemailer 2 reads no client"
                " ID and no refresh token from a file. For an app that runs longer use an app"
                " password, a relay, or LoopBack 3."
            ),
        )
        self.limits.hide()
        card.body.addWidget(self.limits)
        self.toggle = link_button(self.tr("More OAuth 2 settings"))
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._show_rows)
        card.header.addWidget(self.toggle)

    def build(self, major: int) -> None:
        """Make the rows for this Nodemailer; nothing happens if they are there."""
        if major == self._major:
            return
        self._major = major
        form, card = self._card.form, self._card
        for binding in self._bindings:
            card.bindings.remove(binding)
        for row in (*self._main, *self._more):
            form.removeRow(row)
        self.secrets, self._bindings, self._main, self._more = {}, [], [], []
        self.browser = None
        for field in _in_order(major):
            if field.path == REFRESH:
                self._add_browser()
            (self._main if field.path in _MAIN else self._more).append(self._add(field))

    def _add(self, field: Field) -> QWidget:
        if field.kind != "secret":
            binding = self._card.add_field(field)
            self._bindings.append(binding)
            return binding.row
        secret = SecretField(self._card.values, field.path, field.label, self)
        secret.edit.setToolTip(f"{field.key}\n{field.help}")
        self._card.add_row(field.label, secret.row, secret.edit)
        self.secrets[field.path] = secret
        return secret.row

    def _add_browser(self) -> None:
        from loopmail.ui.form.browser_sign_in import BrowserSignInRow

        browser = BrowserSignInRow(self._card.values, self)
        browser.granted.connect(self._store)
        self._card.add_row("", browser.row)
        self._main.append(browser.row)
        self.browser = browser

    def _store(self, tokens: "Tokens") -> None:
        """Keep the refresh token at its home."""
        self.secrets[REFRESH].store(tokens.refresh_token)

    # -- showing ------------------------------------------------------------------------------

    def refresh(self, visible: bool) -> None:
        """Show the rows if OAuth 2 is the way to sign in (`visible`), else hide them."""
        self._visible = visible
        self._show_rows()
        if not visible:
            return
        for secret in self.secrets.values():
            secret.refresh()
        if self.browser is not None:
            self.browser.refresh()

    def _show_rows(self) -> None:
        form = self._card.form
        for row in self._main:
            form.setRowVisible(row, self._visible)
        for row in self._more:
            form.setRowVisible(row, self._visible and self.toggle.isChecked())
        self.toggle.setVisible(self._visible and bool(self._more))
        self.toggle.setText(
            self.tr("Fewer OAuth 2 settings")
            if self.toggle.isChecked()
            else self.tr("More OAuth 2 settings")
        )
        self.limits.setVisible(self._visible and REFRESH not in self.secrets)

    def reset(self) -> None:
        """Forget typed secrets and a sign-in under way, for the transport left."""
        for secret in self.secrets.values():
            secret.reset()
        if self.browser is not None:
            self.browser.reset()

    def flush(self) -> None:
        """Store what was typed."""
        for secret in self.secrets.values():
            secret.flush()
