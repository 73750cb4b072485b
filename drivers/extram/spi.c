// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SPI driver: from a device of the device tree to a memory, and back.
 */
#include <linux/err.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/property.h>
#include <linux/spi/spi.h>

#include "chips.h"
#include "core.h"
#include "io.h"
#include "power.h"
#include "spi.h"

static const struct of_device_id extram_of_match[] = {
	{ .compatible = "apmemory,aps6404l", .data = &extram_chip_aps6404l },
	{ .compatible = "cypress,fm25l16b", .data = &extram_chip_fm25l16b },
	{ .compatible = "cypress,fm25w256", .data = &extram_chip_fm25w256 },
	{ .compatible = "everspin,mr20h40", .data = &extram_chip_mr20h40 },
	{ .compatible = "everspin,mr25h10", .data = &extram_chip_mr25h10 },
	{ .compatible = "everspin,mr25h128", .data = &extram_chip_mr25h128 },
	{ .compatible = "everspin,mr25h256", .data = &extram_chip_mr25h256 },
	{ .compatible = "everspin,mr25h40", .data = &extram_chip_mr25h40 },
	{ .compatible = "fujitsu,mb85rs1mt", .data = &extram_chip_mb85rs1mt },
	{ .compatible = "fujitsu,mb85rs256b", .data = &extram_chip_mb85rs256b },
	{ .compatible = "fujitsu,mb85rs2mta", .data = &extram_chip_mb85rs2mta },
	{ .compatible = "fujitsu,mb85rs64v", .data = &extram_chip_mb85rs64v },
	{ .compatible = "microchip,23k640", .data = &extram_chip_23k640 },
	{ .compatible = "microchip,23k256", .data = &extram_chip_23k256 },
	{ .compatible = "microchip,23lc1024", .data = &extram_chip_23lc1024 },
	{ .compatible = "microchip,23lc512", .data = &extram_chip_23lc512 },
	{ }
};
MODULE_DEVICE_TABLE(of, extram_of_match);

static const struct spi_device_id extram_spi_ids[] = {
	{ "23k640", (kernel_ulong_t)&extram_chip_23k640 },
	{ "23k256", (kernel_ulong_t)&extram_chip_23k256 },
	{ "23lc1024", (kernel_ulong_t)&extram_chip_23lc1024 },
	{ "23lc512", (kernel_ulong_t)&extram_chip_23lc512 },
	{ "aps6404l", (kernel_ulong_t)&extram_chip_aps6404l },
	{ "fm25l16b", (kernel_ulong_t)&extram_chip_fm25l16b },
	{ "fm25w256", (kernel_ulong_t)&extram_chip_fm25w256 },
	{ "mb85rs1mt", (kernel_ulong_t)&extram_chip_mb85rs1mt },
	{ "mb85rs256b", (kernel_ulong_t)&extram_chip_mb85rs256b },
	{ "mb85rs2mta", (kernel_ulong_t)&extram_chip_mb85rs2mta },
	{ "mb85rs64v", (kernel_ulong_t)&extram_chip_mb85rs64v },
	{ "mr20h40", (kernel_ulong_t)&extram_chip_mr20h40 },
	{ "mr25h10", (kernel_ulong_t)&extram_chip_mr25h10 },
	{ "mr25h128", (kernel_ulong_t)&extram_chip_mr25h128 },
	{ "mr25h256", (kernel_ulong_t)&extram_chip_mr25h256 },
	{ "mr25h40", (kernel_ulong_t)&extram_chip_mr25h40 },
	{ }
};
MODULE_DEVICE_TABLE(spi, extram_spi_ids);

static const struct extram_chip *extram_spi_chip(struct spi_device *spi)
{
	const struct extram_chip *chip = device_get_match_data(&spi->dev);
	const struct spi_device_id *id;

	if (chip)
		return chip;
	id = spi_get_device_id(spi);
	return id ? (const struct extram_chip *)id->driver_data : NULL;
}

static int extram_spi_probe(struct spi_device *spi)
{
	const struct extram_chip *chip = extram_spi_chip(spi);
	struct device *dev = &spi->dev;
	struct extram_spi *priv;
	int err;

	if (!chip)
		return dev_err_probe(dev, -ENODEV, "no part is known by the name %s\n",
				     spi->modalias);

	priv = devm_kzalloc(dev, sizeof(*priv), GFP_KERNEL);
	if (!priv)
		return -ENOMEM;

	err = extram_power_get(dev, chip, &priv->power);
	if (err)
		return err;

	priv->io = extram_io_create(spi, chip);
	if (IS_ERR(priv->io))
		return PTR_ERR(priv->io);

	err = chip->ops->init(spi, chip);
	if (err)
		goto destroy_io;
	err = extram_io_measure(priv->io);
	if (err)
		goto destroy_io;

	priv->ram = extram_register(dev, chip, priv->io);
	if (IS_ERR(priv->ram)) {
		err = dev_err_probe(dev, PTR_ERR(priv->ram), "%s: no device node\n", chip->name);
		goto destroy_io;
	}

	err = extram_power_start(priv);
	if (err)
		goto unregister;

	spi_set_drvdata(spi, priv);
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
