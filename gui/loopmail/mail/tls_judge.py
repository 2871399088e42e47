"""The TLS handshake and the judgement on the certificate, in Node's terms."""

import ssl
from datetime import UTC, datetime

from cryptography import x509

from loopmail.core.js import truthy
from loopmail.core.plan import TransportPlan
from loopmail.mail.certificates import TlsFacts, facts, peer_chain
from loopmail.mail.identity import identity_problem
from loopmail.mail.system_roots import ONLY_HERE, ONLY_NODE, system_trusts
from loopmail.mail.wire import Wire

_NODE = {
    9: ("CERT_NOT_YET_VALID", "certificate is not yet valid"),
    10: ("CERT_HAS_EXPIRED", "certificate has expired"),
    18: ("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
    19: ("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain"),
    20: ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate"),
    21: ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
}

_TRUST = (18, 19, 20, 21)  # the errors that other authorities would mend


class CertificateRefused(Exception):
    """Node would refuse the certificate."""

    def __init__(self, text: str, node_code: str, facts: TlsFacts) -> None:
        super().__init__(text)
        self.text = text
        self.node_code = node_code
        self.facts = facts


def last_error(code: int, chain: list[x509.Certificate]) -> int:
    """Return the verify error Node reports, from the first one OpenSSL met.

    OpenSSL goes on after an error when it is asked to, as Node does, and the last error counts:
    the leaf's dates are looked at after its chain, and a lone leaf of an unknown issuer ends as
    "unable to verify the first certificate".
    """
    if code not in (18, 19, 20, 21) or not chain:
        return code
    now = datetime.now(UTC)
    if code == 20 and _linked(chain) == 1:
        code = 21
    for certificate in reversed(chain[: _linked(chain)]):
        if certificate.not_valid_before_utc > now:
            code = 9
        elif certificate.not_valid_after_utc < now:
            code = 10
    return code


def _linked(chain: list[x509.Certificate]) -> int:
    count = 1
    while count < len(chain) and chain[count - 1].issuer == chain[count].subject:
        count += 1
    return count


class TlsJudge:
    """Shakes hands once and says what came of it."""

    def __init__(self, wire: Wire, context: ssl.SSLContext, plan: TransportPlan) -> None:
        self._wire = wire
        self._context = context
        self._plan = plan

    def handshake(self, deadline: float) -> TlsFacts:
        """Return the facts; raise CertificateRefused, ssl.SSLError, OSError, PeerClosed, Expired."""
        try:
            sock = self._wire.handshake(self._context, self._plan.servername, deadline)
        except ssl.SSLCertVerificationError as error:
            failed = self._wire.secure
            chain = peer_chain(failed) if failed else []
            code = last_error(error.verify_code, chain)
            node_code, text = _NODE.get(code, ("CERT_REJECTED", error.verify_message))
            here = self._own_roots and code in _TRUST and system_trusts(chain)
            told = f"{text}; {ONLY_HERE}" if here else text
            seen = self._facts(failed, chain, verified=False, problem=told)
            raise CertificateRefused(text, node_code, seen) from error
        chain = peer_chain(sock)
        problem = self._name_problem(chain)
        verified = self._plan.verify and problem is None
        shown = problem
        if verified and self._own_roots and system_trusts(chain) is False:
            shown = ONLY_NODE
        seen = self._facts(sock, chain, verified=verified, problem=shown)
        if self._plan.verify and problem is not None:
            raise CertificateRefused(problem, "ERR_TLS_CERT_ALTNAME_INVALID", seen)
        return seen

    @property
    def _own_roots(self) -> bool:
        return not truthy(self._plan.tls_options.get("ca"))

    def _name_problem(self, chain: list[x509.Certificate]) -> str | None:
        if not chain:
            return "The server sent no certificate"
        return identity_problem(chain[0], self._plan.identity or "localhost")

    def _facts(
        self,
        sock: ssl.SSLSocket | None,
        chain: list[x509.Certificate],
        *,
        verified: bool,
        problem: str | None,
    ) -> TlsFacts:
        cipher = sock.cipher() if sock else None
        seen = tuple(facts(certificate) for certificate in chain)
        return TlsFacts(
            protocol=(sock.version() if sock else None) or "",
            cipher=cipher[0] if cipher else "",
            verified=verified,
            certificate=seen[0] if seen else None,
            chain=seen,
            problem=problem,
        )
