// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulated controller: an spi_controller that clocks the bytes of a message through the chip
 * on its chip select, and refuses what controllers of its kind could not do.
 *
 * This file has the controllers that clock transfers; mem.c those that know operations of spi-mem.
 */
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/property.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "../compat.h"
#include "internal.h"

#define SIM_DEFAULT_HZ		1000000		/* when nobody asks for a clock */
#define SIM_CS_CHANGE_NS	10000		/* the SPI core's rest when none is asked for */

/**
 * sim_of() - the simulated controller behind one of the SPI core
 * @ctlr: the controller
 *
 * Context: Any.
 * Return: the simulated one.
 */
struct extram_sim *sim_of(struct spi_controller *ctlr)
{
	return *(struct extram_sim **)spi_controller_get_devdata(ctlr);
}

/**
 * sim_chip_of() - the simulated chip of a device
 * @spi: the device
 *
 * Context: Any.
 * Return: the chip on its chip select.
 */
struct sim_chip *sim_chip_of(struct spi_device *spi)
{
	return &sim_of(spi->controller)->chips[spi_get_chipselect(spi, 0)];
}

static u32 sim_delay_ns(struct spi_delay *delay, struct spi_transfer *xfer, u32 otherwise)
{
	int ns = spi_delay_to_ns(delay, xfer);

	return ns < 0 ? otherwise : ns;
}

/* CE# high time between this transfer and the next one, as far as the message says so. */
static u32 sim_high_ns(struct spi_device *spi, struct spi_transfer *xfer)
{
	u32 ns;

	if (xfer->cs_change_delay.value)
		ns = sim_delay_ns(&xfer->cs_change_delay, xfer, SIM_CS_CHANGE_NS);
	else
		ns = xfer->cs_change_delay.unit == SPI_DELAY_UNIT_USECS ? SIM_CS_CHANGE_NS : 0;
	return ns + sim_delay_ns(&spi->cs_inactive, NULL, 0);
}

/**
 * sim_real_hz() - the clock that the controller really makes of the one that was asked for
 * @sim: the controller
 * @asked: the one that was asked for, in Hz, 0 for any
 *
 * Context: Any.
 * Return: the clock in Hz.
 */
u32 sim_real_hz(const struct extram_sim *sim, u32 asked)
{
	u32 hz = asked ? asked : SIM_DEFAULT_HZ;

	if (!sim->cfg.max_hz)
		return hz;
	if (!sim->cfg.clock_div2)
		return min(hz, sim->cfg.max_hz);
	asked = hz;
	for (hz = sim->cfg.max_hz; hz > asked && hz > 1; hz /= 2)
		;
	return hz;
}

/**
 * sim_select() - CE# of a device falls
 * @spi: the device
 *
 * Context: Holds the lock of the controller.
 */
void sim_select(struct spi_device *spi)
{
	struct sim_chip *chip = sim_chip_of(spi);

	sim_chip_select(chip);
	sim_chip_wait(chip, sim_delay_ns(&spi->cs_setup, NULL, 0));
	if (!(chip->model->flags & SIM_DEAD) && spi->mode & (SPI_CPOL | SPI_CPHA) &&
	    (spi->mode & SPI_MODE_X_MASK) != SPI_MODE_3)
		sim_chip_violation(chip, EXTRAM_SIM_MODE, "the part knows SPI modes 0 and 3");
}

/**
 * sim_deselect() - CE# of a device rises
 * @spi: the device
 *
 * Context: Holds the lock of the controller.
 */
void sim_deselect(struct spi_device *spi)
{
	struct sim_chip *chip = sim_chip_of(spi);

	sim_chip_wait(chip, sim_delay_ns(&spi->cs_hold, NULL, 0));
	sim_chip_deselect(chip);
}

/* On one line bytes go both ways at once, on more of them one way. */
static unsigned int sim_lines(struct sim_chip *chip, const struct spi_transfer *xfer)
{
	unsigned int tx = xfer->tx_buf ? max_t(unsigned int, xfer->tx_nbits, 1) : 0;
	unsigned int rx = xfer->rx_buf ? max_t(unsigned int, xfer->rx_nbits, 1) : 0;

	if (tx && rx && tx + rx > 2)
		sim_chip_violation(chip, EXTRAM_SIM_LIMIT,
				   "both ways at once on more than one line");
	return max(max(tx, rx), 1U);
}

/**
 * sim_fails() - whether this is one of the failures that were asked for
 * @sim: the controller
 * @chip: the chip that is selected
 *
 * Context: Holds the lock of the controller.
 * Return: true when it is: sim->fail_err is how.
 */
bool sim_fails(struct extram_sim *sim, struct sim_chip *chip)
{
	if (!sim->fail_left)
		return false;
	if (sim->fail_skip) {
		sim->fail_skip--;
		return false;
	}
	sim->fail_left--;
	chip->aborted = true;
	return true;
}

/* Such a buffer as a device can be given. */
static bool sim_dma_safe(const void *buf)
{
	return !buf || (virt_addr_valid(buf) && !object_is_on_stack(buf));
}

/* What a transfer answers that a controller leaves out, with those behind it, and tells nobody. */
#define SIM_ENDS_EARLY	1

/* One transfer, or the failure that was asked for, in which the wires stay still. */
static int sim_transfer(struct spi_device *spi, struct spi_message *msg, struct spi_transfer *xfer)
{
	struct extram_sim *sim = sim_of(spi->controller);
	struct sim_chip *chip = sim_chip_of(spi);
	u32 delay = sim_delay_ns(&xfer->delay, xfer, 0);
	u32 hz = sim_real_hz(sim, xfer->speed_hz);
	unsigned int lines = sim_lines(chip, xfer);

	if (!xfer->cs_change && !list_is_last(&xfer->transfer_list, &msg->transfers))
		delay += sim->cfg.gap_ns;
	if (sim_fails(sim, chip))
		return sim->fail_err ?: SIM_ENDS_EARLY;
	if (sim->cfg.dma_min && xfer->len >= sim->cfg.dma_min &&
	    !(sim_dma_safe(xfer->tx_buf) && sim_dma_safe(xfer->rx_buf)))
		sim_chip_violation(chip, EXTRAM_SIM_LIMIT, "a buffer that DMA cannot reach");

	if (!sim->cfg.hide_effective_speed)
		xfer->effective_speed_hz = hz;
	sim_noise_clock(chip, xfer->tx_buf, xfer->rx_buf, xfer->len, xfer->bits_per_word, lines,
			hz);
	sim_chip_wait(chip, delay);
	sim_time_pass(sim, div_u64((u64)xfer->len * xfer->bits_per_word, lines), hz, delay);
	if (xfer->cs_change && !list_is_last(&xfer->transfer_list, &msg->transfers))
		chip->high_ns = sim_high_ns(spi, xfer);
	return 0;
}

static int sim_transfer_one(struct spi_controller *ctlr, struct spi_device *spi,
			    struct spi_transfer *xfer)
{
	struct extram_sim *sim = sim_of(ctlr);
	int err;

	mutex_lock(&sim->lock);
	sim_time_begin(sim);
	err = sim_transfer(spi, ctlr->cur_msg, xfer);
	mutex_unlock(&sim->lock);
	/* The core does the counting for such a controller. */
	return err == SIM_ENDS_EARLY ? -EIO : err;
}

static void sim_set_cs(struct spi_device *spi, bool high)
{
	struct extram_sim *sim = sim_of(spi->controller);

	mutex_lock(&sim->lock);
	if (high)
		sim_deselect(spi);
	else
		sim_select(spi);
	mutex_unlock(&sim->lock);
}

/* For a controller that drives chip select itself: once for a whole message. */
static int sim_transfer_one_message(struct spi_controller *ctlr, struct spi_message *msg)
{
	struct extram_sim *sim = sim_of(ctlr);
	struct spi_transfer *xfer;
	int err = 0;

	mutex_lock(&sim->lock);
	sim_select(msg->spi);
	list_for_each_entry(xfer, &msg->transfers, transfer_list) {
		if (xfer->len)
			err = sim_transfer(msg->spi, msg, xfer);
		if (err)
			break;
		msg->actual_length += xfer->len;
	}
	sim_deselect(msg->spi);
	mutex_unlock(&sim->lock);

	msg->status = err == SIM_ENDS_EARLY ? 0 : err;
	spi_finalize_current_message(ctlr);
	return 0;
}

/* What the controller cannot do is refused before the first clock. */
static int sim_prepare_message(struct spi_controller *ctlr, struct spi_message *msg)
{
	struct extram_sim *sim = sim_of(ctlr);
	u32 max_transfer = READ_ONCE(sim->cfg.max_transfer);
	u32 max_message = READ_ONCE(sim->cfg.max_message);
	struct spi_transfer *xfer;
	const char *what = NULL;
	size_t total = 0;
	int err = 0;

	list_for_each_entry(xfer, &msg->transfers, transfer_list) {
		total += xfer->len;
		if (sim->cfg.no_cs_change && xfer->cs_change) {
			what = "cs_change on a controller that does not have it";
			err = -EINVAL;
		}
		if (max_transfer && xfer->len > max_transfer) {
			what = "a transfer that is too long for the controller";
			err = -EMSGSIZE;
		}
	}
	/*
	 * The SPI core cuts what is longer than max_transfer_size(), at the price of copies. A
	 * client that heeds the limit gives it nothing to cut.
	 */
	if (!err && !list_empty(&msg->resources)) {
		what = "a transfer that the SPI core had to cut";
		err = -EMSGSIZE;
	}
	if (max_message && total > max_message) {
		what = "a message that is too long for the controller";
		err = -EMSGSIZE;
	}

	mutex_lock(&sim->lock);
	if (err)
		sim_chip_violation(sim_chip_of(msg->spi), EXTRAM_SIM_LIMIT, what);
	else
		sim_time_begin(sim);
	mutex_unlock(&sim->lock);
	return err;
}

/* Called before the owner of the message hears that it has ended. */
static int sim_unprepare_message(struct spi_controller *ctlr, struct spi_message *msg)
{
	sim_time_wait(sim_of(ctlr));
	return 0;
}

static size_t sim_max_transfer_size(struct spi_device *spi)
{
	u32 max = READ_ONCE(sim_of(spi->controller)->cfg.max_transfer);

	return max ? max : SIZE_MAX;
}

static size_t sim_max_message_size(struct spi_device *spi)
{
	u32 max = READ_ONCE(sim_of(spi->controller)->cfg.max_message);

	return max ? max : SIZE_MAX;
}

static void sim_free(struct extram_sim *sim)
{
	unsigned int cs;

	for (cs = 0; cs < EXTRAM_SIM_MAX_CS; cs++)
		sim_chip_exit(&sim->chips[cs]);
	mutex_destroy(&sim->lock);
	kfree(sim);
}

static int sim_add_chips(struct extram_sim *sim, struct device *parent)
{
	unsigned int cs;
	int err;

	for (cs = 0; cs < EXTRAM_SIM_MAX_CS; cs++) {
		struct sim_chip *chip = &sim->chips[cs];
		const char *name = sim->cfg.models[cs];
		const struct sim_model *model = sim_model_find(name);

		if (!model) {
			dev_err(parent, "chip select %u: no model is called %s\n", cs, name);
			return -EINVAL;
		}
		chip->cs = cs;
		chip->listed = name;
		err = sim_chip_init(chip, model, sim_seed + cs);
		if (err)
			return err;
		sim->cfg.models[cs] = NULL;
	}
	return 0;
}

static void sim_fill_controller(struct extram_sim *sim, struct spi_controller *ctlr)
{
	const struct extram_sim_config *cfg = &sim->cfg;
	unsigned int cs;

	for (cs = 0; cs < EXTRAM_SIM_MAX_CS; cs++)
		sim->chips[cs].dev = &ctlr->dev;
	*(struct extram_sim **)spi_controller_get_devdata(ctlr) = sim;
	device_set_node(&ctlr->dev, dev_fwnode(ctlr->dev.parent));
	ctlr->bus_num = -1;
	ctlr->num_chipselect = EXTRAM_SIM_MAX_CS;
	ctlr->mode_bits = SPI_CPOL | SPI_CPHA;
	if (cfg->lines >= 2)
		ctlr->mode_bits |= SPI_TX_DUAL | SPI_RX_DUAL;
	if (cfg->lines >= 4)
		ctlr->mode_bits |= SPI_TX_QUAD | SPI_RX_QUAD;
	ctlr->bits_per_word_mask = SPI_BPW_RANGE_MASK(1, 8);
	ctlr->max_speed_hz = cfg->max_hz;
	if (cfg->half_duplex)
		ctlr->flags |= SPI_CONTROLLER_HALF_DUPLEX;

	if (cfg->mem_ops) {
		ctlr->mem_ops = cfg->window ? &sim_map_ops : &sim_mem_ops;
		ctlr->mem_caps = &sim_mem_caps;
		return;
	}
	ctlr->prepare_message = sim_prepare_message;
	ctlr->unprepare_message = sim_unprepare_message;
	ctlr->max_transfer_size = sim_max_transfer_size;
	ctlr->max_message_size = sim_max_message_size;
	if (cfg->no_cs_change) {
		ctlr->transfer_one_message = sim_transfer_one_message;
	} else {
		ctlr->set_cs = sim_set_cs;
		ctlr->transfer_one = sim_transfer_one;
	}
}

/**
 * sim_create() - register a simulated controller under a device
 * @parent: the device; children of its firmware node become SPI devices
 * @cfg: limits and chips; not used after the call
 *
 * Context: May sleep.
 * Return: the controller, to be given to extram_sim_destroy(), or ERR_PTR: -EINVAL for an unknown
 * model or a configuration that makes no sense, -ENOMEM, or what spi_register_controller() answers.
 */
struct extram_sim *sim_create(struct device *parent, const struct extram_sim_config *cfg)
{
	struct spi_controller *ctlr;
	struct extram_sim *sim;
	int err;

	if (cfg->clock_div2 && !cfg->max_hz) {
		dev_err(parent, "a divided clock needs one to divide\n");
		return ERR_PTR(-EINVAL);
	}
	if (cfg->mem_ops && !IS_ENABLED(CONFIG_SPI_MEM)) {
		dev_err(parent, "the kernel has no spi-mem\n");
		return ERR_PTR(-EINVAL);
	}

	sim = kzalloc(sizeof(*sim), GFP_KERNEL);
	if (!sim)
		return ERR_PTR(-ENOMEM);
	mutex_init(&sim->lock);
	sim->cfg = *cfg;
	err = sim_add_chips(sim, parent);
	if (err)
		goto fail;

	/* Who puts a controller that is not managed has changed between 6.12 and 7.2. */
	ctlr = devm_spi_alloc_host(parent, sizeof(sim));
	err = -ENOMEM;
	if (!ctlr)
		goto fail;
	sim->ctlr = ctlr;
	sim_fill_controller(sim, ctlr);

	/* Drivers may probe the chips from inside this call. */
	err = spi_register_controller(ctlr);
	if (err)
		goto fail;
	sim_debugfs_add(sim);
	return sim;

fail:
	sim_free(sim);
	return ERR_PTR(err);
}

/**
 * sim_suspend() - the system sleeps, and so do the drivers of the chips
 * @sim: the controller
 *
 * Context: May sleep.
 */
void sim_suspend(struct extram_sim *sim)
{
	unsigned int cs;

	mutex_lock(&sim->lock);
	for (cs = 0; cs < EXTRAM_SIM_MAX_CS; cs++) {
		struct sim_chip *chip = &sim->chips[cs];

		if (chip->cut)
			sim_chip_power_up(chip);
		chip->cut = false;
	}
	mutex_unlock(&sim->lock);
}

/**
 * extram_sim_create() - register a simulated controller that belongs to no device tree
 * @cfg: limits and chips
 *
 * Context: May sleep.
 * Return: as sim_create().
 */
struct extram_sim *extram_sim_create(const struct extram_sim_config *cfg)
{
	return sim_create(sim_root, cfg);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_create);

/**
 * extram_sim_destroy() - take a simulated controller with all that is on it away
 * @sim: the controller; NULL and error pointers are ignored
 *
 * Drivers of its devices are unbound first.
 *
 * Context: May sleep.
 */
void extram_sim_destroy(struct extram_sim *sim)
{
	if (IS_ERR_OR_NULL(sim))
		return;
	sim_debugfs_remove(sim);
	spi_unregister_controller(sim->ctlr);
	WARN(atomic_read(&sim->maps), "a driver has left a direct map behind\n");
	sim_free(sim);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_destroy);
