"""The page that chooses who sends the mail: all providers, another server, the mail catcher."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from loopmail.core.edit.datasources import valid_name
from loopmail.core.edit.presets import Group
from loopmail.core.edit.providers import GROUPS, Brand, brands, first_brands, search
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    bare,
    buddy_label,
    button,
    column,
    connect_all,
    em,
    heading,
    link_button,
    plain_label,
    row,
    say,
    set_tone,
)
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.tiles import Letter, Picture, Tile, TileGrid

FIRST_STEP_WIDTH = 105  # em, of the pages on which an app gets its mail
_SIDE = 7  # em
_TOP = 36


class SearchField(QLineEdit):
    """A field in which Down leads to what was found."""

    down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Leave downwards (Qt's virtual method)."""
        if event.key() == Qt.Key.Key_Down:
            self.down.emit()
        else:
            super().keyPressEvent(event)


class NoMailPage(QScrollArea):
    """Tiles to choose a provider from, as the first step to an app that sends.

    `name` is asked for only where that was wanted (`ask_name`); empty means the one proposed.
    """

    chosen = Signal(object, str)  # the Preset, and the address that was searched for
    other_wanted = Signal()
    bare_wanted = Signal(str)  # a data source of this name, without a provider
    paste_wanted = Signal()
    pasted = Signal(str)  # a text in place of a search
    catcher_wanted = Signal()

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._all = False  # whether all are listed
        self._brand: Brand | None = None  # whose region is to be chosen
        self._tiles: dict[str, Tile] = {}  # by what they stand for
        self.setObjectName("noMailPage")
        self.setProperty("role", "page")
        bare(self)
        self.title = heading(scale=1.75)
        self.title.setWordWrap(True)
        self.sentence = plain_label("", "muted", wrap=True)
        self._make_name()
        self._make_search()
        self.grid = TileGrid()
        self._groups: dict[Group, tuple[QLabel, TileGrid]] = {}  # made when first needed
        self._room = column(spacing=10)
        self.nothing = plain_label("", "muted", wrap=True)
        self.all = link_button("", self._show_all)
        self.back = link_button(self.tr("Back to All Providers"), self._go_back)
        self._make_offers()
        self._lay_out()
        connect_all(self._refresh, state.opened, state.changed, state.selection_changed)
        self.grid.left.connect(self._leave)
        self._list()
        self._refresh()

    def _make_name(self) -> None:
        self.name = QLineEdit()
        self.name.setObjectName("newName")
        self.name.setToolTip(self.tr("The key in datasources.json"))
        self.name.textChanged.connect(self._check_name)
        self.name.returnPressed.connect(self._take_name)
        self.objection = plain_label("", "error", wrap=True)
        self.name_row = QWidget()
        label = buddy_label(self.tr("Name"), self.name)
        self.go_on = button(self.tr("Add Without a Provider"), self._take_name)
        line = row(label, (self.name, 1), self.go_on, spacing=8)
        column(line, self.objection, spacing=3, inside=self.name_row)
        self.name_row.hide()
        self.objection.hide()

    def _make_search(self) -> None:
        self.search = SearchField()
        self.search.setObjectName("providerSearch")
        self.search.setAccessibleName(self.tr("Search providers"))
        hint = self.tr("Search {0} providers: a name, a former name or your address")
        self.search.setPlaceholderText(hint.format(len(brands())))
        glass = QAction(icon("search", "muted"), "", self.search)
        self.search.addAction(glass, QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._searched)
        self.search.returnPressed.connect(self._take_first)
        self.search.down.connect(self._enter_tiles)

    def _make_offers(self) -> None:
        self.paste = button(self.tr("Paste"), self.paste_wanted)
        self.paste.setAccessibleDescription(self.tr("Fill the form with what was copied"))
        self.other = button(self.tr("Other Server…"), self.other_wanted)
        self.catcher = button(self.tr("Use Mail Catcher"), self.catcher_wanted)
        self._offers = (
            _offer(
                "plug",
                self.tr("Other server"),
                self.tr(
                    "Enter host and port yourself, or paste an smtp:// URL, environment variables"
                    " or a swaks line anywhere in this window."
                ),
                self.paste,
                self.other,
            ),
            _offer(
                "inbox",
                self.tr("Catch the mail here while developing"),
                self.tr("The built-in mail catcher shows what the app sends and delivers nothing."),
                self.catcher,
            ),
        )

    def _lay_out(self) -> None:
        words = QWidget()
        words.setMaximumWidth(em(FIRST_STEP_WIDTH))
        column(
            self.title,
            self.sentence,
            self.name_row,
            self.search,
            self.nothing,
            self.grid,
            self._room,
            row(self.all, self.back, 1),
            *self._offers,
            1,
            spacing=10,
            margins=(em(_SIDE), _TOP, em(_SIDE), 20),
            inside=words,
        )
        page = QWidget()
        page.setProperty("role", "page")
        row(1, (words, 20), 1, spacing=0, inside=page)
        self.setWidget(page)

    # --- showing -------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Say whether the app has no mail yet, or gets another data source."""
        state = self._state
        kind, name = state.selection
        if state.workspace is None or kind != "add":
            return
        for offer in self._offers:
            offer.setVisible(not name)
        if name:
            self.title.setText(self.tr("Another provider for {0}").format(name))
            self.sentence.setText(self.tr("All settings but those of the server stay."))
        elif any(one.is_mail for one in state.datasources()):
            self.title.setText(self.tr("Add a mail data source"))
            self.sentence.setText(self.tr("Choose who sends its mail."))
        else:
            self.title.setText(self.tr("This app cannot send mail yet"))
            self.sentence.setText(
                self.tr(
                    "None of its data sources uses the mail connector; what its code may set up"
                    " itself is not seen here. Choose who sends its mail; two fields later you"
                    " can send a test."
                )
            )

    def begin(self) -> None:
        """Begin anew: nothing searched for, the first providers, the focus in the search."""
        self.name_row.hide()
        self._all = False
        self._brand = None
        self.search.clear()
        self._list()
        self.verticalScrollBar().setValue(0)
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_name(self, proposed: str) -> None:
        """Ask for the new data source's name as well, and for that first."""
        self.begin()
        self.name_row.show()
        self.name.setText(proposed)
        self.name.selectAll()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def wanted_name(self) -> str:
        """Return the name that was asked for, empty if none was."""
        return "" if self.name_row.isHidden() else self.name.text()

    def _check_name(self, text: str) -> None:
        if self._state.workspace is None:
            return
        objection = valid_name(self._state.snapshot(), text) or ""
        say(self.objection, objection)
        set_tone(self.name, "error" if objection else None)
        self.go_on.setEnabled(not objection)

    def _take_name(self) -> None:
        if self.go_on.isEnabled():
            self.bare_wanted.emit(self.name.text())

    # --- the tiles -----------------------------------------------------------------------

    def _searched(self, text: str) -> None:
        from loopmail.core.edit.pasted import read_pasted

        if read_pasted(text) is not None:
            self.search.clear()
            self.pasted.emit(text)
            return
        self._brand = None
        self._list()

    def _show_all(self) -> None:
        self._all = True
        self._list()
        self._tiles[brands()[0].name].setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_back(self) -> None:
        brand, self._brand = self._brand, None
        self._list()
        tile = self._tiles.get(brand.name) if brand is not None else None
        target = tile if tile is not None and not tile.isHidden() else self.search
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _list(self) -> None:
        """Show the tiles of the first providers, of all, of what was found, or of regions."""
        text, grouped = self.search.text().strip(), False
        if self._brand is not None:
            tiles = [self._region_tile(at) for at in range(len(self._brand.presets))]
        elif text:
            tiles = [self._brand_tile(brand) for brand in search(text)]
        else:
            grouped = self._all
            tiles = [] if grouped else [self._brand_tile(brand) for brand in first_brands()]
        say(self.nothing, "" if tiles or grouped else self._why_nothing(text))
        if self._brand is not None:
            say(self.nothing, self.tr("{0}: which region?").format(self._brand.name))
        self._show_groups(grouped)
        self.grid.show_tiles(tiles)
        self.all.setText(self.tr("All {0} providers").format(len(brands())))
        self.all.setVisible(self._brand is None and not text and not grouped)
        self.back.setVisible(self._brand is not None)

    def _why_nothing(self, text: str) -> str:
        if "@" in text:
            domain = text.rpartition("@")[2]
            return self.tr(
                "“{0}” is not a provider's own domain. Many companies have their mail at Google"
                " (GMail) or Microsoft 365; else take Other Server."
            ).format(domain)
        return self.tr("No provider is called “{0}”. Other Server takes any host.").format(text)

    def _show_groups(self, wanted: bool) -> None:
        titles = {
            "mailbox": self.tr("Mailboxes"),
            "service": self.tr("Sending services"),
            "catcher": self.tr("For development: nothing is delivered"),
        }
        for group in GROUPS if wanted or self._groups else ():
            if group not in self._groups:
                title, grid = plain_label(titles[group], "heading"), TileGrid()
                grid.left.connect(partial(self._leave_group, group))
                self._groups[group] = (title, grid)
                self._room.addWidget(title)
                self._room.addWidget(grid)
            title, grid = self._groups[group]
            listed = [b for b in brands() if b.group == group] if wanted else []
            title.setVisible(wanted)
            grid.show_tiles([self._brand_tile(brand) for brand in listed])

    def _brand_tile(self, brand: Brand) -> Tile:
        tile = self._tiles.get(brand.name)
        if tile is None:
            tile = self._tiles[brand.name] = Tile(Letter(brand.letter), brand.name, "")
        else:
            tile.clicked.disconnect()
        one_region = len(brand.presets) == 1 and brand.presets[0].region
        tile.say(one_region or brand.detail)
        tile.clicked.connect(partial(self._choose, brand))
        return tile

    def _region_tile(self, at: int) -> Tile:
        assert self._brand is not None
        preset = self._brand.presets[at]
        tile = self._tiles.get(preset.id)
        if tile is None:
            short, _, rest = preset.region.partition(", ")
            picture = Letter(self._brand.letter)
            tile = self._tiles[preset.id] = Tile(picture, short, rest or preset.host)
            tile.setAccessibleName(f"{self._brand.name}, {preset.region}")
            tile.clicked.connect(partial(self._take, preset.id))
        return tile

    def _choose(self, brand: Brand, _checked: bool = False) -> None:
        if len(brand.presets) > 1:
            self._brand = brand
            self._list()
            self.grid.tiles[0].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._take(brand.presets[0].id)

    def _take(self, preset: str, _checked: bool = False) -> None:
        from loopmail.core.edit.presets import find_preset

        text = self.search.text().strip()
        self.chosen.emit(find_preset(preset), text if "@" in text else "")

    # --- by keys -------------------------------------------------------------------------

    def _shown(self) -> list[Tile]:
        tiles = [*self.grid.tiles]
        for _, grid in self._groups.values():
            tiles += grid.tiles
        return tiles

    def _take_first(self) -> None:
        if tiles := self._shown():
            tiles[0].click()

    def _enter_tiles(self) -> None:
        if tiles := self._shown():
            tiles[0].setFocus(Qt.FocusReason.TabFocusReason)

    def _leave(self, down: int) -> None:
        target = self.search if down < 0 else (self.all if self.all.isVisible() else self.paste)
        target.setFocus(Qt.FocusReason.TabFocusReason)

    def _leave_group(self, group: Group, down: int) -> None:
        at = GROUPS.index(group) + down
        if at < 0:
            self.search.setFocus(Qt.FocusReason.TabFocusReason)
        elif at < len(GROUPS):
            tiles = self._groups[GROUPS[at]][1].tiles
            tiles[0 if down > 0 else -1].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.paste.setFocus(Qt.FocusReason.TabFocusReason)

    def focusNextPrevChild(self, following: bool) -> bool:  # noqa: N802
        """Scroll to what gets the focus (Qt's virtual method)."""
        moved = super().focusNextPrevChild(following)
        if moved and (focused := self.focusWidget()) is not None:
            self.ensureWidgetVisible(focused, 0, em(4))
        return moved

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape goes back from the regions, or empties the search (Qt's virtual method)."""
        if event.key() == Qt.Key.Key_Escape and self._brand is not None:
            self._go_back()
        elif event.key() == Qt.Key.Key_Escape and (self._all or self.search.text()):
            self.begin()
        else:
            super().keyPressEvent(event)


def _offer(image: str, title: str, text: str, *buttons: QWidget) -> QFrame:
    """Return a card: a picture, a title and a sentence, and what can be pressed."""
    card = QFrame()
    card.setProperty("role", "card")
    words: QVBoxLayout = column(
        plain_label(title, "heading", wrap=True), plain_label(text, "muted", wrap=True), spacing=1
    )
    row(Picture(image), (words, 1), *buttons, spacing=12, margins=(14, 10, 14, 10), inside=card)
    return card
