"""Which secrets git already keeps: in the files as tracked, and in every older version of them.

What `git log -S SECRET` would find, without the secret becoming a process argument.
"""

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from loopmail.core.app.folder import KINDS
from loopmail.core.app.git import Git, GitUnavailable

FileStatus = Literal["tracked", "ignored", "untracked", "unknown"]

TIME_LIMIT = 10.0  # seconds in all
MAX_COMMITS = 5000
MAX_BLOB_BYTES = 4 * 1024 * 1024  # a larger file is no configuration
MAX_TOTAL_BYTES = 128 * 1024 * 1024
_FILES = (
    ":(top,glob)**/datasources*.js*",  # also renamed ones: datasources-old.json
    *(f":(top,glob)**/{kind}{more}" for kind in KINDS[1:] for more in (".js*", ".*.js*")),
)


@dataclass(frozen=True, slots=True)
class Leak:
    """The first commit found that has the secret."""

    commit: str
    date: str  # ISO 8601, day
    file: str  # relative to the repository's top


@dataclass(frozen=True, slots=True)
class GitReport:
    """What git knows. `problem`: half a sentence why it could not (fully) be asked, or None."""

    files: Mapping[str, FileStatus]
    leaks: Mapping[int, Leak]  # by the index of the secret asked for
    problem: str | None = None


def look_into_git(
    folder: Path,
    names: Sequence[str],
    secrets: Sequence[str],
    limit: float = TIME_LIMIT,
    outside: Path | None = None,
) -> GitReport:
    """Ask git about files of a folder and about secrets; read only, at most `limit` seconds.

    Every version of every configuration file that any branch or tag reaches is searched, wherever
    it stood. `outside` is the app's folder (None: `folder`), of which no program is run.
    """
    git = Git(folder, time.monotonic() + limit, outside or folder)
    status: dict[str, FileStatus] = dict.fromkeys(names, "unknown")
    leaks: dict[int, Leak] = {}
    try:
        for name in names:
            if git.run("ls-files", "-z", "--", f":(literal){name}"):
                status[name] = "tracked"
                continue
            asked = os.fsencode(name) + b"\0"
            ignored = git.run("check-ignore", "-z", "--stdin", stdin=asked, ok=(0, 1))
            status[name] = "ignored" if ignored else "untracked"
        complete = _search_history(git, secrets, leaks) if any(secrets) else True
    except GitUnavailable as error:
        return GitReport(status, leaks, str(error))
    problem = None if complete else "its history is long, so only a part was searched"
    return GitReport(status, leaks, problem)


def _search_history(git: Git, secrets: Sequence[str], leaks: dict[int, Leak]) -> bool:
    """Fill `leaks` with the oldest version found of each secret; tell whether all was searched."""
    versions, complete = _versions(git)
    listed = git.run("cat-file", "--batch-check", stdin=_lines(versions)) if versions else b""
    wanted, total = [], 0
    for line in listed.decode("ascii", "replace").splitlines():
        blob, *kind_and_size = line.split()
        if len(kind_and_size) != 2 or kind_and_size[0] != "blob":
            continue
        size = int(kind_and_size[1])
        if size > MAX_BLOB_BYTES or total + size > MAX_TOTAL_BYTES:
            complete = False
            continue
        total += size
        wanted.append(blob)
    patterns = {number: _pattern(secret) for number, secret in enumerate(secrets) if secret}
    for blob, content in _contents(git, wanted):
        for number, pattern in patterns.items():
            if number not in leaks and pattern.search(content):
                leaks[number] = versions[blob]
    return complete


def _versions(git: Git) -> tuple[dict[str, Leak], bool]:
    """Return blob id to the first commit that has it, oldest first, and whether these are all."""
    listed = git.run(
        "rev-list", "--all", "--timestamp", f"--max-count={MAX_COMMITS}", "--", *_FILES, ok=(0, 128)
    )
    commits = [line.split() for line in listed.decode("ascii", "replace").splitlines()]
    if not commits:
        return {}, True
    when = {commit: int(stamp) for stamp, commit in reversed(commits)}
    raw = git.run(
        *("diff-tree", "--stdin", "-r", "-m", "--root", "-z", "--raw", "--no-renames"),
        *("--no-ext-diff", "--no-textconv", "--full-index", "--", *_FILES),
        stdin="\n".join(when).encode() + b"\n",
    )
    found: dict[str, Leak] = {}
    commit, parts = "", iter(raw.split(b"\0"))
    for part in parts:
        if not part.startswith(b":"):
            commit = part.decode("ascii", "replace").strip() or commit
            continue
        blob = part.split()[3].decode("ascii", "replace")
        path = os.fsdecode(next(parts, b""))
        if set(blob) != {"0"}:
            day = datetime.fromtimestamp(when.get(commit, 0), UTC).date().isoformat()
            found.setdefault(blob, Leak(commit, day, path))
    return found, len(commits) < MAX_COMMITS


def _contents(git: Git, blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield each blob with its bytes; fetched in portions, so that memory stays small."""
    for start in range(0, len(blobs), 200):
        output = git.run("cat-file", "--batch", stdin=_lines(blobs[start : start + 200]))
        position = 0
        while position < len(output):
            end = output.index(b"\n", position)
            header = output[position:end].split()
            position = end + 1
            if len(header) == 3:
                size = int(header[2])
                yield header[0].decode("ascii", "replace"), output[position : position + size]
                position += size + 1


def _lines(blobs: Iterable[str]) -> bytes:
    return "".join(f"{blob}\n" for blob in blobs).encode()


def _pattern(secret: str) -> re.Pattern[bytes]:
    """Return how the secret may be spelled in a JSON file or script, in its quotes, and no key.

    The quotes keep a short secret from being found inside other words.
    """
    plain = json.dumps(secret, ensure_ascii=False)
    script = secret.replace("\\", "\\\\")
    spellings = {
        plain,
        json.dumps(secret),
        plain.replace("/", "\\/"),
        "'" + script.replace("'", "\\'") + "'",
        f"`{script}`",
    }
    escaped = (re.escape(spelling.encode("utf-8", "surrogatepass")) for spelling in spellings)
    return re.compile(b"(?:" + b"|".join(escaped) + rb")(?!\s*:)")
