// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation and every copy from or to user space in every operation fails once, by
 * /proc/thread-self/fail-nth, and so does every transfer on the bus, by the simulator. The first one
 * fails by the driver's own fail_io, too, where the kernel has that.
 *
 * What must hold each time: the answer is success or an errno that is documented for it; when it is
 * an errno nothing has changed; the allocator's validator is content; the same operation works
 * when it is tried again. The sweep of an operation ends when it went through with no failure left
 * over, so that there is no place that it did not try.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failnth.h"

#define MOST		20000	/* failures in one operation; more would be an endless loop */
#define FOREVER		1000000
#define FAIL_IO		TT_DEBUGFS "/extram/fail_io"
#define PARAMETERS	"/sys/module/extram/parameters"
#define PIECE_US	"400"	/* that a message may take, so that a transfer is more than one */

static struct tt_node nodes[TT_MAX_NODES];

/* What has been made to fail, and how it ended. */
struct figures {
	unsigned long sweeps;
	unsigned long failed;	/* failures that were injected */
	unsigned long errors;	/* calls that answered an errno for it */
	unsigned long endured;	/* calls that went well all the same */
};

static void fresh(struct state *s, const struct tt_node *node)
{
	struct extram_info info;
	size_t i;

	for (i = 0; i < LENGTH; i++)
		fn_data[i] = i * 37 + i / 251;
	*s = (struct state) { .node = node };
	s->fd = open(node->path, O_RDWR);
	if (s->fd < 0 || tt_info(s->fd, &info))
		tt_die("%s: %s", node->path, strerror(errno));
	s->forgets = info.flags & EXTRAM_INFO_VOLATILE;
	if (tt_alloc(s->fd, 0, LENGTH, 0, &s->at, NULL) || pwrite(s->fd, fn_data, LENGTH, s->at) != LENGTH)
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
	if (op->after)
		op->after(s);
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
		fn_late++;
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
	long ret;

	if (op->prepare)
		op->prepare(s);
	ret = op->run(s);
	if (ret < 0)
		tt_die("%s on %s after failure %u: %s", op->name, s->node->chip, nth, strerror(-ret));
	judge(op, s, before, ret, nth, false);
	if (pwrite(s->fd, fn_data, SOME, s->at) != SOME || pread(s->fd, fn_got, SOME, s->at) != SOME ||
	    memcmp(fn_got, fn_data, SOME))
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
		if (op->prepare)
			op->prepare(&s);
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
		if (op->prepare)
			op->prepare(&s);
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

/* The driver's own injector, which needs no simulator. */
static void fail_io(const char *knob, const char *value)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), FAIL_IO "/%s", knob);
	err = tt_write_file(path, value);
	if (err)
		tt_die("%s: %s", path, strerror(-err));
}

static unsigned long fail_io_left(void)
{
	char text[32];

	if (tt_read_file(FAIL_IO "/times", text, sizeof(text)))
		tt_die(FAIL_IO "/times: %s", strerror(errno));
	return strtoul(text, NULL, 10);
}

static void fail_first(const struct operation *op, const struct tt_node *node, struct figures *f)
{
	struct extram_info before;
	struct state s;
	bool left;
	long ret;

	fresh(&s, node);
	if (tt_info(s.fd, &before))
		tt_die("INFO: %s", strerror(errno));
	if (op->prepare)
		op->prepare(&s);
	fail_io("times", "1");
	fail_io("probability", "100");
	ret = op->run(&s);
	left = fail_io_left();
	fail_io("probability", "0");
	if (left && ret < 0)
		tt_die("%s on %s: %s without a failure", op->name, node->chip, strerror(-ret));
	judge(op, &s, &before, ret, 1, true);
	if (!left) {
		count(f, ret);
		expect_works(op, &s, &before, 1);
	}
	close(s.fd);
}

static bool wanted(const struct tt_options *options, const struct operation *op)
{
	if (options->only && !strstr(op->name, options->only))
		return false;
	if (!op->sleeps || !access(PM_TEST, W_OK))
		return true;
	printf("%s: left out, this kernel cannot pretend to sleep\n", op->name);
	return false;
}

/* How long a message may be, with and without others who use the chip. */
static void set_pieces(const char *message_us, const char *alone_us)
{
	if (tt_write_file(PARAMETERS "/message_us", message_us) ||
	    tt_write_file(PARAMETERS "/alone_us", alone_us))
		tt_die(PARAMETERS ": %s", strerror(errno));
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
	struct figures kernel = { 0 }, bus = { 0 }, own = { 0 };
	unsigned long violations;
	size_t n, num, i, e, ran = 0;
	bool can, can_own;

	tt_parse(argc, argv, &options);
	num = tt_nodes(nodes);
	if (num > options.nodes)
		num = options.nodes;
	set_pieces(PIECE_US, PIECE_US);
	can = !access(FAIL_NTH, F_OK);
	if (can)
		prepare();
	else
		printf("this kernel cannot make allocations fail: only the bus does\n");
	can_own = !access(FAIL_IO, F_OK);
	if (can_own)
		fail_io("verbose", "0");
	for (i = 0; i < fn_num_operations; i++) {
		const struct operation *op = &fn_operations[i];
		struct figures before = kernel, before_bus = bus;

		if (!wanted(&options, op))
			continue;
		ran++;
		/* One memory is enough for what differs in the kernel; what is on the wire differs by part. */
		if (can)
			sweep_kernel(op, &nodes[0], &kernel);
		if (can_own)
			fail_first(op, &nodes[0], &own);
		for (n = 0; n < num; n++)
			for (e = 0; e < ARRAY_SIZE(errors); e++) {
				sweep_bus(op, &nodes[n], 1, errors[e], &bus);
				sweep_bus(op, &nodes[n], FOREVER, errors[e], &bus);
			}
		printf("%s: %lu failures in the kernel, %lu of them endured; %lu on the bus, %lu of them endured\n",
		       op->name, kernel.failed - before.failed, kernel.endured - before.endured,
		       bus.failed - before_bus.failed, bus.endured - before_bus.endured);
	}
	set_pieces("1000", "50000");
	violations = tt_violations();
	printf("figures: %lu failures in the kernel (allocations and user copies), %lu on the bus and %lu by fail_io in %zu operations, %lu answered by an errno (%lu of these EFAULT after the fact), %lu endured, 0 unclean, %lu violations\n",
	       kernel.failed, bus.failed, own.failed, ran, kernel.errors + bus.errors + own.errors,
	       fn_late, kernel.endured + bus.endured + own.endured, violations);
	if (violations)
		return 1;
	/* Of some operations nothing can fail in one of these ways. */
	return !options.only && (!bus.failed || (can && !kernel.failed) || (can_own && !own.failed));
}
