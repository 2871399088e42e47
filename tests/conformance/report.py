"""Writes REPORT.md: what was compared with which versions, and what came of it."""

from pathlib import Path

from conformance.cases import cases
from conformance.compare import Report
from conformance.disagreements import KNOWN
from conformance.effective.cases_of_layers import all_cases, answer_files
from conformance.models.cases_of_models import all_cases as all_apps
from conformance.server.catalogue import behaviours

REPORT = Path(__file__).with_name("REPORT.md")
_HEAD = """# What loopmail and real LoopBack agree on

Written by `make conformance`: every case is run through real LoopBack from npm and through
loopmail, against the same misbehaving server. Compared are ok, outcome, code, command,
responseCode, message, response, accepted, rejected, and what the server saw of each connection
(TLS version or none, server name, sign-in, MAIL, RCPT, the message). The data sources have
different names, so that a text which has the name in it is told from one with the connector's.
"""
_EFFECTIVE = """
## Effective configuration

{count} awkward sets of layers, loaded by {boots} and by loopmail:
settings to the letter (types and order of keys), models, errors. They are compared in every test run; `make conformance` records
them again and compares, on the spot, the files of real apps (where they are) and 200 random sets.
"""
_MODELS = """
## Models

{count} small apps, booted by loopback 2.42.0 with loopback-boot 2.28.0 and by 3.28.0 with 3.3.1:
which name of app.models leads to which model, its bases, data source and `send`, the same after
LoopBack 2's `autoAttach()`, and the words and code of each start that dies. They are compared in every
test run, and 200 random apps on the spot where node and the packages are. Not known, and said so:
what mixins and scripts do to a model, and whether a connector of another package has a `send`.
"""
_SKIPPED = """
## Not compared

- Plug-in transports, `direct` and `sendmail`: loopmail does not send through them and says so.
- SOCKS proxies of LoopBack 2: loopmail says that it cannot test through them.
- LoopBack 2, a message without text to several recipients that are all refused: not tried.
- NTLM beyond its first step: LoopBack 2 alone knows it, and its MD4 needs an old OpenSSL.
- The bytes of the message: each is built by its own library (DKIM signatures are verified apart).
"""


def write(reports: list[Report]) -> None:
    """Write the report of a full run."""
    configurations = {case.configuration.name for case in cases().values()}
    lines = [
        _HEAD,
        f"{len(cases())} cases for each version, out of {len(behaviours())} behaviours and "
        f"{len(configurations)} configurations.\n",
        "| LoopBack | Nodemailer | Node | cases | agree | disagree |",
        "|---|---|---|---|---|---|",
        *(_row(report) for report in sorted(reports, key=lambda one: one.version)),
        "\n## Disagreements\n",
        *(_disagreements(reports) or ["None."]),
        _EFFECTIVE.format(
            count=len(all_cases()),
            boots=" and ".join(
                f"loopback-boot {path.stem.removeprefix('answers-')}" for path in answer_files()
            ),
        ).rstrip(),
        _MODELS.format(count=len(all_apps())).rstrip(),
        _SKIPPED.rstrip(),
    ]
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _row(report: Report) -> str:
    agreed = report.cases - len(report.disagreements) - len(report.missing)
    judge = report.versions
    return (
        f"| {judge['loopback']} | {judge['nodemailer']} | {judge['node'].lstrip('v')} "
        f"| {report.cases} | {agreed} | {report.cases - agreed} |"
    )


def _disagreements(reports: list[Report]) -> list[str]:
    found = []
    for report in reports:
        known = KNOWN.get(report.version, {})
        for one in report.disagreements:
            reason = known.get(one.case, "not explained yet")
            found.append(f"- {report.versions['loopback']} `{one.case}`: {reason}")
    return found
