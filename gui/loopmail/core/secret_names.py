"""The rule of what is a secret, how it is masked, and what a placeholder is.

One table of names answers two questions. *May it be shown?* Where in doubt it is hidden: a bare
`key`, whatever stands in a container such as `passwords`, a URL that is still being typed. *May it
move to the keyring?* Only what is surely a secret: a false alarm about the prefix of a cache would
be a nuisance. So everything that may move is hidden, and of the hidden values only these stay where
they are: the `_DOUBTFUL_PARTS`, members of secret containers, items of lists, half-typed URLs.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

from loopmail import assets
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import format_pointer, leaves

MASK = "********"
Secrecy = Literal["secret", "doubtful", "none"]

# Names are compared as small letters and digits alone: SMTP_PASSWORD, smtpPassword, smtp-password.
_KEYS = (
    "access account admin aes api app application auth aws azure client consumer crypto decrypt "
    "decryption deploy dkim encrypt encryption hmac integration license mailgun mailjet mandrill "
    "master pass postmark priv private root rsa sas secret sendgrid server service shared sign signing security "
    "sparkpost ssh ssl storage subscription webhook"
)
# Compass, bypass and the like end so, too; a password's hash or PEM text is as secret as itself.
_SECRET = re.compile(
    r"(?:(?<!by)(?<!com)(?<!tres)(?<!sur)(?<!over)(?<!under)(?<!low)(?<!high)(?<!band)(?<!single)pass"
    r"|passw|passwd|passwrd|password|passwort|kennwort|contrasena|contraseña|motdepasse|passphrase"
    r"|passcode|pwd|pswd|psw|pw|secret|token|credential|authori[sz]ation|cookie|bearer|jwt|pfx"
    r"|pkcs12|xoauth2|accesssignature|conn(?:ection)?str(?:ing)?"
    rf"|(?:{_KEYS.replace(' ', '|')})key)s?"
    r"(?:value|text|string|data|pem|base64|b64|hash|plain|raw|hex|content|new|old|base|confirm|v\d)*\d*\Z"
)
_SECRET_PARTS = frozenset({"sas", "p12"})  # too short to be told at the end of a longer word
_DOUBTFUL_PARTS = re.compile(
    r"keys?|pin|otp|totp|salt|seed|mnemonic|sig|signature|sessionid|pat"
    r"|connectsid|(?:basic|http|proxy)auth|auth(?:orization)?header"
)
_HARMLESS_KEYS = re.compile(
    r"cache|column|data|field|filter|foreign|group|header|host|hot|index|json|label|lookup|map|meta"
    r"|name|object|order|param|partition|path|pool|pub|public|query|routing|row|shard|sort"
    r"|table|title|translation|unique|url|verification|verify"
)
_COUNTS = frozenset({"max", "min", "num", "number", "count", "total", "limit"})
# Containers of these names hold harmless values, too (the account, an address).
_GROUPS = frozenset({"xoauth2", "token", "tokens"})
# A value of such a name is or holds the address of a server.
_ADDRESS = re.compile(r"ur[il]|proxy|dsn|host|server|endpoint|connection", re.IGNORECASE)
# What stands beside the secrets of a sign-in block.
_SIGN_IN_HARMLESS = re.compile(
    r"(?:user|usr|name|login|e?mail|account|type|method|scopes?|service|client|ur[il]|id|domain|host"
    r"|realm|workstation|expires|timeout|mechanism|source|database|db)\Z"
)
# Name to the ending of the variable loopmail makes for it, where that is not the name itself.
_ENDINGS = {
    "password": "PASS",
    "passwd": "PASS",
    "pwd": "PASS",
    "clientsecret": "CLIENT_SECRET",
    "refreshtoken": "REFRESH_TOKEN",
    "accesstoken": "ACCESS_TOKEN",
    "privatekey": "PRIVATE_KEY",
    "secretaccesskey": "SECRET_ACCESS_KEY",
    "secretkey": "SECRET_KEY",
    "apikey": "API_KEY",
    "authtoken": "AUTH_TOKEN",
}

# loopback-boot's placeholder (plugin-base.js DYNAMIC_CONFIG_PARAM) must end the string; JavaScript's
# \w is ASCII, and its $ is the very end of the text.
PLACEHOLDER = re.compile(r"\$\{([0-9A-Za-z_]+)\}\Z")
# What people write for one, whether LoopBack understands it or not.
LOOKS_LIKE_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|^\$[A-Z_][A-Z0-9_]*$")
# Asterisks instead of a secret, and a parameter of loopback-connector-rest's templates: {!pass:string}.
_STAND_IN = re.compile(r"(?:(?:[Bb]asic|[Bb]earer|[Tt]oken) )?(?:\*+|\{[!^]?\w+(?::\w+)?\})")
# Only whole texts: what other tools would replace by a variable's value, LoopBack sends as it is.
_VARIABLE = r"([A-Za-z_][0-9A-Za-z_]*)"
_JAVASCRIPT = rf"process\.env(?:\.{_VARIABLE}|\[\s*[\"']{_VARIABLE}[\"']\s*\])"
_JAVASCRIPT_SPELLING = re.compile(rf"\s*(?:{_JAVASCRIPT}|\$\{{\s*{_JAVASCRIPT}\s*\}})\s*")
_SHELL_SPELLING = re.compile(r"\$([A-Z_][A-Z0-9_]*)|\$\{\s*([0-9A-Za-z_]+)(?:\s*|:?-[^}]*)\}")
_OTHER_SPELLING = re.compile(
    rf"%([A-Z_][A-Z0-9_]*)%|\{{\{{\s*(?:env\.|\$)?{_VARIABLE}\s*\}}\}}|#\{{\s*{_VARIABLE}\s*\}}"
    rf"|<%=?\s*(?:{_JAVASCRIPT}|{_VARIABLE})\s*%>|@([A-Z_][A-Z0-9_]*)@|__([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)__"
)
_LIKE_A_VARIABLE = re.compile("_|HOST|PORT|USER|MAIL|SMTP")
_LONGEST_BARE = 3  # characters; no password is as short as the X of %X%
# What somebody was to replace by his own. The words `password` and `secret` are no such thing, nor
# is Java's `changeit`: people do use them.
_SECRET_WORD = r"(?:password|passwd|pass|pwd|secret|token|key|credentials?)"
_UNREPLACED = re.compile(
    r"changeme(?:please|now)?|changethis(?:password|secret)?|replaceme|replacethis|fillmein|fillin|todo|tbd"
    r"|fixme|redacted|placeholder"
    r"|(?:insert|enter|put|add|type|paste|use|replacewith)?your(?:own|real|actual|super|smtp|e?mail"
    r"|gmail|google|outlook|office365|yahoo|sendgrid|mailgun|mailjet|mandrill|postmark|aws|ses|account"
    r"|user|app|application|api|access|auth|client|server|db|database|login|private|secret|strong)*"
    rf"{_SECRET_WORD}(?:goes)?(?:here)?"
    rf"|(?:insert|enter|put)?(?:the)?(?:smtp|e?mail|app|api|access|client)?{_SECRET_WORD}(?:goes)?here"
)
_UNREPLACED_SIGNS = re.compile(
    r"(?:[A-Za-z]{2,4}[._-])?[xX]{3,}(?:[ ._-][xX]{2,})*|\.{3,}|\?{3,}|…"
    r"|<[A-Za-z][\w .:/'’-]{1,60}>"
)
_LONGEST_STAND_IN = 100  # characters
_KEY_FILE = re.compile(r"[^\s]{1,400}\.(?:pem|key|pfx|p12|crt|cer|der|jks|ppk)", re.IGNORECASE)


@lru_cache(1)
def _secret_fields() -> frozenset[tuple[str, ...]]:
    """Return the paths of the fields that are secrets whole; an address may only hold one."""
    fields = assets.read_json("fields.json")["fields"]
    paths = [tuple(map(flat, f["path"].split("/")[1:])) for f in fields if f["kind"] == "secret"]
    return frozenset(path for path in paths if not _ADDRESS.search(path[-1]))


def flat(name: str) -> str:
    """Return a name without its style: `x-api_Key` -> `xapikey`."""
    return re.sub(r"[\W_]+", "", name).lower()


def parts_of(name: str) -> list[str]:
    """Return the words of a name in any style: `smtpAPIKey` -> smtp, api, key."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return [word for word in re.split(r"[\W_]+", words.lower()) if word]


@lru_cache(4096)
def secrecy(name: str) -> Secrecy:
    """Tell by its name alone whether a key holds a secret: `clientSecret` does, `tokenUrl` not."""
    parts = parts_of(name)
    if not parts or parts[0] in _COUNTS:
        return "none"
    last = parts[-1].rstrip("0123456789")
    if {parts[-1], last} & _SECRET_PARTS or _SECRET.search(flat(name)):
        return "secret"
    if last in ("key", "keys") and len(parts) > 1 and _HARMLESS_KEYS.fullmatch(parts[-2]):
        return "none"
    if name.lower() in ("auth", "sid") or any(map(_DOUBTFUL_PARTS.fullmatch, (last, flat(name)))):
        return "doubtful"
    return "none"


def _names(tokens: Sequence[str | int]) -> list[str]:
    """Return the keys on the way to a value, the indexes of lists left out."""
    return [str(token) for token in tokens if not str(token).isdigit()]


def _is_field(names: Sequence[str]) -> bool:
    """Tell whether the place is a field of a transport that is a secret whole."""
    path = tuple(map(flat, names[-3:]))
    return any(path[-count:] in _secret_fields() for count in range(1, len(path) + 1))


def _signs_in(names: Sequence[str]) -> bool:
    """Tell whether the place is in a sign-in block, and not known to be harmless there."""
    return "auth" in names[:-1] and _SIGN_IN_HARMLESS.search(flat(names[-1])) is None


def is_secret_place(tokens: Sequence[str | int]) -> bool:
    """Tell whether what stands at this place is hidden, whatever it is."""
    return _is_secret_path(tuple(_names(tokens)))


@lru_cache(4096)
def _is_secret_path(names: tuple[str, ...]) -> bool:
    if not names:
        return False
    if secrecy(names[-1]) != "none" or _is_field(names) or _signs_in(names):
        return True
    return any(secrecy(n) == "secret" and flat(n) not in _GROUPS for n in names[:-1])


def placeholder(value: Json) -> str | None:
    """Return the variable whose value LoopBack would put in place of this one, or None."""
    match = PLACEHOLDER.search(value) if isinstance(value, str) else None
    return match.group(1) if match else None


def is_placeholder(value: Json) -> bool:
    """Tell whether this is a `${VAR}` and nothing else: not `abc${VAR}`."""
    return isinstance(value, str) and PLACEHOLDER.match(value) is not None


def foreign_variable(text: str) -> tuple[str, bool] | None:
    """Return the variable of a text that is spelled for another tool, such as `%MAIL_PASS%`.

    The second is whether it is JavaScript's or a shell's spelling, thus near LoopBack's `${NAME}`.
    """
    for spelling in (_JAVASCRIPT_SPELLING, _SHELL_SPELLING, _OTHER_SPELLING):
        match = None if is_placeholder(text) else spelling.fullmatch(text)
        if match:
            name: str = next(filter(None, match.groups()))
            # A password such as $ECRET must not be named in a message as if it were a variable.
            bare = re.match(r"[$%@]\w", text) and len(name) > _LONGEST_BARE
            if bare and not _LIKE_A_VARIABLE.search(name) and secrecy(name) == "none":
                return None
            return name, spelling is not _OTHER_SPELLING
    return None


def is_stand_in(value: Json) -> bool:
    """Tell whether this is what a real secret was to replace: `XXX`, `<password>`, `changeme`."""
    if not isinstance(value, str) or len(value) > _LONGEST_STAND_IN:
        return False
    text = value.strip()
    return bool(_UNREPLACED_SIGNS.fullmatch(text) or _UNREPLACED.fullmatch(flat(text)))


# --- texts: URLs, connection strings, keys in PEM form


@dataclass(frozen=True, slots=True)
class _Span:
    """A secret within a text; `sure` if it is complete and nothing else could stand there."""

    start: int
    end: int
    sure: bool


PEM_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?(?:-----)?(?P<body>[^\"'`]*?)(?=-----END|[\"'`]|\Z)"
)
_SCHEME = re.compile(r"\s*[A-Za-z][\w+.-]*:(?=//)")
_MAY_HOLD = re.compile(r"[:=]|-----BEGIN|(?i:bearer|basic)")
_AUTHORITY = re.compile(r"(?:^|:)//")
_LONGEST_URL = 4096  # characters, within a sentence; keeps texts full of "://" from taking long
_BLANK = re.compile(r"\s")
_PORT = re.compile(r"\d{0,5}(?=[^\w@%!$&*+=~-]|\Z)")
_HOST = re.compile(r"(?:\[[^\]\s]*\]?|[^\s/?#:]*):")
_IPV6 = re.compile(r"\[?[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:%\w*)?(?:\](?::\d*)?)?")
# Before a colon but no user; `git@host:path` has its "@" before the colon.
_NO_USER = re.compile(r"(?:mailto|sips?|xmpp|acct|urn|data|tel|cid|mid)\Z", re.IGNORECASE)
_BARE_USER = re.compile(r"\s*([^\s:]+):(\S+)@[^\s@]*\s*")
_BARE_HALF = re.compile(r"\s*([^\s:/?#{]+):([^\s/].*)", re.DOTALL)
_PARAMETER = re.compile(r"(?:^|(?<=[?&;,#=\s\"'({]))([A-Za-z_][\w.\- ]{0,40}?) *= *")
_QUOTED = re.compile(r"\"(?:[^\"]|\"\")*\"?|'(?:[^']|'')*'?|\{[^}]*\}?")
_HEADER = re.compile(r"\s*([A-Za-z][\w-]*)\s*:\s*(\S.*)", re.DOTALL)
_BEARER = re.compile(r"\s*(?:bearer|basic)\s+(\S{6,})\s*", re.IGNORECASE)


def _spans(text: str, *, address: bool = False) -> list[_Span]:
    """Return where secrets stand in a text, in order and apart; `address`: one is expected here."""
    if not _MAY_HOLD.search(text):
        return []
    found = [_Span(*m.span("body"), True) for m in PEM_KEY.finditer(text)]
    if ":" in text:
        found += _sign_ins(text, address)
        header = _HEADER.fullmatch(text)
        if header and secrecy(header[1]) == "secret":
            found.append(_Span(*header.span(2), False))
    if "=" in text:
        found += _parameters(text)
    bearer = _BEARER.fullmatch(text)
    if bearer:
        found.append(_Span(*bearer.span(1), False))
    joined: list[_Span] = []
    for span in sorted(found, key=lambda one: (one.start, -one.end)):
        content = text[span.start : span.end].strip().strip("\"'{").strip()
        if not content or content == MASK or is_placeholder(text[span.start : span.end].strip()):
            continue
        if joined and span.start < joined[-1].end:
            last = joined[-1]
            span = _Span(last.start, max(last.end, span.end), last.sure or span.sure)
            joined.pop()
        joined.append(span)
    return joined


def _sign_ins(text: str, address: bool) -> Iterator[_Span]:
    """Yield the passwords of `scheme://user:password@host`, also half-typed and without scheme."""
    if not _AUTHORITY.search(text):
        bare = _BARE_USER.fullmatch(text)
        half = _BARE_HALF.fullmatch(text) if address and not _IPV6.fullmatch(text.strip()) else None
        if bare and not _NO_USER.match(bare[1]):
            yield _Span(*bare.span(2), address)
        elif half and not _PORT.match(half[2]):
            yield _Span(*half.span(2), False)
        return
    # Then a blank belongs to the password; in a sentence it ends the URL.
    whole = _SCHEME.match(text)
    for match in _AUTHORITY.finditer(text):
        start = match.end()
        end = len(text)
        if not whole:
            blank = _BLANK.search(text, start, start + _LONGEST_URL)
            end = blank.start() if blank else min(end, start + _LONGEST_URL)
        at, colon = text.rfind("@", start, end), text.find(":", start, end)
        # Up to the last "@": a password with a "/" is no valid URL, and a secret nevertheless.
        if start <= colon < at and not re.search(r"[/?#]", text[start:colon]):
            yield _Span(colon + 1, at, True)
        start = max(start, at + 1)
        host = _HOST.match(text, start, end)
        if host and not _PORT.match(text, host.end(), end):
            yield _Span(host.end(), end, False)
        if whole:
            return


def _parameters(text: str) -> Iterator[_Span]:
    """Yield the secret values of a query, of `Server=…;Password=…` and of `user=… password=…`."""
    for match in _PARAMETER.finditer(text):
        kind = secrecy(match[1].rpartition(".")[2])
        if kind == "none" or flat(match[1]).startswith("connectionstring"):
            continue
        before = text[match.start() - 1] if match.start() else ""
        quoted = _QUOTED.match(text, match.end())
        ends = {"": r"[^;]*", ";": r"[^;]*", "?": r"[^&;#\s]*", "&": r"[^&;#\s]*"}
        value = quoted or re.compile(ends.get(before, r"[^;&\s]*")).match(text, match.end())
        if value is None or is_placeholder(value[0].strip()):
            continue
        yield _Span(*value.span(), kind == "secret" or flat(match[1]) in ("sig", "signature"))


def mask_text(text: str, *, address: bool = False) -> str:
    """Return a text without the passwords of URLs and connection strings, and without keys.

    `address`: the text stands where an address belongs, so that `user:secr` counts as one that is
    being typed.
    """
    for span in reversed(_spans(text, address=address)):
        hidden = text[span.start : span.end]
        quote = hidden[0] if hidden[0] in "\"'" and hidden[-1] == hidden[0] else ""
        text = f"{text[: span.start]}{quote}{MASK}{quote}{text[span.end :]}"
    return text


# --- may it be shown?


def mask_at(tokens: Sequence[str | int], value: Json, *, in_file: bool = False) -> Json:
    """Return a scalar as it may be shown at this place: a secret as `********`, a URL without it.

    The place is one within a data source, or (`in_file`) in a file, where the first name is that
    of a data source or a model, as LoopBack's own AccessToken, and says nothing about its members.
    Nothing (undefined, null, an empty text, true, false) and a bare `${VAR}` are no secrets.
    """
    if value is None or value is UNDEFINED or isinstance(value, bool) or value == "":
        return value
    if is_placeholder(value):
        return value
    if in_file and len(_names(tokens)) > 1:
        tokens = tokens[1:]
    if is_secret_place(tokens):
        return MASK
    if not isinstance(value, str):
        return value
    names = _names(tokens)
    return mask_text(value, address=bool(names) and _ADDRESS.search(names[-1]) is not None)


def mask_host(host: Json) -> str:
    """Return a host as it may be shown: of a broken URL it may hold a part of the password."""
    return str(mask_at(("host",), host))


def mask_value(tokens: Sequence[str | int], value: Json, *, in_file: bool = False) -> Json:
    """Return a value of any kind as it may be shown at this place; `in_file` as in `mask_at`."""
    if not isinstance(value, dict | list):
        return mask_at(tokens, value, in_file=in_file)
    items = value.items() if isinstance(value, dict) else enumerate(value)
    shown = {key: mask_value((*tokens, key), part, in_file=in_file) for key, part in items}
    return shown if isinstance(value, dict) else list(shown.values())


def is_hidden(tokens: Sequence[str | int], value: Json, *, in_file: bool = False) -> bool:
    """Tell whether this scalar, or a part of it, may not be shown; `in_file` as in `mask_at`."""
    return bool(mask_at(tokens, value, in_file=in_file) != value)


def masked(value: str) -> str:
    """Return a preview without the secret: `******** (12 characters)`, or a URL without it."""
    partly = mask_text(value)
    if partly != value and not is_placeholder(value):
        return partly
    count = len(value)
    return f"{MASK} ({count} character{'' if count == 1 else 's'})"


# --- is it a plain secret that may move?


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """A plain secret and its place; `tokens` is its JSON Pointer's, from the file's root."""

    tokens: tuple[str, ...]
    ending: str  # of the variable's name, e.g. PASS
    value: str = field(repr=False)


def secret_ending(tokens: Sequence[str | int], value: Json = "") -> str | None:
    """Return the variable ending (PASS, URL, …) if a secret may stand at this place, else None.

    The place decides, except for URLs and the like: these are secret when they carry a password.
    """
    if not tokens:
        return None
    last = str(tokens[-1])
    if isinstance(value, str) and any(
        span.sure for span in _spans(value, address=bool(_ADDRESS.search(last)))
    ):
        return "URL" if re.search("ur[il]", last, re.IGNORECASE) else _upper(last)
    if isinstance(value, bool | dict | list) or value is None:
        return None
    word = flat(last)
    if secrecy(last) == "secret":
        return _ENDINGS.get(word) or _upper(last)
    if _is_field([str(token) for token in tokens]):
        return "TLS_KEY" if word == "key" else _upper(last)
    return None


def _upper(key: str) -> str:
    words = "_".join(parts_of(key)).upper()
    return re.sub("[^0-9A-Z_]+", "_", words).strip("_") or "SECRET"


def is_secret(tokens: Sequence[str | int], value: Json) -> bool:
    """Tell whether a non-empty secret stands here in plain text (not as `${VAR}`).

    The path of a key file is none, nor is a connection string without a password, nor what stands
    in for a secret that is to come.
    """
    if value in ("", None) or placeholder(value) is not None:
        return False
    if secret_ending(tokens, value) is None:
        return False
    if not isinstance(value, str):
        return True
    word = flat(str(tokens[-1]))
    if word.endswith(("key", "pfx", "p12")) and _KEY_FILE.fullmatch(value):
        return False
    if word.startswith("conn") and re.search("=|://", value):
        return any(span.sure for span in _spans(value))
    if is_stand_in(value) or foreign_variable(value):
        return False
    return _STAND_IN.fullmatch(value) is None


def find_plain_secrets(value: Json) -> Iterator[FoundSecret]:
    """Yield every plain secret of a JSON value; a number counts with its decimal spelling."""
    for tokens, part in leaves(value):
        ending = secret_ending(tokens, part)
        if ending is not None and is_secret(tokens, part):
            yield FoundSecret(tokens, ending, str(part))


def secret_places(value: Json) -> list[str]:
    """Return the JSON Pointers where secrets stand, in plain text or as `${VAR}`."""
    return [
        format_pointer(tokens)
        for tokens, part in leaves(value)
        if tokens and isinstance(part, str) and part
        if secret_ending(tokens, part) is not None
        or (placeholder(part) is not None and re.search("ur", tokens[-1], re.IGNORECASE))
    ]


# --- what must not be printed, wherever it is met

_SHORTEST_DOUBTFUL = 6  # characters; the true of `?key=true` must not vanish from every output


def texts_to_mask(settings: Json, values: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the texts that no output may show: the secrets of settings, and further `values`.

    The secrets within a URL count on their own, also percent-decoded. Doubtful names do not count
    (the word `mail` as a `key` would spoil every output), but all of a sign-in block does except
    what is known to be harmless there.
    """
    found: set[str] = set()
    for tokens, value in leaves(settings):
        if value in ("", None) or value is UNDEFINED or isinstance(value, bool | dict | list):
            continue
        names = _names(tokens)
        sure = names and (secrecy(names[-1]) == "secret" or _is_field(names) or _signs_in(names))
        if sure and not is_placeholder(value):
            found.add(str(value))
        if isinstance(value, str):
            found.update(_parts(value, whole=is_secret(tokens, value)))
    for text in values:
        found.update(_parts(text, whole=True))
    return tuple(sorted(found - {""}))


def _parts(text: str, *, whole: bool) -> Iterator[str]:
    if whole:
        yield text
    for span in _spans(text):
        part = text[span.start : span.end]
        if not span.sure and len(part) < _SHORTEST_DOUBTFUL:
            continue
        yield from (part, unquote(part), part.strip("\"' "))
