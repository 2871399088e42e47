"""What the names and values of a text say of a mail server: environment files, YAML, JavaScript.

People keep the settings of a mail server in many shapes (`SMTP_HOST=…`, `export MAIL_HOST="…"`,
`- EMAIL_SERVER_HOST=…`, `"smtpUser": "…"`, `host: '…', auth: {…}`, `Outgoing server: …`), and the
end of a name nearly always tells its role. Only names that speak of mail count beside others, so that
the host of a database in the same file is not taken for that of the mail.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from loopmail.core.secret_names import flat, parts_of, secrecy

Role = Literal[
    "url", "service", "host", "port", "security", "user", "password", "from", "to", "name"
]

# --- Names and values -----------------------------------------------------------------

_BEFORE = (
    r"\s*(?:[-*]\s+)?(?:(?:export|set|setx|ENV|ARG|declare -x|SetEnv)\s+|\$env:|process\.env\.)?"
)
_NAME = r"[A-Za-z_][\w.-]*(?: [A-Za-z(][\w()/-]*){0,3}"
_LINE = re.compile(rf"{_BEFORE}([\"']?)({_NAME})\1\s*(?:=>|=|:(?!//))\s*(.*)")
_WORD = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_SEVERAL = re.compile(r"\S\s+(?:-e\s+|--env[ =])?[A-Z][A-Z0-9_]+=\S")
_MEMBER = re.compile(
    r"""(?<![\w-])([A-Za-z_][\w-]{0,60})["']?\s*[:=]\s*"""
    r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`\n]*`|[^,;{}\[\]\n]+)"""
)
_BRACE = re.compile(r"(?<![$#{])\{(?!\{)")  # of an object, not of a variable or a template
_COMMENT = re.compile(r"\s*(?:#|//|--\s|;|REM\s)", re.IGNORECASE)
_QUOTED = re.compile(r"""("(?:\\.|[^"\\])*"|'[^']*'|`[^`]*`)""")
_FALLBACK = re.compile(r"process\.env\b.*?(?:\|\||\?\?)\s*(.*)")


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield names and values as they stand in a text, values without quotes and comments.

    `name: X` followed by `value: Y`, as Kubernetes and Amazon's ECS have it, is X with the value Y.
    """
    named = ""
    for name, value in _written(text):
        if name == "value" and named:
            yield named, value
        else:
            yield name, value
        named = value if name == "name" else ""


def _written(text: str) -> Iterator[tuple[str, str]]:
    in_braces = _BRACE.search(text) is not None
    for line in text.splitlines():
        if _COMMENT.match(line):
            continue
        if in_braces and not re.match(r"\s*(?:export|\$env)", line):
            for member in _MEMBER.finditer(line):
                yield member[1], _value(member[2])
        elif _SEVERAL.search(line):
            yield from _words(line)
        elif (match := _LINE.match(line)) is not None:
            yield match[2], _value(match[3])


def _words(line: str) -> Iterator[tuple[str, str]]:
    """Yield what a command such as `heroku config:set A=b C=d` assigns."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # a quote that is not closed
        words = line.split()
    for word in words:
        if match := _WORD.fullmatch(word):
            yield match[1], match[2]


def _value(text: str) -> str:
    text = text.strip()
    if fallback := _FALLBACK.match(text):
        text = fallback[1].strip()
    elif text.startswith("process.env"):
        return ""
    if quoted := _QUOTED.match(text):
        inside = quoted[0][1:-1]
        return re.sub(r"\\([\"'\\])", r"\1", inside) if quoted[0][0] != "'" else inside
    return re.split(r"\s#", text, maxsplit=1)[0].rstrip(" ,;")


# --- What a name says -----------------------------------------------------------------

_MAIL = re.compile(
    r"smtp|mail|sendgrid|postmark|brevo|sendinblue|sparkpost|mandrill|nodemailer|outgoing"
)
# The first whose end fits; a password is told by the rule of secrets.
_ROLES: tuple[tuple[Role, str], ...] = (
    ("security", r"(?:start|require|ignore|use|enable|force)?(?:tls|ssl)|secure|encryption"),
    ("security", r"security|scheme|protocol|ssltls|tlsmode|sslenabled|tlsenabled|starttlsenable"),
    ("from", r"from|sender|(?:from|sender)(?:address|e?mail)|defaultsender"),
    ("to", r"(?:recipient|(?:mail|email|smtp|test)to|toaddress|toe?mail)s?"),
    ("service", r"service|serviceprovider|provider"),
    ("name", r"(?:ehlo|helo)(?:name|domain|host)?|smtpdomain|clientname"),
    ("user", r"user(?:name|id)?|usr|login(?:name)?|accountname|uid"),
    ("host", r"(?:host(?:name)?|server(?:name|address)?|address|smarthost|relay(?:host)?|smtp)"),
    ("port", r"port"),
    ("user", r"account|e?mail"),
)
_ENDS = tuple((role, re.compile(rf"(?:{end})\Z")) for role, end in _ROLES)
_PASSWORD = re.compile(r"pass|pwd|pswd|psw|pw\Z|kennwort|motdepasse|contrase")
_URL = re.compile(r"(?:smtps?|submissions?|smtp\+\w+)://\S+", re.IGNORECASE)
_HOST = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9._-]*(?::[0-9]{1,5})?|\[?[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+\]?|\$\{\w+\}"
)


@dataclass(frozen=True, slots=True)
class Said:
    """One pair with the role that its name gives it; `owner` is the name without the role."""

    role: Role
    owner: str
    name: str
    value: str = field(repr=False)

    @property
    def of_mail(self) -> bool:
        """Whether the name speaks of mail."""
        return bool(_MAIL.search(flat(self.name))) or "ses" in parts_of(self.name)

    @property
    def is_key(self) -> bool:
        """Whether it is another secret than a password, which may stand for one where there is none."""
        return self.role == "password" and _PASSWORD.search(flat(self.name)) is None

    @property
    def is_variable(self) -> bool:
        """Whether it is spelled as environment variables are."""
        return self.name.upper() == self.name


def said_of(name: str, value: str) -> Said | None:
    """Return what a pair says of a mail server, None if it is about something else."""
    if not value:
        return None
    letters = flat(name)
    if _URL.fullmatch(value):
        return Said("url", "", name, value)
    if secrecy(name) == "secret":
        made = Said("password", re.sub(r"(?:auth)?pass\w*\Z", "", letters), name, value)
        return made if made.of_mail or not made.is_key else None
    for role, end in _ENDS:
        if match := end.search(letters):
            found = _fitting(role, value)
            owner = letters[: match.start()]
            return None if found is None else Said(found, owner, name, value)
    return None


def _fitting(role: Role, value: str) -> Role | None:
    """Return the role that a value can have under a name of this role, or None."""
    if role == "host":
        if "@" in value:
            return "from"
        return "host" if _HOST.fullmatch(value) and not value.isdigit() else None
    if role == "port":
        return "port" if value.isdigit() and 0 < int(value) < 65536 else None
    if role in ("from", "to") and "@" not in value:
        return None
    return role


def settings_in(text: str) -> dict[Role, list[Said]]:
    """Return what a text says of its first mail server, by role, the likeliest first; or nothing."""
    listed = list(pairs(text))
    if any(_foreign(*pair) for pair in listed):
        return {}
    found = [said for pair in listed if (said := said_of(*pair)) is not None]
    anchors = [one for one in found if one.role in ("host", "service")]
    anchor = next((one for one in found if one.role == "url"), None)
    anchor = anchor or next((one for one in anchors if one.of_mail), None)
    if anchor is None and _MAIL.search(text.lower()):
        anchor = next((one for one in anchors if not one.is_variable), None)
    return {} if anchor is None else _belonging(anchor, found)


def _foreign(name: str, value: str) -> bool:
    """Tell whether a pair says that what stands around it is a data source of another kind."""
    return flat(name) == "connector" and "mail" not in value.lower()


def _belonging(anchor: Said, found: list[Said]) -> dict[Role, list[Said]]:
    """Return what belongs to the server: of names that begin as its own, then of mail at all."""
    bare = not anchor.is_variable  # `Port: 587` below `SMTP server: …`
    near = [anchor, *(one for one in found if one.owner == anchor.owner)]
    near += [one for one in found if one.of_mail or (bare and not one.is_variable)]
    settings: dict[Role, list[Said]] = {}
    for one in sorted(dict.fromkeys(near), key=lambda said: said.is_key):
        settings.setdefault(one.role, []).append(one)
    return settings
