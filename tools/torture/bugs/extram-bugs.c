// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mistakes on purpose, to see that a kernel with sanitizers finds them: each is one that the driver
 * could have. Writing a name to the module's parameter "bug" makes that mistake. Never for a kernel
 * that has anything else to do.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

static DEFINE_MUTEX(bug_one);
static DEFINE_MUTEX(bug_two);
static DEFINE_SPINLOCK(bug_lock);
static volatile unsigned int bug_zero;
static unsigned int bug_shared;
static void *bug_lost;
static unsigned int __rcu *bug_guarded;

/* A freed block is read. */
static void bug_kasan(void)
{
	volatile char *p = kmalloc(100, GFP_KERNEL);

	if (!p)
		return;
	kfree((void *)p);
	bug_shared += p[50];
}

/* A shift by more than the type has. */
static void bug_ubsan(void)
{
	unsigned int by = bug_zero + 40;

	bug_shared += 1U << by;
}

/* Two locks in both orders: no deadlock happens, but one could. */
static void bug_lockdep(void)
{
	mutex_lock(&bug_one);
	mutex_lock(&bug_two);
	mutex_unlock(&bug_two);
	mutex_unlock(&bug_one);

	mutex_lock(&bug_two);
	mutex_lock(&bug_one);
	mutex_unlock(&bug_one);
	mutex_unlock(&bug_two);
}

/* What RCU guards is read by nobody that it knows of. */
static void bug_rcu(void)
{
	bug_shared += !rcu_dereference(bug_guarded);
}

/* An allocation that may sleep, under a spinlock. */
static void bug_atomic(void)
{
	spin_lock(&bug_lock);
	kfree(kmalloc(100, GFP_KERNEL));
	spin_unlock(&bug_lock);
}

static void bug_tick(struct timer_list *timer)
{
}

/* Memory with a timer that runs is freed. */
static void bug_objects(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, bug_tick, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

/* Memory that nobody remembers. */
static void bug_kmemleak(void)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		bug_lost = kmalloc(1000 + 8 * i, GFP_KERNEL);
	bug_lost = NULL;
}

/* How long two threads count in one place: KCSAN looks at one access in thousands, and for a moment. */
#define BUG_RACE_MS 1000

static int bug_race(void *done)
{
	unsigned long end = jiffies + msecs_to_jiffies(BUG_RACE_MS);
	unsigned int i;

	while (time_before(jiffies, end)) {
		for (i = 0; i < 10000; i++) {
			bug_shared++;
			/* Else the compiler adds them up. */
			barrier();
		}
		cond_resched();
	}
	complete(done);
	return 0;
}

/* Two threads count in one place, with no lock, on two processors if there are. */
static void bug_kcsan(void)
{
	struct completion done[2];
	unsigned int i, cpu = cpumask_first(cpu_online_mask);
	struct task_struct *task;

	for (i = 0; i < 2; i++) {
		init_completion(&done[i]);
		task = kthread_create(bug_race, &done[i], "extram-bug/%u", i);
		if (IS_ERR(task)) {
			complete(&done[i]);
			continue;
		}
		kthread_bind(task, cpu);
		wake_up_process(task);
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
	}
	for (i = 0; i < 2; i++)
		wait_for_completion(&done[i]);
}

static void bug_warn(void)
{
	WARN(1, "extram-bugs: a warning\n");
}

static const struct {
	const char *name;
	void (*make)(void);
} bugs[] = {
	{ "lockdep", bug_lockdep },
	{ "rcu", bug_rcu },
	{ "atomic", bug_atomic },
	{ "objects", bug_objects },
	{ "ubsan", bug_ubsan },
	{ "kmemleak", bug_kmemleak },
	{ "kcsan", bug_kcsan },
	{ "kasan", bug_kasan },
	{ "warn", bug_warn },
};

static int bug_set(const char *text, const struct kernel_param *param)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++) {
		if (!sysfs_streq(text, bugs[i].name))
			continue;
		bugs[i].make();
		return 0;
	}
	return -EINVAL;
}

static const struct kernel_param_ops bug_ops = {
	.set = bug_set,
};

module_param_cb(bug, &bug_ops, NULL, 0200);
MODULE_PARM_DESC(bug, "make this mistake now");
MODULE_DESCRIPTION("Mistakes on purpose for a kernel with sanitizers");
MODULE_LICENSE("GPL");
