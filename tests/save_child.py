"""A process that saves: it is killed on the way, or competes with others.

save_child.py kill FOLDER     saves in a forked process for every n, killed at call n
save_child.py count FILE N    adds 1 to /n of the file N times, in spite of conflicts
"""

import contextlib
import json
import os
import sys
from pathlib import Path

from loopmail.core.app.document import Document
from loopmail.core.disk.saving import SaveTransaction
from loopmail.core.errors import FileError, SaveConflict
from loopmail.core.jsontext import set_value
from save_faults import fault_at, killing, left_over

OLD = '{\n  "n": 0\n}\n'
NEW = '{\n  "n": 1\n}\n'


def kill_everywhere(folder: Path) -> list[dict[str, object]]:
    """Return for every n what the file held after the kill, and what was left over."""
    results: list[dict[str, object]] = []
    path = folder / "datasources.json"
    for n in range(1, 100):
        path.write_text(OLD)
        pid = os.fork()
        if pid == 0:
            document = Document.load(path)
            document.apply(set_value(document.text, "/n", 1))
            with fault_at(n, killing):
                document.save()
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        left = len(left_over(folder))
        after_kill = path.read_text()
        document = Document.load(path)
        document.apply(set_value(document.text, "/n", 2))
        document.save()
        results.append({"text": after_kill, "left": left, "later": len(left_over(folder))})
        if not os.WIFSIGNALED(status):
            break
    return results


def count_up(path: Path, times: int) -> int:
    """Add 1 to the number as often; return how many conflicts there were."""
    conflicts = 0
    for _ in range(times):
        while True:
            document = Document.load(path)
            document.apply(set_value(document.text, "/n", document.get("/n") + 1))
            try:
                document.save()
                break
            except SaveConflict:
                conflicts += 1
    return conflicts


def add_once(path: Path) -> str | None:
    """Add 1 to the number; return the sentence of the error."""
    try:
        count_up(path, 1)
    except FileError as error:
        return str(error)
    return None


def add_to_both(folder: Path) -> str | None:
    """Add 1 to the numbers of two files in one save; return the sentence of the error."""
    documents = [Document.load(folder / name) for name in ("datasources.json", "model-config.json")]
    for document in documents:
        document.apply(set_value(document.text, "/n", 1))
    try:
        SaveTransaction([document.pending_save() for document in documents]).run()
    except FileError as error:
        return str(error)
    return None


def fill(folder: Path, blocks: int) -> list[dict[str, object]]:
    """Save 100 kB on a disk with less and less room; return what happened each time."""
    path, ballast = folder / "datasources.json", folder / "ballast"
    results: list[dict[str, object]] = []
    for free in range(blocks):
        path.write_text(OLD)
        with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        os.truncate(ballast, ballast.stat().st_size - 4096 * free)
        document = Document.load(path)
        document.apply(set_value(document.text, "/n", "x" * 100_000))
        try:
            document.save()
            error = None
        except FileError as failure:
            error = str(failure)
        whole = path.read_text() == (OLD if error else document.text)
        results.append({"error": error, "whole": whole, "left": left_over(folder)})
        ballast.unlink()
    return results


def main(command: str, target: Path) -> object:
    """Do what the command line says."""
    if command == "kill":
        return kill_everywhere(target)
    if command == "count":
        return count_up(target, int(sys.argv[3]))
    if command == "both":
        return add_to_both(target)
    if command == "once":
        return add_once(target)
    return fill(target, 40)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))
