"""The reader of replies and the plan of a `url` survive whatever they are given."""

from hypothesis import given, settings
from hypothesis import strategies as st

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.nodemailer import plan_datasource
from loopmail.smtp.errors import TooMuch
from loopmail.smtp.replies import ReplyReader

lines = st.lists(
    st.sampled_from([b"250 ok", b"250-more", b"5", b"", b"\xff\x00", b"220-", b"99999-x", b"- -"]),
    min_size=1,
    max_size=10,
)
ends = st.sampled_from([b"\r\n", b"\n", b"\r", b"\n\r"])
either = st.sampled_from([LOOPBACK_2, LOOPBACK_3])


class Over(Exception):
    """Nothing more arrives."""


def replies(data: bytes, cuts: list[int], *, joins: bool) -> list[str]:
    """Return all replies of a stream that arrives in these pieces."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    pieces = [data[a:b] for a, b in zip(places, places[1:], strict=False)]

    def receive() -> bytes:
        if not pieces:
            raise Over
        return pieces.pop(0)

    reader, found = ReplyReader(joins, receive), []
    try:
        while True:
            found.append(reader.next().text)
    except (Over, TooMuch):
        return found


@given(lines, ends, st.lists(st.integers(0, 200), max_size=8))
def test_replies_do_not_depend_on_how_the_bytes_arrive(
    parts: list[bytes], end: bytes, cuts: list[int]
) -> None:
    data = end.join(parts) + b"\n250 the end\n"
    # A CR and its LF in two packets are one line end, for Nodemailer, too.
    assert replies(data, cuts, joins=True) == replies(data, [], joins=True)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=8), st.booleans())
def test_no_bytes_surprise_the_reader(data: bytes, cuts: list[int], joins: bool) -> None:
    for reply in replies(data, cuts, joins=joins):
        assert not reply.endswith("\n\n\n") or b"\n" in data


odd = st.text(st.sampled_from("ab:/?#[]@%&=.0159-_ \\\t\n\0é\u202e"), max_size=40)


@settings(max_examples=200)
@given(st.sampled_from(["smtp://", "smtps:", "direct:", "", "//", "smtp://u:p@h:"]), odd, either)
def test_no_url_surprises_the_plan(scheme: str, rest: str, versions: Versions) -> None:
    for transport in (
        {"type": "smtp", "url": scheme + rest},
        {"type": "smtp", "host": rest, "port": rest, "secure": rest, "auth": {"user": rest}},
    ):
        plans = plan_datasource({"connector": "mail", "transports": [transport]}, versions)
        assert plans.boot_error is not None or len(plans.transports) == 1
