// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls themselves: sizes, pointers, flags and numbers out of range, for every command.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "extram_test.h"

union args {
	uint32_t size;
	struct extram_info info;
	struct extram_alloc alloc;
	struct extram_free free;
	struct extram_query query;
	struct extram_resize resize;
	unsigned char bytes[8192];
};

/* A command, with arguments that work, in this order, once a block is at offset 0. */
struct command {
	const char *name;
	unsigned int nr;
	uint32_t size;
	size_t flags;		/* where they are, 0 for none */
	uint32_t known;		/* flags that there are */
	bool answers;
	uint32_t first;		/* size of its first version, when it has grown since */
};

static const struct command commands[] = {
	{ "INFO", EXTRAM_IOC_INFO, sizeof(struct extram_info), 0, 0, true,
	  offsetof(struct extram_info, contents_lost) },
	{ "QUERY", EXTRAM_IOC_QUERY, sizeof(struct extram_query),
	  offsetof(struct extram_query, flags), 0, true },
	{ "RESIZE", EXTRAM_IOC_RESIZE, sizeof(struct extram_resize),
	  offsetof(struct extram_resize, flags), EXTRAM_RESIZE_MAY_MOVE, true },
	{ "ALLOC", EXTRAM_IOC_ALLOC, sizeof(struct extram_alloc),
	  offsetof(struct extram_alloc, flags),
	  EXTRAM_ALLOC_SHARED | EXTRAM_ALLOC_FIXED | EXTRAM_ALLOC_KEEP, true },
	{ "FREE", EXTRAM_IOC_FREE, sizeof(struct extram_free), offsetof(struct extram_free, flags),
	  0, false },
};

static union args args;

static void prepare(const struct command *command)
{
	memset(&args, 0, sizeof(args));
	args.size = command->size;
	if (command->nr == EXTRAM_IOC_ALLOC)
		args.alloc.length = 100;
	if (command->nr == EXTRAM_IOC_RESIZE)
		args.resize.length = 128;
}

static void expect_error(const struct xt *xt, const struct command *command, void *arg, int error)
{
	int ret = ioctl(xt->fd, command->nr, arg);

	if (ret != -1 || errno != error)
		fail_msg("%s: %d, %s; wanted %s", command->name, ret, ret ? strerror(errno) : "",
			 strerror(error));
}

/* Gives every command a block at offset 0 to work with and answers INFO from then. */
static struct extram_info with_block(const struct xt *xt)
{
	assert_int_equal(xt_alloc(xt->fd, 64), 0);
	return xt_get_info(xt->fd);
}

static void expect_same(const struct xt *xt, const struct extram_info *before)
{
	struct extram_info now = xt_get_info(xt->fd);

	xt_expect_unchanged(before, &now);
}

/* Two pages, of which the second cannot be touched. */
static unsigned char *before_a_hole(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(munmap(p + page, page), 0);
	return p;
}

static void size_zero_is_einval(void **state)
{
	struct extram_info before = with_block(*state);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		prepare(&commands[i]);
		args.size = 0;
		expect_error(*state, &commands[i], &args, EINVAL);
	}
	expect_same(*state, &before);
}

static void every_size_below_the_first_version_is_einval(void **state)
{
	struct extram_info before = with_block(*state);
	uint32_t size;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		for (size = 1; size < (commands[i].first ?: commands[i].size); size++) {
			prepare(&commands[i]);
			args.size = size;
			expect_error(*state, &commands[i], &args, EINVAL);
		}
	}
	expect_same(*state, &before);
}

/* An old program: it gets what it knows of, and nothing behind it. */
static void every_size_from_the_first_version_on_works(void **state)
{
	struct xt *xt = *state;
	uint32_t size;
	size_t i, at;

	with_block(xt);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!commands[i].first)
			continue;
		for (size = commands[i].first; size <= commands[i].size; size++) {
			prepare(&commands[i]);
			memset((unsigned char *)&args + size, 0xa5, sizeof(args) - size);
			args.size = size;
			if (ioctl(xt->fd, commands[i].nr, &args))
				fail_msg("%s of %u bytes: %s", commands[i].name, size,
					 strerror(errno));
			for (at = size; at < sizeof(args); at++)
				assert_int_equal(((unsigned char *)&args)[at], 0xa5);
		}
	}
}

static void larger_size_with_zero_tail_works(void **state)
{
	struct xt *xt = *state;
	size_t i;

	with_block(xt);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		prepare(&commands[i]);
		args.size = commands[i].size + 24;
		if (ioctl(xt->fd, commands[i].nr, &args))
			fail_msg("%s: %s", commands[i].name, strerror(errno));
	}
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
}

static void larger_size_fills_only_the_known_part(void **state)
{
	struct xt *xt = *state;
	size_t i, j;

	with_block(xt);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		prepare(&commands[i]);
		args.size = commands[i].size + 24;
		memset(args.bytes + args.size, 0xa5, 64);
		assert_int_equal(ioctl(xt->fd, commands[i].nr, &args), 0);
		for (j = 0; j < 24; j++)
			assert_int_equal(args.bytes[commands[i].size + j], 0);
		for (; j < 24 + 64; j++)
			assert_int_equal(args.bytes[commands[i].size + j], 0xa5);
	}
}

static void size_of_a_whole_page_works(void **state)
{
	struct xt *xt = *state;
	size_t i;

	with_block(xt);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		prepare(&commands[i]);
		args.size = 4096;
		assert_int_equal(ioctl(xt->fd, commands[i].nr, &args), 0);
	}
}

static void larger_size_with_nonzero_tail_is_e2big(void **state)
{
	struct extram_info before = with_block(*state);
	uint32_t tail;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		for (tail = 0; tail < 24; tail++) {
			prepare(&commands[i]);
			args.size = commands[i].size + 24;
			args.bytes[commands[i].size + tail] = 1;
			expect_error(*state, &commands[i], &args, E2BIG);
		}
	}
	expect_same(*state, &before);
}

static void size_above_a_page_is_e2big(void **state)
{
	static const uint32_t sizes[] = { 1u << 20, INT32_MAX, 1u << 31, UINT32_MAX };
	struct extram_info before = with_block(*state);
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		prepare(&commands[i]);
		args.size = sysconf(_SC_PAGESIZE) + 1;
		expect_error(*state, &commands[i], &args, E2BIG);
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			args.size = sizes[j];
			expect_error(*state, &commands[i], &args, E2BIG);
		}
	}
	expect_same(*state, &before);
}

static void null_pointer_is_efault(void **state)
{
	struct extram_info before = with_block(*state);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		expect_error(*state, &commands[i], NULL, EFAULT);
	expect_same(*state, &before);
}

static void kernel_pointer_is_efault(void **state)
{
	struct extram_info before = with_block(*state);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		expect_error(*state, &commands[i], (void *)-4096L, EFAULT);
	expect_same(*state, &before);
}

static void structure_that_runs_into_a_hole_is_efault(void **state)
{
	struct extram_info before = with_block(*state);
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned char *p = before_a_hole();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned char *at = p + page - commands[i].size + 1;

		prepare(&commands[i]);
		memcpy(at, &args, commands[i].size - 1);
		expect_error(*state, &commands[i], at, EFAULT);
	}
	munmap(p, page);
	expect_same(*state, &before);
}

static void answer_into_read_only_memory_is_efault_and_changes_nothing(void **state)
{
	struct extram_info before = with_block(*state);
	size_t page = sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	assert_ptr_not_equal(p, MAP_FAILED);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!commands[i].answers)
			continue;
		prepare(&commands[i]);
		assert_int_equal(mprotect(p, page, PROT_READ | PROT_WRITE), 0);
		memcpy(p, &args, commands[i].size);
		assert_int_equal(mprotect(p, page, PROT_READ), 0);
		expect_error(*state, &commands[i], p, EFAULT);
	}
	munmap(p, page);
	expect_same(*state, &before);
}

static void every_unknown_flag_is_einval(void **state)
{
	struct extram_info before = with_block(*state);
	unsigned int bit;
	uint32_t flags;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!commands[i].flags)
			continue;
		for (bit = 0; bit < 32; bit++) {
			flags = 1u << bit;
			if (flags & commands[i].known)
				continue;
			prepare(&commands[i]);
			memcpy(args.bytes + commands[i].flags, &flags, sizeof(flags));
			expect_error(*state, &commands[i], &args, EINVAL);
		}
	}
	expect_same(*state, &before);
}

static void failed_call_leaves_the_structure_alone(void **state)
{
	struct xt *xt = *state;
	struct extram_alloc alloc = {
		.size = sizeof(alloc), .length = xt->base.capacity + 1, .align = 64, .offset = 77,
	};
	struct extram_alloc alloc_was = alloc;
	struct extram_query query = { .size = sizeof(query), .offset = 5, .length = 99 };
	struct extram_query query_was = query;
	struct extram_resize resize = { .size = sizeof(resize), .offset = 16, .length = 99 };
	struct extram_resize resize_was = resize;

	xt_assert_errno(ENOSPC, ioctl(xt->fd, EXTRAM_IOC_ALLOC, &alloc));
	assert_memory_equal(&alloc, &alloc_was, sizeof(alloc));
	xt_assert_errno(ENOENT, ioctl(xt->fd, EXTRAM_IOC_QUERY, &query));
	assert_memory_equal(&query, &query_was, sizeof(query));
	xt_assert_errno(ENOENT, ioctl(xt->fd, EXTRAM_IOC_RESIZE, &resize));
	assert_memory_equal(&resize, &resize_was, sizeof(resize));
}

static void free_does_not_write_to_its_structure(void **state)
{
	struct xt *xt = *state;
	struct extram_free args = { .size = sizeof(args), .offset = xt_alloc(xt->fd, 1) };
	struct extram_free was = args;

	assert_int_equal(ioctl(xt->fd, EXTRAM_IOC_FREE, &args), 0);
	assert_memory_equal(&args, &was, sizeof(args));
}

static void fields_that_are_answers_are_not_looked_at(void **state)
{
	struct xt *xt = *state;
	struct extram_alloc alloc = { .size = sizeof(alloc), .length = 16, .offset = UINT64_MAX };
	struct extram_query query = {
		.size = sizeof(query), .length = UINT64_MAX, .block_flags = UINT32_MAX,
	};
	struct extram_info info;

	memset(&info, 0xff, sizeof(info));
	info.size = sizeof(info);
	assert_int_equal(ioctl(xt->fd, EXTRAM_IOC_INFO, &info), 0);
	assert_int_equal(ioctl(xt->fd, EXTRAM_IOC_ALLOC, &alloc), 0);
	assert_int_equal(alloc.offset, 0);
	assert_int_equal(ioctl(xt->fd, EXTRAM_IOC_QUERY, &query), 0);
	assert_int_equal(query.length, 16);
	assert_int_equal(query.block_flags, 0);
	assert_int_equal(query.reserved, 0);
}

static void a_reserved_field_must_be_zero(void **state)
{
	struct xt *xt = *state;
	struct extram_query query = { .size = sizeof(query), .reserved = 1 };

	xt_assert_errno(EINVAL, ioctl(xt->fd, EXTRAM_IOC_QUERY, &query));
}

/* A program that is older or newer than the kernel calls twice with one structure. */
static void the_size_comes_back_as_it_was(void **state)
{
	struct xt *xt = *state;
	struct {
		struct extram_info info;
		char tail[8];
	} newer = { .info.size = sizeof(newer) };

	assert_int_equal(ioctl(xt->fd, EXTRAM_IOC_INFO, &newer), 0);
	assert_int_equal(newer.info.size, sizeof(newer));
	assert_int_equal(ioctl(xt->fd, EXTRAM_IOC_INFO, &newer), 0);
}

static void unknown_numbers_are_enotty(void **state)
{
	struct xt *xt = *state;
	unsigned int nr;

	for (nr = ARRAY_SIZE(commands); nr < 256; nr++) {
		prepare(&commands[1]);
		xt_assert_errno(ENOTTY, ioctl(xt->fd, _IO(EXTRAM_IOC_TYPE, nr), &args));
	}
}

static void commands_of_another_type_are_enotty(void **state)
{
	struct xt *xt = *state;
	unsigned int type, nr;

	/* Type 'T' and 'f' have commands that the kernel answers for every file. */
	for (type = 0x80; type < 256; type++) {
		for (nr = 0; nr < ARRAY_SIZE(commands); nr++) {
			if (type == EXTRAM_IOC_TYPE)
				continue;
			prepare(&commands[nr]);
			xt_assert_errno(ENOTTY, ioctl(xt->fd, _IO(type, nr), &args));
		}
	}
}

static void a_size_or_direction_in_the_number_is_enotty(void **state)
{
	struct xt *xt = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned int nr = _IOC_NR(commands[i].nr);

		prepare(&commands[i]);
		xt_assert_errno(ENOTTY,
				ioctl(xt->fd, _IOWR(EXTRAM_IOC_TYPE, nr, uint64_t), &args));
		xt_assert_errno(ENOTTY,
				ioctl(xt->fd, _IOC(_IOC_READ, EXTRAM_IOC_TYPE, nr, 0), &args));
		xt_assert_errno(ENOTTY, ioctl(xt->fd, _IOC(0, EXTRAM_IOC_TYPE, nr, 8), &args));
	}
}

static void info_tells_the_chip(void **state)
{
	struct xt *xt = *state;
	struct extram_info *info = &xt->base;

	assert_int_equal(info->size, sizeof(*info));
	assert_string_equal((char *)info->chip, xt->chip->name);
	assert_int_equal(info->capacity, xt->chip->capacity);
	assert_int_equal(info->granule, XT_GRANULE);
	assert_int_equal(info->flags, xt->chip->keeps ? 0 : EXTRAM_INFO_VOLATILE);
}

static void info_of_an_empty_memory(void **state)
{
	struct xt *xt = *state;

	assert_int_equal(xt->base.free_bytes, xt->chip->capacity);
	assert_int_equal(xt->base.largest_free, xt->chip->capacity);
	assert_int_equal(xt->base.blocks, 0);
}

static void info_tells_the_limit_of_blocks(void **state)
{
	struct xt *xt = *state;
	char text[32];

	xt_assert_ok(xt_read_file("/sys/module/extram/parameters/max_blocks", text, sizeof(text)));
	assert_int_equal(xt->base.max_blocks, strtoul(text, NULL, 10));
}

static void info_counts_the_blocks_of_all_files(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	struct extram_info info;

	xt_alloc(xt->fd, 100);
	xt_alloc(other, 200);
	info = xt_get_info(xt->fd);
	assert_int_equal(info.blocks, 2);
	assert_int_equal(info.free_bytes, info.capacity - 112 - 208);
	assert_int_equal(info.largest_free, info.capacity - 112 - 208);
	close(other);
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT(size_zero_is_einval),
		XT(every_size_below_the_first_version_is_einval),
		XT(every_size_from_the_first_version_on_works),
		XT(larger_size_with_zero_tail_works),
		XT(larger_size_fills_only_the_known_part),
		XT(size_of_a_whole_page_works),
		XT(larger_size_with_nonzero_tail_is_e2big),
		XT(size_above_a_page_is_e2big),
		XT(null_pointer_is_efault),
		XT(kernel_pointer_is_efault),
		XT(structure_that_runs_into_a_hole_is_efault),
		XT(answer_into_read_only_memory_is_efault_and_changes_nothing),
		XT(every_unknown_flag_is_einval),
		XT(failed_call_leaves_the_structure_alone),
		XT(free_does_not_write_to_its_structure),
		XT(fields_that_are_answers_are_not_looked_at),
		XT(a_reserved_field_must_be_zero),
		XT(the_size_comes_back_as_it_was),
		XT(unknown_numbers_are_enotty),
		XT(commands_of_another_type_are_enotty),
		XT(a_size_or_direction_in_the_number_is_enotty),
		XT_ALL(info_tells_the_chip),
		XT_ALL(info_of_an_empty_memory),
		XT(info_tells_the_limit_of_blocks),
		XT(info_counts_the_blocks_of_all_files),
	};

	return xt_run("ioctl", argc, argv, cases, ARRAY_SIZE(cases));
}
