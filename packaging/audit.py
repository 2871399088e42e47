"""Look for known holes in the installed dependencies (`make audit`).

With pip-audit (and a network) it asks for advisories. Without, it checks that nothing installed
is older than the floors in pyproject.toml, which are versions without known holes.
"""

import importlib.util
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parents[1]
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*>=\s*([0-9.]+)")
_UNREACHABLE = ("ConnectionError", "ServiceError", "Max retries", "Name or service", "timed out")


def numbers(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, for comparing."""
    return tuple(int(part) for part in re.findall(r"\d+", text.split("+")[0])[:4])


def below_floor(requirements: list[str]) -> list[str]:
    """Return a sentence for each requirement whose installed version is too old or missing."""
    found = []
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if match is None:
            continue
        try:
            installed = version(match[1])
        except PackageNotFoundError:
            found.append(f"{match[1]} is not installed")
            continue
        if numbers(installed) < numbers(match[2]):
            found.append(f"{match[1]} {installed} is older than {match[2]}")
    return found


def advisories() -> tuple[bool, str]:
    """Run pip-audit; return whether it could ask, and what it found."""
    if importlib.util.find_spec("pip_audit") is None:
        return False, "pip-audit is not installed"
    command = [
        sys.executable,
        "-I",
        "-m",
        "pip_audit",
        "--local",
        "--skip-editable",
        "--timeout",
        "20",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return False, "pip-audit did not answer in time"
    if done.returncode == 0:
        return True, ""
    if any(sign in done.stderr for sign in _UNREACHABLE):
        return False, "the list of advisories cannot be reached"
    return True, f"{done.stdout}{done.stderr}".strip()


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


def main() -> int:
    """Audit, print what was found and return the exit code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    old = below_floor(project["dependencies"])
    asked, found = advisories()
    for line in old:
        say(line)
    if not asked:
        say(f"Only the floors in pyproject.toml were checked: {found}.")
    elif found:
        say(found)
    elif not old:
        say("No known holes.")
    return 1 if old or (asked and found) else 0


if __name__ == "__main__":
    sys.exit(main())
