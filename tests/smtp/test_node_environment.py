"""TLS with Node's own variables and options: what loopmail does is what the installed Node does."""

import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.nodemailer import node_settings
from loopmail.smtp.message import Message
from loopmail.smtp.send import SendRequest, send
from loopmail.smtp.verdict import Verdict

OFF = {"NODE_TLS_REJECT_UNAUTHORIZED": "0"}
ASK = """
const options = JSON.parse(process.argv[2]);
const s = require('tls').connect({port: +process.argv[1], host: '127.0.0.1', servername: 'localhost',
  ...options}, () => { console.log(JSON.stringify(['', s.getProtocol()])); s.destroy(); });
s.on('error', e => console.log(JSON.stringify([e.message, ''])));
"""
_REASON = re.compile(r"error:[0-9A-F]+:SSL routines:[^:]*:([^:]*)")
# Python says of setting an old version that it is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")


class Files:
    """Authorities on the disk."""

    def __init__(self, folder: Path) -> None:
        authority, other = trustme.CA(), trustme.CA()
        self.certificate = authority.issue_cert("localhost")
        self.pem = authority.cert_pem.bytes().decode()
        self.other = other.cert_pem.bytes().decode()
        bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        texts = {
            "ca": self.pem,
            "other": self.other,
            "before-bad": f"words\n{self.pem}{bad}",
            "behind-bad": bad + self.pem,
            "x509": self.pem.replace("CERTIFICATE", "X509 CERTIFICATE"),
            "trusted": self.pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
            "empty": "",
        }
        for name, text in texts.items():
            (folder / f"{name}.pem").write_text(text, "ascii")
        self.folder = folder
        (folder / "hashed").mkdir()

    def filled(self, text: str) -> str:
        """Return a text with the folder in place of DIR."""
        return text.replace("DIR", str(self.folder))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("authorities"))


@contextlib.contextmanager
def serving(
    files: Files, version: ssl.TLSVersion | None = None, ciphers: str = "DEFAULT"
) -> Iterator[int]:
    """Take TLS of one version only, or any, and hang up; give the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files.certificate.configure_cert(context)
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    if version is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            context.minimum_version = context.maximum_version = version

    def run(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(20)
                    with context.wrap_socket(connection, server_side=True) as secure:
                        secure.sendall(b"421 That is enough\r\n")  # nobody waits for more
                        secure.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run, args=(listener,), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(30)


def ours(
    port: int,
    environment: dict[str, str],
    tls: dict[str, Any] | None = None,
    versions: Versions = LOOPBACK_3,
) -> Verdict:
    """Try to connect with TLS from the first byte."""
    transport = {"type": "smtp", "host": "127.0.0.1", "port": port, "secure": True}
    transport["tls"] = {"servername": "localhost", **(tls or {})}
    source = {"connector": "mail", "transports": [transport]}
    node = node_settings(environment)
    return send(SendRequest(source, versions, Message(), verify_only=True, timeout=3, node=node))


def heard(verdict: Verdict) -> list[str]:
    """Return the error, or the protocol of a session that came about."""
    if verdict.stage in ("connect", "tls"):
        return [verdict.message or "", ""]
    assert verdict.tls is not None
    return ["", verdict.tls.protocol]


def nodes(port: int, environment: dict[str, str], tls: dict[str, Any] | None) -> list[str]:
    """Return the same of the installed Node."""
    done = subprocess.run(
        ["node", "-e", ASK, str(port), json.dumps(tls or {})],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answer: list[str] = json.loads(done.stdout)
    return answer


def reason(answer: list[str]) -> list[str]:
    """Leave out of OpenSSL's errors what differs from build to build."""
    match = _REASON.search(answer[0])
    return [match[1] if match else answer[0], answer[1]]


CA = {"NODE_EXTRA_CA_CERTS": "DIR/ca.pem"}
OPENSSL = {"NODE_OPTIONS": "--use-openssl-ca"}
AUTHORITIES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "none": ({}, {}),
    "extra": (CA, {}),
    "extra, missing": ({"NODE_EXTRA_CA_CERTS": "DIR/missing.pem"}, {}),
    "extra, a folder": ({"NODE_EXTRA_CA_CERTS": "DIR"}, {}),
    "extra, empty": ({"NODE_EXTRA_CA_CERTS": "DIR/empty.pem"}, {}),
    "extra, before what is none": ({"NODE_EXTRA_CA_CERTS": "DIR/before-bad.pem"}, {}),
    "extra, behind what is none": ({"NODE_EXTRA_CA_CERTS": "DIR/behind-bad.pem"}, {}),
    "extra, X509": ({"NODE_EXTRA_CA_CERTS": "DIR/x509.pem"}, {}),
    "extra, trusted": ({"NODE_EXTRA_CA_CERTS": "DIR/trusted.pem"}, {}),
    "extra beside another ca": (CA, {"ca": "OTHER"}),
    "extra beside an empty ca": (CA, {"ca": ""}),
    "extra beside no ca at all": (CA, {"ca": []}),
    "not checked": (OFF, {}),
    "not checked but for this": (OFF, {"rejectUnauthorized": True}),
    "checked with null": (OFF, {"rejectUnauthorized": None}),
    "openssl's": (OPENSSL, {}),
    "openssl's file": ({**OPENSSL, "SSL_CERT_FILE": "DIR/ca.pem"}, {}),
    "openssl's folder": ({**OPENSSL, "SSL_CERT_DIR": "DIR:DIR/hashed"}, {}),
    "openssl's folder without hashes": ({**OPENSSL, "SSL_CERT_DIR": "DIR"}, {}),
    "openssl's file and folder": (
        {**OPENSSL, "SSL_CERT_FILE": "DIR/other.pem", "SSL_CERT_DIR": "DIR/hashed"},
        {},
    ),
    "openssl's and extra": ({**OPENSSL, **CA}, {}),
    "openssl's beside another ca": ({**OPENSSL, "SSL_CERT_FILE": "DIR/ca.pem"}, {"ca": "OTHER"}),
    "openssl's file without the option": ({"SSL_CERT_FILE": "DIR/ca.pem"}, {}),
}


@pytest.mark.node
@pytest.mark.parametrize("case", AUTHORITIES)
def test_the_authorities_that_count_are_nodes(case: str, files: Files) -> None:
    if not list((files.folder / "hashed").iterdir()):
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("openssl is not installed")
        ca = files.folder / "ca.pem"
        command = [openssl, "x509", "-hash", "-noout", "-in", str(ca)]
        name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        shutil.copy(ca, files.folder / "hashed" / f"{name}.0")
    environment, tls = AUTHORITIES[case]
    environment = {name: files.filled(value) for name, value in environment.items()}
    tls = {key: files.other if value == "OTHER" else value for key, value in tls.items()}
    with serving(files) as port:
        assert heard(ours(port, environment, tls)) == nodes(port, environment, tls)


VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
OPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("--tls-min-v1.0", {}),
    ("--tls-min-v1.0 --tls-min-v1.3", {}),
    ("--tls-min-v1.3", {}),
    ("--tls-max-v1.2", {}),
    ("--tls-max-v1.2 --tls-max-v1.3", {}),
    ("--tls-min-v1.0 --tls-cipher-list=DEFAULT:@SECLEVEL=0", {}),
    ("--tls-min-v1.3", {"minVersion": "TLSv1.2"}),
    ("--tls-max-v1.2", {"maxVersion": "TLSv1.3"}),
    ("--tls-cipher-list=ECDHE-ECDSA-AES128-GCM-SHA256", {}),
    ("--tls-cipher-list=ECDHE-RSA-AES128-GCM-SHA256", {}),
    ("--tls-cipher-list=TLS_AES_128_GCM_SHA256", {}),
    ("", {"ciphers": "TLS_AES_128_GCM_SHA256"}),
    ("", {"ciphers": "DEFAULT:@SECLEVEL=0", "minVersion": "TLSv1"}),
    ("--tls-cipher-list=ECDHE-RSA-AES128-GCM-SHA256", {"ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256"}),
]


@pytest.mark.node
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("options", "tls"), OPTIONS)
def test_versions_and_ciphers_are_nodes(
    options: str, tls: dict[str, Any], version: str, files: Files
) -> None:
    environment = {**OFF, "NODE_OPTIONS": options}
    with serving(files, VERSIONS[version]) as port:
        mine, theirs = heard(ours(port, environment, tls)), nodes(port, environment, tls)
    if "legacy sigalg" in theirs[0]:  # words of later builds of OpenSSL for the same end
        mine[0] = theirs[0] if mine[0] else mine[0]
    assert reason(mine) == reason(theirs)


@pytest.mark.parametrize("versions", [LOOPBACK_2, LOOPBACK_3], ids=["lb2", "lb3"])
def test_the_verdict_names_the_variables_that_counted(versions: Versions, files: Files) -> None:
    environment = {"NODE_EXTRA_CA_CERTS": str(files.folder / "ca.pem")}
    with serving(files) as port:
        verdict = ours(port, environment, versions=versions)
        assert verdict.tls is not None
        assert verdict.tls.verified
        assert verdict.tls.problem is None
        refused = ours(port, environment, {"ca": files.other}, versions)
        assert refused.tls is not None
        assert not refused.tls.verified
    path = environment["NODE_EXTRA_CA_CERTS"]
    told = f"NODE_EXTRA_CA_CERTS: the app also trusts the authorities in {path}."
    assert told in verdict.notes
    assert verdict.to_json()["environment"] == [
        {
            "variable": "NODE_EXTRA_CA_CERTS",
            "option": "",
            "text": f"also trusts the authorities in {path}",
            "weakens": False,
            "path": "/tls/ca",
        }
    ]
    assert refused.to_json()["environment"] == []
