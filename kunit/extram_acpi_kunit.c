// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of memories that ACPI describes, by the names that the device tree has for them (PRP0001).
 *
 * The machine has to bring the table of kunit/extram_acpi.asl, as scripts/kunit makes it; without,
 * the suite is skipped.
 */
#include <kunit/test.h>
#include <linux/acpi.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/property.h>
#include <linux/random.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"
#include "extram_kunit.h"

static int acpi_is_chip(struct device *dev, const void *compatible)
{
	return has_acpi_companion(dev) &&
	       device_property_match_string(dev, "compatible", compatible) >= 0;
}

/* The memory that was made of a device of the table, or NULL. The caller puts its device. */
static struct extram *acpi_ram(struct kunit *test, const char *compatible)
{
	struct device *spi = bus_find_device(&spi_bus_type, NULL, compatible, acpi_is_chip);
	struct extram *ram;

	KUNIT_ASSERT_NOT_NULL_MSG(test, spi, "no device for %s", compatible);
	ram = extram_kunit_ram(spi);
	put_device(spi);
	KUNIT_ASSERT_NOT_NULL_MSG(test, ram, "%s has no driver", compatible);
	return ram;
}

/* Whether the firmware brought the table; what the kernel made of it is for the cases to see. */
static bool acpi_has_table(void)
{
	struct acpi_table_header *table;
	bool ours = false;
	u32 i;

	for (i = 1; !ours && ACPI_SUCCESS(acpi_get_table(ACPI_SIG_SSDT, i, &table)); i++) {
		ours = !strncmp(table->oem_id, "EXTRAM", ACPI_OEM_ID_SIZE);
		acpi_put_table(table);
	}
	return ours;
}

static int acpi_init_case(struct kunit *test)
{
	if (!acpi_has_table())
		kunit_skip(test, "this machine's ACPI names no memory");
	return 0;
}

static void acpi_probes_every_chip(struct kunit *test)
{
	static const char *const parts[][2] = {
		{ "microchip,23lc1024", "23lc1024" },
		{ "apmemory,aps6404l", "aps6404l" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		struct extram *ram = acpi_ram(test, parts[i][0]);

		KUNIT_EXPECT_STREQ(test, ram->chip->name, parts[i][1]);
		KUNIT_EXPECT_EQ(test, ram->space.size, (u64)ram->chip->size);
		put_device(&ram->dev);
	}
}

static void acpi_bytes_come_back(struct kunit *test)
{
	struct extram *ram = acpi_ram(test, "apmemory,aps6404l");

	extram_kunit_round_trip(test, ram);
	put_device(&ram->dev);
}

static struct kunit_case acpi_cases[] = {
	KUNIT_CASE(acpi_probes_every_chip),
	KUNIT_CASE(acpi_bytes_come_back),
	{}
};

static struct kunit_suite acpi_suite = {
	.name = "extram_acpi",
	.init = acpi_init_case,
	.test_cases = acpi_cases,
};

kunit_test_suite(acpi_suite);

MODULE_DESCRIPTION("Tests of extram on chips that ACPI describes");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
