"""JSON files that tests read: our own examples, and real ones where the corpus is at hand."""

from pathlib import Path

TESTS = Path(__file__).parent
EXAMPLES = sorted((TESTS / "core" / "jsontext" / "examples").glob("*.json"))
CORPUS_FOLDER = TESTS.parent.parent / "shared" / "corpus"
CORPUS = sorted(CORPUS_FOLDER.rglob("*.json"))
BOM = b"\xef\xbb\xbf"


def name_of(path: Path) -> str:
    """Return a short name for a test's id."""
    return "/".join(path.parts[-3:]) if CORPUS_FOLDER in path.parents else path.name


def variants(data: bytes) -> dict[str, bytes]:
    """Derive what the corpus does not hold: other line ends, a byte-order mark, tabs, no end."""
    plain = data.removeprefix(BOM).replace(b"\r\n", b"\n")
    return {
        "as it is": data,
        "CRLF": plain.replace(b"\n", b"\r\n"),
        "CR": plain.replace(b"\n", b"\r"),
        "byte-order mark": BOM + plain,
        "tabs": plain.replace(b"  ", b"\t"),
        "no final newline": plain.rstrip(),
        "many final newlines": plain + b"\n\n\n",
        "CRLF and byte-order mark": BOM + plain.replace(b"\n", b"\r\n"),
    }
