"""How many MB/s the masker of `loopmail run` takes, beside one pass of `bytes.translate`."""

import base64
import random
import sys
import time

from loopmail.core.secrets.output import StreamMasker, encoded_forms

SIZE = 1_000_000
CHUNK = 65536


def key_of(size: int) -> str:
    """Return a private key in PEM form, of random bytes."""
    body = base64.encodebytes(random.Random(1).randbytes(size)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n"


def cut_forms(secret: str) -> bytes:
    """Return all that the masker knows of a secret, each without its last byte: the worst."""
    return b"\n".join(form[:-1] for form in sorted(encoded_forms(secret)))


def main() -> None:
    """Print a line for each kind of output and each set of secrets."""
    key = key_of(1700)
    log = b"GET /api/Coffees?filter=%7B%7D 200 12.345 ms - 512\n"
    near = (key[:-40] + "!").encode()
    many = [f"Passw0rd-{number:05}-{number * 7919}" for number in range(500)]
    unlike = [random.Random(number).randbytes(12).hex() for number in range(2000)]
    table = bytes(range(256))
    sys.stdout.write(f"{'case':44} {'MB/s':>8} {'of translate':>13}\n")
    for name, secrets, line in (
        ("log, one password", ["hunter22"], log),
        ("log, a PEM", ["hunter22", key], log),
        ("log, 500 secrets", many, log),
        ("near-misses of a PEM", ["hunter22", key], near),
        ("near-misses of 500 secrets", many, b"Passw0rd-00499-39515 Passw0rd-004"),
        ("near-misses of itself", ["a" * 3000 + "b"], b"a" * 2990 + b"c"),
        ("every form of a PEM, cut short", [key], cut_forms(key)),
        ("every form of 500 secrets, cut short", many, b"\n".join(map(cut_forms, many))),
        ("every form of 2,000 random ones, cut short", unlike, b"\n".join(map(cut_forms, unlike))),
        ("base64", [key], base64.b64encode(random.Random(2).randbytes(30_000))),
    ):
        # At least all of the line: what comes for the first time is the slowest.
        size = max(SIZE, len(line))
        data = (line * (size // len(line) + 1))[:size]
        masker = StreamMasker(secrets, ["barista@example.com"])
        start = time.perf_counter()
        for place in range(0, size, CHUNK):
            masker.feed(data[place : place + CHUNK])
        masker.finish()
        ours = time.perf_counter() - start
        start = time.perf_counter()
        data.translate(table)
        reference = time.perf_counter() - start
        sys.stdout.write(f"{name:44} {size / ours / 1e6:8.2f} {reference / ours:13.4f}\n")


if __name__ == "__main__":
    main()
