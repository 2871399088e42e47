"""One transport of a data source: what a layer says, what LoopBack loads, where a change goes.

A data source gives its transports as a list `transports` or a single object `transport`. Where both
remain after merging the layers, LoopBack takes `transports` and never looks at `transport`
(loopback 3.28 lib/connectors/mail.js, the same in 2.x). Merging the layers keeps both keys, so a
layer that says `transports` over one that says `transport` drops that one with its sign-in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import BASE_FILE, reading_place
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.jsontext.pointer import at, format_pointer, parse_pointer
from loopmail.core.loopback.connectors import MAIL
from loopmail.core.loopback.datasources import layer_values
from loopmail.core.loopback.effective import EffectiveDatasource, Origin
from loopmail.core.nodemailer.connector import other_way, smtp_options, transport_key
from loopmail.core.nodemailer.node_settings import checks_certificate as checks_certificate
from loopmail.core.nodemailer.rules import rules_for
from loopmail.core.nodemailer.smtp import server_names

SignIn = Literal["none", "password", "oauth2", "other"]

_BESIDE_URL = frozenset({"type", "alias", "url"})


@dataclass(frozen=True, slots=True)
class Place:
    """A JSON Pointer in a file of the app."""

    file: str
    pointer: str

    def child(self, *tokens: str | int) -> "Place":
        """Return the place of a member below this one."""
        return Place(self.file, self.pointer + format_pointer(tokens))


def place_in(source: EffectiveDatasource, pointer: str) -> Place:
    """Return where an effective value (JSON Pointer within the data source) stands in the files.

    Of a value that is not there it is the place beside its siblings.
    """
    exact = source.origins.get(pointer)
    if exact and exact.file:
        return Place(exact.file, exact.pointer)
    below = pointer + "/"
    for leaf, origin in source.origins.items():
        if origin.file and leaf.startswith(below):
            return Place(origin.file, origin.pointer[: len(pointer) - len(leaf)])
    if not pointer:
        return Place(BASE_FILE, format_pointer([source.name]))
    *parents, last = parse_pointer(pointer)
    return place_in(source, format_pointer(parents)).child(last)


def sign_in_of(auth: Json) -> SignIn:
    """Tell which way of signing in an `auth` block asks for."""
    if auth is UNDEFINED or auth is None:
        return "none"
    if not isinstance(auth, dict):
        return "other"
    kind = auth.get("type")
    if (isinstance(kind, str) and kind.lower() == "oauth2") or "xoauth2" in auth:
        return "oauth2"
    return "password"


def keys_read(settings: dict[str, Json]) -> dict[str, Json]:
    """Return the keys that count: a `url` makes Nodemailer drop every other one."""
    if not truthy(settings.get("url")):
        return settings
    return {key: value for key, value in settings.items() if key in _BESIDE_URL}


def loaded_transports(settings: Mapping[str, Json]) -> list[tuple[str, Json]]:
    """Return (JSON Pointer within the data source, value) of the transports LoopBack takes."""
    key = transport_key(settings)
    if key != "transports":
        return [] if key is None else [("/transport", settings[key])]
    items = settings[key] if isinstance(settings[key], list) else []
    return [(f"/transports/{number}", item) for number, item in enumerate(items)]


class Transport:
    """One transport (or with `index` None the data source itself), seen from one layer.

    `loaded` is the data source as LoopBack loads it for the chosen environment, None if it does
    not; `is_read`: whether it reads this layer there. Paths are JSON Pointers that begin at the
    transport: `/auth/user`. An object of this class shows one snapshot and never changes; make
    another one after an edit.
    """

    def __init__(
        self,
        snapshot: Snapshot | None,
        file: str,
        datasource: str,
        index: int | None = 0,
        *,
        loaded: EffectiveDatasource | None = None,
        is_read: bool = True,
    ) -> None:
        self.is_read = is_read
        self.file, self.datasource, self.index, self.loaded = file, datasource, index, loaded
        self.settings: Json = UNDEFINED  # what the layer says of the data source
        self._beneath: list[tuple[str, dict[str, Json]]] = []  # what layers read before it say
        self._later: list[tuple[str, dict[str, Json]]] = []
        here = reading_place(file)[:2]  # a place that all environments' files share
        layers = layer_values(snapshot, "datasources") if snapshot is not None else {}
        for name, value in layers.items():
            part = value.get(datasource, UNDEFINED)
            if name == file:
                self.settings = part
            elif isinstance(part, dict) and (there := reading_place(name)[:2]) != here:
                (self._beneath if there < here else self._later).append((name, part))
        self._part: dict[str, Json] = self.settings if isinstance(self.settings, dict) else {}
        self.prefix = "" if index is None else self._find_prefix(index)
        # The layer calls its list of transports `transport`, which LoopBack cannot use: the first
        # edit renames it.
        self._misnamed = (
            self.prefix.startswith("/transports")
            and isinstance(self._part.get("transport"), list)
            and "transports" not in self._part
        )
        stands_at = self.prefix
        if self._misnamed:
            stands_at = stands_at.replace("transports", "transport", 1)
        self.value = at(self.settings, parse_pointer(stands_at))
        self._own: dict[str, Json] = {}
        self._options: dict[int, tuple[Mapping[str, Json], Mapping[str, str]]] = {}

    # --- where it stands -----------------------------------------------------------------

    def _find_prefix(self, index: int) -> str:
        """Return where a value of this layer counts, once it is merged with those beneath it."""
        merged: dict[str, Json] = {}
        for part in (*(part for _, part in self._beneath), self._part):
            merged.update((key, part[key]) for key in ("transports", "transport") if key in part)
        key = transport_key(merged)
        if key is None and any(_is_single(part) for _, part in self._later):
            return "/transport"
        single = key == "transport" and isinstance(merged["transport"], dict)
        return "/transport" if single else f"/transports/{index}"

    def pointer(self, path: str) -> str:
        """Return the JSON Pointer in the layer's file of a path."""
        return format_pointer([self.datasource]) + self.prefix + path

    # --- reading -------------------------------------------------------------------------

    def own(self, path: str) -> Json:
        """Return what the layer says, or UNDEFINED."""
        if path not in self._own:  # a form asks for each of its fields several times
            self._own[path] = at(self.value, parse_pointer(path))
        return self._own[path]

    @cached_property
    def loaded_prefix(self) -> str:
        """The JSON Pointer of the transport within the data source as LoopBack loads it."""
        if self.index is None or self.loaded is None:
            return self.prefix
        return "/transport" if _is_single(self.loaded.settings) else f"/transports/{self.index}"

    @cached_property
    def loaded_value(self) -> Json:
        """The transport as LoopBack loads it; as the layer has it where it loads none."""
        if self.loaded is None:
            return self.value
        return at(self.loaded.settings, parse_pointer(self.loaded_prefix))

    def effective(self, path: str) -> Json:
        """Return what LoopBack loads, or UNDEFINED; the layer's own value where it loads nothing."""
        return at(self.loaded_value, parse_pointer(path))

    def current(self, path: str) -> Json:
        """Return the layer's own value, or else the effective one."""
        own = self.own(path)
        return self.effective(path) if own is UNDEFINED else own

    def origin(self, path: str) -> Origin | None:
        """Return where the effective value comes from; None for what is no leaf."""
        return None if self.loaded is None else self.loaded.origins.get(self.loaded_prefix + path)

    def deciding(self, path: str) -> Origin | None:
        """Return what decides a value, also one that is not there for what stands around it."""
        if self.loaded is None:
            return None
        origins, pointer = self.loaded.origins, self.loaded_prefix + path
        while pointer and pointer not in origins:
            pointer = pointer.rpartition("/")[0]
        return origins.get(pointer)

    def overruled(self, *paths: str) -> str | None:
        """Return the file that decides one of the values whatever this layer says, None if none does.

        Of an object it is the file that gives any value in it and is read after this layer.
        """
        if not self._above:
            return None
        for path in paths:
            origin = self.deciding(path)
            file = self._overruling(path) if origin is None else origin.file
            if origin is None and file is None:
                file = self._replacing(path)
            if file in self._above:
                return file
        return None

    @cached_property
    def _above(self) -> frozenset[str]:
        """The files that have the last word over this layer about something of the data source."""
        origins = self.loaded.origins.values() if self.loaded is not None else ()
        files = {origin.file for origin in origins if origin.file is not None} - {self.file}
        here = reading_place(self.file)[:2]
        return frozenset(f for f in files if not self.is_read or reading_place(f)[:2] > here)

    def _replacing(self, path: str) -> str | None:
        """Return the file whose transport stands in place of this layer's, of which nothing is left."""
        lost = self.own(path) is not UNDEFINED and self.effective(path) is UNDEFINED
        return self.place().file if lost else None

    def _overruling(self, path: str) -> str | None:
        """Return a file that has the last word about something in an object."""
        below = f"{self.loaded_prefix}{path}/"
        origins = self.loaded.origins.items() if self.loaded is not None else ()
        files = (origin.file for leaf, origin in origins if leaf.startswith(below))
        return next((file for file in files if file in self._above), None)

    @property
    def is_alone(self) -> bool:
        """Whether no layer beneath this one mentions the data source."""
        return not self._beneath

    def said_beneath(self, path: str) -> tuple[str, Json] | None:
        """Return the last layer beneath this one that gives the value, too, and what it says."""
        tokens = parse_pointer(self.prefix + path) if self._beneath else ()
        for name, part in reversed(self._beneath):
            value = at(part, tokens)
            if value is not UNDEFINED:
                return name, value
        return None

    def place(self, path: str = "") -> Place:
        """Return where the effective value stands, or would stand beside its siblings."""
        if self.loaded is None:
            return Place(self.file, self.pointer(path))
        return place_in(self.loaded, self.loaded_prefix + path)

    @cached_property
    def inherited(self) -> dict[str, Json]:
        """What the layers beneath say when merged, as far as it counts together with this layer."""
        merged: dict[str, Json] = {}
        for _, part in self._beneath:
            value = at(part, parse_pointer(self.prefix))
            if isinstance(value, dict):
                merged = _merge(merged, value)
        return merged

    def is_given(self, path: str) -> bool:
        """Tell whether this layer or one beneath gives a value of its own, other than null."""
        found = (self.own(path), at(self.inherited, parse_pointer(path)))
        return any(value is not UNDEFINED and value is not None for value in found)

    # --- what Nodemailer makes of it -------------------------------------------------------

    def options(self, nodemailer_major: int) -> tuple[Mapping[str, Json], Mapping[str, str]]:
        """Return the options an SMTP connection goes by, and where each comes from.

        See `smtp_options`.
        """
        if nodemailer_major not in self._options:  # a form asks several times
            setting = self.loaded_value if isinstance(self.loaded_value, dict) else {}
            self._options[nodemailer_major] = smtp_options(setting, rules_for(nodemailer_major))
        return self._options[nodemailer_major]

    def kind(self, nodemailer_major: int) -> str:
        """Return by what mail leaves: `smtp`, `stub`, `direct`, the key that says otherwise, a module.

        A transport that is not there yet counts as `smtp`.
        """
        setting = self.loaded_value
        kind = setting.get("type", UNDEFINED) if isinstance(setting, dict) else "smtp"
        name = kind.lower() if isinstance(kind, str) and kind else "stub"
        rules = rules_for(nodemailer_major)
        return (
            other_way(self.options(nodemailer_major)[0], rules) or name if name == "smtp" else name
        )

    def default_servername(self, nodemailer_major: int) -> str | None:
        """Return the SNI that is sent where `tls.servername` gives none; None: none is sent."""
        options = self.options(nodemailer_major)[0]
        return server_names({**options, "tls": {}}, rules_for(nodemailer_major))[0]

    def verification(self, on: bool) -> Json:
        """Return the `tls.rejectUnauthorized` that makes Node check the certificate, or not.

        Checking is the default: the key goes (UNDEFINED), unless a layer beneath says otherwise.
        """
        if not on:
            return False
        beneath = at(self.inherited, parse_pointer("/tls/rejectUnauthorized"))
        return UNDEFINED if beneath is UNDEFINED or beneath is True else True

    def fresh_auth(self, way: SignIn, nodemailer_major: int) -> Json:
        """Return the `auth` with which a way of signing in begins; the user stays."""
        auth = self.current("/auth")
        old = auth if isinstance(auth, dict) else {}
        user = old.get("user", "")
        if way == "none":
            return self.nothing_for("/auth")
        if way == "password":
            return {"user": user, "pass": old.get("pass", "")}
        if rules_for(nodemailer_major).auth_type_counts:
            return {"type": "OAuth2", "user": user}
        return {"user": user, "xoauth2": ""}

    # --- writing -------------------------------------------------------------------------

    def nothing_for(self, path: str) -> Json:
        """Return what takes a key away: UNDEFINED, or what overrules a layer beneath that gives it.

        Only null takes the place of an object when layers are merged.
        """
        beneath = at(self.inherited, parse_pointer(path))
        if not truthy(beneath):
            return UNDEFINED
        if isinstance(beneath, dict | list):
            return None
        return "" if isinstance(beneath, str) else False

    def changes(self, workspace: Workspace, values: Mapping[str, Json]) -> list[Change]:
        """Return the changes of `write`; raise as it does."""
        builder = ChangeBuilder(workspace)
        self.write(builder, values)
        return builder.changes

    def write(
        self, builder: ChangeBuilder, values: Mapping[str, Json], *, replace: bool = False
    ) -> None:
        """Write values by path (UNDEFINED removes) into the layer, with what they stand in.

        `replace`: also in place of a transport that is no object. Raise InvalidJson where the file
        is broken, EditError where a value on the way is no object or LoopBack would not load it.
        """
        adds = {path: value for path, value in values.items() if value is not UNDEFINED}
        present = isinstance(self.value, dict)
        if adds and self.index is not None:
            self._check_index(self.index)
            if not present or self._misnamed:
                self._check_room(self.index)
            if self._misnamed:
                single = format_pointer([self.datasource, "transport"])
                builder.rename(self.file, single, "transports")
            fresh = self.value is UNDEFINED
            self._make_room(builder, self.index, _nested(adds) if fresh else UNDEFINED)
            if fresh:
                return
            if replace and not present:
                builder.set(self.file, self.pointer(""), _nested(adds))
                return
        for path, value in values.items():
            own = self.own(path)
            if value is UNDEFINED:
                builder.remove(self.file, self.pointer(path))
            elif type(own) is not type(value) or own != value:
                builder.set(self.file, self.pointer(path), value)

    def _make_room(self, builder: ChangeBuilder, index: int, value: Json) -> None:
        """Create what is missing around the transport, and it with this value unless UNDEFINED.

        LoopBack merges arrays item by item and refuses other lengths (loopback-boot 2.28
        lib/config-loader.js, 3.3 lib/plugin-base.js), so the layer gets as many transports as the
        layers that it is merged with.
        """
        name = self.datasource
        if self.prefix == "/transport":
            if value is not UNDEFINED:
                self._add(builder, "transport", value)
            return
        mine = self._items()
        if mine is None:
            lengths = _lengths([*self._beneath, *self._later])
            items: list[Json] = [{} for _ in range(max([index + 1, *lengths]))]
            items[index] = value
            self._add(builder, "transports", items)
            return
        wanted = max([index + 1, *_lengths(self._beneath)])
        for number in range(len(mine), wanted):
            item = {} if number != index or value is UNDEFINED else value
            builder.set(self.file, format_pointer([name, "transports", number]), item)

    def _add(self, builder: ChangeBuilder, key: str, value: Json) -> None:
        """Set the key of the data source, which is made where no layer has it so far."""
        if self.settings is UNDEFINED and not self._beneath:
            whole = {"name": self.datasource, "connector": MAIL, key: value}
            builder.set(self.file, format_pointer([self.datasource]), whole)
        else:
            builder.set(self.file, format_pointer([self.datasource, key]), value)

    # --- what cannot be written ------------------------------------------------------------

    def _refuse(self, text: str, *tokens: str | int) -> EditError:
        return EditError(format_pointer([self.datasource, *tokens]), text)

    def _check_index(self, index: int) -> None:
        several = self._part.get("transports")
        name = self.datasource
        if self.prefix != "/transport" and several is not None and not isinstance(several, list):
            text = f"“transports” of “{name}” in {self.file} is not a list."
            raise self._refuse(text, "transports")
        count = 1
        if self.prefix != "/transport":
            others = _lengths([*self._beneath, *self._later])
            count = max([len(self._items() or ()) + 1, *others])
        if index >= count:
            raise self._refuse(f"“{name}” has no transport number {index + 1}.")

    def _items(self) -> list[Json] | None:
        found = self._part.get("transport" if self._misnamed else "transports")
        return found if isinstance(found, list) else None

    def _check_room(self, index: int) -> None:
        """Refuse a new transport that LoopBack could not merge with other layers, or would drop.

        Raise EditError with what to do first.
        """
        if self.prefix == "/transport":
            return
        name, has_list = self.datasource, isinstance(self._part.get("transports"), list)
        for file, part in self._beneath:
            listed = part.get("transports", UNDEFINED)
            if not has_list and not truthy(listed) and isinstance(part.get("transport"), list):
                text = (
                    f"“transport” of “{name}” in {file} is a list, which LoopBack takes for a "
                    "single transport that sends nothing. Rename it to “transports” there first."
                )
                raise self._refuse(text, "transport")
            if listed is not UNDEFINED:
                self._check_item(file, listed, index)
        for file, part in self._later:
            if isinstance(part.get("transports"), list):
                self._check_item(file, part["transports"], index)

    def _check_item(self, file: str, listed: Json, index: int) -> None:
        if not isinstance(listed, list) or index >= len(listed):
            text = (
                f"“transports” of “{self.datasource}” in {file} has no transport number "
                f"{index + 1}, and LoopBack does not start when layers list different numbers of "
                "them. Add the transport there first."
            )
            raise self._refuse(text, "transports")
        if not isinstance(listed[index], dict):
            text = f"The transport in {file} is not an object. Correct it there first."
            raise self._refuse(text, "transports", index)


def _is_single(settings: Mapping[str, Json]) -> bool:
    """Tell whether LoopBack takes one transport from `transport`."""
    return transport_key(settings) == "transport" and isinstance(settings["transport"], dict)


def _lengths(layers: Iterable[tuple[str, Mapping[str, Json]]]) -> list[int]:
    return [len(one) for _, part in layers if isinstance(one := part.get("transports"), list)]


def _nested(values: Mapping[str, Json]) -> dict[str, Json]:
    """Return values by path as the object that has them."""
    whole: dict[str, Json] = {}
    for path, value in values.items():
        *parents, last = parse_pointer(path)
        inside = whole
        for token in parents:
            inside = inside.setdefault(token, {})
        inside[last] = value
    return whole


def _merge(old: dict[str, Json], new: dict[str, Json]) -> dict[str, Json]:
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            value = _merge(before, value)
        merged[key] = value
    return merged
