# SPDX-License-Identifier: GPL-2.0-only
"""A block: a range of a memory, as a raw file and as a sequence of bytes."""
import errno
import io
import os
from typing import Union

from . import _uapi


class Block(io.RawIOBase):
    """A range of a memory.

    As a file it has the length of the range, and a position: read, readinto, write, seek, tell, truncate (which resizes).
    read() and readinto() answer less only at the end, write() writes what fits and answers how much. As a sequence it has len(),
    and indices and slices that read and write. Neither moves the position of the other; pread_into() and pwrite() take
    an offset within the block.

    close() gives a private range back, and leaves a shared one to others; free() gives back either.
    """

    def __init__(self, memory, offset: int, length: int, shared: bool, free: bool = True):
        super().__init__()
        self._memory = memory
        self._free_on_close = free and not shared
        self._position = 0
        self.offset = offset
        self.length = length
        self.shared = shared

    def __repr__(self) -> str:
        state = ", closed" if self.closed else ""
        return f"<extram.Block of {self.length} bytes at {self.offset} of {self._memory.path}{state}>"

    # Moving bytes

    def _check(self, at: int) -> None:
        if self.closed:
            raise ValueError("the block is closed")
        if at < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    def _loop(self, transfer, buffer, at: int) -> int:
        """Goes on after short counts. An error behind some bytes comes up at the next call."""
        self._check(at)
        view = memoryview(buffer).cast("B")
        view = view[: max(0, self.length - at)]
        done = 0
        while done < len(view):
            try:
                moved = transfer(self._memory.fileno(), [view[done:]], self.offset + at + done)
            except OSError:
                if done:
                    break
                raise
            if not moved:
                break
            done += moved
        return done

    def pread_into(self, buffer, at: int) -> int:
        """Reads into a buffer from an offset within the block; answers how many bytes."""
        if memoryview(buffer).readonly:
            raise TypeError("the buffer cannot be written to")
        return self._loop(os.preadv, buffer, at)

    def pread(self, length: int, at: int) -> bytes:
        """Reads from an offset within the block."""
        self._check(at)
        data = bytearray(max(0, min(length, self.length - at)))
        return bytes(memoryview(data)[: self.pread_into(data, at)])

    def pwrite(self, buffer, at: int) -> int:
        """Writes a buffer to an offset within the block; answers how many bytes fitted."""
        return self._loop(os.pwritev, buffer, at)

    # A file

    def readable(self) -> bool:
        self._check(0)
        return True

    def writable(self) -> bool:
        self._check(0)
        return True

    def seekable(self) -> bool:
        self._check(0)
        return True

    def fileno(self) -> int:
        """There is none: the descriptor of the memory knows neither start nor end of the block."""
        raise io.UnsupportedOperation("a block has no descriptor of its own; its memory has")

    def readinto(self, buffer) -> int:
        done = self.pread_into(buffer, self._position)
        self._position += done
        return done

    def write(self, buffer) -> int:
        done = self.pwrite(buffer, self._position)
        if not done and memoryview(buffer).nbytes:
            raise OSError(errno.ENOSPC, "the block ends here")
        self._position += done
        return done

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._check(0)
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.length}
        if whence not in start:
            raise ValueError(f"whence {whence}")
        if start[whence] + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._position = start[whence] + offset
        return self._position

    def tell(self) -> int:
        self._check(0)
        return self._position

    def truncate(self, size: Union[int, None] = None) -> int:
        """Resizes the range, which may move; the length is rounded up to the granule."""
        return self.resize(self._position if size is None else size)

    # The range

    def resize(self, length: int, *, move: bool = True) -> int:
        """Makes the range longer or shorter and answers its length; its offset may change with it, unless move is false."""
        self._check(length)
        args = _uapi.call(
            self._memory.fileno(),
            _uapi.IOC_RESIZE,
            _uapi.Resize,
            flags=_uapi.RESIZE_MAY_MOVE if move else 0,
            offset=self.offset,
            length=length,
        )
        self.offset, self.length = args.offset, args.length
        return self.length

    def free(self) -> None:
        """Gives the range back, shared or not."""
        self._check(0)
        self._memory.free(self.offset)
        self._free_on_close = False
        self.close()

    def close(self) -> None:
        if self.closed:
            return
        try:
            super().close()
        finally:
            # With the memory closed, or its chip gone, the range is gone already.
            if self._free_on_close and not self._memory.closed:
                try:
                    self._memory.free(self.offset)
                except OSError as error:
                    if error.errno not in (errno.ENODEV, errno.ENOENT):
                        raise

    # A sequence

    def __len__(self) -> int:
        return self.length

    def _slice(self, index: slice):
        start, stop, step = index.indices(self.length)
        if step != 1:
            raise ValueError("slices of a block have no step")
        return start, max(0, stop - start)

    def __getitem__(self, index: Union[int, slice]):
        if isinstance(index, slice):
            start, length = self._slice(index)
            data = self.pread(length, start)
        else:
            start, length = range(self.length)[index], 1
            data = self.pread(1, start)
        if len(data) != length:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return data if isinstance(index, slice) else data[0]

    def __setitem__(self, index: Union[int, slice], value) -> None:
        if isinstance(index, slice):
            start, length = self._slice(index)
            if memoryview(value).nbytes != length:
                raise ValueError(f"{memoryview(value).nbytes} bytes for a slice of {length}")
        else:
            start, length, value = range(self.length)[index], 1, bytes([value])
        if self.pwrite(value, start) != length:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
