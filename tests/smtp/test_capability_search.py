"""The search for sign-in mechanisms finds what Nodemailer's expression finds, in linear time."""

import re

from hypothesis import given
from hypothesis import strategies as st

from loopmail.core.nodemailer import rules_for
from loopmail.smtp.replies import Reply, parse_capabilities

NAMES = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")
pieces = st.lists(
    st.sampled_from([*NAMES, "AUTH", "auth", "=", " ", "  ", "\t", "\n", "250-", "250 ", "X", "-"]),
    max_size=12,
)


@given(pieces, st.sampled_from([2, 4, 6]))
def test_mechanisms_are_found_as_by_nodemailer(parts: list[str], major: int) -> None:
    reply, rules = "".join(parts), rules_for(major)
    before = "[ -]" if rules.auth_needs_separator else ""
    expected = tuple(
        name
        for name in NAMES
        if re.search(
            rf"{before}AUTH(?:(\s+|=)[^\n]*\s+|\s+|=){name}", reply, re.IGNORECASE | re.ASCII
        )
    )
    assert parse_capabilities(Reply.parse(reply), rules).mechanisms == expected
