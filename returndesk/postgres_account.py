"""Under which account the embedded PostgreSQL runs.

PostgreSQL refuses to run as root. Where the house itself runs as root (a container, a CI machine), the server gets a
system account of its own, and is let through to its own folders; nobody is allowed to read more than before.
"""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from kit import errors

ACCOUNT = "returndesk-postgres"


def for_this_process() -> str | None:
    """Return the account to run the server under, made when it is missing; None means our own.

    Raises:
        Unavailable: we are root and cannot make the account.
    """
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        _make_account()
    return ACCOUNT


def prepare_folder(folder: Path, account: str | None) -> None:
    """Make a folder that only the server's account (and root) may enter.

    Raises:
        NotAllowed: it is there already and belongs to somebody else.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = os.geteuid() if account is None else pwd.getpwnam(account).pw_uid
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
        raise errors.NotAllowed(f"{folder} belongs to another user. Remove it and start again.")
    folder.chmod(0o700)
    if account is not None:
        shutil.chown(folder, account, account)


def let_reach(folder: Path, account: str) -> None:
    """Let the account pass through a folder and those above it (passing only, not reading what is in them).

    The installed programs are also made readable where a strict umask made them root's only.
    """
    for passed in (folder, *folder.parents):
        mode = passed.stat().st_mode
        if not mode & stat.S_IXOTH and passed.stat().st_uid != pwd.getpwnam(account).pw_uid:
            passed.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
    programs = folder / "bin"
    if programs.is_dir() and not (programs / "postgres").stat().st_mode & stat.S_IROTH:
        for path in (folder, *folder.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _make_account() -> None:
    useradd = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
    if useradd is None:
        raise errors.Unavailable(
            f"PostgreSQL does not run as root, and there is no useradd to make the account {ACCOUNT}. "
            "Run as another user, or set DATABASE_URL."
        )
    made = subprocess.run(
        [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise errors.Unavailable(f"The account {ACCOUNT} could not be made: {made.stderr.strip()}")
