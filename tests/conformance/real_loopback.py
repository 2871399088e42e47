"""Real LoopBack packages: finding or installing them, and asking them many cases at once."""

import json
import os
import shutil
import subprocess
import threading
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# The packages that judge, by the folder they are found in.
PACKAGES = {
    "lb2": ("loopback@2.42.0", "loopback-boot@2.28.0"),
    "lb3": ("loopback@3.28.0", "loopback-boot@3.3.1"),
    "lb3n4": ("loopback@3.27.0", "loopback-boot@3.3.1"),
}
NO_ANSWER: dict[str, Any] = {"ok": False, "outcome": "no-answer"}
RUNNER = Path(__file__).with_name("node") / "runner.js"


def cache_folder() -> Path:
    """Where the packages are kept between runs (not by XDG_CACHE_HOME, which the tests set)."""
    named = os.environ.get("LOOPMAIL_LOOPBACK_DIR")
    if named:
        return Path(named)
    return Path.home() / ".cache" / "loopmail-conformance"


def installed(name: str) -> Path | None:
    """Return the folder with this LoopBack's node_modules, or None."""
    folder = cache_folder() / name
    return folder if (folder / "node_modules" / "loopback" / "package.json").is_file() else None


def install(name: str) -> Path:
    """Return the folder of this LoopBack, installing it with npm where it is missing."""
    folder = cache_folder() / name
    if installed(name):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not installed, so real LoopBack cannot be fetched")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES[name]]
    subprocess.run(command, cwd=folder, check=True)
    return folder


class RealLoopBack:
    """One node process with one LoopBack; `ask` may be called from many threads."""

    def __init__(self, folder: Path) -> None:
        node = shutil.which("node")
        if node is None:
            raise SystemExit("node is not installed, so real LoopBack cannot be asked")
        environment = {k: v for k, v in os.environ.items() if k not in ("DEBUG", "NODE_OPTIONS")}
        self._process = subprocess.Popen(
            [node, str(RUNNER), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            encoding="utf-8",
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self.versions: dict[str, str] = json.loads(self._out.readline())
        self._waiting: dict[str, Future[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True, name="real loopback")
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._in.close()
        self._process.wait(timeout=10)
        self._reader.join(timeout=10)
        self._out.close()

    def _read(self) -> None:
        for line in self._out:
            answer = json.loads(line)
            with self._lock:
                waiting = self._waiting.pop(answer.pop("id"), None)
            if waiting is not None:
                waiting.set_result(answer)
        with self._lock:
            for waiting in self._waiting.values():
                waiting.set_exception(RuntimeError("the node process has ended"))

    def ask(
        self,
        name: str,
        datasource: str,
        settings: dict[str, Any],
        message: dict[str, Any],
        limit: float = 45,
    ) -> dict[str, Any]:
        """Return LoopBack's answer to one case; `{"retry": True}` if a crash hid it.

        `limit` (seconds) is above Nodemailer's own time-outs: what takes longer never answers.
        """
        waiting: Future[dict[str, Any]] = Future()
        case = {"id": name, "datasource": datasource, "settings": settings, "message": message}
        line = json.dumps(case)
        with self._lock:
            self._waiting[name] = waiting
            self._in.write(line + "\n")
            self._in.flush()
        try:
            return waiting.result(limit)
        except TimeoutError:
            return NO_ANSWER

    def give_up(self, name: str) -> None:
        """Answer a case that will never end with `no-answer`."""
        with self._lock:
            waiting = self._waiting.pop(name, None)
        if waiting is not None:
            waiting.set_result(NO_ANSWER)
