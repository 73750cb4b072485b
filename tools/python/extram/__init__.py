# SPDX-License-Identifier: GPL-2.0-only
"""External serial RAM, over the calls of linux/extram.h. Needs nothing but Python.

    import extram

    with extram.open() as ram:                  # /dev/extram, a path, a number, or the name of a chip
        with ram.alloc(1000) as block:          # a file of 1008 bytes; nobody else sees it
            block.write(b"hello")
            block[100:105] = b"world"
            print(bytes(block[0:5]), block.offset)

A block is a raw file (io.RawIOBase): io.BufferedRandom(block) and io.TextIOWrapper work on it. Everything that has a buffer can
be written and read into: bytes, bytearray, array.array, memoryview, numpy arrays. Nothing is copied on the way to the driver.

Errors are OSError with the driver's errno.
"""
from ._block import Block
from ._memory import Info, Memory, Range, nodes, open  # pylint: disable=redefined-builtin

__all__ = ["Block", "Info", "Memory", "Range", "nodes", "open"]
__version__ = "0.1.0"
