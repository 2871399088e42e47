"""The rows of an OAuth 2 sign-in, for the Nodemailer that applies."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from loopmail.ui.form.binding import FieldBinding
from loopmail.ui.form.card import FormCard, oauth_fields
from loopmail.ui.form.secret_field import SecretField
from loopmail.ui.widgets.building_blocks import Banner, link_button

if TYPE_CHECKING:
    from loopmail.oauth.sign_in import Tokens
    from loopmail.ui.form.browser_sign_in import BrowserSignInRow

REFRESH = "/auth/refreshToken"
# Those that everybody needs, in this order.
_MAIN = (
    *("/auth/clientId", "/auth/clientSecret", REFRESH),
    *("/auth/accessToken", "/auth/accessUrl", "/auth/xoauth2"),
)


class OAuthRows(QObject):
    """Adds the rows to the card and shows or hides them together."""

    def __init__(self, card: FormCard) -> None:
        super().__init__(card)
        self._card = card
        self._major = 0
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
        self.toggle.toggled.connect(card.refresh)
        card.header.addWidget(self.toggle)

    def build(self, major: int) -> None:
        """Make the rows for this Nodemailer; nothing happens if they are there."""
        if major == self._major:
            return
        self._major = major
        card = self._card
        for binding in self._bindings:
            card.bindings.remove(binding)
        for secret in self.secrets.values():
            card.secrets.remove(secret)
        for row in (*self._main, *self._more):
            card.form.removeRow(row)
        self.secrets, self._bindings, self._main, self._more = {}, [], [], []
        self.browser = None
        order = {path: at for at, path in enumerate(_MAIN)}
        for field in sorted(oauth_fields(major), key=lambda one: order.get(one.path, len(order))):
            if field.path == REFRESH:
                from loopmail.ui.form.browser_sign_in import BrowserSignInRow

                self.browser = BrowserSignInRow(card.values, self)
                self.browser.granted.connect(self._store)
                card.add_row("", self.browser.row)
                self._main.append(self.browser.row)
            rows = self._main if field.path in order else self._more
            if field.kind == "secret":
                self.secrets[field.path] = card.add_secret(field)
                rows.append(self.secrets[field.path].row)
            else:
                self._bindings.append(card.add_field(field))
                rows.append(self._bindings[-1].row)

    def _store(self, tokens: "Tokens") -> None:
        """Keep the refresh token at its home."""
        self.secrets[REFRESH].store(tokens.refresh_token)

    def refresh(self, visible: bool) -> None:
        """Show the rows if OAuth 2 is the way to sign in (`visible`), else hide them."""
        more = visible and self.toggle.isChecked()
        for rows, shown in ((self._main, visible), (self._more, more)):
            for row in rows:
                self._card.form.setRowVisible(row, shown)
        self.toggle.setVisible(visible and bool(self._more))
        self.toggle.setText(
            self.tr("Fewer OAuth 2 settings")
            if self.toggle.isChecked()
            else self.tr("More OAuth 2 settings")
        )
        self.limits.setVisible(visible and REFRESH not in self.secrets)
        if visible and self.browser is not None:
            self.browser.refresh()

    def reset(self) -> None:
        """Give up a sign-in under way: it belongs to the transport left."""
        if self.browser is not None:
            self.browser.reset()
