"""A process that saves: it is killed on the way, or competes with others.

save_child.py kill FOLDER     saves in a forked process for every n, killed at call n
save_child.py count FILE N    adds 1 to /n of the file N times, in spite of conflicts
"""

import json
import os
import sys
from pathlib import Path

from loopmail.core.document import Document
from loopmail.core.errors import SaveConflict
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


if __name__ == "__main__":
    command, target = sys.argv[1], Path(sys.argv[2])
    answer = kill_everywhere(target) if command == "kill" else count_up(target, int(sys.argv[3]))
    sys.stdout.write(json.dumps(answer))
