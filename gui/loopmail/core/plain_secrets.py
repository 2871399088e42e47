"""Which values of files are surely secrets, so that they may move to the keyring or be flagged.

What only stands in for one, and a variable that is spelled for another tool, is none of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import at, format_pointer, leaves
from loopmail.core.secret_names import (
    ADDRESS,
    flat,
    is_placeholder,
    is_secret_field,
    names_above,
    parts_of,
    placeholder,
    secrecy,
    secret_spans,
    signs_in,
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


# --- what stands in for a secret


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


# --- is it a plain secret that may move?

# A bare `key` beside one of these is its secret half: pkgcloud's `keyId` and `key` of Amazon's S3
# (pkgcloud 1.7, lib/pkgcloud/amazon/client.js), the account of an Azure storage.
_KEYS_OWNERS = re.compile(r"(?:aws|api|access|secret)*keyid|(?:storage)?account(?:name)?")


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
        span.sure for span in secret_spans(value, address=bool(ADDRESS.search(last)))
    ):
        return "URL" if re.search("ur[il]", last, re.IGNORECASE) else _upper(last)
    if isinstance(value, bool | dict | list) or value is None:
        return None
    word = flat(last)
    if secrecy(last) == "secret":
        return _ENDINGS.get(word) or _upper(last)
    if is_secret_field([str(token) for token in tokens]):
        return "TLS_KEY" if word == "key" else _upper(last)
    return None


def ending_at(root: Json, tokens: Sequence[str]) -> str | None:
    """Return `secret_ending` of what stands at a place in `root`; its neighbours count, too."""
    ending = secret_ending(tokens, at(root, tokens))
    return ending or ("KEY" if _is_half_of_a_pair(root, tokens) else None)


def _is_half_of_a_pair(root: Json, tokens: Sequence[str]) -> bool:
    if not tokens or flat(tokens[-1]) != "key":
        return False
    beside = at(root, tokens[:-1])
    return isinstance(beside, dict) and any(_KEYS_OWNERS.fullmatch(flat(name)) for name in beside)


def _upper(key: str) -> str:
    words = "_".join(parts_of(key)).upper()
    return re.sub("[^0-9A-Z_]+", "_", words).strip("_") or "SECRET"


def is_secret(tokens: Sequence[str | int], value: Json) -> bool:
    """Tell whether a non-empty secret stands here in plain text (not as `${VAR}`).

    The path of a key file is none, nor is a connection string without a password, nor what stands
    in for a secret that is to come.
    """
    return secret_ending(tokens, value) is not None and _is_plain(tokens, value)


def _is_plain(tokens: Sequence[str | int], value: Json) -> bool:
    """Tell whether a value at a secret place is the secret itself."""
    if value in ("", None) or isinstance(value, bool | dict | list) or placeholder(value):
        return False
    if not isinstance(value, str):
        return True
    word = flat(str(tokens[-1]))
    if word.endswith(("key", "pfx", "p12")) and _KEY_FILE.fullmatch(value):
        return False
    if word.startswith("conn") and re.search("=|://", value):
        return any(span.sure for span in secret_spans(value))
    if is_stand_in(value) or foreign_variable(value):
        return False
    return _STAND_IN.fullmatch(value) is None


def find_plain_secrets(value: Json) -> Iterator[FoundSecret]:
    """Yield every plain secret of a JSON value; a number counts with its decimal spelling."""
    for tokens, part in leaves(value):
        ending = secret_ending(tokens, part)
        if ending is None and _is_half_of_a_pair(value, tokens):
            ending = "KEY"
        if ending is not None and _is_plain(tokens, part):
            yield FoundSecret(tokens, ending, str(part))


def secret_places(value: Json) -> list[str]:
    """Return the JSON Pointers where secrets stand, in plain text or as `${VAR}`."""
    return [
        format_pointer(tokens)
        for tokens, part in leaves(value)
        if tokens and isinstance(part, str) and part
        if secret_ending(tokens, part) is not None
        or _is_half_of_a_pair(value, tokens)
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
        names = names_above(tokens)
        sure = names and (
            secrecy(names[-1]) == "secret" or is_secret_field(names) or signs_in(names)
        )
        if sure and not is_placeholder(value):
            found.add(str(value))
        if isinstance(value, str):
            whole = is_secret(tokens, value) or _is_half_of_a_pair(settings, tokens)
            found.update(_parts(value, whole=whole and _is_plain(tokens, value)))
    for text in values:
        found.update(_parts(text, whole=True))
    return tuple(sorted(found - {""}))


def _parts(text: str, *, whole: bool) -> Iterator[str]:
    if whole:
        yield text
    for span in secret_spans(text):
        part = text[span.start : span.end]
        if not span.sure and len(part) < _SHORTEST_DOUBTFUL:
            continue
        yield from (part, unquote(part), part.strip("\"' "))
