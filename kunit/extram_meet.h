/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver that meets a chip: a controller with one chip, a device for it, and what the chip holds
 * before and after.
 */
#ifndef _EXTRAM_MEET_H
#define _EXTRAM_MEET_H

#include <kunit/test.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "extram_kunit.h"
#include "plan.h"
#include "sim/sim.h"

#define KIB		1024
#define MHZ		1000000
#define NO_DRIVER	"extram-kunit-none"	/* a modalias that no driver takes */
#define SEEN		4096	/* bytes of a chip that are compared before and after */

struct meet {
	struct extram_sim *sim;
	struct spi_device *spi;
	u8 *before;	/* first SEEN bytes of the chip, and its last ones */
	u8 *after;
	size_t seen;
	u32 size;
};

static inline int meet_init(struct kunit *test)
{
	struct meet *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->before = kunit_kzalloc(test, 2 * SEEN, GFP_KERNEL);
	m->after = kunit_kzalloc(test, 2 * SEEN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->before);
	KUNIT_ASSERT_NOT_NULL(test, m->after);
	test->priv = m;
	return 0;
}

static inline void meet_down(struct kunit *test)
{
	struct meet *m = test->priv;

	if (!IS_ERR_OR_NULL(m->sim))
		extram_sim_destroy(m->sim);
	m->sim = NULL;
}

static inline void meet_exit(struct kunit *test)
{
	meet_down(test);
}

static inline void meet_look(struct kunit *test, u8 *to)
{
	struct meet *m = test->priv;

	KUNIT_ASSERT_EQ(test, extram_sim_peek(m->sim, 0, 0, to, m->seen), 0);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(m->sim, 0, m->size - m->seen, to + m->seen, m->seen),
			0);
}

/* A controller like @like with @model, of @size bytes, on chip select 0. */
static inline void meet_sim_like(struct kunit *test, const char *model,
				 const struct extram_sim_config *like, u32 size)
{
	struct extram_sim_config cfg = *like;
	struct meet *m = test->priv;

	cfg.models[0] = model;
	m->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(m->sim));
	m->size = size;
	m->seen = min_t(u32, size, SEEN);
	meet_look(test, m->before);
}

static inline void meet_sim(struct kunit *test, const char *model, unsigned int lines, u32 size)
{
	const struct extram_sim_config like = { .lines = lines };

	meet_sim_like(test, model, &like, size);
}

static inline void meet_spi(struct kunit *test, const char *alias, unsigned int lines, u32 hz)
{
	struct meet *m = test->priv;

	m->spi = extram_sim_add_wide_device(m->sim, 0, alias, hz, lines);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(m->spi));
}

/* A device as a board file describes it, with properties. */
static inline void meet_described(struct kunit *test, const char *alias,
				  const struct software_node *node, u32 hz)
{
	struct meet *m = test->priv;
	struct spi_board_info info = { .max_speed_hz = hz, .swnode = node };

	KUNIT_ASSERT_GT(test, strscpy(info.modalias, alias, sizeof(info.modalias)), 0);
	m->spi = spi_new_device(extram_sim_controller(m->sim), &info);
	KUNIT_ASSERT_NOT_NULL(test, m->spi);
}

/* Nobody minds what was done to the chip, and it holds what it did. */
static inline void meet_expect_untouched(struct kunit *test)
{
	struct meet *m = test->priv;
	struct extram_sim_stats stats;

	extram_sim_stats(m->sim, 0, &stats);
	KUNIT_EXPECT_EQ_MSG(test, stats.violations, 0, "%s", extram_sim_last_violation(m->sim, 0));
	meet_look(test, m->after);
	KUNIT_EXPECT_EQ(test, memcmp(m->before, m->after, 2 * m->seen), 0);
}

static inline bool meet_is_bound(struct kunit *test)
{
	struct meet *m = test->priv;
	struct extram *ram = extram_kunit_ram(&m->spi->dev);

	if (ram)
		put_device(&ram->dev);
	return ram;
}

/* A command that no driver sends, as another system would have sent it before. */
static inline void meet_send(struct kunit *test, u8 opcode, unsigned int lines)
{
	struct meet *m = test->priv;
	u8 *tx = kunit_kzalloc(test, 1, GFP_KERNEL);
	struct spi_transfer xfer = { .tx_buf = tx, .len = 1, .tx_nbits = lines };
	struct spi_mem_op op = SPI_MEM_OP(SPI_MEM_OP_CMD(opcode, lines), SPI_MEM_OP_NO_ADDR,
					  SPI_MEM_OP_NO_DUMMY, SPI_MEM_OP_NO_DATA);
	struct spi_mem mem = { .spi = m->spi };

	KUNIT_ASSERT_NOT_NULL(test, tx);
	if (extram_has_mem_ops(m->spi)) {
		KUNIT_ASSERT_EQ(test, spi_mem_exec_op(&mem, &op), 0);
		return;
	}
	*tx = opcode;
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(m->spi, &xfer, 1), 0);
}

/* The board allows the driver to write to a part that keeps its content. */
static const struct property_entry meet_write_test_properties[] = {
	PROPERTY_ENTRY_BOOL("extram,write-test"),
	{ }
};

static const struct software_node meet_write_test __maybe_unused = {
	.properties = meet_write_test_properties,
};

#endif /* _EXTRAM_MEET_H */
