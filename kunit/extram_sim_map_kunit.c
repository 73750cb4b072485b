// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the simulator's direct maps: what they show and cut, and that a chip that minds what
 * such a controller does says so.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/spi/spi-mem.h>

#include "compat.h"
#include "extram_sim_bench.h"

#define AHEAD	32	/* bytes that are read ahead */

static const struct extram_sim_config map_config = {
	.mem_ops = true, .max_op = 16, .window = 8 * KIB, .window_cut = 100,
};

/* A map of the first @length bytes for READ, or for WRITE. */
static struct spi_mem_dirmap_desc *map_create(struct kunit *test, struct spi_mem *mem, u64 length,
					      enum spi_mem_data_dir dir)
{
	const struct spi_mem_op op =
		SPI_MEM_OP(SPI_MEM_OP_CMD(dir == SPI_MEM_DATA_IN ? 0x03 : 0x02, 1),
			   SPI_MEM_OP_ADDR(3, 0, 1), SPI_MEM_OP_NO_DUMMY,
			   SPI_MEM_OP_DATA_IN(0, NULL, 1));
	struct spi_mem_dirmap_info info = { .length = length };
	struct spi_mem_dirmap_desc *map;
	struct bench *b = test->priv;

	mem->spi = b->spi;
	*extram_window_op(&info) = op;
	extram_window_op(&info)->data.dir = dir;
	map = spi_mem_dirmap_create(mem, &info);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(map));
	return map;
}

/* Every byte at its place, in pieces, by one command each. */
static void map_shows_what_it_is_asked_for(struct kunit *test)
{
	struct bench *b = test->priv;
	struct extram_sim_stats stats;
	struct spi_mem_dirmap_desc *map;
	struct spi_mem mem = {};
	unsigned int i;

	bench_put(test, "23lc1024", &map_config, 20 * MHZ);
	for (i = 0; i < 300; i++)
		bench_poke(test, 1000 + i, i);
	map = map_create(test, &mem, 8 * KIB, SPI_MEM_DATA_IN);
	KUNIT_EXPECT_EQ(test, map->nodirmap, 0);
	KUNIT_EXPECT_EQ(test, spi_mem_dirmap_read(map, 1000, 50, b->rx), 50);
	KUNIT_EXPECT_EQ(test, spi_mem_dirmap_read(map, 1050, 250, b->rx + 50), 100);
	for (i = 0; i < 150; i++)
		KUNIT_EXPECT_EQ(test, b->rx[i], i);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 2);
	KUNIT_EXPECT_EQ(test, stats.windowed, 150);
	KUNIT_EXPECT_EQ(test, stats.clocks, (2 * (4 + AHEAD) + 150) * 8);
	spi_mem_dirmap_destroy(map);
}

/* What is written is not followed by anything. */
static void map_writes(struct kunit *test)
{
	struct bench *b = test->priv;
	struct extram_sim_stats stats;
	struct spi_mem_dirmap_desc *map;
	struct spi_mem mem = {};

	bench_put(test, "23lc1024", &map_config, 20 * MHZ);
	bench_poke(test, 21, 0x77);
	map = map_create(test, &mem, 8 * KIB, SPI_MEM_DATA_OUT);
	memset(b->tx, 0x3c, 20);
	KUNIT_EXPECT_EQ(test, spi_mem_dirmap_write(map, 1, 20, b->tx), 20);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 1), 0x3c);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 20), 0x3c);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 21), 0x77);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.clocks, (4 + 20) * 8);
	spi_mem_dirmap_destroy(map);
}

/* A larger one than the controller has is none: the SPI core makes operations of it. */
static void map_is_as_large_as_the_controller_says(struct kunit *test)
{
	struct bench *b = test->priv;
	struct extram_sim_stats stats;
	struct spi_mem_dirmap_desc *map;
	struct spi_mem mem = {};

	bench_put(test, "23lc1024", &map_config, 20 * MHZ);
	map = map_create(test, &mem, 8 * KIB + 1, SPI_MEM_DATA_IN);
	KUNIT_EXPECT_NE(test, map->nodirmap, 0);
	KUNIT_EXPECT_EQ(test, spi_mem_dirmap_read(map, 0, 50, b->rx), 16);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.windowed, 0);
	spi_mem_dirmap_destroy(map);
}

static void map_ends(struct kunit *test)
{
	struct spi_mem_dirmap_desc *map;
	struct bench *b = test->priv;
	struct spi_mem mem = {};

	bench_put(test, "23lc1024", &map_config, 20 * MHZ);
	map = map_create(test, &mem, 4 * KIB, SPI_MEM_DATA_IN);
	KUNIT_EXPECT_EQ(test, spi_mem_dirmap_read(map, 4 * KIB - 16, 16, b->rx), 16);
	bench_expect_clean(test);
	KUNIT_EXPECT_EQ(test, spi_mem_dirmap_read(map, 4 * KIB - 16, 17, b->rx), -EINVAL);
	bench_expect_violation(test, EXTRAM_SIM_LIMIT);
	spi_mem_dirmap_destroy(map);
}

/* 29 bytes fit into 8 us at 33 MHz: what is read ahead is too much for a PSRAM. */
static void map_of_a_psram_is_judged(struct kunit *test)
{
	struct spi_mem_dirmap_desc *map;
	struct bench *b = test->priv;
	struct spi_mem mem = {};
	struct spi_mem_op reset[] = {
		SPI_MEM_OP(SPI_MEM_OP_CMD(0x66, 1), SPI_MEM_OP_NO_ADDR, SPI_MEM_OP_NO_DUMMY,
			   SPI_MEM_OP_NO_DATA),
		SPI_MEM_OP(SPI_MEM_OP_CMD(0x99, 1), SPI_MEM_OP_NO_ADDR, SPI_MEM_OP_NO_DUMMY,
			   SPI_MEM_OP_NO_DATA),
	};

	bench_put(test, "aps6404l", &map_config, 33 * MHZ);
	map = map_create(test, &mem, 8 * KIB, SPI_MEM_DATA_IN);
	KUNIT_EXPECT_EQ(test, spi_mem_exec_op(&mem, &reset[0]), 0);
	KUNIT_EXPECT_EQ(test, spi_mem_exec_op(&mem, &reset[1]), 0);
	bench_expect_clean(test);
	KUNIT_EXPECT_EQ(test, spi_mem_dirmap_read(map, 0, 1, b->rx), 1);
	bench_expect_violation(test, EXTRAM_SIM_TCEM);
	spi_mem_dirmap_destroy(map);
}

static struct kunit_case map_cases[] = {
	KUNIT_CASE(map_shows_what_it_is_asked_for),
	KUNIT_CASE(map_writes),
	KUNIT_CASE(map_is_as_large_as_the_controller_says),
	KUNIT_CASE(map_ends),
	KUNIT_CASE(map_of_a_psram_is_judged),
	{}
};

static struct kunit_suite map_suite = {
	.name = "extram_sim_map",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = map_cases,
};

kunit_test_suite(map_suite);

MODULE_DESCRIPTION("Tests of the simulator's direct maps");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
