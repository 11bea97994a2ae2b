"""The peers' own virtual environment, apart from ours so that nobody's pins meet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WORK = Path(__file__).parent / ".work"
HARLEQUIN = "harlequin==2.17.0"


def harlequin() -> Path | None:
    """Install harlequin once and return its command, or None where it cannot be installed."""
    environment = WORK / "peers"
    command = environment / "bin" / "harlequin"
    if not command.exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
            pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input"]
            subprocess.run([*pip, HARLEQUIN], check=True)
        except subprocess.CalledProcessError:
            return None
    return command
