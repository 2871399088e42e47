"""Why a test failed and what to do: the catalogue in resources, matched against the evidence.

The catalogue (resources, replies/) has a file for each provider and some for all servers. Its
entries are tried in the order of messages.json: provider by provider, then by the subject of the
server's sentence and its enhanced code (RFC 3463), then by stage and code alone, since texts differ
from server to server.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from loopmail.assets import read_json
from loopmail.core.checks.problem import Problem
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.smtp.verdict import Diagnosis, DiagnosisFix, Verdict

_MOST = 4000  # characters of a server's text that are looked at
_FORESEEN = (  # checks whose fixes may help where the settings alone decide
    ("transport-module-missing", "connector-unknown", "datasource-missing")
    + ("logger-not-true", "merge-array-length", "merge-type")
)
# A code at the start of a reply's line, and the enhanced code behind it (RFC 2034, 4) or, as qmail
# writes it, in brackets at the end: “(#5.7.1)”.
_LINE = re.compile(r"(?:^|\n)\d{3}(?:[ -]|\Z)(?:[245]\.\d{1,3}\.\d{1,3}\b)?\s*")
_ENHANCED = re.compile(r"(?:\b\d{3}[ -]|#)([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY_IN_MESSAGE = re.compile(r"(?:response=|:\s)(\d{3}[ -].*)", re.DOTALL)


def diagnose(
    verdict: Verdict, host: str | None, problems: Sequence[Problem] = ()
) -> Diagnosis | None:
    """Return the first diagnosis of the catalogue that fits a failed test, None if it was sent.

    `problems` are those the checks found: of them, the ones a diagnosis names and which carry a
    fix become its fixes.
    """
    if verdict.ok or verdict.outcome != "failed":
        return _of_outcome(verdict, problems)
    evidence = Evidence(verdict, host or "")
    for entry in catalogue():
        if _fits(entry, evidence):
            return _make(entry, problems)
    return None


# --- What was seen ----------------------------------------------------------------------


@dataclass(frozen=True)
class Evidence:
    """What a failed test tells, beside its stage and code; the transcript has most of it."""

    verdict: Verdict
    host: str

    @cached_property
    def message(self) -> str:
        """The error's text in one line, without the codes that begin a reply's further lines."""
        return _LINE.sub(" ", (self.verdict.message or "")[:_MOST])

    @cached_property
    def reply(self) -> str:
        """The server's refusal as it came, codes and all; empty where the server said nothing."""
        if self.verdict.response:
            return self.verdict.response[:_MOST]
        found = _REPLY_IN_MESSAGE.search((self.verdict.message or "")[:_MOST])
        return found[1] if found else ""

    @cached_property
    def said(self) -> str:
        """The words of the refusal alone, in one line; of a failure without reply, its text."""
        return " ".join(_LINE.sub(" ", self.reply).split()) or self.message

    @cached_property
    def enhanced(self) -> frozenset[str]:
        """The enhanced status codes of the refusal."""
        return frozenset(_ENHANCED.findall(self.reply or (self.verdict.message or "")[:_MOST]))

    @cached_property
    def server(self) -> str:
        """What names the provider: the host, the banner, the name in the answer to EHLO."""
        banner, hello = "", ""
        asked = False
        for line in self.verdict.transcript:
            if line.sender == "client":
                asked = line.text.upper().startswith(("EHLO", "LHLO", "HELO"))
            elif not banner:
                banner = line.text
            elif asked:
                hello, asked = line.text, False
        return f"{self.host}\n{banner}\n{hello}\n{self.reply}"

    @cached_property
    def signed_in(self) -> bool:
        """Whether the server accepted a sign-in (235 in RFC 4954, 6)."""
        lines = self.verdict.transcript
        return any(line.sender == "server" and line.text.startswith("235") for line in lines)

    @cached_property
    def oauth(self) -> bool:
        """Whether the sign-in was tried with an OAuth 2 token."""
        return any(
            line.sender == "client" and line.text.startswith("AUTH XOAUTH2")
            for line in self.verdict.transcript
        )

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        """The recipients of the envelope, in lower case."""
        starts = "RCPT TO:<"
        return tuple(
            line.text.removeprefix(starts).partition(">")[0].lower()
            for line in self.verdict.transcript
            if line.sender == "client" and line.text.startswith(starts)
        )

    @cached_property
    def issuers(self) -> str:
        """Who signed the certificates that the server showed, and the error's text."""
        tls = self.verdict.tls
        shown = (tls.certificate, *tls.chain) if tls else ()
        return "\n".join([self.message, *(each.issuer for each in shown if each)])


# --- The catalogue ----------------------------------------------------------------------


@cache
def catalogue() -> tuple[Mapping[str, Any], ...]:
    """The entries of resources/replies in the order in which they are tried, each complete.

    What an entry does not say of title, why, steps and fixes stands in messages.json for its id;
    its file gives the source, the date and the pattern of the server it is about.
    """
    index = read_json("replies/messages.json")
    texts, entries = index["texts"], []
    for name in index["order"]:
        file = read_json(f"replies/{name}.json")
        shared = {key: value for key, value in file.items() if key != "replies"}
        for reply in file["replies"]:
            entry = {**texts.get(reply["id"], {}), **shared, **reply}
            if entry.pop("anywhere", False):  # its words alone tell the provider
                entry.pop("server", None)
            entries.append(entry)
    return tuple(entries)


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


# What an entry may ask for; every condition that it names must hold.
CONDITIONS: Mapping[str, Callable[[Any, Evidence], bool]] = {
    "stage": lambda wanted, seen: seen.verdict.stage in wanted,
    "loopback": lambda wanted, seen: seen.verdict.major in wanted,
    "code": lambda wanted, seen: seen.verdict.code in wanted,
    "reply": lambda wanted, seen: seen.verdict.response_code in wanted,
    "token": lambda wanted, seen: (seen.verdict.response_code is None) == wanted,
    "signed_in": lambda wanted, seen: seen.signed_in == wanted,
    "oauth": lambda wanted, seen: seen.oauth == wanted,
    "host": lambda wanted, seen: _found(wanted, seen.host),
    "server": lambda wanted, seen: _found(wanted, seen.server),
    "enhanced": lambda wanted, seen: any(re.fullmatch(wanted, code) for code in seen.enhanced),
    "said": lambda wanted, seen: bool(seen.reply) and _found(wanted, seen.said),
    "not_said": lambda unwanted, seen: not _found(unwanted, seen.said),
    "text": lambda wanted, seen: _found(wanted, seen.verdict.message or ""),
    "names": lambda _wanted, seen: any(to in seen.said.lower() for to in seen.recipients if to),
    "issuer": lambda wanted, seen: _found(wanted, seen.issuers),
    "note": lambda wanted, seen: any(re.search(wanted, note) for note in seen.verdict.notes),
}


def _fits(entry: Mapping[str, Any], evidence: Evidence) -> bool:
    return all(holds(entry[key], evidence) for key, holds in CONDITIONS.items() if key in entry)


def _make(entry: Mapping[str, Any], problems: Sequence[Problem]) -> Diagnosis:
    fixes = tuple(
        DiagnosisFix(problem.id, problem.fix.summary)
        for check in entry["fixes"]
        for problem in problems
        if problem.fix and _names(check, problem)
    )
    id_, title, why, steps = (entry[key] for key in ("id", "title", "why", "steps"))
    page = entry.get("source") if "server" in entry else None  # of others it is a standard's
    return Diagnosis(id_, title, why, tuple(steps), fixes, entry.get("as_of"), page)


def _names(check: str, problem: Problem) -> bool:
    """Whether the catalogue's `id` or `id/key` means this problem."""
    id_, _, key = check.partition("/")
    return problem.id == id_ and (not key or problem.pointer.endswith(f"/{key}"))


def concerning(problems: Sequence[Problem], datasource: str) -> tuple[Problem, ...]:
    """Return the problems that may be the cause of a failed test of this data source.

    Empty: LoopBack has refused the files or a model, so any may be.
    """
    if not datasource:
        return tuple(problems)
    own = ((), (datasource,))
    return tuple(p for p in problems if tuple(parse_pointer(p.pointer)[:1]) in own)


def _of_outcome(verdict: Verdict, problems: Sequence[Problem]) -> Diagnosis | None:
    """A diagnosis for what the plan foresaw: a crash, a boot error, a stub."""
    words = {
        "nothing-sent": ("nothing-sent", "LoopBack would report success and send nothing"),
        "boot-error": ("crash-at-boot", "The app would not start"),
        "crash": ("crash-at-send", "Sending would crash the app"),
    }
    if verdict.outcome not in words:
        return None
    id_, title = words[verdict.outcome]
    fixes = tuple(
        DiagnosisFix(problem.id, problem.fix.summary)
        for problem in problems
        if problem.fix and (problem.id == id_ or problem.id in _FORESEEN)
    )
    steps = ("See Problems for the place and the fix.",) if fixes else ()
    return Diagnosis(id_, title, verdict.message or "", steps, fixes)
