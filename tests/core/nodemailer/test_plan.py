"""What Nodemailer makes of a data source's settings: the connector, ports, TLS, names, faults."""

from dataclasses import replace
from typing import Any

import pytest

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.js import UNDEFINED
from loopmail.core.nodemailer import TransportPlan, plan_datasource

NODEMAILER_4 = replace(LOOPBACK_3, loopback="3.27.0", nodemailer="4.7.0")


def _plan(versions: Versions = LOOPBACK_3, **setting: Any) -> TransportPlan:
    return plan_datasource({"transports": [{"type": "smtp", **setting}]}, versions).transports[0]


@pytest.mark.parametrize(
    ("port", "secure", "old", "new"),
    [
        (UNDEFINED, UNDEFINED, (25, "starttls-if-offered"), (587, "starttls-if-offered")),
        (UNDEFINED, True, (465, "implicit"), (465, "implicit")),
        (465, UNDEFINED, (465, "implicit"), (465, "implicit")),
        ("465", UNDEFINED, ("465", "starttls-if-offered"), (465, "implicit")),
        (465, False, (465, "starttls-if-offered"), (465, "starttls-if-offered")),
        (465, None, (465, "starttls-if-offered"), (465, "starttls-if-offered")),
        (587, "false", (587, "implicit"), (587, "implicit")),
        ("abc", UNDEFINED, ("abc", "starttls-if-offered"), (587, "starttls-if-offered")),
        ("", True, (465, "implicit"), (465, "implicit")),
        (" 0x1d1 ", UNDEFINED, (" 0x1d1 ", "starttls-if-offered"), (465, "implicit")),
        ([25], UNDEFINED, ("25", "starttls-if-offered"), (25, "starttls-if-offered")),
    ],
)
def test_port_and_security_follow_each_versions_table(
    port: Any, secure: Any, old: tuple[Any, str], new: tuple[Any, str]
) -> None:
    setting = {key: v for key, v in {"port": port, "secure": secure}.items() if v is not UNDEFINED}
    for versions, expected in ((LOOPBACK_2, old), (LOOPBACK_3, new)):
        plan = _plan(versions, **setting)
        assert (plan.port, plan.tls) == expected


def test_an_unresolved_variable_is_undefined_and_not_null() -> None:
    assert _plan(port=465, secure=UNDEFINED).tls == "implicit"
    assert _plan(port=465, secure=None).tls == "starttls-if-offered"
    assert _plan(host=UNDEFINED).host == "localhost"


@pytest.mark.parametrize(
    ("setting", "old", "new"),
    [
        ({"host": "mail.x.org"}, (None, "mail.x.org"), ("mail.x.org", "mail.x.org")),
        ({"host": "192.0.2.1"}, (None, "192.0.2.1"), (None, "192.0.2.1")),
        ({"host": "a", "servername": "b"}, (None, "a"), ("b", "b")),
        ({"host": "a", "tls": {"servername": "c"}}, ("c", "c"), ("c", "c")),
    ],
)
def test_the_name_that_is_sent_and_the_name_that_is_checked(
    setting: dict[str, Any], old: tuple[str | None, str], new: tuple[str | None, str]
) -> None:
    for versions, expected in ((LOOPBACK_2, old), (NODEMAILER_4, old), (LOOPBACK_3, new)):
        plan = _plan(versions, **setting)
        assert (plan.servername, plan.identity) == expected


@pytest.mark.parametrize("value", ["false", 0, None, "no"])
def test_only_the_boolean_false_switches_the_certificate_check_off(value: Any) -> None:
    assert _plan(tls={"rejectUnauthorized": value}).verify
    assert not _plan(tls={"rejectUnauthorized": False}).verify


def test_ignoring_tls_beats_requiring_it() -> None:
    assert _plan(ignoreTLS=True, requireTLS=True).tls == "never"
    assert _plan(requireTLS="no").tls == "starttls-required"


def test_time_outs_are_what_setTimeout_makes_of_them() -> None:
    plan = _plan(connectionTimeout="5000", greetingTimeout="soon", socketTimeout=0)
    assert plan.timeouts.connection == 5000
    assert plan.timeouts.greeting == 1
    assert plan.timeouts.socket == 600_000


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"transports": "smtp"}, "transports.forEach is not a function"),
        ({"transports": {"0": {}}}, "transports.forEach is not a function"),
        ({"transports": [None]}, "Cannot read properties of null (reading 'type')"),
        ({"transports": [UNDEFINED]}, "Cannot read properties of undefined (reading 'type')"),
        ({"transports": [{"type": 5}]}, '(setting.type || "STUB").toLowerCase is not a function'),
        ({"transports": [{"type": "ses"}]}, "Cannot find module 'nodemailer-ses-transport'"),
        ({"transports": [{"type": "smtp", "service": 5}]}, "key.split is not a function"),
        ({"transports": [{"type": "smtp", "url": "smtp://%zz:x@h"}]}, "URI malformed"),
        ({"transports": [{"type": "smtp", "logger": 1}]}, "logger[level] is not a function"),
        (
            {"transports": [{"type": "smtp", "auth": {"user": "a", "method": 5}}]},
            '(authData.method || "").trim is not a function',
        ),
    ],
)
def test_what_stops_the_boot_is_worded_as_node_words_it(
    settings: dict[str, Any], text: str
) -> None:
    assert plan_datasource(settings, LOOPBACK_3).boot_error == text


def test_services_of_loopback_2_cannot_set_a_cipher_on_a_boolean() -> None:
    setting = {"type": "smtp", "service": "Hotmail", "tls": True}
    old = plan_datasource({"transports": [setting]}, LOOPBACK_2)
    assert old.boot_error == "Cannot create property 'ciphers' on boolean 'true'"
    assert plan_datasource({"transports": [setting]}, LOOPBACK_3).boot_error is None


@pytest.mark.parametrize(
    ("settings", "name", "expected"),
    [
        ({}, None, "none"),
        ({"transports": []}, "x", "none"),
        ({"transport": {"type": "smtp"}}, None, "smtp"),
        ({"transport": [{"type": "smtp"}]}, None, "stub"),
        ({"transports": [{"type": "smtp"}, {}]}, None, "stub"),
        ({"transports": [{"type": "smtp"}, {}]}, "unknown", "smtp"),
        ({"transports": [{"type": "stub"}, {"type": "smtp", "alias": "a"}]}, "a", "smtp"),
        ({"transports": [{"type": "stub"}, {"type": "smtp", "alias": "a"}]}, "A", "stub"),
        ({"transports": [{"type": "SMTP"}]}, "SMTP", "smtp"),
        ({"transports": [{"type": "smtp"}]}, "constructor", "crash"),
        ({"transports": ["smtp"]}, None, "stub"),
    ],
)
def test_a_message_finds_its_transport_as_in_the_connector(
    settings: dict[str, Any], name: str | None, expected: str
) -> None:
    assert plan_datasource(settings, LOOPBACK_3).route(name).outcome == expected


def test_two_transports_of_one_type_give_the_last_by_name_and_the_first_by_default() -> None:
    plans = plan_datasource(
        {"transports": [{"type": "smtp", "port": 1}, {"type": "smtp", "port": 2}]}, LOOPBACK_3
    )
    assert plans.route("smtp").port == 2
    assert plans.route(None).port == 1


def test_direct_ignores_its_settings_with_loopback_2() -> None:
    settings = {"transports": [{"type": "direct", "port": 26}]}
    assert "ignoring" in (plan_datasource(settings, LOOPBACK_2).transports[0].text or "")
    assert plan_datasource(settings, LOOPBACK_3).transports[0].outcome == "direct"


def test_an_installed_plugin_is_no_boot_error() -> None:
    settings = {"transports": [{"type": "ses"}]}
    modules = frozenset({"nodemailer-ses-transport"})
    assert plan_datasource(settings, LOOPBACK_3, modules).boot_error is None


@pytest.mark.parametrize(
    ("setting", "versions", "moment", "kind", "text"),
    [
        ({"socketTimeout": "5"}, LOOPBACK_3, "connected", "crash", '"msecs" argument'),
        ({"host": 5}, LOOPBACK_3, "lookup", "crash", 'The "name" argument'),
        ({"host": 5}, LOOPBACK_2, "lookup", "error", 'The "hostname" argument'),
        ({"port": 70000}, LOOPBACK_3, "connect", "error", "Received type number (70000)"),
        ({"port": "abc"}, LOOPBACK_2, "connect", "error", "Received type string ('abc')"),
        ({"localAddress": "x"}, LOOPBACK_3, "connect", "error", "Invalid IP address: x"),
        ({"logger": {}}, LOOPBACK_2, "send", "crash", "this.logger.info"),
        ({"proxy": "socks5://x:1"}, LOOPBACK_3, "send", "error", "Socks module not loaded"),
        ({"proxy": "x:1"}, LOOPBACK_2, "send", "error", "Unknown proxy configuration"),
        ({"tls": {"minVersion": "9"}}, LOOPBACK_2, "starttls", "crash", "not a valid minimum"),
        ({"dkim": {}}, LOOPBACK_3, "message", "crash", "reading 'split'"),
    ],
)
def test_settings_that_always_fail_are_foreseen(
    setting: dict[str, Any], versions: Versions, moment: str, kind: str, text: str
) -> None:
    faults = _plan(versions, **setting).faults
    assert any((f.moment, f.kind) == (moment, kind) and text in f.text for f in faults)


def test_secrets_stay_out_of_the_plans_repr() -> None:
    plan = _plan(auth={"user": "me", "pass": "s3cret"}, tls={"key": "PRIVATE"}, url=UNDEFINED)
    assert "s3cret" not in repr(plan)
    assert "PRIVATE" not in repr(plan)


@pytest.mark.parametrize(
    ("setting", "received"),
    [  # as Node 20 says it
        ({"socketTimeout": "a" * 28}, f"type string ('{'a' * 28}')"),
        ({"socketTimeout": "a" * 29}, f"type string ('{'a' * 25}...')"),
        ({"socketTimeout": "a'b"}, 'type string ("a\'b")'),
        ({"socketTimeout": -1e-7}, "-1e-7"),
        ({"socketTimeout": -1.5e-05}, "-0.000015"),
        ({"socketTimeout": -(2**32)}, "-4294967296"),
        ({"socketTimeout": -5e9}, "-5_000_000_000"),
        ({"port": 1e-7}, "type number (1e-7)."),
        ({"port": 123456.5}, "type number (123456.5)."),
    ],
)
def test_a_fault_quotes_the_value_as_node_does(setting: Any, received: str) -> None:
    (fault,) = _plan(LOOPBACK_2, **setting).faults
    assert fault.text.endswith(f"Received {received}")
