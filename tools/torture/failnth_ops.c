// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failing in turn: every operation of the driver, and how each is taken back.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "failnth.h"

#define PM_DELAY	"/sys/module/suspend/parameters/pm_test_delay"

unsigned char fn_data[LENGTH], fn_got[LENGTH];
unsigned long fn_late;

static long answer(long ret)
{
	return ret < 0 ? -errno : ret;
}

/* The failure may hit this instead of what was before it; then it is over. */
static void give_back(struct state *s, uint64_t offset, const char *what)
{
	if (tt_free(s->fd, offset) && tt_free(s->fd, offset))
		tt_die("%s: %s", what, strerror(errno));
}

static long run_open(struct state *s)
{
	long fd = answer(open(s->node->path, O_RDWR));

	s->out = fd;
	return fd;
}

static void undo_open(struct state *s)
{
	close(s->out);
}

static long run_info(struct state *s)
{
	struct extram_info info;

	return tt_info(s->fd, &info);
}

static long run_alloc(struct state *s)
{
	s->out = 0;
	return tt_alloc(s->fd, 0, 100, 0, &s->out, NULL);
}

static long run_alloc_fixed(struct state *s)
{
	s->out = 16384;
	return tt_alloc(s->fd, EXTRAM_ALLOC_FIXED, 100, 0, &s->out, NULL);
}

static long run_alloc_shared(struct state *s)
{
	s->out = 0;
	return tt_alloc(s->fd, EXTRAM_ALLOC_SHARED, 100, 0, &s->out, NULL);
}

static void undo_alloc(struct state *s)
{
	if (tt_free(s->fd, s->out))
		tt_die("a block that was allocated cannot be freed");
}

static long run_free(struct state *s)
{
	return tt_free(s->fd, s->at);
}

/* The block comes back as it was. */
static void undo_free(struct state *s)
{
	if (tt_alloc(s->fd, EXTRAM_ALLOC_FIXED, LENGTH, 0, &s->at, NULL) ||
	    pwrite(s->fd, fn_data, LENGTH, s->at) != LENGTH)
		tt_die("a block that was freed cannot be had again");
}

static long run_grow(struct state *s)
{
	uint64_t offset = s->at, length = 2 * LENGTH;

	return tt_resize(s->fd, 0, &offset, &length);
}

static long run_shrink(struct state *s)
{
	uint64_t offset = s->at, length = 100;

	return tt_resize(s->fd, 0, &offset, &length);
}

static void undo_resize(struct state *s)
{
	uint64_t offset = s->at, length = LENGTH;

	if (tt_resize(s->fd, 0, &offset, &length) || pwrite(s->fd, fn_data, LENGTH, s->at) != LENGTH)
		tt_die("a block that was resized does not take its old size");
}

/* Where a call that was late has taken the block, it is taken back from. */
static long put_back(struct state *s, int err)
{
	uint64_t offset = 0, length;

	if (err != -EFAULT || tt_query(s->fd, &offset, &length) || offset == s->at)
		return err;
	fn_late++;
	if (pread(s->fd, fn_got, LENGTH, offset) != LENGTH || memcmp(fn_got, fn_data, LENGTH))
		tt_die("a block that moved lost its content");
	if (tt_free(s->fd, offset))
		tt_die("a block that moved cannot be freed");
	undo_free(s);
	return err;
}

/* Something stands behind the block, which must move. */
static long run_move(struct state *s)
{
	uint64_t wall = s->at + (LENGTH + TT_GRANULE - 1) / TT_GRANULE * TT_GRANULE;
	uint64_t offset = s->at, length = LENGTH + 1000;
	int err;

	s->out = wall;
	err = tt_alloc(s->fd, EXTRAM_ALLOC_FIXED, 16, 0, &wall, NULL);
	if (err)
		return err;
	err = tt_resize(s->fd, EXTRAM_RESIZE_MAY_MOVE, &offset, &length);
	if (err) {
		give_back(s, s->out, "the wall cannot be freed");
		return put_back(s, err);
	}
	if (offset == s->at)
		tt_die("a block that must move did not");
	s->at = offset;
	return 0;
}

static void undo_move(struct state *s)
{
	if (pread(s->fd, fn_got, LENGTH, s->at) != LENGTH || memcmp(fn_got, fn_data, LENGTH))
		tt_die("a block that moved lost its content");
	if (tt_free(s->fd, s->out) || tt_free(s->fd, s->at))
		tt_die("a block that moved cannot be freed");
	s->at = 0;
	undo_free(s);
}

static void prepare_shared(struct state *s)
{
	s->out = 0;
	if (tt_alloc(s->fd, EXTRAM_ALLOC_SHARED, LENGTH, 0, &s->out, NULL) ||
	    pwrite(s->fd, fn_data, LENGTH, s->out) != LENGTH)
		tt_die("no shared block of %u bytes", LENGTH);
}

static long run_shared_grow(struct state *s)
{
	uint64_t offset = s->out, length = 2 * LENGTH;

	return tt_resize(s->fd, 0, &offset, &length);
}

static long run_shared_move(struct state *s)
{
	uint64_t wall = s->out + (LENGTH + TT_GRANULE - 1) / TT_GRANULE * TT_GRANULE;
	uint64_t offset = s->out, length = LENGTH + 1000;
	int err;

	err = tt_alloc(s->fd, EXTRAM_ALLOC_FIXED, 16, 0, &wall, NULL);
	if (!err)
		err = tt_resize(s->fd, EXTRAM_RESIZE_MAY_MOVE, &offset, &length);
	if (!err && offset == s->out)
		tt_die("a shared block that must move did not");
	return err;
}

/* The shared block may be anywhere, and what stands behind it there or not. */
static void after_shared(struct state *s)
{
	uint64_t offset = 0, length;

	for (; !tt_query(s->fd, &offset, &length); offset += length) {
		if (offset == s->at)
			continue;
		if (length > 16 && (pread(s->fd, fn_got, LENGTH, offset) != LENGTH || memcmp(fn_got, fn_data, LENGTH)))
			tt_die("a shared block lost its content");
		if (tt_free(s->fd, offset))
			tt_die("a shared block cannot be freed: %s", strerror(errno));
	}
}

/* The power is cut while the system sleeps. */
static void prepare_lost(struct state *s)
{
	char path[128];

	if (pwrite(s->fd, fn_data, LENGTH, s->at) != LENGTH)
		tt_die("a block cannot be written: %s", strerror(errno));
	snprintf(path, sizeof(path), TT_DEBUGFS "/extram-sim/%s/cs%s/power", s->node->controller,
		 strchr(s->node->spi, '.') + 1);
	if (tt_write_file(path, "suspend") || tt_write_file(PM_DELAY, "0") ||
	    tt_write_file(PM_TEST, "devices") || tt_write_file("/sys/power/state", "freeze") ||
	    tt_write_file(PM_TEST, "none"))
		tt_die("the power cannot be cut");
}

static void after_lost(struct state *s)
{
	if (pwrite(s->fd, fn_data, LENGTH, s->at) != LENGTH || pread(s->fd, fn_got, LENGTH, s->at) != LENGTH ||
	    memcmp(fn_got, fn_data, LENGTH))
		tt_die("a block that was lost cannot be written and read");
}

/* It is an error with or without a failure. */
static long run_read_lost(struct state *s)
{
	ssize_t ret = pread(s->fd, fn_got, LENGTH, s->at);

	if (!s->forgets) {
		if (ret > 0 && memcmp(fn_got, fn_data, ret))
			tt_die("a chip that keeps its contents has lost them");
		return answer(ret);
	}
	if (ret >= 0)
		tt_die("bytes that were lost can be read");
	return errno == EIO ? 0 : -errno;
}

/* A piece in the middle is there again, and nothing around it. */
static long run_write_lost(struct state *s)
{
	ssize_t ret = pwrite(s->fd, fn_data + SOME, SOME, s->at + SOME);

	if (ret < 0)
		return -errno;
	if (!s->forgets)
		return ret;
	if (ret != SOME)
		tt_die("a short write of %zd bytes", ret);
	ret = pread(s->fd, fn_got, LENGTH, s->at + SOME);
	if (ret < 0)
		return -errno;
	if (ret != SOME || memcmp(fn_got, fn_data + SOME, SOME))
		tt_die("bytes that were written again do not come back");
	return 0;
}

static long run_query(struct state *s)
{
	uint64_t at = s->at, length;

	return tt_query(s->fd, &at, &length);
}

static long run_read(struct state *s)
{
	ssize_t ret = pread(s->fd, fn_got, LENGTH, s->at);

	if (ret > 0 && memcmp(fn_got, fn_data, ret))
		tt_die("a read with a failure gave wrong bytes");
	return answer(ret);
}

/* The file is a fresh one, with no buffer yet. */
static long run_first_write(struct state *s)
{
	uint64_t at = 0;
	int fd = open(s->node->path, O_RDWR), err;
	long ret;

	if (fd < 0)
		return -errno;
	err = tt_alloc(fd, 0, LENGTH, 0, &at, NULL);
	if (err) {
		close(fd);
		return err;
	}
	ret = answer(pwrite(fd, fn_data, LENGTH, at));
	close(fd);
	return ret;
}

/* Zeros are written before it. */
static long run_write_behind_a_gap(struct state *s)
{
	uint64_t at = 0;
	int err = tt_alloc(s->fd, 0, LENGTH, 0, &at, NULL);
	long ret;

	if (err)
		return err;
	ret = answer(pwrite(s->fd, fn_data, 16, at + LENGTH - 16));
	give_back(s, at, "a block with a gap cannot be freed");
	return ret;
}

static long run_write(struct state *s)
{
	return answer(pwrite(s->fd, fn_data, LENGTH, s->at));
}

static long run_readv(struct state *s)
{
	struct iovec iov[3] = { { fn_got, 100 }, { fn_got + 100, 4096 }, { fn_got + 4196, LENGTH - 4196 } };

	return answer(preadv(s->fd, iov, 3, s->at));
}

static long run_splice(struct state *s)
{
	loff_t at = s->at;
	int ends[2];
	long ret;

	if (pipe(ends))
		return -errno;
	ret = answer(splice(s->fd, &at, ends[1], NULL, LENGTH, 0));
	close(ends[0]);
	close(ends[1]);
	return ret;
}

static long run_poll(struct state *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };

	return answer(poll(&p, 1, 0));
}

static long run_fsync(struct state *s)
{
	return answer(fsync(s->fd));
}

static long run_fdinfo(struct state *s)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", s->fd);
	return tt_read_file(path, text, sizeof(text));
}

static long run_sysfs(struct state *s)
{
	char path[128], text[256];

	snprintf(path, sizeof(path), "/sys/class/extram/%s/errors", strrchr(s->node->path, '/') + 1);
	return tt_read_file(path, text, sizeof(text));
}

static long run_debugfs(struct state *s)
{
	char path[128], text[4096];

	snprintf(path, sizeof(path), TT_DEBUGFS "/extram/%s/blocks", strrchr(s->node->path, '/') + 1);
	return tt_read_file(path, text, sizeof(text));
}

static long run_unbind_and_bind(struct state *s)
{
	int err = tt_unbind(s->node), again;

	if (err)
		return err;
	err = tt_bind(s->node);
	if (!err)
		return 0;
	/* With no failure any more it must come. */
	tt_write_file(FAIL_NTH, "0");
	again = tt_bind(s->node);
	if (again)
		tt_die("%s cannot be bound after a bind that failed: %s", s->node->spi, strerror(-again));
	return err;
}

const struct operation fn_operations[] = {
	{ "open", .run = run_open, .undo = undo_open, .errors = { ENXIO } },
	{ "INFO", .run = run_info },
	{ "ALLOC", .run = run_alloc, .undo = undo_alloc },
	{ "ALLOC FIXED", .run = run_alloc_fixed, .undo = undo_alloc },
	{ "ALLOC SHARED", .run = run_alloc_shared, .undo = undo_alloc },
	{ "FREE", .run = run_free, .undo = undo_free },
	{ "RESIZE longer", .run = run_grow, .undo = undo_resize, .late = true },
	{ "RESIZE shorter", .run = run_shrink, .undo = undo_resize, .late = true },
	{ "RESIZE that moves", .run = run_move, .undo = undo_move, .errors = { EIO } },
	{ "RESIZE of a shared block", prepare_shared, run_shared_grow, .after = after_shared },
	{ "RESIZE that moves a shared block", prepare_shared, run_shared_move, .after = after_shared,
	  .errors = { EIO } },
	{ "QUERY", .run = run_query },
	{ "read", .run = run_read, .errors = { EIO } },
	{ "write", .run = run_write, .errors = { EIO } },
	{ "first write of a file", .run = run_first_write, .errors = { EIO, ENXIO } },
	{ "write behind a gap", .run = run_write_behind_a_gap, .errors = { EIO } },
	{ "readv", .run = run_readv, .errors = { EIO } },
	/* What cannot be put into a pipe is EAGAIN to splice. */
	{ "splice", .run = run_splice, .errors = { EIO, ENFILE, EAGAIN } },
	{ "read of lost bytes", prepare_lost, run_read_lost, .after = after_lost, .errors = { EIO }, .sleeps = true },
	{ "write of lost bytes", prepare_lost, run_write_lost, .after = after_lost, .errors = { EIO },
	  .sleeps = true },
	{ "poll", .run = run_poll },
	{ "fsync", .run = run_fsync },
	{ "fdinfo", .run = run_fdinfo },
	{ "sysfs", .run = run_sysfs },
	{ "debugfs", .run = run_debugfs },
	{ "unbind and bind", .run = run_unbind_and_bind, .errors = { EIO, ENODEV, ETIMEDOUT, EAGAIN }, .binds = true },
};

const size_t fn_num_operations = ARRAY_SIZE(fn_operations);
