"""`service` and `url`: where a transport's settings come from besides its own keys."""

import math
from typing import Any

import pytest

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.nodemailer import find_service, plan_datasource, service_names
from loopmail.core.nodemailer.connection_url import MalformedUrl, parse_connection_url


def test_both_lists_of_services_are_whole() -> None:
    assert (len(service_names(2)), len(service_names(4)), len(service_names(6))) == (36, 44, 61)


@pytest.mark.parametrize(
    "name", ["Gmail", "gmail", "Google Mail", "me@googlemail.com", " G m a i l ", "GMAIL.COM"]
)
def test_a_service_is_found_by_name_alias_domain_and_address(name: str) -> None:
    for line in (2, 4, 6):
        assert find_service(name, line) == {"host": "smtp.gmail.com", "port": 465, "secure": True}


def test_services_differ_between_versions() -> None:
    assert (find_service("Mailgun", 2) or {})["port"] == 587
    assert (find_service("Mailgun", 6) or {})["port"] == 465
    assert find_service("Proton", 2) is None


def test_a_service_overrides_what_the_user_wrote_and_says_so() -> None:
    setting = {"type": "smtp", "service": "gmail", "host": "mine", "port": 25, "secure": False}
    plan = plan_datasource({"transports": [setting]}, LOOPBACK_3).transports[0]
    assert (plan.host, plan.port, plan.tls) == ("smtp.gmail.com", 465, "implicit")
    assert plan.origins["host"] == plan.origins["port"] == "service"


def test_an_unknown_service_is_silently_localhost() -> None:
    setting = {"type": "smtp", "service": "nobody"}
    plan = plan_datasource({"transports": [setting]}, LOOPBACK_2).transports[0]
    assert (plan.host, plan.port, plan.origins["host"]) == ("localhost", 25, "default")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "smtps://u:p%40x@h:4650/?tls.rejectUnauthorized=false&pool=true&name=foo",
            {
                "secure": True,
                "port": 4650,
                "host": "h",
                "auth": {"user": "u", "pass": "p@x"},
                "tls": {"rejectUnauthorized": False},
                "pool": True,
                "name": "foo",
            },
        ),
        ("SMTP://HOST", {"secure": False, "host": "host"}),
        (
            "smtp://u:a:b:c@h",
            {"secure": False, "host": "h", "auth": {"user": "u", "pass": "a:b:c"}},
        ),
        ("smtp://h/?secure=true&port=1", {"secure": False, "host": "h", "port": 1}),
        ("smtp://h/?auth.user=x&a=", {"secure": False, "host": "h", "a": 0}),
        ("direct://h", {"direct": True, "host": "h"}),
        # What no text of ours should hold, but a hostile file may.
        ("smtp://h:" + "9" * 5000, {"secure": False, "host": "h", "port": math.inf}),
        ("smtp://h:٣", {"secure": False, "host": "h"}),
        ("smtp://h/?x=Infinity", {"secure": False, "host": "h", "x": math.inf}),
        (
            "smtp://\ud800%40:p@h/?x=\ud800%20",
            {
                "secure": False,
                "host": "h",
                "auth": {"user": "\ud800@", "pass": "p"},
                "x": "\ud800 ",
            },
        ),
    ],
)
def test_a_url_becomes_the_settings_nodemailer_reads_in_it(
    url: str, expected: dict[str, Any]
) -> None:
    assert parse_connection_url(url) == expected


def test_a_broken_percent_sequence_is_refused() -> None:
    with pytest.raises(MalformedUrl, match="URI malformed"):
        parse_connection_url("smtp://us%er:p@h")


def test_beside_a_url_every_other_key_is_dropped() -> None:
    setting = {"type": "smtp", "url": "smtp://h:2525", "auth": {"user": "u"}, "tls": {"a": 1}}
    plan = plan_datasource({"transports": [setting]}, LOOPBACK_3).transports[0]
    assert (plan.host, plan.port, plan.auth.kind) == ("h", 2525, "none")
    assert plan.tls_options == {}
    assert plan.origins["host"] == "url"


@pytest.mark.parametrize("versions", [LOOPBACK_2, LOOPBACK_3])
def test_a_port_beyond_all_numbers_fails_as_any_other_wrong_one(versions: Versions) -> None:
    for setting in ({"port": "0x" + "f" * 300}, {"url": "smtp://h:" + "9" * 5000}):
        plan = plan_datasource({"transports": [{"type": "smtp", **setting}]}, versions)
        (fault,) = plan.transports[0].faults
        assert fault.text.startswith("Port should be >= 0 and < 65536.")
