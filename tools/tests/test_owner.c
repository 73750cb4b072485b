// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose block it is: to other files it is as if there were none.
 */
#include <fcntl.h>
#include <unistd.h>

#include "extram_test.h"

static unsigned char buf[4096];

static int open_again(struct xt *xt)
{
	return xt_open(xt->chip, O_RDWR);
}

static void a_foreign_block_cannot_be_read(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	int other = open_again(xt);

	xt_write(xt->fd, buf, 64, offset);
	xt_assert_errno(ENXIO, pread(other, buf, 64, offset));
	close(other);
}

static void a_foreign_block_cannot_be_written(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	int other = open_again(xt);

	xt_write(xt->fd, "mine", 4, offset);
	xt_assert_errno(ENXIO, pwrite(other, "your", 4, offset));
	xt_expect(xt->fd, "mine", 4, offset);
	close(other);
}

static void a_foreign_block_cannot_be_freed(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	int other = open_again(xt);

	xt_assert_fails(ENOENT, xt_free(other, offset));
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
	close(other);
}

static void a_foreign_block_is_not_found_by_query(void **state)
{
	struct xt *xt = *state;
	uint64_t at = 0, length;
	int other = open_again(xt);

	xt_alloc(xt->fd, 64);
	xt_assert_fails(ENOENT, xt_query(other, &at, &length));
	close(other);
}

static void query_steps_over_foreign_blocks(void **state)
{
	struct xt *xt = *state;
	int other = open_again(xt);
	uint64_t mine, at = 0, length;

	xt_alloc(other, 64);
	xt_alloc(other, 64);
	mine = xt_alloc(xt->fd, 32);
	xt_alloc(other, 64);
	xt_assert_ok(xt_query(xt->fd, &at, &length));
	assert_int_equal(at, mine);
	assert_int_equal(length, 32);
	at += length;
	xt_assert_fails(ENOENT, xt_query(xt->fd, &at, &length));
	close(other);
}

/* Every call and every offset: the answer is the same whether others have blocks there or not. */
static void a_foreign_block_answers_as_one_that_never_was(void **state)
{
	struct xt *xt = *state;
	int other = open_again(xt);
	uint64_t at;
	int error[2][100][4], round;

	for (round = 0; round < 2; round++) {
		for (at = 0; at < 100; at++) {
			uint64_t found = at, length;

			error[round][at][0] = xt_free(other, at);
			error[round][at][1] = xt_query(other, &found, &length);
			error[round][at][2] = pread(other, buf, 8, at) < 0 ? errno : 0;
			error[round][at][3] = pwrite(other, buf, 8, at) < 0 ? errno : 0;
		}
		if (!round) {
			xt_alloc(xt->fd, 32);
			xt_alloc(xt->fd, 48);
		}
	}
	assert_memory_equal(error[0], error[1], sizeof(error[0]));
	close(other);
}

static void a_transfer_is_cut_before_a_foreign_block(void **state)
{
	struct xt *xt = *state;
	int other = open_again(xt);
	uint64_t mine = xt_alloc(xt->fd, 64), theirs = xt_alloc(other, 64);

	assert_int_equal(theirs, mine + 64);
	xt_write(other, "theirs", 6, theirs);
	memset(buf, 'x', 128);
	xt_assert_count(64, pwrite(xt->fd, buf, 128, mine));
	xt_assert_count(64, pread(xt->fd, buf, 128, mine));
	xt_expect(other, "theirs", 6, theirs);
	close(other);
}

static void opening_by_proc_is_another_file(void **state)
{
	struct xt *xt = *state;
	char path[64];
	int fd;

	xt_alloc(xt->fd, 64);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", xt->fd);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	xt_assert_errno(ENXIO, pread(fd, buf, 1, 0));
	close(fd);
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT(a_foreign_block_cannot_be_read),
		XT(a_foreign_block_cannot_be_written),
		XT(a_foreign_block_cannot_be_freed),
		XT(a_foreign_block_is_not_found_by_query),
		XT(query_steps_over_foreign_blocks),
		XT(a_foreign_block_answers_as_one_that_never_was),
		XT(a_transfer_is_cut_before_a_foreign_block),
		XT(opening_by_proc_is_another_file),
	};

	return xt_run("owner", argc, argv, cases, ARRAY_SIZE(cases));
}
