# SPDX-License-Identifier: GPL-2.0-only
"""The module on a fake driver; on the driver itself where there is one (EXTRAM_TEST_DEVICE names the memory)."""
import array
import ctypes
import errno
import gc
import io
import os
import subprocess
import tempfile
import unittest

import extram
from extram import _uapi

HERE = os.path.dirname(os.path.abspath(__file__))
DEVICE = os.environ.get("EXTRAM_TEST_DEVICE")


class Fixture(unittest.TestCase):
    """A memory, real or not."""

    def setUp(self):
        if not DEVICE:
            import fake  # pylint: disable=import-outside-toplevel

            self.chips = {
                "/dev/extram": fake.FakeChip(),
                "/dev/extram1": fake.FakeChip("aps6404l", 65536),
                "/dev/extram2": fake.FakeChip("mb85rs64v", 8192),
                "/dev/extram10": fake.FakeChip("aps6404l", 65536),
            }
            self.system = fake.FakeSystem(self.chips)
            installed = self.system.installed()
            installed.__enter__()  # pylint: disable=unnecessary-dunder-call
            self.addCleanup(installed.__exit__, None, None, None)
        self.ram = extram.open(DEVICE)
        self.addCleanup(self.ram.close)

    def assert_errno(self, number, function, *args, **kwargs):
        """The call fails with this errno."""
        with self.assertRaises(OSError) as caught:
            function(*args, **kwargs)
        self.assertEqual(caught.exception.errno, number, os.strerror(caught.exception.errno))


class TestBlocks(Fixture):
    """What holds for every memory."""

    def test_info(self):
        info = self.ram.info
        self.assertEqual(info.granule, 16)
        self.assertEqual(info.free, info.capacity)
        self.assertEqual(info.blocks, 0)
        self.assertTrue(info.chip)

    def test_alloc_rounds_and_aligns(self):
        first = self.ram.alloc(1000)
        second = self.ram.alloc(16, align=1024)
        self.assertEqual((first.offset, first.length, len(first)), (0, 1008, 1008))
        self.assertEqual(second.offset, 1024)
        self.assertEqual(self.ram.info.blocks, 2)

    def test_fixed(self):
        self.assertEqual(self.ram.alloc(16, offset=4096).offset, 4096)
        self.assertEqual(self.ram.info.blocks, 0, "nobody held the block")
        block = self.ram.alloc(16, offset=0)
        self.assert_errno(errno.EEXIST, self.ram.alloc, 16, offset=0)
        self.assertEqual(block.offset, 0)

    def test_errors_of_alloc(self):
        self.assert_errno(errno.EINVAL, self.ram.alloc, 0)
        self.assert_errno(errno.EINVAL, self.ram.alloc, -1)
        self.assert_errno(errno.EINVAL, self.ram.alloc, 1 << 64)
        self.assert_errno(errno.EINVAL, self.ram.alloc, 16, align=3)
        self.assert_errno(errno.ENOSPC, self.ram.alloc, 1 << 40)
        self.assert_errno(errno.ENOENT, self.ram.free, 0)
        self.assert_errno(errno.EINVAL, self.ram.free, 1)

    def test_close_frees(self):
        with self.ram.alloc(100) as block:
            self.assertEqual(self.ram.info.blocks, 1)
        self.assertTrue(block.closed)
        self.assertEqual(self.ram.info.blocks, 0)
        block.close()

    def test_a_block_that_nobody_holds_is_freed(self):
        self.ram.alloc(100)
        gc.collect()
        self.assertEqual(self.ram.info.blocks, 0)

    def test_shared_stays(self):
        with self.ram.alloc(64, shared=True) as block:
            block.write(b"for all")
        self.assertEqual(self.ram.info.blocks, 1)
        with extram.open(DEVICE) as other:
            found = other.block(10)
            self.assertEqual(found[0:7], b"for all")
            self.assertTrue(found.shared)
            found.free()
        self.assertEqual(self.ram.info.blocks, 0)

    def test_private_is_private(self):
        block = self.ram.alloc(64)
        with extram.open(DEVICE) as other:
            self.assertEqual(list(other.ranges()), [])
            self.assert_errno(errno.ENOENT, other.block, block.offset)
            self.assert_errno(errno.ENOENT, other.free, block.offset)

    def test_ranges(self):
        first, second = self.ram.alloc(16), self.ram.alloc(32, shared=True)
        self.assertEqual(list(self.ram.ranges()), [(0, 16, False, False), (16, 32, True, False)])
        second.free()
        first.close()
        self.assertEqual(list(self.ram.ranges()), [])

    def test_read_and_write(self):
        block = self.ram.alloc(64)
        self.assertEqual(block.read(), bytes(64))
        self.assertEqual(block.tell(), 64)
        self.assertEqual(block.read(), b"")
        block.seek(0)
        self.assertEqual(block.write(b"hello"), 5)
        self.assertEqual(block.seek(-64, os.SEEK_END), 0)
        self.assertEqual(block.read(5), b"hello")
        self.assertEqual(block.seek(2, os.SEEK_CUR), 7)
        self.assert_errno(errno.EINVAL, block.seek, -1)

    def test_the_end(self):
        first, second = self.ram.alloc(32), self.ram.alloc(32)
        self.assertEqual(second.offset, 32)
        self.assertEqual(first.pwrite(b"x" * 100, 16), 16)
        self.assertEqual(bytes(second[:]), bytes(32), "the neighbour is not touched")
        first.seek(32)
        self.assert_errno(errno.ENOSPC, first.write, b"x")
        self.assertEqual(first.write(b""), 0)
        self.assertEqual(first.pread(100, 16), b"x" * 16)
        self.assertEqual(first.pread(100, 40), b"")

    def test_long_transfers(self):
        length = self.ram.info.largest_free // 2 + 7
        data = bytes(i * 7 & 255 for i in range(length))
        block = self.ram.alloc(length)
        self.assertEqual(block.write(data), length)
        self.assertEqual(block[:length], data)

    def test_every_buffer(self):
        block = self.ram.alloc(64)
        numbers = array.array("I", range(8))
        self.assertEqual(block.pwrite(numbers, 0), 32)
        got = array.array("I", [0] * 8)
        self.assertEqual(block.pread_into(memoryview(got), 0), 32)
        self.assertEqual(got, numbers)
        target = bytearray(b"-" * 10)
        self.assertEqual(block.pread_into(memoryview(target)[2:6], 4), 4)
        self.assertEqual(target, b"--" + numbers[1:2].tobytes() + b"----")
        self.assertEqual(block.pwrite(memoryview(bytes(range(64)))[::1], 0), 64)
        with self.assertRaises(TypeError):
            block.pwrite("text", 0)
        with self.assertRaises(TypeError):
            block.pread_into(b"constant", 0)

    def test_indices_and_slices(self):
        block = self.ram.alloc(16)
        block[:] = bytes(range(16))
        self.assertEqual(block[3], 3)
        self.assertEqual(block[-1], 15)
        self.assertEqual(block[4:6], b"\x04\x05")
        self.assertEqual(block[10:4], b"")
        block[0] = 255
        block[14:] = b"ab"
        self.assertEqual(block[0], 255)
        self.assertEqual(block[12:], b"\x0c\x0dab")
        self.assertEqual(list(block), [block[0:11], block[11:]], "lines, as of every file")
        with self.assertRaises(IndexError):
            block[16]  # pylint: disable=pointless-statement
        with self.assertRaises(ValueError):
            block[0:2] = b"abc"
        with self.assertRaises(ValueError):
            block[::2]  # pylint: disable=pointless-statement
        with self.assertRaises(ValueError):
            block[0] = 256

    def test_files_of_the_library(self):
        block = self.ram.alloc(4096)
        text = io.TextIOWrapper(io.BufferedRandom(block), encoding="utf-8")
        text.write("one\ntwo\nthree\n")
        text.flush()
        text.seek(0)
        self.assertEqual([text.readline() for _ in range(3)], ["one\n", "two\n", "three\n"])
        text.close()
        self.assertTrue(block.closed)
        self.assertEqual(self.ram.info.blocks, 0)

    def test_resize(self):
        block, wall = self.ram.alloc(16), self.ram.alloc(16)
        block.write(b"content")
        self.assert_errno(errno.ENOSPC, block.resize, 100, move=False)
        self.assertEqual(block.resize(100), 112)
        self.assertGreater(block.offset, wall.offset)
        self.assertEqual(block[:8], b"content\0")
        self.assertEqual(block.truncate(10), 16)
        self.assertEqual(len(block), 16)

    def test_closed(self):
        block = self.ram.alloc(16)
        block.close()
        for call in (block.read, block.tell, block.readable, block.free, lambda: block[0], lambda: block.write(b"x")):
            with self.assertRaises(ValueError):
                call()
        block = self.ram.alloc(16)
        self.ram.close()
        with self.assertRaises(ValueError):
            block.read()
        block.close()
        with self.assertRaises(ValueError):
            self.ram.info  # pylint: disable=pointless-statement
        self.assertIn("closed", repr(self.ram))

    def test_no_descriptor(self):
        with self.assertRaises(io.UnsupportedOperation):
            self.ram.alloc(16).fileno()

    def test_sync(self):
        self.ram.sync()

    def test_open(self):
        self.assert_errno(errno.ENOENT, extram.open, "/dev/no/such")
        self.assert_errno(errno.ENODEV, extram.open, "no-such-chip")
        self.assert_errno(errno.ENOENT, extram.open, 9999)
        self.assertIn(self.ram.path, extram.nodes())


@unittest.skipIf(DEVICE, "needs the fake")
class TestFaults(Fixture):
    """What only a fake does when it is told to."""

    def test_short_counts_are_no_end(self):
        block = self.ram.alloc(1000)
        self.chips["/dev/extram"].most = 7
        self.assertEqual(block.write(bytes(range(250)) * 4), 1000)
        self.assertEqual(block[0:1000], bytes(range(250)) * 4)

    def test_an_error_before_the_first_byte(self):
        block = self.ram.alloc(64)
        self.chips["/dev/extram"].errors = [errno.EIO]
        self.assert_errno(errno.EIO, block.read)
        self.assertEqual(block.tell(), 0)

    def test_an_error_after_some_bytes(self):
        block = self.ram.alloc(64)
        self.chips["/dev/extram"].most = 16
        self.chips["/dev/extram"].errors = [0, 0, errno.EIO]
        self.assertEqual(block.write(b"x" * 64), 32)
        self.assertEqual(block.tell(), 32)
        self.chips["/dev/extram"].errors = [0, errno.EIO]
        with self.assertRaises(OSError):
            block[0:64]  # pylint: disable=pointless-statement

    def test_the_chip_goes(self):
        block = self.ram.alloc(64)
        self.chips["/dev/extram"].gone = True
        self.assert_errno(errno.ENODEV, block.read)
        self.assert_errno(errno.ENODEV, self.ram.alloc, 16)
        block.close()
        self.ram.close()

    def test_open_by_everything(self):
        for which, path in ((None, "/dev/extram"), ("", "/dev/extram"), (0, "/dev/extram"), ("1", "/dev/extram1"),
                            (2, "/dev/extram2"), ("mb85rs64v", "/dev/extram2"), ("/dev/extram10", "/dev/extram10")):
            with extram.open(which) as ram:
                self.assertEqual(ram.path, path)
        self.assert_errno(errno.ENOTUNIQ, extram.open, "aps6404l")
        self.assertEqual(len(self.system.files), 1, "no descriptor is left open")

    def test_nodes_by_number(self):
        self.assertEqual(extram.nodes(), ["/dev/extram", "/dev/extram1", "/dev/extram2", "/dev/extram10"])


@unittest.skipIf(DEVICE, "needs a compiler")
class TestHeader(unittest.TestCase):
    """The structures and numbers are those of linux/extram.h."""

    STRUCTS = {"extram_info": _uapi.Info, "extram_alloc": _uapi.Alloc, "extram_free": _uapi.Free,
               "extram_resize": _uapi.Resize, "extram_query": _uapi.Query}
    NUMBERS = ["IOC_INFO", "IOC_ALLOC", "IOC_FREE", "IOC_QUERY", "IOC_RESIZE", "INFO_VOLATILE", "INFO_LOST",
               "INFO_READ_ONLY", "ALLOC_SHARED", "ALLOC_FIXED", "ALLOC_KEEP", "RESIZE_MAY_MOVE", "BLOCK_SHARED", "BLOCK_LOST"]

    def test_header(self):
        lines, wanted = [], []
        for name, struct in self.STRUCTS.items():
            lines.append(f"(unsigned long)sizeof(struct {name})")
            wanted.append(ctypes.sizeof(struct))
            for field in struct._fields_:
                member = getattr(struct, field[0])
                lines.append(f"(unsigned long)offsetof(struct {name}, {field[0]})")
                lines.append(f"(unsigned long)sizeof(((struct {name} *)0)->{field[0]})")
                wanted += [member.offset, member.size]
        for name in self.NUMBERS:
            lines.append(f"(unsigned long)EXTRAM_{name}")
            wanted.append(getattr(_uapi, name))
        source = "#include <stddef.h>\n#include <stdio.h>\n#include <linux/extram.h>\nint main(void) {\n"
        source += "".join(f'printf("%lu\\n", {line});\n' for line in lines) + "return 0; }\n"
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "p")
            subprocess.run(
                [os.environ.get("CC", "cc"), "-x", "c", "-", "-I", os.path.join(HERE, "../../../include/uapi"), "-o", program],
                input=source, text=True, check=True,
            )
            said = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual([int(number) for number in said], wanted)

    def test_every_flag_of_the_header(self):
        header = os.path.join(HERE, "../../../include/uapi/linux/extram.h")
        with io.open(header, encoding="ascii") as file:
            names = [line.split()[1] for line in file if line.startswith("#define\tEXTRAM_") or line.startswith("#define EXTRAM_")]
        names = [name for name in names if name.count("_") > 1 and name not in ("EXTRAM_IOC_TYPE", "EXTRAM_CHIP_NAME_LEN")]
        self.assertEqual(sorted(name[len("EXTRAM_"):] for name in names), sorted(self.NUMBERS))


if __name__ == "__main__":
    unittest.main()
