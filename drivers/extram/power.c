// SPDX-License-Identifier: GPL-2.0-only
/*
 * The supply of a chip, and the sleep of the system: whether the chip still holds what it held.
 *
 * A chip that keeps its contents is only set up again. A volatile one has lost them when
 *
 * - its regulator was switched off, by force or by a fault, at any time;
 * - the system was suspended to RAM, in which boards may cut the supply, and the device tree does
 *   not say by keep-power-in-suspend that this one does not. Suspend-to-idle leaves supplies alone,
 *   and so does a suspend that was called off before it reached the last phase;
 * - the system was suspended to disk: it was off, and a kernel that knew nothing of this has run;
 * - the marks are not there any more: a few places spread over the chip, which are written with
 *   random bytes before it sleeps, are saved in the CPU's memory meanwhile, and are put back. Marks
 *   that are there prove nothing: memory cells outlive a short cut in part.
 *
 * The driver itself never switches the supply off while it is bound, nor sends a chip into a deep
 * power-down.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/property.h>
#include <linux/random.h>
#include <linux/regulator/consumer.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>
#include <linux/suspend.h>

#include "chips.h"
#include "compat.h"
#include "core.h"
#include "io.h"
#include "power.h"
#include "spi.h"

/* Events after which a volatile chip has lost its contents, or may have. */
#define EXTRAM_POWER_CUT	(REGULATOR_EVENT_DISABLE | REGULATOR_EVENT_FORCE_DISABLE | \
				 REGULATOR_EVENT_UNDER_VOLTAGE | REGULATOR_EVENT_FAIL)
/* How long a supply that is about to be switched off is waited for, if nothing more is heard. */
#define EXTRAM_POWER_HOLD	(10 * HZ)

static void extram_power_put(void *supply)
{
	regulator_disable(supply);
}

/**
 * extram_power_get() - switch the supply of a chip on
 * @dev: the device of the chip; keeps the supply on until its driver is unbound
 * @chip: its row of facts
 * @power: filled in
 *
 * Context: May sleep, until the chip can be talked to.
 * Return: 0 or an error, of which dev_err_probe() has told.
 */
int extram_power_get(struct device *dev, const struct extram_chip *chip,
		     struct extram_power *power)
{
	struct regulator *supply = devm_regulator_get_optional(dev, "vcc");
	int err = PTR_ERR_OR_ZERO(supply);

	power->stays_on = device_property_read_bool(dev, "keep-power-in-suspend");
	if (err == -ENODEV) {
		supply = NULL;
		err = 0;
	}
	if (!err && supply)
		err = regulator_enable(supply);
	if (!err && supply)
		err = devm_add_action_or_reset(dev, extram_power_put, supply);
	if (err)
		return dev_err_probe(dev, err, "%s: no supply\n", chip->name);
	power->supply = supply;
	fsleep(chip->power_up_us);
	return 0;
}

/* They are what users wrote. */
static void extram_marks_forget(struct extram_marks *marks)
{
	memzero_explicit(marks->saved, sizeof(marks->saved));
	memzero_explicit(marks->seen, sizeof(marks->seen));
}

static void extram_marks_free(void *marks)
{
	kfree_sensitive(marks);
}

/**
 * extram_power_get_marks() - room for the marks of a chip that forgets
 * @dev: the device of the chip; the room lasts until its driver is unbound
 * @chip: its row of facts, which the chip itself has been asked about
 * @power: filled in by extram_power_get() before
 *
 * Context: May sleep.
 * Return: 0, also for a chip that wants no marks, or -ENOMEM.
 */
int extram_power_get_marks(struct device *dev, const struct extram_chip *chip,
			   struct extram_power *power)
{
	/* Marks are written. */
	if (!(chip->flags & EXTRAM_CHIP_VOLATILE) || chip->flags & EXTRAM_CHIP_READ_ONLY)
		return 0;
	power->marks = kzalloc(sizeof(*power->marks), GFP_KERNEL);
	if (!power->marks)
		return -ENOMEM;
	get_random_bytes(power->marks->mark, sizeof(power->marks->mark));
	return devm_add_action_or_reset(dev, extram_marks_free, power->marks);
}

/**
 * extram_power_fails() - the chip is about to lose its supply
 * @priv: the chip
 *
 * Until extram_power_failed() every use of the chip is -EIO, so that nobody believes what it says
 * while its supply goes.
 *
 * Context: Process context. The lock of a regulator may be held: waits for no transfer.
 */
void extram_power_fails(struct extram_spi *priv)
{
	extram_gate_cut(priv->ram, EXTRAM_POWER_HOLD);
}
EXPORT_SYMBOL_IF_KUNIT(extram_power_fails);

/**
 * extram_power_failed() - the chip has been without power, or still is
 * @priv: the chip
 *
 * Its next use sets it up again.
 *
 * Context: As extram_power_fails().
 */
void extram_power_failed(struct extram_spi *priv)
{
	extram_gate_cut(priv->ram, 0);
}
EXPORT_SYMBOL_IF_KUNIT(extram_power_failed);

/* One that cannot say is not trusted. */
static bool extram_power_is_off(const struct extram_power *power)
{
	return power->supply && regulator_is_enabled(power->supply) <= 0;
}

static int extram_power_event(struct notifier_block *notifier, unsigned long event, void *data)
{
	struct extram_spi *priv = container_of(notifier, struct extram_spi, power.notifier);

	if (event & REGULATOR_EVENT_PRE_DISABLE)
		extram_power_fails(priv);
	else if (event & EXTRAM_POWER_CUT)
		extram_power_failed(priv);
	else if (event & REGULATOR_EVENT_ABORT_DISABLE)
		extram_gate_unhold(priv->ram);
	return NOTIFY_OK;
}

/**
 * extram_power_start() - begin to listen to the supply
 * @priv: the chip, registered
 *
 * Context: May sleep.
 * Return: 0 or what regulator_register_notifier() answers.
 */
int extram_power_start(struct extram_spi *priv)
{
	int err;

	if (!priv->power.supply)
		return 0;
	priv->power.notifier.notifier_call = extram_power_event;
	err = regulator_register_notifier(priv->power.supply, &priv->power.notifier);
	/* The node is there already, and users may be quick. */
	if (!err && extram_power_is_off(&priv->power))
		extram_power_failed(priv);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_power_start);

/**
 * extram_power_stop() - listen no more
 * @priv: the chip, still registered
 *
 * Context: May sleep.
 */
void extram_power_stop(struct extram_spi *priv)
{
	if (priv->power.supply)
		regulator_unregister_notifier(priv->power.supply, &priv->power.notifier);
}
EXPORT_SYMBOL_IF_KUNIT(extram_power_stop);

/**
 * extram_power_shutdown() - the system goes down, or starts another kernel
 * @spi: the chip
 *
 * Programs may still run. They find the chip gone, so that none is in the middle of a command when
 * the controller is shut down.
 *
 * Context: May sleep.
 */
void extram_power_shutdown(struct spi_device *spi)
{
	struct extram_spi *priv = spi_get_drvdata(spi);

	extram_gate_close(priv->ram);
	extram_io_stop(priv->io);
}
EXPORT_SYMBOL_IF_KUNIT(extram_power_shutdown);

/**
 * extram_power_set_up() - make a chip ready that may have been without power
 * @ram: the memory
 *
 * A chip that can be asked nothing would take any commands, and its supply need not be back: what
 * is known of that comes first.
 *
 * Context: May sleep; the caller has the wire for itself, and the chip is not gone.
 * Return: 0, -EIO while the supply is off, or an error of the chip's init hook, which has told of
 * it.
 */
int extram_power_set_up(struct extram *ram)
{
	struct extram_spi *priv = dev_get_drvdata(ram->dev.parent);

	if (extram_power_is_off(&priv->power))
		return -EIO;
	fsleep(ram->chip->power_up_us);
	return ram->chip->ops->init(to_spi_device(ram->dev.parent), ram->chip) ?:
	       extram_io_start(ram->gate.io);
}

static u32 extram_mark_addr(const struct extram_chip *chip, unsigned int i)
{
	return div_u64((u64)(chip->size - EXTRAM_MARK_LEN) * i, EXTRAM_MARKS - 1);
}

static int extram_marks_restore(struct extram_spi *priv, unsigned int count)
{
	struct extram_marks *marks = priv->power.marks;
	unsigned int i;
	int err = 0;

	for (i = 0; i < count; i++)
		err = extram_io_write(priv->io, extram_mark_addr(priv->ram->chip, i),
				      marks->saved[i], EXTRAM_MARK_LEN) ?: err;
	return err;
}

/* Without marks, waking up has one thing less to go by. */
static void extram_marks_set(struct extram_spi *priv)
{
	struct extram_power *power = &priv->power;
	const struct extram_chip *chip = priv->ram->chip;
	struct extram_marks *marks = power->marks;
	unsigned int i;
	int err = 0;

	power->marked = false;
	if (!marks)
		return;
	for (i = 0; i < EXTRAM_MARKS; i++) {
		err = extram_io_read(priv->io, extram_mark_addr(chip, i), marks->saved[i],
				     EXTRAM_MARK_LEN);
		if (err)
			return;
	}
	for (i = 0; i < EXTRAM_MARKS && !err; i++)
		err = extram_io_write(priv->io, extram_mark_addr(chip, i), marks->mark,
				      EXTRAM_MARK_LEN);
	/* What cannot be put back now counts as marked: waking up will find it missing. */
	power->marked = !err || extram_marks_restore(priv, i);
}

/* Whether the marks were there, and what they stood on is there again. */
static bool extram_marks_survived(struct extram_spi *priv)
{
	struct extram_marks *marks = priv->power.marks;
	bool survived = true;
	unsigned int i;

	for (i = 0; i < EXTRAM_MARKS && survived; i++)
		survived = !extram_io_read(priv->io, extram_mark_addr(priv->ram->chip, i),
					   marks->seen, EXTRAM_MARK_LEN) &&
			   !memcmp(marks->seen, marks->mark, EXTRAM_MARK_LEN);
	return survived && !extram_marks_restore(priv, EXTRAM_MARKS);
}

/**
 * extram_power_sleep() - leave the chip alone until extram_power_wake()
 * @priv: the chip
 *
 * Context: May sleep; waits for the transfers in flight.
 */
void extram_power_sleep(struct extram_spi *priv)
{
	extram_gate_sleep(priv->ram);
	priv->power.cut = false;
	extram_marks_set(priv);
	extram_io_stop(priv->io);
}
EXPORT_SYMBOL_IF_KUNIT(extram_power_sleep);

/**
 * extram_power_wake() - use the chip again, if it still is what it was
 * @priv: the chip
 * @cut: its supply may have been cut since extram_power_sleep(), whatever the marks say
 *
 * Context: May sleep. Users that waited go on.
 */
void extram_power_wake(struct extram_spi *priv, bool cut)
{
	struct extram_power *power = &priv->power;
	struct extram *ram = priv->ram;
	const char *why = NULL;
	/* The regulator's notifier may count one more meanwhile. */
	u32 cuts = extram_gate_cuts(ram);
	int err = extram_power_set_up(ram);

	if (!err)
		WRITE_ONCE(ram->gate.set, cuts);
	if (err)
		why = "does not answer";
	else if (power->marked && !extram_marks_survived(priv))
		why = "has forgotten its marks";
	else if (cut)
		why = "may have been without power";
	power->marked = false;
	if (power->marks)
		extram_marks_forget(power->marks);

	if (why && ram->chip->flags & EXTRAM_CHIP_VOLATILE)
		dev_warn(ram->dev.parent, "the chip %s: its contents are lost\n", why);
	/* The next use tries again, whatever was waited for before. */
	if (err)
		extram_gate_cut(ram, 0);
	else if (why)
		extram_contents_lost(ram);
	extram_gate_wake(ram);
}
EXPORT_SYMBOL_IF_KUNIT(extram_power_wake);

static int extram_pm_sleep(struct device *dev)
{
	extram_power_sleep(dev_get_drvdata(dev));
	return 0;
}

/* The last step of devices: a suspend that fails before it has not cut any supply. */
static int extram_pm_sleep_deep(struct device *dev)
{
	struct extram_spi *priv = dev_get_drvdata(dev);

	priv->power.cut = pm_suspend_target_state != PM_SUSPEND_TO_IDLE && !priv->power.stays_on;
	return 0;
}

static int extram_pm_wake(struct device *dev)
{
	struct extram_spi *priv = dev_get_drvdata(dev);

	extram_power_wake(priv, priv->power.cut);
	return 0;
}

/* The memory image has been made, or could not be: the power was on all the time. */
static int extram_pm_thaw(struct device *dev)
{
	extram_power_wake(dev_get_drvdata(dev), false);
	return 0;
}

/* The memory image is back, from before the power was off; another kernel has run meanwhile. */
static int extram_pm_restore(struct device *dev)
{
	extram_power_wake(dev_get_drvdata(dev), true);
	return 0;
}

const struct dev_pm_ops extram_pm_ops = {
	.suspend = pm_sleep_ptr(extram_pm_sleep),
	.suspend_noirq = pm_sleep_ptr(extram_pm_sleep_deep),
	.resume = pm_sleep_ptr(extram_pm_wake),
	.freeze = pm_sleep_ptr(extram_pm_sleep),
	.thaw = pm_sleep_ptr(extram_pm_thaw),
	.poweroff = pm_sleep_ptr(extram_pm_sleep),
	.restore = pm_sleep_ptr(extram_pm_restore),
};
EXPORT_SYMBOL_IF_KUNIT(extram_pm_ops);
