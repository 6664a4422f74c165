"""Files that nobody but this program's user may read: the database, its backups, the secret key.

They are made so rather than put right afterwards, for whoever opened a file in between could go on reading it. What is
finished is put in its place in one step, so that a file that can be seen is a whole one, and never over another one.
"""

import errno
import os
import stat
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, each for us alone; one that is there stays as it is.

    Raises OSError.
    """
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        if folder.parent == folder:
            break
        folder = folder.parent
    for each in reversed(missing):
        try:
            each.mkdir(FOLDER_MODE)
        except FileExistsError:
            if not each.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(each)) from None


def make_file(path: Path, *, new: bool = False) -> None:
    """Make an empty file for us alone, unless there is one; with `new` it must not be there, not even as a link that
    somebody laid to a file of ours.

    Raises FileExistsError and OSError.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (os.O_EXCL if new else 0)
    os.close(os.open(path, flags, FILE_MODE))


def others_may(path: Path) -> bool:
    """Whether other users of this machine may read or write a file that is there; False when there is none."""
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False


def tighten(path: Path) -> bool:
    """Take other users' rights to a file away; answers whether they have none now. A missing file is well."""
    if not others_may(path):
        return True
    try:
        path.chmod(FILE_MODE)
    except OSError:
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def publish(finished: Path, path: Path) -> None:
    """Make a finished file durable and give it its name, in one step.

    Raises FileExistsError when that name is taken, and OSError; `finished` is there no longer when it went well.
    """
    handle = os.open(finished, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(finished, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without second names for a file. Whoever makes this file holds a lock or has chosen its name.
        if path.exists():
            raise FileExistsError(path) from None
        finished.rename(path)
    else:
        finished.unlink()
    sync_folder(path.parent)


def write_new(path: Path, content: bytes) -> None:
    """Write a file for us alone that is whole or not there. Raises FileExistsError and OSError."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    try:
        make_file(unfinished, new=True)
        unfinished.write_bytes(content)
        publish(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
