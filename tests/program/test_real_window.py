"""The real window in a private desktop, driven through accessibility alone."""

from pathlib import Path

import pytest

from private_desktop import drive


@pytest.mark.desktop
@pytest.mark.xdist_group("desktop")
@pytest.mark.timeout(120)
def test_a_new_user_sets_gmail_up_then_sends_through_the_catcher(tmp_path: Path) -> None:
    seen = drive("drive_sample_app.py", str(tmp_path))
    assert seen["gmail"] == {"host": "smtp.gmail.com", "port": "465", "security": "TLS"}
    assert "loopmail" in seen["title"]
    assert seen["verdict"].startswith("Sent")
    assert (tmp_path / "sent.png").stat().st_size > 10_000
