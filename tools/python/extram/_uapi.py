# SPDX-License-Identifier: GPL-2.0-only
"""linux/extram.h: structures and commands. A test compares them with the header."""
import ctypes
import fcntl

IOC_TYPE = 0xEB


def _io(number):
    """_IO() of linux/ioctl.h, where direction and size are left out; the type is in the second byte everywhere."""
    none = 1 << 29 if _none_is_one() else 0
    return none | IOC_TYPE << 8 | number


def _none_is_one():
    """On Alpha, MIPS, PowerPC and SPARC the direction "none" is a bit of its own."""
    import os  # pylint: disable=import-outside-toplevel

    return os.uname().machine.startswith(("alpha", "mips", "ppc", "sparc"))


class Info(ctypes.Structure):
    """struct extram_info"""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("capacity", ctypes.c_uint64),
        ("free_bytes", ctypes.c_uint64),
        ("largest_free", ctypes.c_uint64),
        ("granule", ctypes.c_uint32),
        ("blocks", ctypes.c_uint32),
        ("max_blocks", ctypes.c_uint32),
        ("max_file_blocks", ctypes.c_uint32),
        ("max_file_bytes", ctypes.c_uint64),
        ("chip", ctypes.c_char * 32),
        ("contents_lost", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
    ]


class Alloc(ctypes.Structure):
    """struct extram_alloc"""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("length", ctypes.c_uint64),
        ("align", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
    ]


class Free(ctypes.Structure):
    """struct extram_free"""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("offset", ctypes.c_uint64),
    ]


class Resize(ctypes.Structure):
    """struct extram_resize"""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("offset", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
    ]


class Query(ctypes.Structure):
    """struct extram_query"""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("offset", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
        ("block_flags", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
    ]


IOC_INFO = _io(0x00)
IOC_ALLOC = _io(0x01)
IOC_FREE = _io(0x02)
IOC_QUERY = _io(0x03)
IOC_RESIZE = _io(0x04)

INFO_VOLATILE = 1 << 0
INFO_LOST = 1 << 1
INFO_READ_ONLY = 1 << 2
ALLOC_SHARED = 1 << 0
ALLOC_FIXED = 1 << 1
ALLOC_KEEP = 1 << 2
RESIZE_MAY_MOVE = 1 << 0
BLOCK_SHARED = 1 << 0
BLOCK_LOST = 1 << 1


def call(fd, command, struct, **fields):
    """Fills in a structure with its size, calls the driver and answers the structure."""
    args = struct(size=ctypes.sizeof(struct), **fields)
    fcntl.ioctl(fd, command, args)
    return args
