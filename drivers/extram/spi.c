// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SPI driver: from a device of the device tree to a memory, and back.
 */
#include <linux/err.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/property.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "check.h"
#include "chips.h"
#include "core.h"
#include "io.h"
#include "power.h"
#include "properties.h"
#include "spi.h"

static const struct of_device_id extram_of_match[] = {
#define EXTRAM_PART(vendor, part, row)	\
	{ .compatible = vendor "," part, .data = &extram_chip_##row },
#include "parts.h"
#undef EXTRAM_PART
	{ .compatible = "extram,serial-ram", .data = &extram_chip_generic },
	{ }
};
MODULE_DEVICE_TABLE(of, extram_of_match);

static const struct spi_device_id extram_spi_ids[] = {
#define EXTRAM_PART(vendor, part, row)	{ part, (kernel_ulong_t)&extram_chip_##row },
#include "parts.h"
#undef EXTRAM_PART
	{ "serial-ram", (kernel_ulong_t)&extram_chip_generic },
	{ }
};
MODULE_DEVICE_TABLE(spi, extram_spi_ids);

/* What firmware calls a part that shares its row with others, without the vendor. */
static const char *extram_spi_name(struct device *dev, const struct extram_chip *row)
{
	const struct of_device_id *match;

	for (match = extram_of_match; match->data; match++)
		if (match->data == row &&
		    device_property_match_string(dev, "compatible", match->compatible) >= 0)
			return strchr(match->compatible, ',') + 1;
	return row->name;
}

/* The row of a part as this board has it. */
static int extram_spi_chip(struct spi_device *spi, struct extram_chip *chip)
{
	const struct extram_chip *row = device_get_match_data(&spi->dev);
	const struct spi_device_id *id = row ? NULL : spi_get_device_id(spi);

	if (!row && !id)
		return dev_err_probe(&spi->dev, -ENODEV, "no part is known by the name %s\n",
				     spi->modalias);
	if (!row)
		row = (const struct extram_chip *)id->driver_data;
	*chip = *row;
	chip->name = id ? id->name : extram_spi_name(&spi->dev, row);

	if (!chip->reads)
		return dev_err_probe(&spi->dev, -EOPNOTSUPP,
				     "%s: needs eight lines at double data rate, which this driver does not have\n",
				     chip->name);
	return extram_chip_read_properties(&spi->dev, chip);
}

/* From a chip in any state to one whose commands work, by all that may be asked of it. */
static int extram_spi_meet(struct spi_device *spi, struct extram_chip *chip)
{
	int err = chip->ops->init(spi, chip);

	if (err == -ENODEV)
		extram_check_clock(spi, chip);
	if (!err && chip->flags & EXTRAM_CHIP_WRITE_TEST) {
		if (!chip->id_len)
			err = extram_check_address(spi, chip);
		err = err ?: extram_check_link(spi, chip);
	}
	if (!err && chip->ops->adapt)
		err = chip->ops->adapt(spi, chip);
	return err;
}

static int extram_spi_probe(struct spi_device *spi)
{
	struct device *dev = &spi->dev;
	struct extram_chip *chip;
	struct extram_spi *priv;
	int err;

	priv = devm_kzalloc(dev, sizeof(*priv), GFP_KERNEL);
	if (!priv)
		return -ENOMEM;
	err = extram_spi_chip(spi, &priv->chip);
	if (err)
		return err;
	chip = &priv->chip;

	err = extram_power_get(dev, chip, &priv->power);
	if (err)
		return err;

	priv->io = extram_io_create(spi, chip);
	if (IS_ERR(priv->io))
		return PTR_ERR(priv->io);

	err = extram_spi_meet(spi, chip);
	if (err)
		goto destroy_io;
	err = extram_power_get_marks(dev, chip, &priv->power);
	if (err)
		goto destroy_io;
	err = extram_io_start(priv->io);
	if (err)
		goto destroy_io;

	/* Whoever opens the node may need it at once. */
	spi_set_drvdata(spi, priv);
	priv->ram = extram_register(dev, chip, priv->io);
	if (IS_ERR(priv->ram)) {
		err = dev_err_probe(dev, PTR_ERR(priv->ram), "%s: no device node\n", chip->name);
		goto destroy_io;
	}

	err = extram_power_start(priv);
	if (err)
		goto unregister;

	dev_info(dev, "%s, %u KiB, as /dev/%s\n", chip->name, chip->size / 1024,
		 dev_name(&priv->ram->dev));
	return 0;

unregister:
	extram_unregister(priv->ram);
destroy_io:
	extram_io_destroy(priv->io);
	return err;
}

static void extram_spi_remove(struct spi_device *spi)
{
	struct extram_spi *priv = spi_get_drvdata(spi);

	/* As long as anything is on the wire, a supply that goes must be heard of. */
	extram_gate_close(priv->ram);
	extram_power_stop(priv);
	extram_unregister(priv->ram);
	extram_io_destroy(priv->io);
}

static struct spi_driver extram_spi_driver = {
	.driver = {
		.name = EXTRAM_NAME,
		.of_match_table = extram_of_match,
		.pm = pm_sleep_ptr(&extram_pm_ops),
	},
	.id_table = extram_spi_ids,
	.probe = extram_spi_probe,
	.remove = extram_spi_remove,
	.shutdown = extram_power_shutdown,
};

static int __init extram_init(void)
{
	int err;

	err = extram_class_init();
	if (err)
		return err;

	err = spi_register_driver(&extram_spi_driver);
	if (err)
		extram_class_exit();
	return err;
}
module_init(extram_init);

static void __exit extram_exit(void)
{
	spi_unregister_driver(&extram_spi_driver);
	extram_class_exit();
}
module_exit(extram_exit);

MODULE_DESCRIPTION("External serial RAM as a character device");
MODULE_LICENSE("GPL");
