"""Python's socket and TLS errors in Node's words (Node 20, OpenSSL 3).

Source: Node's documentation, "Errors", common system errors and OpenSSL errors; lib/internal/errors.js
(ExceptionWithHostPort, DNSException); lib/_tls_wrap.js for CLOSED_EARLY.
"""

import errno
import socket
import ssl

# OpenSSL's packed code and Node's error code of what a handshake commonly fails with. Node puts
# the thread, function and line into the message as well; those differ from build to build.
_REASONS = {
    "WRONG_VERSION_NUMBER": 0x10B,
    "UNSUPPORTED_PROTOCOL": 0x102,
    "NO_PROTOCOLS_AVAILABLE": 0xBF,
    "HTTP_REQUEST": 0x9C,
    "PACKET_LENGTH_TOO_LONG": 0xC6,
    "UNEXPECTED_MESSAGE": 0xF4,
    "RECORD_LAYER_FAILURE": 0x139,
    "DH_KEY_TOO_SMALL": 0x18A,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": 0x410,
    "TLSV1_ALERT_PROTOCOL_VERSION": 0x42E,
    "TLSV1_ALERT_INTERNAL_ERROR": 0x438,
    "TLSV1_UNRECOGNIZED_NAME": 0x458,
    "SSLV3_ALERT_BAD_CERTIFICATE": 0x412,
    "TLSV1_ALERT_UNKNOWN_CA": 0x418,
}
_SSL_LIBRARY = 0x0A000000
CLOSED_EARLY = "Client network socket disconnected before secure TLS connection was established"


def errno_name(error: OSError) -> str:
    """Return ECONNREFUSED and the like."""
    # Windows' numbers are called WSAECONNREFUSED and so on
    return errno.errorcode.get(error.errno or 0, "EIO").removeprefix("WSA")


def read_text(error: OSError) -> str:
    """Return the message of a failed read: `read ECONNRESET`."""
    return f"read {errno_name(error)}"


def lookup_text(error: Exception, host: str) -> str:
    """Return the message of a failed name look-up: `getaddrinfo ENOTFOUND host`."""
    again = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    return f"getaddrinfo {'EAI_AGAIN' if again else 'ENOTFOUND'} {host}"


def tls_text(error: ssl.SSLError) -> tuple[str, str]:
    """Return the message and Node's own code of a failed handshake.

    `error:0A00010B:SSL routines::wrong version number` with ERR_SSL_WRONG_VERSION_NUMBER.
    """
    reason = error.reason or "UNEXPECTED_EOF_WHILE_READING"
    number = _SSL_LIBRARY + _REASONS.get(reason, 0)
    words = reason.replace("_", " ").lower()
    return f"error:{number:08X}:SSL routines::{words}", f"ERR_SSL_{reason}"
