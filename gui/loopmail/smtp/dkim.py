"""DKIM signatures of the test message, as Nodemailer 3 and later add them (RFC 6376).

Source: nodemailer 6.10.1, lib/dkim/index.js and sign.js: relaxed/relaxed, RSA, the fields of RFC 4871
section 5.5 unless `headerFieldNames` names others, of each field the last one. A key that cannot
be used leaves the message unsigned, and the app is not notified.
"""

import base64
import re
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.nodemailer import Rules, TransportPlan
from loopmail.core.nodemailer.conversions import to_string
from loopmail.net.certificates import rsa_key
from loopmail.smtp.addresses import ascii_domain

_FIELDS = (
    "From:Sender:Reply-To:Subject:Date:Message-ID:To:Cc:MIME-Version:Content-Type:"
    "Content-Transfer-Encoding:Content-ID:Content-Description:Resent-Date:Resent-From:"
    "Resent-Sender:Resent-To:Resent-Cc:Resent-Message-ID:In-Reply-To:References:List-Id:List-Help:"
    "List-Unsubscribe:List-Subscribe:List-Post:List-Owner:List-Archive"
)
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),
    "sha256": hashes.SHA256(),
    "sha512": hashes.SHA512(),
}
_BLANKS = re.compile(rb"[ \t]+")
_ATTEMPTED = "A DKIM key cannot be used, so the app sends the message unsigned and says nothing."


def signed(data: bytes, plan: TransportPlan, rules: Rules) -> tuple[bytes, tuple[str, ...]]:
    """Return the message with the signatures that the plan's `dkim` asks for, and notes.

    Settings that make Nodemailer crash are a fault of the plan, not looked at here.
    """
    block = plan.options.get("dkim", UNDEFINED)
    if rules.line == 2 or not isinstance(block, Mapping) or not truthy(block):
        return data, ()
    own = block.get("keys", UNDEFINED)
    keys = own if isinstance(own, list) else [own if truthy(own) else block]
    lines = [_signature(data, key, block) for key in keys if isinstance(key, Mapping)]
    notes = (_ATTEMPTED,) if None in lines else ()
    return b"".join(line for line in lines if line is not None) + data, notes


def relaxed_body(body: bytes) -> bytes:
    """Return the body in its relaxed form (RFC 6376, 3.4.4)."""
    lines = [_BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def relaxed_field(line: bytes) -> bytes:
    """Return a header field as `name:value` in its relaxed form (RFC 6376, 3.4.2)."""
    name, _, value = line.partition(b":")
    flat = _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip()
    return name.strip().lower() + b":" + flat


def fields_of(head: bytes) -> list[bytes]:
    """Return the header's fields, continuation lines joined to theirs."""
    return re.split(rb"\r\n(?![ \t])", head.removesuffix(b"\r\n"))


def _signature(data: bytes, key: Mapping[str, Json], options: Mapping[str, Json]) -> bytes | None:
    private = rsa_key(to_string(key.get("privateKey", UNDEFINED)))
    algorithm = options.get("hashAlgo")
    algorithm = algorithm if isinstance(algorithm, str) and algorithm else "sha256"
    if private is None or algorithm not in _HASHES:
        return None
    kind = _HASHES[algorithm]
    head, _, body = data.partition(b"\r\n\r\n")
    digest = hashes.Hash(kind)
    digest.update(relaxed_body(body))
    names, chosen = _chosen(head, options)
    line = (
        f"DKIM-Signature: v=1; a=rsa-{algorithm}; c=relaxed/relaxed;"
        f" d={ascii_domain(to_string(key.get('domainName')))}; q=dns/txt;\r\n"
        f" s={to_string(key.get('keySelector', UNDEFINED))};"
        f" bh={base64.b64encode(digest.finalize()).decode()};\r\n"
        f" h={':'.join(names)};\r\n b="
    ).encode("utf-8", "replace")
    text = b"".join(field + b"\r\n" for field in chosen) + relaxed_field(line)
    proof = base64.b64encode(private.sign(text, padding.PKCS1v15(), kind))
    return line + b"\r\n ".join(proof[at : at + 73] for at in range(0, len(proof), 73)) + b"\r\n"


def _chosen(head: bytes, options: Mapping[str, Json]) -> tuple[Sequence[str], list[bytes]]:
    """Return the names of the fields to sign, and those fields."""
    wanted, skipped = options.get("headerFieldNames"), options.get("skipFields")
    names = (wanted if isinstance(wanted, str) and wanted else _FIELDS).lower().split(":")
    left_out = (
        {name.strip() for name in skipped.lower().split(":")} if isinstance(skipped, str) else ()
    )
    last = {line.partition(b":")[0].decode("latin-1").lower(): line for line in fields_of(head)}
    order = dict.fromkeys(name.strip() for name in names)
    found = [name for name in order if name in last and name not in left_out]
    return found, [relaxed_field(last[name]) for name in found]
