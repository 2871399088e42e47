"""The card “Sign-in”: how, as whom, with which password."""

import json

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QWidget

from loopmail.core.edit.presets import preset_of
from loopmail.core.js import Json
from loopmail.core.loopback.transport import SignIn, Transport, sign_in_of
from loopmail.core.secret_names import mask_value
from loopmail.ui.form.binding import lock
from loopmail.ui.form.card import FormCard, field_at
from loopmail.ui.form.oauth import OAuthRows
from loopmail.ui.form.row import FieldProblems, FieldRow
from loopmail.ui.form.secret_field import PASS
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import Banner, ChoiceBox, link_button, sentences

WAYS: tuple[SignIn, ...] = ("none", "password", "oauth2", "other")  # in the box's order
NONE, PASSWORD, OAUTH2, OTHER = range(4)
# Problems that say the same as a provider's advice.
_ADVISED = frozenset({"gmail-app-password", "microsoft-basic-auth", "wrong-kind-of-key"})


class SignInCard(FormCard):
    """The way of signing in decides which rows are shown."""

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__(values, parent)
        self.title.setText(self.tr("Sign-in"))
        self.way = ChoiceBox()
        self.way.setObjectName("field-sign-in")
        self.way.setToolTip("auth")
        self.way.setWhatsThis(
            self.tr(
                "Sign-in (auth)\nNone: the app sends without an account. User and password: what "
                "most servers want. OAuth 2: a token in place of the password, which Nodemailer 2 "
                "needs ready-made and later ones fetch."
            )
        )
        self.way.addItems([self.tr("None"), self.tr("User and password"), self.tr("OAuth 2")])
        self.way.currentIndexChanged.connect(self._choose)
        self.way_row = FieldRow(self.way)
        self.add_row(self.tr("Sign-in"), self.way_row, self.way, "g")
        self.user = self.add_field(field_at("/auth/user", self.tr("User"), "text"), mnemonic="U")
        password = field_at(PASS, self.tr("Password"), "secret")
        self.password = self.add_secret(password, "w", apart=True)
        self.add_row(self.tr("Keep password in"), self.password.home_row, self.password.home, "K")
        self.oauth = OAuthRows(self)
        self.advice = Banner("info")
        self._help_url = ""
        self._has_advice = self._advised = False
        show = link_button(self.tr("Show me"))
        show.clicked.connect(self._open_help)
        self.advice.add_button(show)
        self.body.addWidget(self.advice)

    def reset(self) -> None:
        """Forget what was typed and refused, for the transport left."""
        super().reset()
        self.oauth.reset()
        self.way_row.set_sentence("")

    def show_values(self, transport: Transport) -> None:
        """Show what the file says now."""
        auth = transport.effective("/auth")
        way = WAYS.index(sign_in_of(auth))
        if way == OAUTH2:  # made when first needed
            self.oauth.build(self.values.state.versions.nodemailer_major)
        with QSignalBlocker(self.way):
            if way == OTHER and self.way.count() == OTHER:
                self.way.addItem(self.tr("Something else"))
            elif way != OTHER and self.way.count() > OTHER:
                self.way.removeItem(OTHER)
            self.way.setCurrentIndex(way)
        if way == OTHER:
            shown = json.dumps(mask_value(("auth",), auth), ensure_ascii=False)
            self.way_row.set_sentence(
                self.tr(
                    "The file has “auth”: %1 here, which is not an object. It stays as it is "
                    "until you choose a way to sign in."
                ).replace("%1", shown)
            )
        else:
            self.way_row.set_sentence("")
        decides = transport.overruled("/auth")
        lock(self.way, decides is not None)
        note = ""
        if decides is not None:
            note = self.tr("{0} has the last word").format(decides)
        self.way_row.set_origin(note, decides)
        for one, visible in (
            (self.user.row, way in (PASSWORD, OAUTH2)),
            (self.password.row, way == PASSWORD),
            (self.password.home_row, way == PASSWORD),
        ):
            if one.isHidden() == visible:
                self.form.setRowVisible(one, visible)
        self.oauth.refresh(way == OAUTH2)
        self._show_advice(way, transport.effective("/host"))
        super().show_values(transport)

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about the sign-in."""
        super().show_problems(found)
        self.way_row.set_problems(found.get("/auth", ()))
        # Advice and a problem about the same are one card.
        cards = (self.way_row.card, self.user.row.card, self.password.row.card)
        said = [
            card.add_help(_ADVISED, self.tr("Show Me"), self._open_help) for card in cards if card
        ]
        self._advised = any(said)
        self.advice.setVisible(self._has_advice and not self._advised)

    def _show_advice(self, way: int, host: Json) -> None:
        preset = preset_of(host) if isinstance(host, str) else None
        # What providers say is about passwords; OAuth 2 is what they want.
        apt = way in (PASSWORD, OTHER)
        self._has_advice = preset is not None and bool(preset.advice) and apt
        self.advice.setVisible(self._has_advice and not self._advised)
        if preset is None:
            return
        self._help_url = preset.help_url
        user = self.tr("User: %1.").replace("%1", preset.user_hint.rstrip("."))
        day = self.tr("(as of %1)").replace("%1", preset.advice_date)
        self.advice.say("", sentences(preset.advice, user if preset.user_hint else "", day))

    def _open_help(self) -> None:
        if self._help_url.startswith("https://"):
            self.values.open_address(self._help_url)

    def _choose(self, way: int) -> None:
        if way == OTHER:
            return
        self.values.state.change(
            self.tr("Change Sign-in"),
            lambda _: self.values.changes({"/auth": self._new_auth(way)}),
            self.way_row.set_sentence,
        )

    def _new_auth(self, way: int) -> Json:
        """Return the `auth` block of a way; the user stays."""
        transport = self.values.transport
        fresh = transport.fresh_auth(WAYS[way], self.values.state.versions.nodemailer_major)
        host = transport.current("/host")
        if way == OAUTH2 and "type" in fresh and isinstance(host, str):
            from loopmail.oauth.sign_in import GOOGLE, endpoints_for

            known = endpoints_for(host)
            if known is not None and known != GOOGLE:
                fresh["accessUrl"] = known[1]  # Nodemailer would ask Google otherwise
        return fresh
