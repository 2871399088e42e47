"""Node's own variables and options, read as Node 20.20 reads them; its words are recorded from it."""

import dataclasses
import json

import pytest

from app_builder import mail, transport
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3
from loopmail.core.nodemailer import (
    NodeSettings,
    TransportPlan,
    node_effects,
    node_settings,
    plan_datasource,
)

OFF = {"NODE_TLS_REJECT_UNAUTHORIZED": "0"}


def options(text: str, **more: str) -> NodeSettings:
    return node_settings({"NODE_OPTIONS": text, **more})


def plan(environment: dict[str, str], major: int = 3, **keys: object) -> TransportPlan:
    settings = mail(transport(host="mail.example.com", **keys))
    versions = LOOPBACK_2 if major == 2 else LOOPBACK_3
    return plan_datasource(settings, versions, node=node_settings(environment)).transports[0]


def test_an_ordinary_environment_changes_nothing() -> None:
    assert node_settings({}) == NodeSettings()
    ordinary = {"NODE_OPTIONS": "--max-old-space-size=200 --require dd-trace/init", "PATH": "/bin"}
    unused = {"SSL_CERT_FILE": "/x.pem", "NODE_EXTRA_CA_CERTS": "", "NODE_OPTIONS": ""}
    assert node_settings(ordinary) == NodeSettings()
    assert node_settings(unused) == NodeSettings()


@pytest.mark.parametrize("value", ["1", "", " 0", "false", "00", "no"])
def test_only_exactly_0_switches_the_check_of_certificates_off(value: str) -> None:
    assert node_settings({"NODE_TLS_REJECT_UNAUTHORIZED": value}).verify
    assert not node_settings(OFF).verify


@pytest.mark.parametrize("major", [2, 3])
@pytest.mark.parametrize(("tls", "verify"), [
    ({}, False),
    ({"servername": "x"}, False),
    (True, False),
    ({"rejectUnauthorized": True}, True),
    ({"rejectUnauthorized": None}, True),
    ({"rejectUnauthorized": "false"}, True),
    ({"rejectUnauthorized": 0}, True),
    ({"rejectUnauthorized": False}, False),
])  # fmt: skip
def test_what_the_transport_says_itself_beats_the_environment(
    tls: object, verify: bool, major: int
) -> None:
    assert plan(OFF, major, tls=tls).verify is verify
    assert plan({}, major, tls=tls).verify is ('": false' not in json.dumps(tls))


@pytest.mark.parametrize(("text", "found"), [
    ("--tls-min-v1.0", {"minimum": "TLSv1"}),
    ("--tls-min-v1.1", {"minimum": "TLSv1.1"}),
    ("--tls-min-v1.2", {"minimum": "TLSv1.2"}),
    ("--tls-min-v1.3", {"minimum": "TLSv1.3"}),
    ("--tls-min-v1.3 --tls-min-v1.0", {"minimum": "TLSv1"}),
    ("--tls-max-v1.2", {"maximum": "TLSv1.2"}),
    ("--tls-max-v1.2 --tls-max-v1.3", {"maximum": "TLSv1.3"}),
    ("--tls_min_v1.0", {"minimum": "TLSv1"}),
    ("--tls-min-v1.0=true", {"minimum": "TLSv1"}),
    ("--tls-min-v1.0 --no-tls-min-v1.0", {}),
    ("--no-use-openssl-ca", {}),
    ("--use-bundled-ca", {}),
    ("--use-openssl-ca", {"roots": "openssl"}),
    ("--use-system-ca", {"roots": "system"}),
    ("  --x=1   --use-openssl-ca ", {"roots": "openssl"}),
    ('"--use-openssl-ca"', {"roots": "openssl"}),
    ('--title="a b" --use-openssl-ca', {"roots": "openssl"}),
    (r'--title="a\" --tls-min-v1.0 b"', {}),
    ("--tls-cipher-list=AES128-SHA:!x", {"ciphers": "AES128-SHA:!x"}),
    ("--tls-cipher-list AES128-SHA", {"ciphers": "AES128-SHA"}),
    ("--dns-result-order=ipv4first", {"dns_order": "ipv4first"}),
    ("--dns-result-order ipv6first", {"dns_order": "ipv6first"}),
    ("--openssl-config=/x.cnf --force-fips", {"untested": ("--openssl-config", "--force-fips")}),
])  # fmt: skip
def test_options_are_read_as_node_reads_them(text: str, found: dict[str, object]) -> None:
    read = dataclasses.asdict(options(text))
    default = dataclasses.asdict(NodeSettings())
    changed = {key: read[key] for key in read if key != "origins" and read[key] != default[key]}
    assert changed == {key: value for key, value in found.items() if value != default[key]}


@pytest.mark.parametrize(("text", "says"), [
    (
        "--use-bundled-ca --use-openssl-ca",
        "either --use-openssl-ca or --use-bundled-ca can be used, not both",
    ),
    (
        "--tls-max-v1.2 --tls-min-v1.3",
        "either --tls-min-v1.3 or --tls-max-v1.2 can be used, not both",
    ),
    ("--tls-min-v1.4", "--tls-min-v1.4 is not allowed in NODE_OPTIONS"),
    ("--tls-cipher-list=", "--tls-cipher-list requires an argument"),
    ("--tls-cipher-list", "--tls-cipher-list requires an argument"),
    ('"--use', "invalid value for NODE_OPTIONS (unterminated string)"),
    ('"--use\\', "invalid value for NODE_OPTIONS (invalid escape)"),
    (
        "--dns-result-order=x",
        "The argument '--dns-result-order' must be one of: 'verbatim', 'ipv4first', 'ipv6first'. "
        "Received 'x'",
    ),
])  # fmt: skip
def test_options_that_node_does_not_start_with(text: str, says: str) -> None:
    assert options(text).refused == says


def test_the_places_of_openssls_authorities_count_with_its_option_only() -> None:
    places = {"SSL_CERT_FILE": "/f.pem", "SSL_CERT_DIR": "/a:/b"}
    found = options("--use-openssl-ca", **places)
    assert (found.cert_file, found.cert_dir) == ("/f.pem", "/a:/b")
    default = options("--use-openssl-ca")
    assert (default.cert_file, default.cert_dir) == ("/etc/ssl/cert.pem", "/etc/ssl/certs")
    assert node_settings(places) == NodeSettings()


def test_effects_name_their_variable_and_what_the_transport_says_itself_is_none() -> None:
    node = options(
        "--use-openssl-ca --tls-min-v1.1 --tls-max-v1.2 --tls-cipher-list=DEFAULT@SECLEVEL=0",
        NODE_EXTRA_CA_CERTS="/ca.pem",
        SSL_CERT_FILE="/f.pem",
    )
    names = [effect.name for effect in node_effects({}, node)]
    assert names == [
        "NODE_EXTRA_CA_CERTS",
        "NODE_OPTIONS --tls-min-v1.1",
        "NODE_OPTIONS --tls-max-v1.2",
        "NODE_OPTIONS --use-openssl-ca",
        "NODE_OPTIONS --tls-cipher-list",
        "SSL_CERT_FILE",
    ]
    weak = [effect.option for effect in node_effects({}, node) if effect.weakens]
    assert weak == ["--tls-min-v1.1", "--tls-cipher-list"]
    own = {"ca": "x", "minVersion": "TLSv1.2", "maxVersion": "TLSv1.3", "ciphers": "x"}
    assert node_effects(own, node) == ()
    (off,) = node_effects({}, node_settings(OFF))
    assert (off.name, off.weakens) == ("NODE_TLS_REJECT_UNAUTHORIZED", True)
    assert node_effects({"rejectUnauthorized": True}, node_settings(OFF)) == ()
