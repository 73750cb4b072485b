// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of how a wire is shared: who is next, how long a message lasts, and that a wire is not
 * taken away under a job. The first job of a test is long enough, in real time on simulated wires,
 * for all the others to be there when it ends.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/processor.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>

#include "chips.h"
#include "compat.h"
#include "io.h"
#include "sim/sim.h"

#define NO_DRIVER	"extram-kunit-none"	/* a modalias that no driver takes */
#define WIRE_HZ		1000000
#define BLOCKER		5000	/* bytes: 40 ms at that clock */
#define JOBS		9
#define LEN		64
#define CALLERS		4
#define CALLS		25

/* A job that leaves its name in the order of ends; and of a thread that runs it, how that went. */
struct share_job {
	struct extram_job job;
	struct share_fixture *f;
	char name;
	unsigned int calls;
	struct completion called;
	int err;
};

struct share_fixture {
	struct extram_sim *sim;
	struct extram_io *io;
	struct share_job jobs[JOBS];
	struct extram_flow flows[3];
	u8 *buf;
	char order[JOBS + 1];
	unsigned int ended;
};

/* The simulated controllers on which jobs are messages, and operations. */
static const struct share_kind {
	const char *name;
	struct extram_sim_config cfg;
} kinds[] = {
	{ "messages", { .models = { "23lc1024" }, .real_time = true } },
	{ "no cs_change", { .models = { "23lc1024" }, .real_time = true, .no_cs_change = true } },
	{ "spi-mem", { .models = { "23lc1024" }, .real_time = true, .mem_ops = true } },
};

static void kind_name(const struct share_kind *kind, char *desc)
{
	strscpy(desc, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_name);

static void share_done(struct extram_job *job)
{
	struct share_job *j = container_of(job, struct share_job, job);

	/* One job is on the wire, so that one at a time ends. */
	j->f->order[j->f->ended++] = j->name;
}

static int share_init(struct kunit *test)
{
	const struct share_kind *kind = test->param_value;
	struct share_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct spi_device *spi;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	f->buf = kunit_kzalloc(test, BLOCKER, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->buf);
	f->sim = extram_sim_create(&kind->cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(f->sim));
	spi = extram_sim_add_device(f->sim, 0, NO_DRIVER, WIRE_HZ);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(spi));
	f->io = extram_io_create(spi, &extram_chip_23lc1024);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->io));
	KUNIT_ASSERT_EQ(test, extram_chip_23lc1024.ops->init(spi, &extram_chip_23lc1024), 0);
	KUNIT_ASSERT_EQ(test, extram_io_start(f->io), 0);

	for (i = 0; i < JOBS; i++) {
		struct extram_job *job = &f->jobs[i].job;

		extram_job_init(job);
		job->done = share_done;
		job->buf = f->buf;
		job->addr = i * LEN;
		job->len = LEN;
		f->jobs[i].f = f;
		f->jobs[i].calls = 1;
		init_completion(&f->jobs[i].called);
	}
	return 0;
}

static void share_exit(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	struct extram_sim_stats stats;
	unsigned int i;

	if (!IS_ERR_OR_NULL(f->io))
		extram_io_destroy(f->io);
	for (i = 0; i < JOBS; i++)
		extram_job_exit(&f->jobs[i].job);
	if (IS_ERR_OR_NULL(f->sim))
		return;
	extram_sim_stats(f->sim, 0, &stats);
	KUNIT_EXPECT_EQ_MSG(test, stats.violations, 0, "%s",
			    extram_sim_last_violation(f->sim, 0));
	extram_sim_destroy(f->sim);
}

/* The next of the jobs, which belongs to a flow and has a letter. */
static struct share_job *share_submit(struct kunit *test, unsigned int n, unsigned int flow,
				      char name)
{
	struct share_fixture *f = test->priv;
	struct share_job *j = &f->jobs[n];

	j->job.flow = &f->flows[flow];
	j->name = name;
	KUNIT_ASSERT_EQ(test, extram_io_submit(f->io, &j->job), 0);
	return j;
}

static void share_block(struct kunit *test, unsigned int flow)
{
	struct share_fixture *f = test->priv;

	f->jobs[0].job.len = BLOCKER;
	share_submit(test, 0, flow, '-');
}

static int share_caller_fn(void *data)
{
	struct share_job *j = data;

	while (j->calls-- && !j->err)
		j->err = extram_io_run(j->f->io, &j->job);
	complete(&j->called);
	return 0;
}

/* The next of the jobs by a thread that waits for it. */
static struct share_job *share_call(struct kunit *test, unsigned int n, unsigned int flow,
				    char name)
{
	struct share_fixture *f = test->priv;
	struct share_job *j = &f->jobs[n];

	j->job.flow = &f->flows[flow];
	j->name = name;
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(share_caller_fn, j, "share%u", n)));
	return j;
}

/* The wire is taken by a caller of its own, while nobody else wants it. */
static struct share_job *share_block_by_caller(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	struct extram_sim_stats stats;
	struct share_job *j;

	f->jobs[0].job.len = BLOCKER;
	j = share_call(test, 0, 0, '-');
	do {
		usleep_range(100, 200);
		extram_sim_stats(f->sim, 0, &stats);
	} while (stats.payload < BLOCKER);
	KUNIT_EXPECT_EQ(test, f->ended, 0);
	return j;
}

static void share_wait(struct kunit *test, unsigned int jobs)
{
	struct share_fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < jobs; i++) {
		extram_job_wait(&f->jobs[i].job);
		KUNIT_EXPECT_EQ(test, f->jobs[i].job.status, 0);
	}
}

/* However much of a long transfer is already waiting, who comes with a little is next. */
static void share_newcomer_is_next(struct kunit *test)
{
	struct share_fixture *f = test->priv;

	share_block(test, 0);
	share_submit(test, 1, 0, 'a');
	share_submit(test, 2, 0, 'a');
	share_submit(test, 3, 1, 'B');
	share_wait(test, 4);
	KUNIT_EXPECT_STREQ(test, f->order, "-Baa");
}

static void share_flows_alternate(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	unsigned int i;

	share_block(test, 2);
	for (i = 0; i < 3; i++)
		share_submit(test, 1 + i, 0, 'a');
	for (i = 0; i < 3; i++)
		share_submit(test, 4 + i, 1, 'b');
	share_wait(test, 7);
	KUNIT_EXPECT_STREQ(test, f->order, "-ababab");
}

/* Shares are shares of time: against jobs of a double length there are two short ones. */
static void share_is_one_of_time(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	unsigned int i;

	share_block(test, 2);
	for (i = 0; i < 2; i++) {
		f->jobs[1 + i].job.len = 3 * LEN;
		share_submit(test, 1 + i, 0, 'L');
	}
	for (i = 0; i < 6; i++)
		share_submit(test, 3 + i, 1, 's');
	share_wait(test, 9);
	/* 196 bytes of L against 68 of s, header and all: the third s begins below 196. */
	KUNIT_EXPECT_STREQ(test, f->order, "-LsssLsss");
}

/* Not to want the wire for a while gives no right to have it alone later. */
static void share_nobody_saves_up(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	unsigned int i;

	share_block(test, 0);
	share_wait(test, 1);
	share_submit(test, 1, 0, '-');
	share_wait(test, 2);
	f->ended = 0;

	share_block(test, 2);
	for (i = 0; i < 3; i++)
		share_submit(test, 2 + i, 1, 'n');
	for (i = 0; i < 2; i++)
		share_submit(test, 5 + i, 0, 'o');
	share_wait(test, 7);
	f->order[f->ended] = '\0';
	KUNIT_EXPECT_STREQ(test, f->order, "-nnono");
}

/* A caller that waits takes its turn like all others. */
static void share_waiting_caller_has_its_turn(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	struct share_job *j = &f->jobs[2];

	share_block(test, 0);
	share_submit(test, 1, 0, 'a');
	j->job.flow = &f->flows[1];
	j->name = 'W';
	KUNIT_EXPECT_EQ(test, extram_io_run(f->io, &j->job), 0);
	share_wait(test, 2);
	KUNIT_EXPECT_STREQ(test, f->order, "-Wa");
}

/* Who takes a free wire by itself turns it over to those who come meanwhile. */
static void share_caller_turns_over(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	struct share_job *caller = share_block_by_caller(test);

	share_submit(test, 1, 0, 'a');
	share_submit(test, 2, 1, 'b');
	f->jobs[3].job.flow = &f->flows[2];
	f->jobs[3].name = 'W';
	KUNIT_EXPECT_EQ(test, extram_io_run(f->io, &f->jobs[3].job), 0);
	wait_for_completion(&caller->called);
	KUNIT_EXPECT_EQ(test, caller->err, 0);
	KUNIT_EXPECT_STREQ(test, f->order, "-abW");
}

static void share_drain_waits_for_caller(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	struct share_job *caller = share_block_by_caller(test);

	extram_io_drain(f->io);
	KUNIT_EXPECT_EQ(test, f->ended, 1);
	wait_for_completion(&caller->called);
}

static void share_pass_waits_for_caller(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	struct share_job *caller = share_block_by_caller(test);

	extram_io_pass(f->io);
	KUNIT_EXPECT_EQ(test, f->ended, 1);
	wait_for_completion(&caller->called);
}

/* Only who has the wire is here. */
static void share_count(struct extram_job *job)
{
	struct share_fixture *f = container_of(job, struct share_job, job)->f;
	unsigned int n = READ_ONCE(f->ended), i;

	for (i = 0; i < 1000; i++)
		cpu_relax();
	WRITE_ONCE(f->ended, n + 1);
}

/* However callers meet at a wire that is free, taken or wanted, one has it, and none is left. */
static void share_callers_meet(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < CALLERS; i++) {
		f->jobs[i].job.done = share_count;
		f->jobs[i].job.len = 1 + i;
		f->jobs[i].calls = CALLS;
		share_call(test, i, i % ARRAY_SIZE(f->flows), '-');
	}
	for (i = 0; i < CALLERS; i++) {
		wait_for_completion(&f->jobs[i].called);
		KUNIT_EXPECT_EQ(test, f->jobs[i].err, 0);
	}
	KUNIT_EXPECT_EQ(test, f->ended, CALLERS * CALLS);
}

/* The same bytes again, by the caller itself and then by the wire: each ends once. */
static void share_job_is_sent_again(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	struct share_job *j = &f->jobs[1];
	unsigned int i;

	j->job.flow = &f->flows[0];
	j->name = 'j';
	/* Longer than what is joined to its header: such messages are kept. */
	j->job.len = 2 * EXTRAM_IO_JOIN;
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test, extram_io_submit(f->io, &j->job), 0);
		extram_job_wait(&j->job);
		KUNIT_EXPECT_EQ(test, j->job.status, 0);
		KUNIT_EXPECT_EQ(test, extram_io_run(f->io, &j->job), 0);
	}
	KUNIT_EXPECT_STREQ(test, f->order, "jjjjjj");
}

/*
 * Who is alone has its next message in the queue of the SPI core before the one on the wire is
 * through, and it stays there, whoever comes then. Operations of spi-mem have no such queue.
 */
static void share_second_message_stands_behind(struct kunit *test)
{
	const struct share_kind *kind = test->param_value;
	struct share_fixture *f = test->priv;
	struct extram_sim_stats stats;
	unsigned int i;

	share_block(test, 0);
	for (i = 1; i < 3; i++) {
		f->jobs[i].job.write = true;
		f->jobs[i].job.alone = true;
		share_submit(test, i, 0, 'a');
	}
	share_submit(test, 3, 1, 'B');
	/* The first one must be past failing. */
	do {
		usleep_range(100, 200);
		extram_sim_stats(f->sim, 0, &stats);
	} while (stats.payload < BLOCKER);
	extram_sim_fail(f->sim, 1, 1, -EAGAIN);
	share_wait(test, 4);
	KUNIT_EXPECT_STREQ(test, f->order, kind->cfg.mem_ops ? "-Baa" : "-aBa");
	KUNIT_EXPECT_EQ(test, f->jobs[kind->cfg.mem_ops ? 3 : 1].job.tries, 2);
	extram_io_drain(f->io);
	KUNIT_EXPECT_EQ(test, f->ended, 4);
}

static void share_drain_waits_for_all(struct kunit *test)
{
	struct share_fixture *f = test->priv;

	share_block(test, 0);
	share_submit(test, 1, 0, 'a');
	share_submit(test, 2, 1, 'b');
	extram_io_drain(f->io);
	KUNIT_EXPECT_EQ(test, f->ended, 3);
}

/* The wire ends after its jobs; they keep their results. */
static void share_destroy_waits_for_all(struct kunit *test)
{
	struct share_fixture *f = test->priv;

	share_block(test, 0);
	share_submit(test, 1, 1, 'b');
	extram_io_destroy(f->io);
	f->io = NULL;
	KUNIT_EXPECT_STREQ(test, f->order, "-b");
	share_wait(test, 2);
}

/* Of a job that fails for good only its owner hears; a passing error is nobody's. */
static void share_error_hits_one_job(struct kunit *test)
{
	struct share_fixture *f = test->priv;
	struct extram_sim_stats stats;

	share_block(test, 0);
	share_submit(test, 1, 0, 'a');
	share_submit(test, 2, 1, 'b');
	/* The first one must be past failing. */
	do {
		usleep_range(100, 200);
		extram_sim_stats(f->sim, 0, &stats);
	} while (stats.payload < BLOCKER);
	extram_sim_fail(f->sim, 1, 1, -EIO);
	extram_job_wait(&f->jobs[2].job);
	extram_job_wait(&f->jobs[1].job);
	KUNIT_EXPECT_EQ(test, f->jobs[2].job.status, -EIO);
	KUNIT_EXPECT_EQ(test, f->jobs[1].job.status, 0);

	extram_sim_fail(f->sim, 1, EXTRAM_IO_TRIES - 1, -ETIMEDOUT);
	share_submit(test, 3, 0, 'c');
	extram_job_wait(&f->jobs[3].job);
	KUNIT_EXPECT_EQ(test, f->jobs[3].job.status, 0);
	KUNIT_EXPECT_EQ(test, f->jobs[3].job.tries, EXTRAM_IO_TRIES);

	extram_sim_fail(f->sim, 1, EXTRAM_IO_TRIES, -EAGAIN);
	share_submit(test, 4, 0, 'd');
	extram_job_wait(&f->jobs[4].job);
	KUNIT_EXPECT_EQ(test, f->jobs[4].job.status, -EAGAIN);
}

/* At 1 MHz a millisecond is 125 bytes, four of them the header. */
static void share_message_time_is_bounded(struct kunit *test)
{
	struct share_fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, extram_io_fit(f->io, false, 0, 100000, false), 121);
	KUNIT_EXPECT_EQ(test, extram_io_fit(f->io, true, 0, 100000, false), 121);
	KUNIT_EXPECT_EQ(test, extram_io_fit(f->io, true, 5, 121, false), 121);
	KUNIT_EXPECT_EQ(test, extram_io_fit(f->io, true, 5, 1, false), 1);
	/* Alone, fifty times as long. */
	KUNIT_EXPECT_EQ(test, extram_io_fit(f->io, false, 0, 100000, true), 6246);
}

static struct kunit_case share_cases[] = {
	KUNIT_CASE_PARAM(share_newcomer_is_next, kind_gen_params),
	KUNIT_CASE_PARAM(share_flows_alternate, kind_gen_params),
	KUNIT_CASE_PARAM(share_is_one_of_time, kind_gen_params),
	KUNIT_CASE_PARAM(share_nobody_saves_up, kind_gen_params),
	KUNIT_CASE_PARAM(share_waiting_caller_has_its_turn, kind_gen_params),
	KUNIT_CASE_PARAM(share_caller_turns_over, kind_gen_params),
	KUNIT_CASE_PARAM(share_drain_waits_for_caller, kind_gen_params),
	KUNIT_CASE_PARAM(share_pass_waits_for_caller, kind_gen_params),
	KUNIT_CASE_PARAM(share_callers_meet, kind_gen_params),
	KUNIT_CASE_PARAM(share_job_is_sent_again, kind_gen_params),
	KUNIT_CASE_PARAM(share_second_message_stands_behind, kind_gen_params),
	KUNIT_CASE_PARAM(share_drain_waits_for_all, kind_gen_params),
	KUNIT_CASE_PARAM(share_destroy_waits_for_all, kind_gen_params),
	KUNIT_CASE_PARAM(share_error_hits_one_job, kind_gen_params),
	KUNIT_CASE_PARAM(share_message_time_is_bounded, kind_gen_params),
	{}
};

static struct kunit_suite share_suite = {
	.name = "extram_io_share",
	.init = share_init,
	.exit = share_exit,
	.test_cases = share_cases,
};

kunit_test_suite(share_suite);

MODULE_DESCRIPTION("Tests of how the wire of extram is shared");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
