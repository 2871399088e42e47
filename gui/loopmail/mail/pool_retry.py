"""What Nodemailer's pool makes of a connection that closes while it sends.

Source: nodemailer-smtp-pool/lib/smtp-pool.js (2.8), nodemailer/lib/smtp-pool/index.js (4 to 6): a
close without an error puts the message back into the queue and connects anew, at once and without
end; Nodemailer 6 stops after `maxRequeues` if that is set. A close with an error (Nodemailer 6 in
mid-dialogue, a reset anywhere) goes to the callback as without a pool.
"""

from loopmail.core.js import UNDEFINED
from loopmail.core.plan import Rules, TransportPlan
from loopmail.mail.failure import SmtpFailure

WAITS_FOR_EVER = (
    "The app would wait for ever: when the server closes the connection, Nodemailer's pool queues "
    "the message again and connects anew, without end and without telling the app."
)
_GIVES_UP = "Reached maximum number of retries after connection was closed"
_SILENT_CLOSES = ("Connection closed", "Unexpected socket close")


def after_close(
    failure: SmtpFailure, plan: TransportPlan, rules: Rules
) -> tuple[SmtpFailure, str | None]:
    """Return the failure that the app is told, and a note if it is never told."""
    if not plan.pool or failure.code is not None or failure.message not in _SILENT_CLOSES:
        return failure, None
    limit = plan.options.get("maxRequeues", UNDEFINED)
    if rules.line == 6 and isinstance(limit, (int, float)) and limit >= 0:
        return SmtpFailure(_GIVES_UP, None), None
    return failure, WAITS_FOR_EVER
