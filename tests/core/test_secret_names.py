"""What is a secret: by its name, within a text, in a JSON text that is being typed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from loopmail import assets
from loopmail.core.js import UNDEFINED
from loopmail.core.json_masking import mask_json_text
from loopmail.core.jsontext import parse_pointer
from loopmail.core.plain_secrets import (
    find_plain_secrets,
    foreign_variable,
    is_secret,
    is_stand_in,
    secret_ending,
    texts_to_mask,
)
from loopmail.core.secret_names import (
    MASK,
    is_hidden,
    is_placeholder,
    is_secret_place,
    mask_at,
    mask_text,
    mask_value,
    masked,
    placeholder,
    secrecy,
)
from secret_table import DOUBTFUL, HARMLESS, KEY, SECRETS, styles


@pytest.mark.parametrize("name", sorted({style for name in SECRETS for style in styles(name)}))
def test_a_secret_is_told_by_the_end_of_its_name_in_any_style(name: str) -> None:
    assert secrecy(name) == "secret"
    assert mask_at((name,), "plain") == MASK
    assert is_secret((name,), "plain")
    assert secret_ending((name,))


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_doubtful_name_is_hidden_and_stays_where_it_is(name: str) -> None:
    assert mask_at((name,), "plain") == MASK
    assert not is_secret((name,), "plain")


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_name_is_shown(name: str) -> None:
    assert secrecy(name) == "none"
    assert mask_at(("db", name), "plain") == "plain"
    assert not is_secret(("db", name), "plain")


def test_every_secret_field_of_a_transport_is_hidden_and_may_move() -> None:
    fields = assets.read_json("fields.json")["fields"]
    for field in fields:
        tokens = ("transports", "0", *parse_pointer(field["path"]))
        address = tokens[-1] in ("url", "proxy")
        value = "smtp://u:plain@h" if address else "plain"
        hidden = is_hidden(tokens, value)
        assert hidden == is_secret(tokens, value)
        if field["kind"] == "secret":
            assert hidden, field["path"]
        elif tokens[-1] not in ("url", "proxy"):
            assert not hidden, field["path"]


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("pass", "PASS"),
        ("password", "PASS"),
        ("pwd", "PASS"),
        ("passphrase", "PASSPHRASE"),
        ("clientSecret", "CLIENT_SECRET"),
        ("clientsecret", "CLIENT_SECRET"),
        ("smtpPassword", "SMTP_PASSWORD"),
        ("x-api-key", "X_API_KEY"),
        ("APIKey", "API_KEY"),
        ("sasToken", "SAS_TOKEN"),
        ("contraseña", "CONTRASE_A"),
    ],
)
def test_the_variable_ends_as_the_secret_is_called(name: str, ending: str) -> None:
    assert secret_ending(("db", name)) == ending


def test_a_key_file_and_an_address_without_password_stay() -> None:
    assert not is_secret(("tls", "key"), "./ssl/client.pem")
    assert not is_secret(("pfx",), "C:\\certs\\client.pfx")
    assert not is_secret(("connectionString",), "Server=db;Database=shop;Integrated Security=true")
    assert is_secret(("connectionString",), "Server=db;Pwd=plain")
    assert is_secret(("connectionString",), "opaque")
    assert is_secret(("tls", "key"), KEY)
    assert mask_at(("connectionString",), "Server=db") == MASK


@pytest.mark.parametrize(
    "pointer",
    [
        "/transports/0/auth/pass",
        "/transport/auth/pass",
        "/transports/1/auth/clientSecret",
        "/transports/0/auth/refreshToken",
        "/transports/0/auth/accessToken",
        "/transports/0/auth/privateKey",
        "/transports/0/auth/xoauth2",
        "/transports/0/auth/xoauth2/refreshToken",
        "/transports/0/dkim/privateKey",
        "/transports/0/dkim/keys/0/privateKey",
        "/transports/0/tls/key",
        "/transports/0/tls/passphrase",
        "/password",
        "/secret",
        "/secretAccessKey",
        "/secret_access_key",
        "/apiKey",
        "/api-key",
        "/APIKEY",
        "/options/headers/Authorization",
        "/password/0",
        "/auth/pass/nested",
    ],
)
def test_these_places_hold_secrets(pointer: str) -> None:
    assert is_secret_place(parse_pointer(pointer))
    assert mask_at(parse_pointer(pointer), "abc") == MASK
    assert mask_at(parse_pointer(pointer), 123) == MASK


@pytest.mark.parametrize(
    "pointer",
    [
        "",
        "/host",
        "/transports/0/auth/user",
        "/transports/0/auth/xoauth2/user",
        "/transports/0/tls/rejectUnauthorized",
        "/transports/0/dkim/domainName",
        "/passive",
        "/keyPrefix",
        "/accessKeyId",
    ],
)
def test_these_places_hold_none(pointer: str) -> None:
    assert not is_secret_place(parse_pointer(pointer))
    assert mask_at(parse_pointer(pointer), "abc") == "abc"


@pytest.mark.parametrize("value", [None, UNDEFINED, True, False, "", "${PASS}"])
def test_nothing_and_a_bare_placeholder_are_shown(value: Any) -> None:
    assert mask_at(("auth", "pass"), value) == value


def test_a_password_that_only_ends_like_a_placeholder_is_hidden() -> None:
    assert mask_at(("auth", "pass"), "abc${PASS}") == MASK


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("smtps://u:p%40x@h:465/?pool=true", f"smtps://u:{MASK}@h:465/?pool=true"),
        ("smtp://u:a:b@c@h", f"smtp://u:{MASK}@h"),
        ("smtp://u:p/w@h", f"smtp://u:{MASK}@h"),
        ("http://:p@proxy:3128", f"http://:{MASK}@proxy:3128"),
        ("smtp://h/?auth.pass=p&name=x", f"smtp://h/?auth.pass={MASK}&name=x"),
        ("https://h/x?api_key=p#y", f"https://h/x?api_key={MASK}#y"),
        ("smtp://u@h", "smtp://u@h"),
        ("smtp://u:${P}@h", "smtp://u:${P}@h"),
        ("smtp://u:@h", "smtp://u:@h"),
        ("no url: a@b", "no url: a@b"),
        ("smtp://me@example.com:p@h", f"smtp://me@example.com:{MASK}@h"),
        ("smtp://u:two words@h", f"smtp://u:{MASK}@h"),
        ("mongodb+srv://u:p@h1,h2/db?w=1", f"mongodb+srv://u:{MASK}@h1,h2/db?w=1"),
        ("https://h/x?sv=1&sig=p%3D", f"https://h/x?sv=1&sig={MASK}"),
        ("https://h/#access_token=p&state=x", f"https://h/#access_token={MASK}&state=x"),
        ("//u:p@h", f"//u:{MASK}@h"),
        # half typed
        ("smtp://u:secr", f"smtp://u:{MASK}"),
        ("smtp://me@example.com:secr", f"smtp://me@example.com:{MASK}"),
        ("smtp//u:secr@h", f"smtp//u:{MASK}@h"),
        ("u:secr@h", f"u:{MASK}@h"),
        ("me@example.com:secr@h", f"me@example.com:{MASK}@h"),
        ("u:secr", f"u:{MASK}"),
        ("smtp://u:", "smtp://u:"),
        ("smtp:", "smtp:"),
        ("smtp://", "smtp://"),
        # ports and addresses
        ("smtp://h:2525", "smtp://h:2525"),
        ("http://proxy.example.com:3128/", "http://proxy.example.com:3128/"),
        ("smtp://[::1]:25", "smtp://[::1]:25"),
        ("mongodb://h1:27017,h2:27017/db", "mongodb://h1:27017,h2:27017/db"),
        ("h:25", "h:25"),
        ("::1", "::1"),
        ("2001:db8::25", "2001:db8::25"),
        ("[2001:db8::25]", "[2001:db8::25]"),
        ("[2001:db8::25]:25", "[2001:db8::25]:25"),
        ("{!url:string}", "{!url:string}"),
        ("https://h/x?mail=a@b", "https://h/x?mail=a@b"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert mask_at(("url",), url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "Server=h;User Id=u;Password=p w;Encrypt=yes",
            f"Server=h;User Id=u;Password={MASK};Encrypt=yes",
        ),
        ("Server=h;Pwd=p", f"Server=h;Pwd={MASK}"),
        ("Password='a;b';Server=h", f"Password='{MASK}';Server=h"),
        ('Server=h;Password="a;b', f"Server=h;Password={MASK}"),
        ("Driver={X};PWD={a;b};A=b", f"Driver={{X}};PWD={MASK};A=b"),
        (
            "DefaultEndpointsProtocol=https;AccountName=n;AccountKey=p/w==;EndpointSuffix=s",
            f"DefaultEndpointsProtocol=https;AccountName=n;AccountKey={MASK};EndpointSuffix=s",
        ),
        (
            "Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=p=",
            f"Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey={MASK}",
        ),
        ("host=h user=u password=p port=5", f"host=h user=u password={MASK} port=5"),
        ("h:6380,password=p=,ssl=True", f"h:6380,password={MASK}"),
        (
            "jdbc:sqlserver://h:1433;user=u;password=p",
            f"jdbc:sqlserver://h:1433;user=u;password={MASK}",
        ),
        ("Server=h;Password=${P};A=b", "Server=h;Password=${P};A=b"),
        ("Server=h;Trusted_Connection=yes", "Server=h;Trusted_Connection=yes"),
        ("a=1&b=2", "a=1&b=2"),
        ("Authorization: Basic dTpw", f"Authorization: {MASK}"),
        ("Bearer abc.def.ghi", f"Bearer {MASK}"),
        ("The host “smtp://u:p@h” is none.", f"The host “smtp://u:{MASK}@h” is none."),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("Shop <a@b.example>", "Shop <a@b.example>"),
    ],
)
def test_a_text_is_shown_without_the_secrets_in_it(text: str, shown: str) -> None:
    assert mask_at(("from",), text) == shown
    assert mask_text(shown) == shown
    assert is_hidden(("from",), text) == (text != shown)


@pytest.mark.parametrize(
    "text", [KEY, KEY.replace("\n", "\\n"), f"x {KEY}", KEY[:60], f'{{"k":"{KEY}"']
)
def test_a_private_key_is_hidden_wherever_it_stands(text: str) -> None:
    for name in ("cert", "note"):
        shown = mask_at((name,), text)
        assert "MIIEv" not in shown
        assert "BEGIN PRIVATE KEY" in shown
        assert is_secret((name,), text)


def test_a_certificate_is_no_secret() -> None:
    text = "-----BEGIN CERTIFICATE-----\nMIIBxyz\n-----END CERTIFICATE-----\n"
    assert mask_at(("tls", "ca"), text) == text
    assert not is_secret(("tls", "cert"), text)


def test_what_may_move_is_hidden() -> None:
    value = {name: {"x": "plain", name: "plain"} for name in [*SECRETS, *DOUBTFUL, *HARMLESS]}
    value["texts"] = {"a": "smtp://u:p@h", "b": "Server=h;Pwd=p", "c": KEY, "d": "u:p@h"}
    for found in find_plain_secrets(value):
        assert is_hidden(found.tokens, found.value)


def test_containers_hide_what_is_in_them_and_groups_only_what_is_secret() -> None:
    value = {"passwords": {"a": "x", "b": ["y"]}, "xoauth2": {"user": "me", "clientSecret": "x"}}
    assert mask_value((), value) == {
        "passwords": {"a": MASK, "b": [MASK]},
        "xoauth2": {"user": "me", "clientSecret": MASK},
    }


def test_a_model_may_be_called_like_a_secret() -> None:
    """LoopBack's own AccessToken is bound in model-config.json."""
    text = '{"AccessToken": {"dataSource": "db"}, "password": "x", "db": {"passwords": {"a": "y"}}}'
    shown = text.replace('"x"', f'"{MASK}"').replace('"y"', f'"{MASK}"')
    assert mask_json_text(text) == shown
    assert mask_value((), json.loads(text), in_file=True) == json.loads(shown)


def test_a_parameter_of_a_template_is_no_secret() -> None:
    for value in ("{!pass:string}", "Basic {credentials:string}", "Bearer {token}", "****"):
        assert not is_secret(("headers", "Authorization"), value)
    assert is_secret(("headers", "Authorization"), "Basic dTpw")


def test_a_sign_in_block_hides_what_is_not_known_in_it() -> None:
    auth = {"user": "me", "userName": "me", "type": "login", "pas": "x", "accessUrl": "https://h"}
    assert mask_value((), {"auth": auth}) == {"auth": {**auth, "pas": MASK}}


def test_placeholders() -> None:
    assert placeholder("${A_1}") == placeholder("x${A_1}") == "A_1"
    assert is_placeholder("${A_1}")
    for text in ("x${A_1}", "${A_1} ", "${A-1}", "$A", "", None, 1):
        assert not is_placeholder(text)


def test_previews_keep_what_is_no_secret() -> None:
    assert masked("Server=h;Pwd=plain;A=b") == f"Server=h;Pwd={MASK};A=b"
    assert masked("x") == f"{MASK} (1 character)"


def test_what_must_not_be_printed_anywhere() -> None:
    settings = {
        "transports": [
            {
                "host": "mx",
                "auth": {"user": "me", "pass": 12345, "secretive": "s-1", "type": "login"},
                "url": "smtp://me:p%40w@h?pool=true",
            }
        ],
        "key": "mail",
        "apiKey": "${LATER}",
        "connection": "Server=h;Password=c-1",
        "cacheKey": "k",
    }
    assert set(texts_to_mask(settings, ["http://u:x%2Fy@h"])) == {
        *("12345", "s-1", "p%40w", "p@w", "smtp://me:p%40w@h?pool=true"),
        *("c-1", "Server=h;Password=c-1", "http://u:x%2Fy@h", "x%2Fy", "x/y"),
    }


# --- JSON texts

MANY = 100_000
SAMPLE: dict[str, Any] = {
    "mail": {
        "transports": [
            {
                "host": "h.example",
                "auth": {"user": "me", "pass": "CANARY1", "xoauth2": "CANARY2"},
                "port": 25,
            }
        ],
        "token": "CANARY3",
    }
}


def broken_texts() -> Iterator[str]:
    """Yield the sample with one sign too few or too many, outside of the secrets' names."""
    for text in (json.dumps(SAMPLE), json.dumps(SAMPLE, indent=2)):
        names = [
            i
            for n in ("pass", "xoauth2", "token")
            for i in range(text.index(n), text.index(n) + len(n) + 1)
        ]
        for at in range(len(text)):
            yield text[:at]
            if at not in names:
                yield text[:at] + text[at + 1 :]
                yield f'{text[:at]}"{text[at:]}'
                yield f"{text[:at]}\n{text[at:]}"
                yield f"{text[:at]},{text[at:]}"


def test_a_text_that_is_being_typed_shows_no_secret() -> None:
    for text in broken_texts():
        shown = mask_json_text(text)
        assert not [name for name in ("CANARY1", "CANARY2", "CANARY3") if name in shown], text
        assert shown.count("\n") == text.count("\n"), text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a": {"pass": "x", "pass": "y"}}', f'{{"a": {{"pass": "{MASK}", "pass": "{MASK}"}}}}'),
        ('{"pass": 12345, "port": 25}', f'{{"pass": "{MASK}", "port": 25}}'),
        ('{"pass": "${A}", "secret": null, "token": ""}', None),
        ('{"url":"smtp://u:p@h","to":"a@b"}', f'{{"url":"smtp://u:{MASK}@h","to":"a@b"}}'),
        ('{"pas":"x-y","auth":{"pass":"x-y"}}', f'{{"pas":"{MASK}","auth":{{"pass":"{MASK}"}}}}'),
        ("{pass: 'x', port: 25}", f"{{pass: '{MASK}', port: 25}}"),
        ("pass: x\nport: 25", f"pass: {MASK}\nport: 25"),
        ('{"pass": "x\ny",\n"port": 1', f'{{"pass": "{MASK}\n{MASK}\n"port": 1'),
        ('{"pass": "x', f'{{"pass": "{MASK}'),
        ('{"user": "me, "pass": "x"}', None),
    ],
)
def test_lines_and_quotes_stay(text: str, shown: str | None) -> None:
    if shown is None:
        assert '"x"' not in mask_json_text(text)
        shown = mask_json_text(text)
    assert mask_json_text(text) == shown
    assert mask_json_text(shown) == shown


@pytest.mark.parametrize(
    "middle",
    ["A" * MANY, "A." * MANY, " " * MANY + 'x" x', "x" + "\n " * MANY, '"' * MANY, "p: " * MANY],
    ids=["one word", "many words", "blanks", "blank lines", "quotes", "colons"],
)
def test_a_long_text_that_is_no_json_is_masked_in_linear_time(middle: str) -> None:
    """Twice the length took four times as long: minutes for these."""
    shown = mask_json_text(f'{{"pass": "{middle}",\n"token": "CANARY",}}')
    assert "CANARY" not in shown


def test_a_secret_of_the_other_text_is_masked_too() -> None:
    assert mask_json_text('{"pas": "x-y"}', '{"pass": "x-y"}') == f'{{"pas": "{MASK}"}}'


@pytest.mark.parametrize(
    "text",
    ["XXX", "xxxx", "xxxx xxxx xxxx xxxx", "SG.xxxxxx", "...", "<password>", "<your API key>"]
    + ["your-password", "YOUR_PASSWORD_HERE", "yourgmailaccountpassword", "your sendgrid api key"]
    + ["changeme", "Change-Me!", "REPLACE_ME", "password here", "TODO", "redacted"],
)
def test_what_nobody_replaced_is_a_stand_in_and_no_secret(text: str) -> None:
    assert is_stand_in(text)
    assert list(find_plain_secrets({"mail": {"auth": {"pass": text}}})) == []


@pytest.mark.parametrize(
    "text",
    ["password", "secret", "changeit", "mypassword", "x", "xx", "xXyYzZ", "hunter2", "${MAIL_PASS}"]
    + [
        "yourmother1",
        "<3you",
        "%abc%",
        "$ecret",
        "$ECRET9",
        "%TIGER%",
        "@TIGER@",
        "{!pass:string}",
        "@home",
        "50%OFF%",
        "#{",
        "",
        "a" * 500,
    ],
)
def test_what_somebody_may_have_chosen_is_no_stand_in(text: str) -> None:
    assert not is_stand_in(text)
    assert foreign_variable(text) is None


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("process.env.MAIL_PASS", True),
        ("process.env['MAIL_PASS']", True),
        ("${process.env.MAIL_PASS}", True),
        ("$MAIL_PASS", True),
        ("${ MAIL_PASS }", True),
        ("${MAIL_PASS:-none}", True),
        ("%MAIL_PASS%", False),
        ("{{ MAIL_PASS }}", False),
        ("{{MAIL_PASS}}", False),
        ("{{ env.MAIL_PASS }}", False),
        ("#{MAIL_PASS}", False),
        ("<%= MAIL_PASS %>", False),
        ("<%= process.env.MAIL_PASS %>", False),
        ("@MAIL_PASS@", False),
        ("__MAIL_PASS__", False),
    ],
)
def test_a_variable_spelled_for_another_tool_is_known_and_no_secret(text: str, near: bool) -> None:
    assert foreign_variable(text) == ("MAIL_PASS", near)
    assert list(find_plain_secrets({"mail": {"auth": {"pass": text}}})) == []


def test_a_short_name_is_a_variable_too() -> None:
    assert foreign_variable("%X%") == ("X", False)
    assert foreign_variable("$SMTPHOST") == ("SMTPHOST", True)
