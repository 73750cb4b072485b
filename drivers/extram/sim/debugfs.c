// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulated controllers in debugfs, for tests that run in user space:
 *
 * extram-sim/CONTROLLER/
 *   limits		limits; "max_transfer N" and "max_message N" change them
 *   fail		"NTH COUNT ERRNO": transfers that fail
 *   csN/model		the part
 *   csN/stats		counters
 *   csN/violations	counted by kind
 *   csN/last_violation	in words
 *   csN/reset		any write starts the counters from zero
 *   csN/power		any write takes the power away for a moment; "suspend" does when the system
 *			sleeps next
 *   csN/disturb		"NTH COUNT drop|flip": transfers that do not arrive, or arrive wrong
 *   csN/memory		what the chip holds, past its pins
 *
 * Text comes as "key: value" lines.
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

#define SIM_LINE	64	/* longest line that anybody has to write */
#define SIM_PEEK	4096	/* bytes of contents at once */

static struct dentry *sim_debugfs_root;

/* Chips know their controller by where they are in it. */
static struct extram_sim *sim_of_chip(struct sim_chip *chip)
{
	return container_of(chip - chip->cs, struct extram_sim, chips[0]);
}

static int sim_read_line(const char __user *from, size_t len, char *line)
{
	if (len >= SIM_LINE)
		return -EINVAL;
	if (copy_from_user(line, from, len))
		return -EFAULT;
	line[len] = '\0';
	return 0;
}

static int limits_show(struct seq_file *s, void *unused)
{
	struct extram_sim *sim = s->private;

	seq_printf(s, "max_transfer: %u\n", READ_ONCE(sim->cfg.max_transfer));
	seq_printf(s, "max_message: %u\n", READ_ONCE(sim->cfg.max_message));
	seq_printf(s, "max_hz: %u\n", sim->cfg.max_hz);
	seq_printf(s, "no_cs_change: %u\n", sim->cfg.no_cs_change);
	seq_printf(s, "half_duplex: %u\n", sim->cfg.half_duplex);
	seq_printf(s, "hide_effective_speed: %u\n", sim->cfg.hide_effective_speed);
	seq_printf(s, "clock_div2: %u\n", sim->cfg.clock_div2);
	return 0;
}

/* Drivers ask for the limits when they probe: a driver that is bound does not see the change. */
static ssize_t limits_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct extram_sim *sim = ((struct seq_file *)file->private_data)->private;
	char line[SIM_LINE], key[SIM_LINE];
	u32 value;
	int err = sim_read_line(from, len, line);

	if (err)
		return err;
	if (sscanf(line, "%63s %u", key, &value) != 2)
		return -EINVAL;
	if (!strcmp(key, "max_transfer"))
		WRITE_ONCE(sim->cfg.max_transfer, value);
	else if (!strcmp(key, "max_message"))
		WRITE_ONCE(sim->cfg.max_message, value);
	else
		return -EINVAL;
	return len;
}

static int fail_show(struct seq_file *s, void *unused)
{
	struct extram_sim *sim = s->private;

	mutex_lock(&sim->lock);
	seq_printf(s, "nth: %u\n", sim->fail_left ? sim->fail_skip + 1 : 0);
	seq_printf(s, "count: %u\n", sim->fail_left);
	seq_printf(s, "errno: %d\n", -sim->fail_err);
	mutex_unlock(&sim->lock);
	return 0;
}

static ssize_t fail_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct extram_sim *sim = ((struct seq_file *)file->private_data)->private;
	char line[SIM_LINE];
	u32 nth, count;
	int error, err = sim_read_line(from, len, line);

	if (err)
		return err;
	if (sscanf(line, "%u %u %d", &nth, &count, &error) != 3 || !nth || error < 1 ||
	    error > MAX_ERRNO)
		return -EINVAL;
	extram_sim_fail(sim, nth, count, -error);
	return len;
}

static int time_show(struct seq_file *s, void *unused)
{
	struct extram_sim_time time;

	extram_sim_time(s->private, &time);
	seq_printf(s, "busy_ns: %llu\n", time.busy_ns);
	seq_printf(s, "span_ns: %llu\n", time.span_ns);
	return 0;
}

static int time_open(struct inode *inode, struct file *file)
{
	return single_open(file, time_show, inode->i_private);
}

/* Anything that is written starts the time anew. */
static ssize_t time_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	extram_sim_reset_time(((struct seq_file *)file->private_data)->private);
	return len;
}

static const struct file_operations time_fops = {
	.owner = THIS_MODULE,
	.open = time_open,
	.read = seq_read,
	.write = time_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int model_show(struct seq_file *s, void *unused)
{
	struct sim_chip *chip = s->private;

	seq_printf(s, "model: %s\n", chip->model->name);
	seq_printf(s, "size: %u\n", chip->model->size);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(model);

static int stats_show(struct seq_file *s, void *unused)
{
	struct sim_chip *chip = s->private;
	struct extram_sim_stats stats;

	extram_sim_stats(sim_of_chip(chip), chip->cs, &stats);
	seq_printf(s, "selects: %llu\n", stats.selects);
	seq_printf(s, "clocks: %llu\n", stats.clocks);
	seq_printf(s, "bytes: %llu\n", stats.bytes);
	seq_printf(s, "payload: %llu\n", stats.payload);
	seq_printf(s, "windowed: %llu\n", stats.windowed);
	seq_printf(s, "max_low_ns: %llu\n", stats.max_low_ns);
	seq_printf(s, "violations: %llu\n", stats.violations);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int violations_show(struct seq_file *s, void *unused)
{
	struct sim_chip *chip = s->private;
	unsigned int kind;

	for (kind = 0; kind < EXTRAM_SIM_VIOLATIONS; kind++)
		seq_printf(s, "%s: %llu\n", sim_violation_name(kind),
			   extram_sim_violations(sim_of_chip(chip), chip->cs, kind));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(violations);

static int last_violation_show(struct seq_file *s, void *unused)
{
	struct sim_chip *chip = s->private;
	struct extram_sim *sim = sim_of_chip(chip);

	mutex_lock(&sim->lock);
	seq_printf(s, "last_violation: %s\n", chip->last[0] ? chip->last : "none");
	mutex_unlock(&sim->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(last_violation);

static ssize_t reset_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct sim_chip *chip = file->private_data;

	extram_sim_reset_stats(sim_of_chip(chip), chip->cs);
	return len;
}

static ssize_t power_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct sim_chip *chip = file->private_data;
	char line[SIM_LINE];
	int err = sim_read_line(from, len, line);

	if (err)
		return err;
	if (sysfs_streq(line, "suspend"))
		extram_sim_cut_in_suspend(sim_of_chip(chip), chip->cs);
	else
		extram_sim_power_cycle(sim_of_chip(chip), chip->cs);
	return len;
}

static ssize_t disturb_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct sim_chip *chip = file->private_data;
	char line[SIM_LINE], kind[SIM_LINE];
	int err = sim_read_line(from, len, line);
	u32 nth, count;

	if (err)
		return err;
	if (sscanf(line, "%u %u %63s", &nth, &count, kind) != 3 || !nth)
		return -EINVAL;
	if (!strcmp(kind, "drop"))
		extram_sim_disturb(sim_of_chip(chip), chip->cs, nth, count, EXTRAM_SIM_DROP);
	else if (!strcmp(kind, "flip"))
		extram_sim_disturb(sim_of_chip(chip), chip->cs, nth, count, EXTRAM_SIM_FLIP);
	else
		return -EINVAL;
	return len;
}

static ssize_t memory_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	struct sim_chip *chip = file->private_data;
	ssize_t done;
	void *buf;

	if (*pos < 0 || *pos >= chip->model->size)
		return 0;
	len = min_t(u64, min_t(size_t, len, SIM_PEEK), chip->model->size - *pos);
	buf = kmalloc(SIM_PEEK, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	done = extram_sim_peek(sim_of_chip(chip), chip->cs, *pos, buf, len);
	if (!done)
		done = copy_to_user(to, buf, len) ? -EFAULT : len;
	if (done > 0)
		*pos += done;
	kfree_sensitive(buf);
	return done;
}

static ssize_t memory_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct sim_chip *chip = file->private_data;
	ssize_t done;
	void *buf;

	if (*pos < 0 || *pos >= chip->model->size)
		return len ? -ENOSPC : 0;
	len = min_t(u64, min_t(size_t, len, SIM_PEEK), chip->model->size - *pos);
	buf = memdup_user(from, len);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	done = extram_sim_poke(sim_of_chip(chip), chip->cs, *pos, buf, len);
	if (!done) {
		done = len;
		*pos += done;
	}
	kfree_sensitive(buf);
	return done;
}

static loff_t memory_llseek(struct file *file, loff_t pos, int whence)
{
	struct sim_chip *chip = file->private_data;

	return fixed_size_llseek(file, pos, whence, chip->model->size);
}

static int limits_open(struct inode *inode, struct file *file)
{
	return single_open(file, limits_show, inode->i_private);
}

static int fail_open(struct inode *inode, struct file *file)
{
	return single_open(file, fail_show, inode->i_private);
}

static const struct file_operations limits_fops = {
	.owner = THIS_MODULE,
	.open = limits_open,
	.read = seq_read,
	.write = limits_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static const struct file_operations fail_fops = {
	.owner = THIS_MODULE,
	.open = fail_open,
	.read = seq_read,
	.write = fail_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static const struct file_operations reset_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = reset_write,
};

static const struct file_operations power_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = power_write,
};

static const struct file_operations disturb_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = disturb_write,
};

static const struct file_operations memory_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = memory_read,
	.write = memory_write,
	.llseek = memory_llseek,
};

/**
 * sim_debugfs_add() - show a controller
 * @sim: the controller, registered
 *
 * Context: May sleep.
 */
void sim_debugfs_add(struct extram_sim *sim)
{
	unsigned int cs;

	sim->dir = debugfs_create_dir(dev_name(&sim->ctlr->dev), sim_debugfs_root);
	debugfs_create_file("limits", 0600, sim->dir, sim, &limits_fops);
	debugfs_create_file("fail", 0600, sim->dir, sim, &fail_fops);
	debugfs_create_file("time", 0600, sim->dir, sim, &time_fops);

	for (cs = 0; cs < EXTRAM_SIM_MAX_CS; cs++) {
		struct sim_chip *chip = &sim->chips[cs];
		struct dentry *dir;
		char name[8];

		if (!chip->listed)
			continue;
		snprintf(name, sizeof(name), "cs%u", cs);
		dir = debugfs_create_dir(name, sim->dir);
		debugfs_create_file("model", 0400, dir, chip, &model_fops);
		debugfs_create_file("stats", 0400, dir, chip, &stats_fops);
		debugfs_create_file("violations", 0400, dir, chip, &violations_fops);
		debugfs_create_file("last_violation", 0400, dir, chip, &last_violation_fops);
		debugfs_create_file("reset", 0200, dir, chip, &reset_fops);
		debugfs_create_file("power", 0200, dir, chip, &power_fops);
		debugfs_create_file("disturb", 0200, dir, chip, &disturb_fops);
		if (chip->mem)
			debugfs_create_file_size("memory", 0600, dir, chip, &memory_fops,
						 chip->model->size);
	}
}

/**
 * sim_debugfs_remove() - hide a controller again
 * @sim: the controller
 *
 * Waits for those who are inside one of its files.
 *
 * Context: May sleep.
 */
void sim_debugfs_remove(struct extram_sim *sim)
{
	debugfs_remove(sim->dir);
}

/**
 * sim_debugfs_init() - make the folder of all controllers
 *
 * Context: May sleep.
 */
void sim_debugfs_init(void)
{
	sim_debugfs_root = debugfs_create_dir("extram-sim", NULL);
}

/**
 * sim_debugfs_exit() - remove the folder of all controllers
 *
 * Context: May sleep.
 */
void sim_debugfs_exit(void)
{
	debugfs_remove(sim_debugfs_root);
}
