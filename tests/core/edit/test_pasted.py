"""Mail servers in pasted texts: what is understood, and what is written."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app_builder import applied, mail, make_app, transport
from loopmail.core.app.workspace import Workspace
from loopmail.core.edit.pasted import Pasted, apply_pasted, read_pasted
from loopmail.core.errors import EditError

BASE = "datasources.json"


def said(text: str) -> tuple[Any, ...]:
    """Return host, port, security, user and password of what a text describes."""
    found = read_pasted(text)
    assert found is not None
    return found.host, found.port, found.security, found.user, found.password


@pytest.mark.parametrize(
    ("text", "host", "port", "security", "user", "password"),
    [
        ("smtp://u:p@mail.example.com:587", "mail.example.com", 587, None, "u", "p"),
        ("  smtps://u:p@mail.example.com  ", "mail.example.com", 465, "implicit", "u", "p"),
        ('"smtps://me%40shop.example:a%3Ab@mx.example:465/?pool=true"', "mx.example", 465, "implicit", "me@shop.example", "a:b"),
        ("smtp://me@shop.example:p@ss@mx.example", "mx.example", 587, None, "me@shop.example", "p@ss"),
        ("smtp://u:100%@mx.example", "mx.example", 587, None, "u", "100%"),
        ("smtp://mx.example:465", "mx.example", 465, "implicit", "", ""),
        ("smtps://mx.example:587", "mx.example", 587, "starttls-required", "", ""),
        ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, None, "", ""),
        ("smtp://u:p@[::1]:2525", "::1", 2525, None, "u", "p"),
        ("smtp://mx.example?requireTLS=true", "mx.example", 587, "starttls-required", "", ""),
        ("smtp://mx.example:25?ignoreTLS=true", "mx.example", 25, "never", "", ""),
        ("smtp+starttls://u:p@mx.example", "mx.example", 587, "starttls-required", "u", "p"),
        ("submissions://u:p@mx.example", "mx.example", 465, "implicit", "u", "p"),
    ],
)  # fmt: skip
def test_urls(text: str, host: str, port: int, security: str, user: str, password: str) -> None:
    assert said(text) == (host, port, security, user, password)
    found = read_pasted(text)
    assert found is not None
    assert found.kind == "url"


def test_the_options_of_a_url_that_nodemailer_knows_come_along() -> None:
    found = read_pasted(
        "smtps://u:p@mx.example/?pool=true&tls.servername=a.example&nonsense=1&name=me"
    )
    assert found is not None
    assert dict(found.more) == {"/pool": True, "/tls/servername": "a.example", "/name": "me"}


ENV = "SMTP_HOST=mail.example.com\nSMTP_PORT=587\nSMTP_USER=me\nSMTP_PASS=secret one\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ENV, ("mail.example.com", 587, None, "me", "secret one")),
        (
            'export MAIL_HOST="mail.example.com"\nexport MAIL_PORT="465"\n'
            "export MAIL_USERNAME='a@b.example'\nexport MAIL_PASSWORD='x#y'\nexport MAIL_ENCRYPTION=ssl\n",
            ("mail.example.com", 465, "implicit", "a@b.example", "x#y"),
        ),
        (
            "PORT=3000\nDB_HOST=db\nDB_USER=root\nDB_PASSWORD=dbpw\nJWT_SECRET=j\n"
            "EMAIL_SERVER_HOST=smtp.resend.com\nEMAIL_SERVER_PORT=465\nEMAIL_SERVER_USER=resend\n"
            "EMAIL_SERVER_PASSWORD=re_123\nEMAIL_FROM=a@b.example\n",
            ("smtp.resend.com", 465, "implicit", "resend", "re_123"),
        ),
        (
            "SMTP_HOST=h.example # the host\nSMTP_SECURE=true\nSMTP_USERNAME=u\nSMTP_PASSWORD=p # here",
            ("h.example", 465, "implicit", "u", "p"),
        ),
        ("SMTP_HOST=h.example\nSMTP_PORT=587\nSMTP_SECURE=true", ("h.example", 587, "starttls-required", "", "")),
        ("SMTP_HOST=h.example\nSMTP_PORT=587\nSMTP_SECURE=false", ("h.example", 587, "starttls-if-offered", "", "")),
        ("SMTP_HOST=h.example\nSMTP_PORT=587\nSMTP_TLS=true", ("h.example", 587, "starttls-required", "", "")),
        ("MAIL_HOST=h.example\nMAIL_PORT=587\nMAIL_ENCRYPTION=tls\nMAIL_USERNAME=null", ("h.example", 587, "starttls-required", "", "")),
        (
            "env:\n  - name: SMTP_HOST\n    value: h.example\n  - name: SMTP_PORT\n    value: \"2525\"\n"
            "  - name: SMTP_PASSWORD\n    value: p\n",
            ("h.example", 2525, None, "", "p"),
        ),
        ('[{"name": "SMTP_HOST", "value": "h.example"}, {"name": "SMTP_USER", "value": "u"}]', ("h.example", 587, None, "u", "")),
        (
            "spring.mail.host=h.example\nspring.mail.port=587\nspring.mail.username=u\nspring.mail.password=p\n"
            "spring.mail.properties.mail.smtp.starttls.enable=true",
            ("h.example", 587, "starttls-required", "u", "p"),
        ),
        ("[smtp]\nhost = h.example\nport = 465\nuser = u", ("h.example", 465, "implicit", "u", "")),
        ("SMTP_HOST=h.example\r\nSMTP_PORT=587\r\nSMTP_PASS=\"p\"\r\n", ("h.example", 587, None, "", "p")),
        (
            "EMAIL_HOST = 'smtp.gmail.com'\nEMAIL_PORT = 587\nEMAIL_HOST_USER = 'a@gmail.com'\n"
            "EMAIL_HOST_PASSWORD = 'pw'\nEMAIL_USE_TLS = True\nEMAIL_USE_SSL = False\n",
            ("smtp.gmail.com", 587, "starttls-required", "a@gmail.com", "pw"),
        ),
        (
            "    environment:\n      - SMTP_HOST=h.example\n      - SMTP_PORT=25\n      - SMTP_USER=u\n      - SMTP_PASS=p\n",
            ("h.example", 25, None, "u", "p"),
        ),
        (
            "services:\n  api:\n    hostname: mydb\n    user: \"1000:1000\"\n    environment:\n"
            "      SMTP_HOST: h.example\n      SMTP_PORT: \"2525\"\n      SMTP_USER: u\n      SMTP_PASSWORD: 'p'\n",
            ("h.example", 2525, None, "u", "p"),
        ),
        ("heroku config:set SMTP_HOST=h.example SMTP_PORT=587 SMTP_USER=u SMTP_PASS='p q'", ("h.example", 587, None, "u", "p q")),
        ("docker run -e SMTP_HOST=h.example -e SMTP_USER=u -e SMTP_PASS=p image", ("h.example", 587, None, "u", "p")),
        ("ENV SMTP_HOST=h.example\nENV SMTP_PORT=2525", ("h.example", 2525, None, "", "")),
        ('$env:SMTP_HOST = "h.example"\n$env:SMTP_PORT = "465"', ("h.example", 465, "implicit", "", "")),
        ('{"SMTP_HOST": "h.example", "SMTP_PORT": "587", "SMTP_PASS": "p\\"q"}', ("h.example", 587, None, "", 'p"q')),
        ("SMTP_SERVER=h.example\nSMTP_LOGIN=u\nSMTP_PWD=p", ("h.example", 587, None, "u", "p")),
        ("SMTP_ADDRESS=h.example\nSMTP_USER_NAME=u\nSMTP_PASSWORD=p\nSMTP_DOMAIN=shop.example", ("h.example", 587, None, "u", "p")),
        ("MAILHOST=h.example\nMAILPORT=26\nMAILUSER=u\nMAILPASS=p", ("h.example", 26, None, "u", "p")),
        ("SMTP_URL=smtps://u:p@h.example", ("h.example", 465, "implicit", "u", "p")),
        ("MAILER_DSN='smtp://u:p@h.example:587'\nMAILER_FROM=a@b.example", ("h.example", 587, None, "u", "p")),
        ("SMTP_HOST=h.example:2525\nSMTP_USER=u", ("h.example", 2525, None, "u", "")),
        ("EMAIL_SERVICE=gmail\nEMAIL_USER=me@gmail.com\nEMAIL_PASS=abcd efgh ijkl mnop", ("smtp.gmail.com", 465, "implicit", "me@gmail.com", "abcd efgh ijkl mnop")),
        ("SMTP_HOST=h.example\nSMTP_PASS=${SMTP_PASS}", ("h.example", 587, None, "", "${SMTP_PASS}")),
        ("SMTP_HOST=h.example\nSMTP_USER=u\nSMTP_PASS=your-password", ("h.example", 587, None, "u", "")),
        ("SMTP_HOST=h.example\nSMTP_USER=u\nSMTP_PASS=********", ("h.example", 587, None, "u", "")),
        (
            "SMTP server: smtp.host.example\nPort: 587\nEncryption: STARTTLS\nUsername: me@host.example\nPassword: pw",
            ("smtp.host.example", 587, "starttls-required", "me@host.example", "pw"),
        ),
        ("smtp:\n  host: h.example\n  port: 465\n  user: u\n  password: p", ("h.example", 465, "implicit", "u", "p")),
    ],
)  # fmt: skip
def test_names_with_values(text: str, expected: tuple[Any, ...]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "nodemailer.createTransport({\n  host: 'h.example',\n  port: 587,\n  secure: false, // upgrade later\n"
            "  auth: {\n    user: \"me@h.example\",\n    pass: 'p,q}',\n  },\n});",
            ("h.example", 587, "starttls-if-offered", "me@h.example", "p,q}"),
        ),
        ("const t = nodemailer.createTransport('smtps://u%40x.example:p@h.example');", ("h.example", 465, "implicit", "u@x.example", "p")),
        ("createTransport({host:'smtp.h.example',port:465,secure:true,auth:{user:'u',pass:'p'}})", ("smtp.h.example", 465, "implicit", "u", "p")),
        ("const t = nodemailer.createTransport({ service: 'Gmail', auth: { user: 'a@gmail.com', pass: 'x' } });", ("smtp.gmail.com", 465, "implicit", "a@gmail.com", "x")),
        ("nodemailer.createTransport({ service: 'SES-EU-CENTRAL-1', auth: { user: 'a', pass: 'x' } })", ("email-smtp.eu-central-1.amazonaws.com", 465, "implicit", "a", "x")),
        (
            "createTransport({ host: process.env.SMTP_HOST || 'h.example', port: 587, auth: { user: process.env.U, pass: process.env.P } })",
            ("h.example", 587, None, "", ""),
        ),
        (
            '{"type": "smtp", "host": "h.example", "port": 465, "secure": true, "auth": {"user": "u", "pass": "p"}}',
            ("h.example", 465, "implicit", "u", "p"),
        ),
        (
            '"emailDs": {"connector": "mail", "transports": [{"type": "smtp", "host": "h.example", "requireTLS": true}]}',
            ("h.example", 587, "starttls-required", "", ""),
        ),
    ],
)  # fmt: skip
def test_javascript_and_json(text: str, expected: tuple[Any, ...]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "swaks --to a@b.example --server mx.example --port 587 --tls --au me --ap 'p w'",
            ("mx.example", 587, "starttls-required", "me", "p w"),
        ),
        ("$ swaks -s mx.example:465 -tlsc -au me -ap pw -f a@b.example -t c@d.example", ("mx.example", 465, "implicit", "me", "pw")),
        ("swaks \\\n  --server=mx.example \\\n  -p 2525 \\\n  --auth LOGIN --auth-user=me --auth-password=pw", ("mx.example", 2525, None, "me", "pw")),
        ("/usr/bin/swaks --server mx.example --tls-on-connect --quit-after AUTH", ("mx.example", 465, "implicit", "", "")),
        ("swaks --server mx.example:2525 -tlsc", ("mx.example", 2525, "implicit", "", "")),
        ("swaks --server mx.example --tls-optional -a", ("mx.example", 25, "starttls-if-offered", "", "")),
        ("swaks --server [::1]:2525 --to a@b.example", ("::1", 2525, None, "", "")),
        ("swaks --server mx.example --protocol SMTPSA --au u --ap ********", ("mx.example", 465, "implicit", "u", "")),
    ],
)  # fmt: skip
def test_swaks(text: str, expected: tuple[Any, ...]) -> None:
    assert said(text) == expected


def test_sender_and_recipient_come_along() -> None:
    found = read_pasted(
        "swaks --server mx.example --from a@b.example --to c@d.example --ehlo me.example"
    )
    assert found is not None
    assert (found.sender, found.recipient) == ("a@b.example", "c@d.example")
    assert dict(found.more) == {"/name": "me.example"}
    found = read_pasted(ENV + "SMTP_FROM=a@b.example\nSMTP_TO=c@d.example\nMAIL_FROM_NAME=Shop")
    assert found is not None
    assert (found.sender, found.recipient) == ("a@b.example", "c@d.example")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "smtp.example.com",
        "me@example.com",
        "hunter2",
        "https://u:p@example.com",
        "mongodb://u:p@db.example/x",
        "smtp://",
        "smtp://:587",
        "swaks",
        "swaks is a tool for testing SMTP servers: it has a host",
        "swaks --to a@b.example",
        "swaks --server u:p@mx.example",
        "PORT=3000\nHOST=localhost\nUSER=me\nPASSWORD=x",
        "DB_HOST=db\nDB_PORT=5432\nDB_USER=u\nDB_PASSWORD=p",
        "SMTP_PASS=only a password",
        "SESSION_SECRET=x\nSESSION_HOST=cookie.example",
        '{"db": {"connector": "mysql", "host": "db.example", "user": "u"}}',
        "Dear all, the mail server was down yesterday: sorry for that. Host: Peter",
        "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
        "SMTP_HOST=",
        "SMTP_HOST=smtp host with blanks",
        "SMTP_HOST=h.example\nSMTP_PASS=a\tb" + "x" * 5000,
        "SMTP_HOST=h.example\n" + "#" * 30_000,
    ],
)
def test_other_texts_are_no_mail_server(text: str) -> None:
    assert read_pasted(text) is None


def test_the_password_does_not_stand_in_the_repr() -> None:
    assert "hunter2" not in repr(read_pasted("smtp://u:hunter2@mx.example"))
    assert "hunter2" not in repr(read_pasted(ENV.replace("secret one", "hunter2")))


@given(st.text(alphabet=st.sampled_from("smtp://SMTP_HOST=:@'\"{}\\\n %[]a1.-,#$"), max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    found = read_pasted(text)
    assert found is None or (found.host and isinstance(found.port, int))


@given(st.text(max_size=300))
def test_any_characters_get_an_answer(text: str) -> None:
    for wrapped in (text, f"smtp://{text}", f"SMTP_HOST={text}", f"swaks --server {text}"):
        found = read_pasted(wrapped)
        assert found is None or isinstance(found, Pasted)


# --- Writing it -----------------------------------------------------------------------


def paste(folder: Path, text: str, datasources: Any, **keys: Any) -> dict[str, Any]:
    workspace = Workspace.open(make_app(folder, datasources=datasources))
    found = read_pasted(text)
    assert found is not None
    values = applied(workspace, apply_pasted(workspace, BASE, "mail", found, **keys))
    first: dict[str, Any] = values[BASE]["mail"]["transports"][0]
    return first


def test_a_new_data_source_gets_all_but_the_password(tmp_path: Path) -> None:
    first = paste(tmp_path, "smtps://me:hunter2@mx.example", {})
    assert first == {
        "type": "smtp",
        "host": "mx.example",
        "port": 465,
        "secure": True,
        "auth": {"user": "me"},
    }


def test_the_password_is_written_as_it_is_handed_in(tmp_path: Path) -> None:
    first = paste(tmp_path, ENV, {}, password="${MAIL_PASS}")
    assert first["auth"] == {"user": "me", "pass": "${MAIL_PASS}"}
    assert first["secure"] is False


def test_what_overrules_it_goes_and_other_keys_stay(tmp_path: Path) -> None:
    before = transport(
        service="Yahoo", url="smtp://x", requireTLS=True, pool=True, auth={"user": "a", "pass": "p"}
    )
    first = paste(tmp_path, "smtp://mx.example:25?ignoreTLS=true", {"mail": mail(before)})
    assert first == {
        "type": "smtp",
        "host": "mx.example",
        "port": 25,
        "secure": False,
        "ignoreTLS": True,
        "pool": True,
        "auth": {"user": "a", "pass": "p"},
    }


def test_another_kind_of_data_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EditError, match="connector “memory”"):
        paste(tmp_path, ENV, {"mail": {"connector": "memory"}})
