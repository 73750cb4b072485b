# SPDX-License-Identifier: GPL-2.0-only
"""A memory: opening it, what it says about itself, taking ranges."""
import errno
import os
import re
from typing import Iterator, List, NamedTuple, Optional, Union

from . import _uapi
from ._block import Block

CLASS = "/sys/class/extram"


class Info(NamedTuple):
    """What a memory is and how full it is; all but chip, volatile, lost and read_only in bytes, or counted.

    contents_lost counts how often the chip was without power and has forgotten; lost: it has, since this file was opened;
    read_only: every write fails with EROFS.
    """

    chip: str
    volatile: bool
    capacity: int
    free: int
    largest_free: int
    granule: int
    blocks: int
    max_blocks: int
    max_file_blocks: int
    max_file_bytes: int
    contents_lost: int = 0
    lost: bool = False
    read_only: bool = False


class Range(NamedTuple):
    """A range that this memory's handle may use; lost: it has bytes that the chip has forgotten, not written since."""

    offset: int
    length: int
    shared: bool
    lost: bool = False


class Memory:
    """An open memory. Private ranges live until it is closed; it may be used as a context manager."""

    def __init__(self, fd: int, path: str):
        self._fd = fd
        self.path = path

    def fileno(self) -> int:
        """The descriptor of the node."""
        if self._fd < 0:
            raise ValueError("the memory is closed")
        return self._fd

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._fd < 0

    def close(self) -> None:
        """Closes the node: private ranges are given back. Their blocks cannot be used any more."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            os.close(fd)

    def __enter__(self) -> "Memory":
        return self

    def __exit__(self, *_exception) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<extram.Memory {self.path}{', closed' if self.closed else ''}>"

    @property
    def info(self) -> Info:
        """What the memory says now."""
        info = _uapi.call(self.fileno(), _uapi.IOC_INFO, _uapi.Info)
        return Info(
            info.chip.decode("ascii", "replace"),
            bool(info.flags & _uapi.INFO_VOLATILE),
            info.capacity,
            info.free_bytes,
            info.largest_free,
            info.granule,
            info.blocks,
            info.max_blocks,
            info.max_file_blocks,
            info.max_file_bytes,
            info.contents_lost,
            bool(info.flags & _uapi.INFO_LOST),
            bool(info.flags & _uapi.INFO_READ_ONLY),
        )

    def alloc(
        self, length: int, *, align: int = 0, offset: Optional[int] = None, shared: bool = False, keep: bool = False
    ) -> Block:
        """Takes a range of length bytes, rounded up to the granule.

        align: the offset is a multiple of it. offset: exactly there, or not at all. shared: for everyone who may open the
        memory, until it is freed. keep: show what the memory holds instead of zeros (root).
        """
        flags = _uapi.ALLOC_SHARED if shared else 0
        flags |= _uapi.ALLOC_KEEP if keep else 0
        flags |= _uapi.ALLOC_FIXED if offset is not None else 0
        for value in (length, align, offset or 0):
            if not 0 <= value < 1 << 64:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), self.path)
        args = _uapi.call(
            self.fileno(), _uapi.IOC_ALLOC, _uapi.Alloc, flags=flags, length=length, align=align, offset=offset or 0
        )
        return Block(self, args.offset, args.length, shared)

    def free(self, offset: int) -> None:
        """Gives back the range that starts at offset: for shared ones that others have taken."""
        _uapi.call(self.fileno(), _uapi.IOC_FREE, _uapi.Free, offset=offset)

    def block(self, offset: int) -> Block:
        """The range that holds offset, as a block that closing does not free: shared, or of this handle."""
        for found in self.ranges(offset):
            if found.offset <= offset:
                return Block(self, found.offset, found.length, found.shared, free=False)
            break
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), self.path)

    def ranges(self, start: int = 0) -> Iterator[Range]:
        """The ranges of this handle and the shared ones, in the order of their offsets."""
        at = start
        while True:
            try:
                found = _uapi.call(self.fileno(), _uapi.IOC_QUERY, _uapi.Query, offset=at)
            except OSError as error:
                if error.errno == errno.ENOENT:
                    return
                raise
            shared = bool(found.block_flags & _uapi.BLOCK_SHARED)
            yield Range(found.offset, found.length, shared, bool(found.block_flags & _uapi.BLOCK_LOST))
            at = found.offset + found.length

    def sync(self) -> None:
        """Returns when what was written is on the chip."""
        os.fsync(self.fileno())


def nodes() -> List[str]:
    """The nodes of all memories, in the order of their numbers."""
    try:
        names = os.listdir(CLASS)
    except FileNotFoundError:
        return []
    found = [(int(name[6:] or 0), name) for name in names if re.fullmatch(r"extram[0-9]*", name)]
    return ["/dev/" + name for _, name in sorted(found)]


def _open_path(path: str) -> Memory:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except PermissionError:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    memory = Memory(fd, path)
    try:
        memory.info  # pylint: disable=pointless-statement
    except OSError as error:
        memory.close()
        # The ioctl of something else.
        number = errno.ENOTTY if error.errno == errno.EINVAL else error.errno
        raise OSError(number, os.strerror(number), path) from None
    return memory


def _open_chip(chip: str) -> Memory:
    found = None
    for path in nodes():
        memory = _open_path(path)
        if memory.info.chip != chip:
            memory.close()
        elif found:
            memory.close()
            found.close()
            raise OSError(errno.ENOTUNIQ, os.strerror(errno.ENOTUNIQ), chip)
        else:
            found = memory
    if not found:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), chip)
    return found


def open(which: Union[str, int, None] = None) -> Memory:  # pylint: disable=redefined-builtin
    """Opens a memory: None for /dev/extram, a number, a path, or the name of a chip that is there once."""
    if which is None or which == "":
        which = 0
    if isinstance(which, int) or which.isdecimal():
        return _open_path(f"/dev/extram{int(which) or ''}")
    return _open_path(which) if "/" in which else _open_chip(which)
