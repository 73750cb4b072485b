// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation and every copy from or to user space in every operation fails once, by
 * /proc/thread-self/fail-nth, and so does every transfer on the bus, by the simulator.
 *
 * What must hold each time: the answer is success or an errno that is documented for it; when it is
 * an errno nothing has changed; the allocator's validator is content; the same operation works
 * when it is tried again. The sweep of an operation ends when it went through with no failure left
 * over, so that there is no place that it did not try.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define LENGTH		4400	/* of a transfer: two chunks */
#define SOME		100
#define MOST		20000	/* failures in one operation; more would be an endless loop */
#define FOREVER		1000000

static struct tt_node nodes[TT_MAX_NODES];
static unsigned char data[LENGTH], got[LENGTH];
static unsigned long late;	/* calls that were done and answered EFAULT */

/**
 * struct state - what an operation works on
 * @node: the memory
 * @fd: a file of it
 * @at: a block of LENGTH bytes that holds @data
 * @out: what the operation made: a file, or an offset
 */
struct state {
	const struct tt_node *node;
	int fd;
	uint64_t at;
	uint64_t out;
};

/**
 * struct operation - something that is made to fail
 * @name: what it is called
 * @run: does it: 0 or more, or -errno
 * @undo: takes it back when it succeeded
 * @errors: what it may answer, beside EFAULT for a copy that failed and ENOMEM
 * @binds: takes the memory away and brings it back
 * @late: cannot be undone, so that EFAULT for its answer may come when it is done already: the
 *	driver writes the structure once before it begins, and only memory that is taken away
 *	meanwhile gets that far
 */
struct operation {
	const char *name;
	long (*run)(struct state *s);
	void (*undo)(struct state *s);
	int errors[4];
	bool binds;
	bool late;
};

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
	    pwrite(s->fd, data, LENGTH, s->at) != LENGTH)
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

	if (tt_resize(s->fd, 0, &offset, &length) || pwrite(s->fd, data, LENGTH, s->at) != LENGTH)
		tt_die("a block that was resized does not take its old size");
}

/* Where a call that was late has taken the block, it is taken back from. */
static long put_back(struct state *s, int err)
{
	uint64_t offset = 0, length;

	if (err != -EFAULT || tt_query(s->fd, &offset, &length) || offset == s->at)
		return err;
	late++;
	if (pread(s->fd, got, LENGTH, offset) != LENGTH || memcmp(got, data, LENGTH))
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
	if (pread(s->fd, got, LENGTH, s->at) != LENGTH || memcmp(got, data, LENGTH))
		tt_die("a block that moved lost its content");
	if (tt_free(s->fd, s->out) || tt_free(s->fd, s->at))
		tt_die("a block that moved cannot be freed");
	s->at = 0;
	undo_free(s);
}

static long run_query(struct state *s)
{
	uint64_t at = s->at, length;

	return tt_query(s->fd, &at, &length);
}

static long run_read(struct state *s)
{
	ssize_t ret = pread(s->fd, got, LENGTH, s->at);

	if (ret > 0 && memcmp(got, data, ret))
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
	ret = answer(pwrite(fd, data, LENGTH, at));
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
	ret = answer(pwrite(s->fd, data, 16, at + LENGTH - 16));
	give_back(s, at, "a block with a gap cannot be freed");
	return ret;
}

static long run_write(struct state *s)
{
	return answer(pwrite(s->fd, data, LENGTH, s->at));
}

static long run_readv(struct state *s)
{
	struct iovec iov[3] = { { got, 100 }, { got + 100, 4096 }, { got + 4196, LENGTH - 4196 } };

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

static const struct operation operations[] = {
	{ "open", run_open, undo_open, { ENXIO } },
	{ "INFO", run_info },
	{ "ALLOC", run_alloc, undo_alloc },
	{ "ALLOC FIXED", run_alloc_fixed, undo_alloc },
	{ "ALLOC SHARED", run_alloc_shared, undo_alloc },
	{ "FREE", run_free, undo_free },
	{ "RESIZE longer", run_grow, undo_resize, .late = true },
	{ "RESIZE shorter", run_shrink, undo_resize, .late = true },
	{ "RESIZE that moves", run_move, undo_move, { EIO } },
	{ "QUERY", run_query },
	{ "read", run_read, NULL, { EIO } },
	{ "write", run_write, NULL, { EIO } },
	{ "first write of a file", run_first_write, NULL, { EIO, ENXIO } },
	{ "write behind a gap", run_write_behind_a_gap, NULL, { EIO } },
	{ "readv", run_readv, NULL, { EIO } },
	/* What cannot be put into a pipe is EAGAIN to splice. */
	{ "splice", run_splice, NULL, { EIO, ENFILE, EAGAIN } },
	{ "poll", run_poll },
	{ "fsync", run_fsync },
	{ "fdinfo", run_fdinfo },
	{ "sysfs", run_sysfs },
	{ "debugfs", run_debugfs },
	{ "unbind and bind", run_unbind_and_bind, NULL, { EIO, ENODEV, ETIMEDOUT, EAGAIN }, true },
};

/* What has been made to fail, and how it ended. */
struct figures {
	unsigned long sweeps;
	unsigned long failed;	/* failures that were injected */
	unsigned long errors;	/* calls that answered an errno for it */
	unsigned long endured;	/* calls that went well all the same */
};

static void fresh(struct state *s, const struct tt_node *node)
{
	size_t i;

	for (i = 0; i < LENGTH; i++)
		data[i] = i * 37 + i / 251;
	*s = (struct state) { .node = node };
	s->fd = open(node->path, O_RDWR);
	if (s->fd < 0)
		tt_die("%s: %s", node->path, strerror(errno));
	if (tt_alloc(s->fd, 0, LENGTH, 0, &s->at, NULL) || pwrite(s->fd, data, LENGTH, s->at) != LENGTH)
		tt_die("%s: no block of %u bytes", node->path, LENGTH);
}

static bool may_answer(const struct operation *op, long error, bool bus)
{
	size_t i;

	if (!bus && (error == ENOMEM || error == EFAULT))
		return true;
	for (i = 0; i < ARRAY_SIZE(op->errors); i++)
		if (op->errors[i] == error)
			return true;
	return false;
}

/* After each: in order, and as before when it failed. */
static void judge(const struct operation *op, struct state *s, const struct extram_info *before,
		  long ret, unsigned int nth, bool bus)
{
	struct extram_info after;

	if (ret < 0 && !may_answer(op, -ret, bus))
		tt_die("%s on %s, failure %u of the %s: %s", op->name, s->node->chip, nth,
		       bus ? "bus" : "kernel", strerror(-ret));
	if (ret >= 0 && op->undo)
		op->undo(s);
	if (op->binds) {
		/* The file is one of a memory that has gone, and the new one may lack a debugfs. */
		close(s->fd);
		if (tt_unbind(s->node) || tt_bind(s->node))
			tt_die("%s cannot be bound again", s->node->spi);
		fresh(s, s->node);
	}
	if (tt_info(s->fd, &after))
		tt_die("%s, failure %u: INFO fails afterwards", op->name, nth);
	if (ret == -EFAULT && op->late && after.free_bytes != before->free_bytes) {
		late++;
		op->undo(s);
		if (tt_info(s->fd, &after))
			tt_die("%s, failure %u: INFO fails afterwards", op->name, nth);
	}
	if (after.blocks != before->blocks || after.free_bytes != before->free_bytes ||
	    after.largest_free != before->largest_free)
		tt_die("%s on %s, failure %u of the %s: %u blocks and %llu bytes free, before %u and %llu",
		       op->name, s->node->chip, nth, bus ? "bus" : "kernel", after.blocks,
		       (unsigned long long)after.free_bytes, before->blocks,
		       (unsigned long long)before->free_bytes);
	if (!tt_is_valid(s->node))
		tt_die("%s, failure %u: the allocator is not in order", op->name, nth);
}

/* The next one, with nothing in its way. */
static void expect_works(const struct operation *op, struct state *s, const struct extram_info *before,
			 unsigned int nth)
{
	long ret = op->run(s);

	if (ret < 0)
		tt_die("%s on %s after failure %u: %s", op->name, s->node->chip, nth, strerror(-ret));
	judge(op, s, before, ret, nth, false);
	if (pwrite(s->fd, data, SOME, s->at) != SOME || pread(s->fd, got, SOME, s->at) != SOME ||
	    memcmp(got, data, SOME))
		tt_die("%s on %s after failure %u: bytes do not come back", op->name, s->node->chip, nth);
}

static void count(struct figures *f, long ret)
{
	f->failed++;
	if (ret < 0)
		f->errors++;
	else
		f->endured++;
}

static int arm(int file, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(file, text, len, 0) == len ? 0 : -errno;
}

/*
 * Whether the failure that was armed is still to come. Asking is a copy to user space, and so is what
 * fails when it was the next: then the operation did not meet it either.
 */
static bool disarm(int file)
{
	char text[16] = "";
	bool left = true;
	ssize_t ret = pread(file, text, sizeof(text) - 1, 0);

	if (ret > 0)
		left = strtoul(text, NULL, 10);
	else if (errno != EFAULT)
		tt_die(FAIL_NTH ": %s", strerror(errno));
	/* The copy of this one may be the next, too. */
	if (arm(file, 0) && arm(file, 0))
		tt_die(FAIL_NTH ": %s", strerror(errno));
	return left;
}

static void sweep_kernel(const struct operation *op, const struct tt_node *node, struct figures *f)
{
	int file = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	struct extram_info before;
	struct state s;
	unsigned int nth;
	bool left = false;
	long ret;

	if (file < 0)
		tt_die(FAIL_NTH ": %s", strerror(errno));
	fresh(&s, node);
	if (tt_info(s.fd, &before))
		tt_die("INFO: %s", strerror(errno));
	for (nth = 1; !left; nth++) {
		if (nth > MOST)
			tt_die("%s never ends", op->name);
		if (arm(file, nth))
			tt_die(FAIL_NTH ": %s", strerror(errno));
		ret = op->run(&s);
		left = disarm(file);
		if (left && ret < 0)
			tt_die("%s on %s: %s without a failure", op->name, node->chip, strerror(-ret));
		judge(op, &s, &before, ret, nth, false);
		if (left)
			break;
		count(f, ret);
		expect_works(op, &s, &before, nth);
	}
	f->sweeps++;
	close(s.fd);
	close(file);
}

/* How many transfers on the bus are still to fail. */
static unsigned long bus_left(const struct tt_node *node)
{
	char path[128], text[256], *line;

	snprintf(path, sizeof(path), TT_DEBUGFS "/extram-sim/%s/fail", node->controller);
	if (tt_read_file(path, text, sizeof(text)))
		tt_die("%s: %s", path, strerror(errno));
	line = strstr(text, "count: ");
	return line ? strtoul(line + 7, NULL, 10) : 0;
}

static void bus_fail(const struct tt_node *node, unsigned int nth, unsigned int times, int error)
{
	char path[128], text[64];
	int err;

	snprintf(path, sizeof(path), TT_DEBUGFS "/extram-sim/%s/fail", node->controller);
	snprintf(text, sizeof(text), "%u %u %d", nth, times, error);
	err = tt_write_file(path, text);
	if (err)
		tt_die("%s: %s", path, strerror(-err));
}

/* With @times 1 only this transfer fails, with FOREVER all that follow too. */
static void sweep_bus(const struct operation *op, const struct tt_node *node, unsigned int times,
		      int error, struct figures *f)
{
	struct extram_info before;
	struct state s;
	unsigned int nth;
	long ret;

	fresh(&s, node);
	if (tt_info(s.fd, &before))
		tt_die("INFO: %s", strerror(errno));
	for (nth = 1;; nth++) {
		unsigned long left;

		if (nth > MOST)
			tt_die("%s never ends", op->name);
		bus_fail(node, nth, times, error);
		if (op->binds && times == FOREVER) {
			/* It tries again at once, which must find the bus healed. */
			ret = tt_unbind(node);
			if (!ret)
				ret = tt_bind(node);
			left = bus_left(node);
			bus_fail(node, 1, 0, EIO);
			if (ret && tt_bind(node))
				tt_die("%s cannot be bound on a healed bus", node->spi);
		} else {
			ret = op->run(&s);
			left = bus_left(node);
			bus_fail(node, 1, 0, EIO);
		}
		if (left == times && ret < 0)
			tt_die("%s on %s: %s without a failure", op->name, node->chip, strerror(-ret));
		judge(op, &s, &before, ret, nth, true);
		if (left == times)
			break;
		count(f, ret);
		expect_works(op, &s, &before, nth);
	}
	f->sweeps++;
	close(s.fd);
}

static bool wanted(const struct tt_options *options, const char *name)
{
	return !options->only || strstr(name, options->only);
}

/* By default only allocations that may not wait fail. */
static void prepare(void)
{
	static const char *const knobs[][2] = {
		{ TT_DEBUGFS "/failslab/ignore-gfp-wait", "N" },
		{ TT_DEBUGFS "/failslab/verbose", "0" },
		{ TT_DEBUGFS "/fail_page_alloc/ignore-gfp-wait", "N" },
		{ TT_DEBUGFS "/fail_page_alloc/ignore-gfp-highmem", "N" },
		{ TT_DEBUGFS "/fail_page_alloc/min-order", "0" },
		{ TT_DEBUGFS "/fail_page_alloc/verbose", "0" },
		{ TT_DEBUGFS "/fail_usercopy/verbose", "0" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		int err = tt_write_file(knobs[i][0], knobs[i][1]);

		if (err)
			tt_die("%s: %s", knobs[i][0], strerror(-err));
	}
}

int main(int argc, char **argv)
{
	static const int errors[] = { EIO, ETIMEDOUT };
	struct tt_options options = { .nodes = TT_MAX_NODES };
	struct figures kernel = { 0 }, bus = { 0 };
	unsigned long violations;
	size_t n, num, i, e;
	bool can;

	tt_parse(argc, argv, &options);
	num = tt_nodes(nodes);
	if (num > options.nodes)
		num = options.nodes;
	can = !access(FAIL_NTH, F_OK);
	if (can)
		prepare();
	else
		printf("this kernel cannot make allocations fail: only the bus does\n");
	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		const struct operation *op = &operations[i];
		struct figures before = kernel, before_bus = bus;

		if (!wanted(&options, op->name))
			continue;
		/* One memory is enough for what differs in the kernel; what is on the wire differs by part. */
		if (can)
			sweep_kernel(op, &nodes[0], &kernel);
		for (n = 0; n < num; n++)
			for (e = 0; e < ARRAY_SIZE(errors); e++) {
				sweep_bus(op, &nodes[n], 1, errors[e], &bus);
				sweep_bus(op, &nodes[n], FOREVER, errors[e], &bus);
			}
		printf("%s: %lu failures in the kernel, %lu of them endured; %lu on the bus, %lu of them endured\n",
		       op->name, kernel.failed - before.failed, kernel.endured - before.endured,
		       bus.failed - before_bus.failed, bus.endured - before_bus.endured);
	}
	violations = tt_violations();
	printf("figures: %lu failures in the kernel (allocations and user copies) and %lu on the bus in %zu operations, %lu answered by an errno (%lu of these EFAULT after the fact), %lu endured, 0 unclean, %lu violations\n",
	       kernel.failed, bus.failed, ARRAY_SIZE(operations), kernel.errors + bus.errors, late,
	       kernel.endured + bus.endured, violations);
	return violations || !bus.failed || (can && !kernel.failed);
}
