"""The audit of the dependencies: floors are compared as versions, and it works without a network."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def audit() -> ModuleType:
    path = Path(__file__).parents[1] / "packaging" / "audit.py"
    found = importlib.util.spec_from_file_location("audit", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_what_is_installed_is_not_below_the_floors(
    audit: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "advisories", lambda: (False, "no network"))
    assert audit.main() == 0
    assert "no network" in capsys.readouterr().out


def test_an_old_or_missing_dependency_is_named(audit: ModuleType) -> None:
    assert audit.below_floor(["pytest>=8"]) == []
    (old,) = audit.below_floor(["pytest>=999.1"])
    assert old.endswith("is older than 999.1")
    assert audit.below_floor(["no-such-thing>=1"]) == ["no-such-thing is not installed"]


def test_versions_are_compared_by_number(audit: ModuleType) -> None:
    assert audit.numbers("10.2") > audit.numbers("9.30.1")
    assert audit.numbers("2024.7.4") == (2024, 7, 4)
