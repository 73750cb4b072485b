// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where simulated controllers come from: nodes of the device tree, or module parameters.
 *
 * A test tool, and a playground without hardware: nothing here reaches a wire.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "internal.h"

#define SIM_NAME	"extram-sim"

/* Parent of the controllers that KUnit suites make. */
struct device *sim_root;

unsigned int sim_seed = 1;
module_param_named(seed, sim_seed, uint, 0444);
MODULE_PARM_DESC(seed, "Seed of what the chips hold after power-up (default 1)");

static char *chips[EXTRAM_SIM_MAX_CS];
static int nchips;
module_param_array(chips, charp, &nchips, 0444);
MODULE_PARM_DESC(chips,
		 "Chips of a controller that is in no device tree, one per chip select: 23lc1024,aps6404l,none; PART:MODEL puts another model in the place of a part (default: no controller)");

static unsigned int hz;
module_param(hz, uint, 0444);
MODULE_PARM_DESC(hz, "Clock of the devices of chips= in Hz (default: the part's own for READ)");

static unsigned int max_transfer;
module_param(max_transfer, uint, 0444);
MODULE_PARM_DESC(max_transfer, "Most bytes in one transfer of the controller of chips= (default 0: no limit)");

static unsigned int max_message;
module_param(max_message, uint, 0444);
MODULE_PARM_DESC(max_message, "Most bytes in one message of the controller of chips= (default 0: no limit)");

static unsigned int max_hz;
module_param(max_hz, uint, 0444);
MODULE_PARM_DESC(max_hz, "Fastest clock of the controller of chips= in Hz (default 0: no limit)");

static unsigned int lines;
module_param(lines, uint, 0444);
MODULE_PARM_DESC(lines, "Data lines of the controller of chips= and of its devices: 1, 2 or 4 (default 1)");

static unsigned int max_op;
module_param(max_op, uint, 0444);
MODULE_PARM_DESC(max_op, "Most bytes of data in one operation of the controller of chips= (default 0: no limit)");

static unsigned int window;
module_param(window, uint, 0444);
MODULE_PARM_DESC(window, "Bytes of each chip in a direct map of the controller of chips= (default 0: none)");

static unsigned int window_cut;
module_param(window_cut, uint, 0444);
MODULE_PARM_DESC(window_cut, "Most bytes that move at once through that (default 0: no limit)");

static unsigned int dma_min;
module_param(dma_min, uint, 0444);
MODULE_PARM_DESC(dma_min, "From so many bytes on transfers of the controller of chips= go by DMA (default 0: none)");

static bool mem_ops;
module_param(mem_ops, bool, 0444);
MODULE_PARM_DESC(mem_ops, "The controller of chips= knows operations of spi-mem and nothing else (default N)");

static bool real_time;
module_param(real_time, bool, 0444);
MODULE_PARM_DESC(real_time, "Each clock of the controller of chips= takes its time (default N)");

static bool no_cs_change;
module_param(no_cs_change, bool, 0444);
MODULE_PARM_DESC(no_cs_change, "The controller of chips= refuses cs_change (default N)");

static bool half_duplex;
module_param(half_duplex, bool, 0444);
MODULE_PARM_DESC(half_duplex, "The controller of chips= sends or receives, not both at once (default N)");

static bool hide_effective_speed;
module_param(hide_effective_speed, bool, 0444);
MODULE_PARM_DESC(hide_effective_speed, "The controller of chips= does not tell its real clock (default N)");

static bool clock_div2;
module_param(clock_div2, bool, 0444);
MODULE_PARM_DESC(clock_div2, "The controller of chips= divides max_hz by powers of two (default N)");

static struct platform_device *sim_pdev;

/* PART:MODEL, or a name that is both. Cuts the string in two. */
static const char *sim_split(char *name, const char **part)
{
	const struct sim_model *model;
	char *colon = strchr(name, ':');

	if (colon) {
		*colon = '\0';
		*part = name;
		return colon + 1;
	}
	model = sim_model_find(name);
	*part = model && model->part ? model->part : name;
	return name;
}

static u32 sim_default_hz(const char *part)
{
	const struct sim_model *model = sim_model_find(part);
	const struct sim_op *op = model ? model->ops : NULL;

	for (; op && op->kind != SIM_NO_COMMAND; op++)
		if (op->kind == SIM_READ && !op->addr_lines)
			return op->max_hz ? op->max_hz : model->max_hz;
	return 1000000;
}

static int sim_probe_parameters(struct device *dev, struct extram_sim_config *cfg)
{
	const char *parts[EXTRAM_SIM_MAX_CS] = {};
	struct extram_sim *sim;
	unsigned int cs;

	cfg->max_transfer = max_transfer;
	cfg->max_message = max_message;
	cfg->max_hz = max_hz;
	cfg->lines = lines;
	cfg->max_op = max_op;
	cfg->window = window;
	cfg->window_cut = window_cut;
	cfg->dma_min = dma_min;
	cfg->mem_ops = mem_ops;
	cfg->real_time = real_time;
	cfg->no_cs_change = no_cs_change;
	cfg->half_duplex = half_duplex;
	cfg->hide_effective_speed = hide_effective_speed;
	cfg->clock_div2 = clock_div2;
	for (cs = 0; cs < nchips; cs++) {
		/* Cut a copy: probe may run again, and the parameters can be read in sysfs. */
		char *name = devm_kstrdup(dev, chips[cs], GFP_KERNEL);

		if (!name)
			return -ENOMEM;
		if (*name && strcmp(name, "none"))
			cfg->models[cs] = sim_split(name, &parts[cs]);
	}

	sim = sim_create(dev, cfg);
	if (IS_ERR(sim))
		return PTR_ERR(sim);
	dev_set_drvdata(dev, sim);

	for (cs = 0; cs < nchips; cs++) {
		struct spi_device *spi;

		if (!parts[cs])
			continue;
		spi = extram_sim_add_wide_device(sim, cs, parts[cs],
						 hz ? hz : sim_default_hz(parts[cs]), lines);
		if (IS_ERR(spi)) {
			dev_set_drvdata(dev, NULL);
			extram_sim_destroy(sim);
			return PTR_ERR(spi);
		}
	}
	return 0;
}

/* The model of a child: what it says, else the part that it is for. */
static int sim_child_model(struct fwnode_handle *child, const char **model)
{
	const char *comma;
	int err;

	if (!fwnode_property_read_string(child, "extram,sim-model", model))
		return 0;
	err = fwnode_property_read_string(child, "compatible", model);
	if (err)
		return err;
	comma = strchr(*model, ',');
	if (comma)
		*model = comma + 1;
	return 0;
}

static int sim_probe_firmware(struct device *dev, struct extram_sim_config *cfg)
{
	struct fwnode_handle *child;
	struct extram_sim *sim;
	u32 cs;

	device_property_read_u32(dev, "extram,sim-max-transfer", &cfg->max_transfer);
	device_property_read_u32(dev, "extram,sim-max-message", &cfg->max_message);
	device_property_read_u32(dev, "extram,sim-max-hz", &cfg->max_hz);
	device_property_read_u32(dev, "extram,sim-lines", &cfg->lines);
	device_property_read_u32(dev, "extram,sim-max-op", &cfg->max_op);
	device_property_read_u32(dev, "extram,sim-window", &cfg->window);
	device_property_read_u32(dev, "extram,sim-window-cut", &cfg->window_cut);
	device_property_read_u32(dev, "extram,sim-dma-min", &cfg->dma_min);
	device_property_read_u32(dev, "extram,sim-gap-ns", &cfg->gap_ns);
	cfg->mem_ops = device_property_read_bool(dev, "extram,sim-mem-ops");
	cfg->real_time = device_property_read_bool(dev, "extram,sim-real-time");
	cfg->no_cs_change = device_property_read_bool(dev, "extram,sim-no-cs-change");
	cfg->half_duplex = device_property_read_bool(dev, "extram,sim-half-duplex");
	cfg->hide_effective_speed = device_property_read_bool(dev,
							      "extram,sim-hide-effective-speed");
	cfg->clock_div2 = device_property_read_bool(dev, "extram,sim-clock-div2");

	device_for_each_child_node(dev, child) {
		if (fwnode_property_read_u32(child, "reg", &cs) || cs >= EXTRAM_SIM_MAX_CS ||
		    sim_child_model(child, &cfg->models[cs])) {
			dev_err(dev, "%pfwP: bad reg or no model\n", child);
			fwnode_handle_put(child);
			return -EINVAL;
		}
	}

	sim = sim_create(dev, cfg);
	if (IS_ERR(sim))
		return PTR_ERR(sim);
	dev_set_drvdata(dev, sim);
	return 0;
}

static void sim_unprobe(void *dev)
{
	extram_sim_destroy(dev_get_drvdata(dev));
}

static int sim_probe(struct platform_device *pdev)
{
	struct extram_sim_config cfg = {};
	struct device *dev = &pdev->dev;
	int err;

	err = dev_fwnode(dev) ? sim_probe_firmware(dev, &cfg) : sim_probe_parameters(dev, &cfg);
	if (err)
		return dev_err_probe(dev, err, "no simulated controller\n");
	return devm_add_action_or_reset(dev, sim_unprobe, dev);
}

/* Devices on the bus were suspended before. */
static int sim_pm_suspend(struct device *dev)
{
	sim_suspend(dev_get_drvdata(dev));
	return 0;
}

static const struct dev_pm_ops sim_pm_ops = {
	.suspend = pm_sleep_ptr(sim_pm_suspend),
};

static const struct of_device_id sim_of_match[] = {
	{ .compatible = "extram,sim-spi" },
	{ }
};
MODULE_DEVICE_TABLE(of, sim_of_match);

static struct platform_driver sim_driver = {
	.driver = {
		.name = SIM_NAME,
		.of_match_table = sim_of_match,
		.pm = pm_sleep_ptr(&sim_pm_ops),
	},
	.probe = sim_probe,
};

static int __init sim_init(void)
{
	int err;

	sim_root = root_device_register(SIM_NAME);
	if (IS_ERR(sim_root))
		return PTR_ERR(sim_root);
	sim_debugfs_init();
	err = platform_driver_register(&sim_driver);
	if (err)
		goto fail_driver;

	if (nchips) {
		sim_pdev = platform_device_register_simple(SIM_NAME, PLATFORM_DEVID_NONE, NULL, 0);
		if (IS_ERR(sim_pdev)) {
			err = PTR_ERR(sim_pdev);
			goto fail_device;
		}
		/* What is wrong has been said. Who asked for chips must not think to have them. */
		if (!platform_get_drvdata(sim_pdev)) {
			err = -EINVAL;
			goto fail_probe;
		}
	}
	return 0;

fail_probe:
	platform_device_unregister(sim_pdev);
fail_device:
	platform_driver_unregister(&sim_driver);
fail_driver:
	sim_debugfs_exit();
	root_device_unregister(sim_root);
	return err;
}
module_init(sim_init);

static void __exit sim_exit(void)
{
	platform_device_unregister(sim_pdev);
	platform_driver_unregister(&sim_driver);
	sim_debugfs_exit();
	root_device_unregister(sim_root);
}
module_exit(sim_exit);

MODULE_DESCRIPTION("Simulated SPI controller with serial RAM chips");
MODULE_LICENSE("GPL");
