/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * User-space interface of /dev/extram*: external serial RAM, addressed by offset.
 *
 * A range is taken with EXTRAM_IOC_ALLOC, which answers the offset where it starts; the bytes are
 * moved by pread(2) and pwrite(2) at that offset. 0 is an ordinary offset. The range belongs to the
 * open file description and is given back by EXTRAM_IOC_FREE or by the last close.
 *
 * Every structure starts with its own size, set by the caller to sizeof(). A newer program on an
 * older kernel gets -E2BIG if it uses a field that the kernel does not know (the extra bytes are
 * not zero) and works otherwise; an older program on a newer kernel always works. A size below
 * that of the structure's first version answers -EINVAL, one above a page -E2BIG. Input flags
 * that are not listed must be zero, or the call answers -EINVAL; what is marked "out" is not
 * looked at. Layouts are the same for 32 and 64 bit programs. When a call fails, neither the
 * memory nor the structure is changed; but for EXTRAM_IOC_RESIZE of a program that takes the memory
 * of the structure away while the call runs: it answers -EFAULT, and the block is resized.
 *
 * Every call answers -EFAULT for a bad pointer, -ENOTTY for a command that is not listed here, and
 * -ENODEV once the chip has been taken away. The errors of each are beside its structure.
 *
 * read(2), write(2) and their relatives move bytes at an offset of the memory, of any length. A
 * transfer that starts outside every block of the file answers -ENXIO; one that runs past the end
 * of its block is cut there, and one that a signal or an error of the bus interrupts after some
 * bytes answers how many. An error of the bus before the first byte is -EIO. On a memory that is
 * read-only (EXTRAM_INFO_READ_ONLY) every write answers -EROFS; ranges can be taken as on any
 * other, with EXTRAM_ALLOC_FIXED and EXTRAM_ALLOC_KEEP to see what it holds.
 *
 * A volatile chip that has been without power, or may have been, in a system suspend or when its
 * supply failed, has forgotten everything; what it shows then is nobody's data. The blocks stay
 * allocated, private and shared ones alike. Every byte that had been written (and every one of a
 * block taken with EXTRAM_ALLOC_KEEP, and every one that a gap was zeroed for) reads as -EIO until
 * it is written again, exact to the byte, or the block is freed; a read that begins before such a
 * byte is cut there. Bytes that had never been written read as zeros as before. EXTRAM_IOC_INFO
 * counts the losses, EXTRAM_IOC_QUERY tells the blocks that are concerned, the memory's uevent
 * (change, EXTRAM_CONTENTS_LOST=count) tells when. A non-volatile chip loses nothing.
 */
#ifndef _UAPI_LINUX_EXTRAM_H
#define _UAPI_LINUX_EXTRAM_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define EXTRAM_IOC_TYPE		0xEB

/* Flags of struct extram_info */
#define EXTRAM_INFO_VOLATILE	(1U << 0)	/* the chip forgets without power */
#define EXTRAM_INFO_LOST	(1U << 1)	/* it has, since this file was opened */
#define EXTRAM_INFO_READ_ONLY	(1U << 2)	/* nobody writes to it: the device tree says so */

#define EXTRAM_CHIP_NAME_LEN	32

/**
 * struct extram_info - EXTRAM_IOC_INFO: what the memory is and how full it is
 * @size: sizeof(struct extram_info)
 * @flags: out: EXTRAM_INFO_*
 * @capacity: out: bytes that can be allocated in an empty memory
 * @free_bytes: out: bytes that no block holds now
 * @largest_free: out: length of the largest free range in bytes, the largest request that can
 *	succeed now
 * @granule: out: lengths and offsets are multiples of this many bytes
 * @blocks: out: allocated blocks of all users
 * @max_blocks: out: most allocated blocks, of all users together, that the device accepts
 * @max_file_blocks: out: most blocks that one open file may own
 * @max_file_bytes: out: most bytes that one open file may own
 * @chip: out: name of the part, NUL-terminated
 * @contents_lost: out: how often the chip has, or may have, forgotten everything since it appeared
 * @reserved: out: 0
 */
struct extram_info {
	__u32 size;
	__u32 flags;
	__u64 capacity;
	__u64 free_bytes;
	__u64 largest_free;
	__u32 granule;
	__u32 blocks;
	__u32 max_blocks;
	__u32 max_file_blocks;
	__u64 max_file_bytes;
	__u8 chip[EXTRAM_CHIP_NAME_LEN];
	__u32 contents_lost;
	__u32 reserved;
};

/*
 * Flags of struct extram_alloc. Without any, the range belongs to the open file that asks: to every
 * other file it is as if it were not allocated, but that it cannot be taken.
 */
#define EXTRAM_ALLOC_SHARED	(1U << 0)	/* belongs to the device: all may use and free it */
#define EXTRAM_ALLOC_FIXED	(1U << 1)	/* at the offset given, or not at all */
#define EXTRAM_ALLOC_KEEP	(1U << 2)	/* show what the memory holds: CAP_SYS_RAWIO */

/**
 * struct extram_alloc - EXTRAM_IOC_ALLOC: take the lowest free range that fits
 * @size: sizeof(struct extram_alloc)
 * @flags: in: EXTRAM_ALLOC_*
 * @length: in: bytes wanted, at least 1; out: bytes given, rounded up to the granule
 * @align: in: alignment of the offset in bytes, a power of two; 0 means the granule. Kept when the
 *	range is moved
 * @offset: in: with EXTRAM_ALLOC_FIXED where the range must start, else not looked at; out: where
 *	it starts
 *
 * Bytes of the range that have not been written since read as zeros, but with EXTRAM_ALLOC_KEEP. A
 * shared range lives until it is freed or the chip is taken away; the file that took it may close.
 *
 * Errors: EINVAL (zero length, alignment not a power of two, unknown flag, fixed offset not a
 * multiple of the granule and the alignment), ENOSPC (no free range is large enough, or the fixed
 * one ends behind the memory), EEXIST (part of the fixed range is taken), EBADF
 * (EXTRAM_ALLOC_SHARED in a file that is not open for writing), EPERM (EXTRAM_ALLOC_KEEP without
 * CAP_SYS_RAWIO), ENOMEM (no kernel memory), EDQUOT (the file or the
 * device holds as much as it may).
 */
struct extram_alloc {
	__u32 size;
	__u32 flags;
	__u64 length;
	__u64 align;
	__u64 offset;
};

/**
 * struct extram_free - EXTRAM_IOC_FREE: give a range back
 * @size: sizeof(struct extram_free)
 * @flags: in: must be 0
 * @offset: in: what EXTRAM_IOC_ALLOC answered
 *
 * A transfer in flight keeps the range from being handed out again until it has ended; the call
 * does not wait for it.
 *
 * Errors: EINVAL (offset not a multiple of the granule, unknown flag), ENOENT (no block of this
 * file, nor a shared one, starts there), EBADF (it is shared, and the file is not open for
 * writing).
 */
struct extram_free {
	__u32 size;
	__u32 flags;
	__u64 offset;
};

/* Flag of struct extram_resize */
#define EXTRAM_RESIZE_MAY_MOVE	(1U << 0)	/* when it cannot grow in place */

/**
 * struct extram_resize - EXTRAM_IOC_RESIZE: make a block longer or shorter
 * @size: sizeof(struct extram_resize)
 * @flags: in: EXTRAM_RESIZE_*
 * @offset: in: where the block starts; out: where it starts now
 * @length: in: bytes wanted, at least 1; out: bytes given, rounded up to the granule
 *
 * What the block holds is kept, as far as it fits; what it grows by reads as zeros. Shrinking never
 * moves. The call waits for transfers in flight on this block; a move copies the content while
 * other users of the block wait, and a signal takes it back.
 *
 * Errors: EINVAL (zero length, unknown flag, offset not a multiple of the granule), ENOENT (no
 * block of this file, nor a shared one, starts there), EBADF (it is shared, and the file is not
 * open for writing), ENOSPC (no room, or none in place), EROFS (the content would have to be moved
 * in a memory that is read-only), EDQUOT, ENOMEM, EIO (an error of the bus while moving), EINTR.
 */
struct extram_resize {
	__u32 size;
	__u32 flags;
	__u64 offset;
	__u64 length;
};

/* Flags that EXTRAM_IOC_QUERY answers */
#define EXTRAM_BLOCK_SHARED	(1U << 0)
#define EXTRAM_BLOCK_LOST	(1U << 1)	/* bytes of it were lost, not written since */

/**
 * struct extram_query - EXTRAM_IOC_QUERY: find a block that this file may use
 * @size: sizeof(struct extram_query)
 * @flags: in: must be 0
 * @offset: in: any offset; out: start of the block that holds it, or else of the next block above
 * @length: out: length of that block in bytes
 * @block_flags: out: EXTRAM_BLOCK_*
 * @reserved: in: must be 0
 *
 * Starting at 0 and going on at @offset + @length walks, in address order, every block of the file
 * and every shared one.
 *
 * Errors: EINVAL (unknown flag, reserved field not 0), ENOENT (there is no such block there or
 * above).
 */
struct extram_query {
	__u32 size;
	__u32 flags;
	__u64 offset;
	__u64 length;
	__u32 block_flags;
	__u32 reserved;
};

#define EXTRAM_IOC_INFO		_IO(EXTRAM_IOC_TYPE, 0x00)
#define EXTRAM_IOC_ALLOC	_IO(EXTRAM_IOC_TYPE, 0x01)
#define EXTRAM_IOC_FREE		_IO(EXTRAM_IOC_TYPE, 0x02)
#define EXTRAM_IOC_QUERY	_IO(EXTRAM_IOC_TYPE, 0x03)
#define EXTRAM_IOC_RESIZE	_IO(EXTRAM_IOC_TYPE, 0x04)

#endif /* _UAPI_LINUX_EXTRAM_H */
