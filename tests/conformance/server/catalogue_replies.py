"""Every class of reply code at every stage; drops and silence at every stage."""

from collections.abc import Iterator

from conformance.server.behaviour import Behaviour, Stage
from conformance.server.reply import CLOSE, RESET, SILENT, Reply, raw, say

CODES: dict[Stage, tuple[str, ...]] = {
    "greeting": ("221", "250", "354", "421", "450", "500", "521", "554"),
    "ehlo": ("220", "251", "354", "421", "450", "500", "502", "550", "554"),
    "helo": ("220", "354", "421", "450", "502", "550"),
    "auth": ("200", "220", "250", "334", "354", "421", "432", "454", "500", "502", "503")
    + ("504", "530", "534", "535", "538", "550"),
    "mail": ("220", "251", "354", "421", "450", "451", "452", "454", "501", "503", "530", "550")
    + ("552", "553", "554"),
    "rcpt": ("220", "251", "252", "354", "421", "450", "451", "452", "501", "550", "551", "552")
    + ("553", "554"),
    "data": ("220", "250", "300", "421", "450", "451", "452", "503", "550", "554"),
    "message": ("200", "220", "251", "354", "421", "450", "451", "452", "550", "552", "554"),
}
LOGIN_CODES: dict[Stage, tuple[str, ...]] = {
    "auth": ("235", "421", "454", "504", "535"),
    "auth-1": ("235", "250", "354", "421", "501", "535"),
    "auth-2": ("200", "250", "334", "354", "421", "454", "501", "534", "535"),
}
STARTTLS_CODES = ("200", "250", "354", "421", "454", "500", "501", "502", "503", "530", "554")
ENDS: dict[str, Reply] = {
    "closes": CLOSE,
    "resets": RESET,
    "is-silent": SILENT,
}
NO_EHLO = say("502 5.5.1 EHLO unknown")
LOGIN_ONLY = ("8BITMIME", "AUTH LOGIN")


def _replies(stage: Stage, reply: Reply) -> dict[Stage, tuple[Reply, ...]]:
    # HELO is only sent after EHLO was refused.
    return {"ehlo": (NO_EHLO,), "helo": (reply,)} if stage == "helo" else {stage: (reply,)}


def code_behaviours() -> Iterator[Behaviour]:
    """Give `<stage>-replies-<code>` for sign-in with PLAIN and everything around it."""
    for stage, codes in CODES.items():
        for code in codes:
            reply = say(f"{code} Reply of the {stage} stage")
            yield Behaviour(f"{stage}-replies-{code}", replies=_replies(stage, reply))


def login_behaviours() -> Iterator[Behaviour]:
    """Give the steps of AUTH LOGIN, for servers that offer nothing else."""
    for stage, codes in LOGIN_CODES.items():
        for code in codes:
            reply = say(f"{code} Reply of the {stage} stage")
            name = f"login-{stage}-replies-{code}"
            yield Behaviour(name, replies={stage: (reply,)}, capabilities=LOGIN_ONLY)
        for word, end in ENDS.items():
            name = f"login-{stage}-{word}"
            yield Behaviour(name, replies={stage: (end,)}, capabilities=LOGIN_ONLY)


def starttls_behaviours() -> Iterator[Behaviour]:
    """Give the refusals of STARTTLS and what can happen instead of an answer."""
    for code in STARTTLS_CODES:
        reply = say(f"{code} Reply of the starttls stage")
        yield Behaviour(f"starttls-replies-{code}", "starttls", {"starttls": (reply,)})
    for word, end in ENDS.items():
        yield Behaviour(f"starttls-{word}", "starttls", {"starttls": (end,)})
        yield Behaviour(f"first-ehlo-{word}", "starttls", {"first-ehlo": (end,)})
    for code in ("421", "502", "550"):
        reply = say(f"{code} Reply of the first ehlo stage")
        yield Behaviour(f"first-ehlo-replies-{code}", "starttls", {"first-ehlo": (reply,)})


def end_behaviours() -> Iterator[Behaviour]:
    """Give `<stage>-closes`, `-resets`, `-is-silent`, `-breaks-off` and `-closes-after-reply`."""
    for stage in CODES:
        for word, end in ENDS.items():
            yield Behaviour(f"{stage}-{word}", replies=_replies(stage, end))
        broken = raw(b"250-half a rep", end="close")
        yield Behaviour(f"{stage}-breaks-off", replies=_replies(stage, broken))
    for stage in ("ehlo", "auth", "mail", "rcpt", "data", "message"):
        final = say("421 4.3.2 Shutting down", end="close")
        yield Behaviour(f"{stage}-replies-421-and-closes", replies={stage: (final,)})


def catalogue() -> list[Behaviour]:
    """All behaviours of this family."""
    return [
        *code_behaviours(),
        *login_behaviours(),
        *starttls_behaviours(),
        *end_behaviours(),
        Behaviour("refuses-connections", listening=False),
    ]
