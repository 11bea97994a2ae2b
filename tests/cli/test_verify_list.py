"""`social-tui media verify-cache` with a line a file."""

from __future__ import annotations

import csv
import io

from social_tui.cli.exit_codes import ExitCode
from tests.cli.conftest import CommandLine
from tests.media_cache.samples import jpeg
from tests.support.world import World


def test_each_file_is_a_line_with_its_sign(cli: CommandLine, world: World) -> None:
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(3)]
    assert cli("import", world.write([world.post(*urls)]), "--download").returncode == 0
    files = sorted((cli.home / "cache" / "media").rglob("*.jpg"))
    names = [str(file.relative_to(cli.home / "cache")) for file in files]

    done = cli("media", "verify-cache", "--list")
    assert (done.returncode, sorted(done.stdout.splitlines())) == (0, [f"= {name}" for name in names])

    files[0].unlink()
    files[1].write_bytes(b"x" * 300)
    done = cli("media", "verify-cache", "--csv")
    assert done.returncode == ExitCode.PARTIAL
    table = {row["copy_at"]: row["sign"] for row in csv.DictReader(io.StringIO(done.stdout))}
    assert table == dict(zip(names, ("-", "*", "="), strict=True))
    assert cli("media", "verify-cache", "--list", "--json").returncode == ExitCode.USAGE
    assert world.checker().problems() == []
