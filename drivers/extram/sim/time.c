// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wires on which each clock takes its time.
 *
 * Bytes move at once, in the processor's time, and the wires' time is added up beside it: a message
 * ends no earlier than its clocks need. They run from the moment the controller is handed a
 * transfer or an operation: what the simulator computes is done by the hardware of a real one. A
 * processor that is quicker than the wires sleeps, one that is slower makes the wires rest, as with
 * a controller that has a queue of transfers.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "../compat.h"
#include "internal.h"

/* To be woken may take this long: the rest is waited for awake. */
#define SIM_WAKE_NS	(20 * NSEC_PER_USEC)

/**
 * sim_time_begin() - the controller is handed a message, a transfer or an operation
 * @sim: the controller
 *
 * Context: Holds the lock of the controller.
 */
void sim_time_begin(struct extram_sim *sim)
{
	u64 now;

	if (!sim->cfg.real_time)
		return;
	now = ktime_get_ns();
	if (!sim->first_ns)
		sim->first_ns = now;
	/* Where the processor is slower than the wires, these had to wait for it. */
	sim->until_ns = max(sim->until_ns, now);
}

/**
 * sim_time_pass() - so many clocks went over the wires
 * @sim: the controller
 * @clocks: how many
 * @hz: how fast
 * @ns: time behind them without a clock
 *
 * Context: Holds the lock of the controller.
 */
void sim_time_pass(struct extram_sim *sim, u64 clocks, u32 hz, u32 ns)
{
	u64 took;

	if (!sim->cfg.real_time)
		return;
	took = mul_u64_u64_div_u64(clocks, NSEC_PER_SEC, hz);
	sim->busy_ns += took;
	sim->until_ns += took + ns;
}

/**
 * sim_time_wait() - wait for the last clock
 * @sim: the controller
 *
 * Context: May sleep.
 */
void sim_time_wait(struct extram_sim *sim)
{
	u64 until;
	ktime_t early;

	if (!sim->cfg.real_time)
		return;
	mutex_lock(&sim->lock);
	until = sim->until_ns;
	mutex_unlock(&sim->lock);

	early = ns_to_ktime(until - SIM_WAKE_NS);
	if (ktime_before(ktime_get(), early)) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_hrtimeout_range(&early, 0, HRTIMER_MODE_ABS);
	}
	while (ktime_get_ns() < until)
		cpu_relax();
}

/**
 * extram_sim_time() - how busy the wires were since the time was reset
 * @sim: the controller
 * @time: filled in; zeros where clocks take no time
 *
 * Context: May sleep.
 */
void extram_sim_time(struct extram_sim *sim, struct extram_sim_time *time)
{
	mutex_lock(&sim->lock);
	time->busy_ns = sim->busy_ns;
	time->span_ns = sim->first_ns ? sim->until_ns - sim->first_ns : 0;
	mutex_unlock(&sim->lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_time);

/**
 * extram_sim_reset_time() - start to count from the next clock on
 * @sim: the controller
 *
 * Context: May sleep.
 */
void extram_sim_reset_time(struct extram_sim *sim)
{
	mutex_lock(&sim->lock);
	sim->first_ns = 0;
	sim->busy_ns = 0;
	mutex_unlock(&sim->lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_reset_time);
