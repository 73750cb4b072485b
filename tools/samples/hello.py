#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""External RAM in a minute: take a range, write to it, read it back, give it back.

usage: hello.py [/dev/extram]
"""
import fcntl
import os
import struct
import sys

# linux/extram.h: structures start with their own size; I is 32 bits, Q 64, nothing is padded.
INFO, ALLOC, FREE = 0xEB00, 0xEB01, 0xEB02
# size flags capacity free_bytes largest_free granule blocks max_blocks max_file_blocks max_file_bytes chip
INFO_FORMAT = "=IIQQQIIIIQ32s"
ALLOC_FORMAT = "=IIQQQ"     # size flags length align offset
FREE_FORMAT = "=IIQ"        # size flags offset


def call(fd, command, form, *fields):
    """Fills in the size, calls the driver and answers the fields that come back."""
    args = bytearray(struct.pack(form, struct.calcsize(form), *fields))
    fcntl.ioctl(fd, command, args)
    return struct.unpack(form, args)[1:]


def main():
    node = sys.argv[1] if len(sys.argv) > 1 else "/dev/extram"
    fd = os.open(node, os.O_RDWR)

    _, capacity, free, *_, chip = call(fd, INFO, INFO_FORMAT, 0, 0, 0, 0, 0, 0, 0, 0, 0, b"")
    print(f"{node}: {chip.rstrip(bytes(1)).decode()}, {free} of {capacity} bytes free")

    _, length, _, offset = call(fd, ALLOC, ALLOC_FORMAT, 0, 1000, 0, 0)
    print(f"allocated {length} bytes at offset {offset}")

    hello = b"hello from external RAM"
    print(f"wrote {os.pwrite(fd, hello, offset)} bytes")
    copy = os.pread(fd, len(hello), offset)
    if copy != hello:
        sys.exit("read other bytes than were written")
    print(f'read back "{copy.decode()}"')

    call(fd, FREE, FREE_FORMAT, 0, offset)
    print(f"freed offset {offset}")
    os.close(fd)


if __name__ == "__main__":
    main()
