"""The messages that are sent, as `Email.send` gets them."""

from typing import Any

PLAIN: dict[str, Any] = {
    "from": "sender@example.test",
    "to": ["first@example.test"],
    "subject": "Conformance",
    "text": "One line of text.",
}
THREE = ["first@example.test", "second@example.test", "third@example.test"]
MESSAGES: dict[str, dict[str, Any]] = {
    "plain": PLAIN,
    "three-recipients": {**PLAIN, "to": THREE},
    "to-cc-bcc": {**PLAIN, "to": THREE[:1], "cc": THREE[1:2], "bcc": THREE[2:]},
    "same-recipient-twice": {**PLAIN, "to": [THREE[0], THREE[0]], "cc": [THREE[0]]},
    "with-names": {
        **PLAIN,
        "from": "Köln Büro <sender@example.test>",
        "to": ['"Last, First" <first@example.test>'],
    },
    "no-recipients": {**PLAIN, "to": []},
    "no-sender": {**PLAIN, "from": ""},
    "utf-8-recipient": {**PLAIN, "to": ["grüße@example.test"]},
    "utf-8-domain": {**PLAIN, "to": ["first@köln.example.test"]},
    "utf-8-sender": {**PLAIN, "from": "büro@example.test"},
    "8-bit-text": {**PLAIN, "subject": "Grüße", "text": "Grüße aus Köln – 你好"},
    "recipient-without-at": {**PLAIN, "to": ["first"]},
    "recipient-with-blank": {**PLAIN, "to": ["fi rst@example.test"]},
    "dots": {**PLAIN, "text": ".\n..\n.leading dot\n"},
    "transport-by-alias": {**PLAIN, "transport": "other"},
    "transport-by-type": {**PLAIN, "transport": "smtp"},
    "transport-unknown": {**PLAIN, "transport": "nowhere"},
    "transport-constructor": {**PLAIN, "transport": "constructor"},
}
