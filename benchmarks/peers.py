"""The peers' own virtual environment, apart from ours so that nobody's pins meet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WORK = Path(__file__).parent / ".work"
HARLEQUIN = "harlequin==2.17.0"
GALLERY_DL = "gallery-dl==1.32.18"


def harlequin() -> Path | None:
    """Install harlequin once and return its command, or None where it cannot be installed."""
    return _install(HARLEQUIN)


def gallery_dl() -> Path | None:
    """Install gallery-dl once and return its command, or None where it cannot be installed."""
    return _install(GALLERY_DL)


def _install(requirement: str) -> Path | None:
    environment = WORK / "peers"
    command = environment / "bin" / requirement.partition("==")[0]
    if not command.exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
            pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input"]
            subprocess.run([*pip, requirement], check=True)
        except subprocess.CalledProcessError:
            return None
    return command
