# SPDX-License-Identifier: GPL-2.0-only
"""A driver in Python: what os and fcntl would do with nodes of extram.

It keeps to the rules of linux/extram.h: first fit, private and shared ranges, transfers that end with their range, short counts.
"""
import contextlib
import ctypes
import errno
import os
from unittest import mock

from extram import _uapi

GRANULE = 16


class FakeChip:
    """One memory, of which any number of files may be open."""

    def __init__(self, chip="23lc1024", capacity=128 * 1024):
        self.chip = chip.encode()
        self.bytes = bytearray(capacity)
        self.ranges = {}  # offset: [length, owner]; owner None is shared
        self.gone = False
        self.most = 4096  # bytes that one call moves
        self.errors = []  # errno of the calls to come, 0 for none


class FakeSystem:
    """Descriptors, ioctl, preadv and pwritev."""

    def __init__(self, chips):
        self.chips = chips  # by path
        self.files = {}
        self.next = 1000

    def open(self, path, _flags, *_mode):
        """os.open()"""
        if path not in self.chips:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        self.next += 1
        self.files[self.next] = self.chips[path]
        return self.next

    def close(self, fd):
        """os.close()"""
        chip = self.files.pop(fd)
        chip.ranges = {at: found for at, found in chip.ranges.items() if found[1] != fd}

    def chip_of(self, fd):
        """The memory of a descriptor, or the error of a chip that is gone."""
        if fd not in self.files:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        chip = self.files[fd]
        if chip.gone:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return chip

    def ioctl(self, fd, command, args):
        """fcntl.ioctl()"""
        chip = self.chip_of(fd)
        if args.size != ctypes.sizeof(args):
            raise OSError(errno.EINVAL, "size")
        names = {
            _uapi.IOC_INFO: self.info,
            _uapi.IOC_ALLOC: self.alloc,
            _uapi.IOC_FREE: self.free,
            _uapi.IOC_QUERY: self.query,
            _uapi.IOC_RESIZE: self.resize,
        }
        if command not in names:
            raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))
        error = names[command](chip, fd, args)
        if error:
            raise OSError(error, os.strerror(error))
        return 0

    @staticmethod
    def holes(chip):
        """Free ranges by offset."""
        at = 0
        for offset in sorted(chip.ranges):
            if offset > at:
                yield at, offset - at
            at = offset + chip.ranges[offset][0]
        if at < len(chip.bytes):
            yield at, len(chip.bytes) - at

    def info(self, chip, _fd, args):
        """EXTRAM_IOC_INFO"""
        holes = [length for _, length in self.holes(chip)] + [0]
        args.flags = _uapi.INFO_VOLATILE
        args.capacity, args.free_bytes, args.largest_free = len(chip.bytes), sum(holes), max(holes)
        args.granule, args.blocks, args.max_blocks = GRANULE, len(chip.ranges), 65536
        args.max_file_blocks, args.max_file_bytes = 0xFFFFFFFF, 2**64 - 1
        args.chip = chip.chip

    def alloc(self, chip, fd, args):
        """EXTRAM_IOC_ALLOC"""
        length = -(-args.length // GRANULE) * GRANULE
        align = args.align or GRANULE
        if not length or align & (align - 1):
            return errno.EINVAL
        for at, room in self.holes(chip):
            start = -(-at // align) * align
            if args.flags & _uapi.ALLOC_FIXED:
                start = max(at, args.offset)
                if start != args.offset:
                    continue
            if start + length <= at + room:
                chip.ranges[start] = [length, None if args.flags & _uapi.ALLOC_SHARED else fd]
                chip.bytes[start : start + length] = bytes(length)
                args.offset, args.length = start, length
                return 0
        return errno.EEXIST if args.flags & _uapi.ALLOC_FIXED else errno.ENOSPC

    @staticmethod
    def usable(chip, fd, at):
        """The range that holds an offset, when this file may use it: offset, length."""
        for offset, (length, owner) in chip.ranges.items():
            if offset <= at < offset + length and owner in (None, fd):
                return offset, length
        return None

    def free(self, chip, fd, args):
        """EXTRAM_IOC_FREE"""
        if args.offset % GRANULE:
            return errno.EINVAL
        found = self.usable(chip, fd, args.offset)
        if not found or found[0] != args.offset:
            return errno.ENOENT
        del chip.ranges[args.offset]
        return 0

    @staticmethod
    def query(chip, fd, args):
        """EXTRAM_IOC_QUERY"""
        for offset in sorted(chip.ranges):
            length, owner = chip.ranges[offset]
            if owner in (None, fd) and offset + length > args.offset:
                args.offset, args.length = offset, length
                args.block_flags = 0 if owner else _uapi.BLOCK_SHARED
                return 0
        return errno.ENOENT

    def resize(self, chip, fd, args):
        """EXTRAM_IOC_RESIZE: always moves, when it may."""
        found = self.usable(chip, fd, args.offset)
        if not found or found[0] != args.offset:
            return errno.ENOENT
        if not args.flags & _uapi.RESIZE_MAY_MOVE and args.length > found[1]:
            return errno.ENOSPC
        content = bytes(chip.bytes[found[0] : found[0] + min(found[1], args.length)])
        if args.length <= found[1]:
            chip.ranges[found[0]][0] = args.length = -(-args.length // GRANULE) * GRANULE
            return 0
        wanted = _uapi.Alloc(length=args.length)
        if not wanted.length or self.alloc(chip, fd, wanted):
            return errno.ENOSPC
        chip.bytes[wanted.offset : wanted.offset + len(content)] = content
        del chip.ranges[found[0]]
        args.offset, args.length = wanted.offset, wanted.length
        return 0

    def place(self, fd, length, at):
        """Where a transfer goes, and how far."""
        chip = self.chip_of(fd)
        error = chip.errors.pop(0) if chip.errors else 0
        if error:
            raise OSError(error, os.strerror(error))
        found = self.usable(chip, fd, at)
        if not found:
            raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
        return chip, min(length, chip.most, found[0] + found[1] - at)

    def preadv(self, fd, buffers, at):
        """os.preadv() of one buffer"""
        (buffer,) = buffers
        chip, length = self.place(fd, len(buffer), at)
        buffer[:length] = chip.bytes[at : at + length]
        return length

    def pwritev(self, fd, buffers, at):
        """os.pwritev() of one buffer"""
        (buffer,) = buffers
        chip, length = self.place(fd, len(buffer), at)
        chip.bytes[at : at + length] = buffer[:length]
        return length

    def fsync(self, fd):
        """os.fsync()"""
        self.chip_of(fd)

    @contextlib.contextmanager
    def installed(self):
        """With this, the module meets the fake."""
        names = [path.rsplit("/", 1)[1] for path in self.chips]
        with contextlib.ExitStack() as stack:
            for name in ("open", "close", "preadv", "pwritev", "fsync"):
                stack.enter_context(mock.patch("os." + name, getattr(self, name)))
            stack.enter_context(mock.patch("os.listdir", lambda _path: list(reversed(names))))
            stack.enter_context(mock.patch("fcntl.ioctl", self.ioctl))
            yield self
