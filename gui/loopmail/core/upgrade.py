"""What would change for an app's mail with another LoopBack version (“2 → 3”)."""

from collections.abc import Iterator
from dataclasses import dataclass

from loopmail.core.app_view import AppView
from loopmail.core.layers import Effective
from loopmail.core.plan import TransportPlan
from loopmail.core.plan_words import offer_sentences, plan_sentences
from loopmail.core.variables import Variables
from loopmail.core.versions import Versions, resolves_variables
from loopmail.core.workspace import Snapshot

NOTHING = "—"
# For code of the app that looks at errors and results; loopback-semantics 7, 8 and 13.
_FOR_CODE = (
    (
        "A connection that fails has the code ECONNECTION.",
        "It has the code ESOCKET, or EDNS when the host is not found: code that compares err.code must follow.",
    ),
    ("The messageId of a result has no angle brackets.", "It is written <…>."),
    ("Messages carry an X-Mailer header.", "They do not, unless “xMailer” is given."),
)


@dataclass(frozen=True, slots=True)
class VersionChange:
    """What another LoopBack version would do otherwise.

    `datasource` is empty for what concerns the whole app, `transport` counts from 0 and is None
    for what concerns the whole data source.
    """

    datasource: str
    transport: int | None
    before: str
    after: str

    @property
    def subject(self) -> str:
        """What it is about, for people."""
        if not self.datasource:
            return "The app"
        if self.transport is None:
            return self.datasource
        return f"{self.datasource}, transport {self.transport + 1}"


def compare_versions(
    snapshot: Snapshot, env: str | None, variables: Variables, old: Versions, new: Versions
) -> list[VersionChange]:
    """Return what would change: the start of the app, its data sources, its transports."""
    before, after = (AppView(snapshot, env, variables, version) for version in (old, new))
    changes = [*_boot(before.effective, after.effective)]
    changes += _sources(before.effective, after.effective)
    both = [name for name in before.mail if name in after.mail]
    for name in both:
        plans = zip(before.plans[name].transports, after.plans[name].transports, strict=False)
        for number, (left, right) in enumerate(plans):
            changes += _transport(name, number, (left, old), (right, new))
    if both and old.nodemailer_major == 2 and new.nodemailer_major > 2:
        changes += [VersionChange("", None, *pair) for pair in _FOR_CODE]
    return changes


def _boot(before: Effective, after: Effective) -> Iterator[VersionChange]:
    left, right = before.error, after.error
    if left != right:
        yield VersionChange("", None, _start(left), _start(right))
    old, new = before.versions, after.versions
    if resolves_variables(old) != resolves_variables(new):
        yield VersionChange("", None, _variables(old), _variables(new))


def _start(error: str | None) -> str:
    return f"Does not start: {error}" if error else "Starts."


def _variables(versions: Versions) -> str:
    if resolves_variables(versions):
        return "A text that ends with ${NAME} is replaced by the variable’s value."
    return "Texts with ${NAME} are taken as they stand."


def _sources(before: Effective, after: Effective) -> Iterator[VersionChange]:
    if before.versions.major >= 3 or after.versions.major < 3:
        return
    for name, source in before.datasources.items():
        if not source.settings.get("connector") and not source.settings.get("adapter"):
            yield VersionChange(
                name,
                None,
                "Has no connector, which nobody notices.",
                f"The app does not start: “{name}” is taken for the name of a connector.",
            )
        inner = source.settings.get("name")
        if isinstance(inner, str) and inner != name:
            yield VersionChange(
                name,
                None,
                f"The inner name “{inner}” is ignored.",
                "It is ignored, with a warning at the start.",
            )


def _transport(
    name: str,
    number: int,
    old: tuple[TransportPlan, Versions],
    new: tuple[TransportPlan, Versions],
) -> Iterator[VersionChange]:
    left, right = _sentences(*old), _sentences(*new)
    for index in range(max(len(left), len(right))):
        one = left[index] if index < len(left) else NOTHING
        other = right[index] if index < len(right) else NOTHING
        if one != other:
            yield VersionChange(name, number, one, other)


def _sentences(plan: TransportPlan, versions: Versions) -> list[str]:
    return plan_sentences(plan) + offer_sentences(plan, versions)
