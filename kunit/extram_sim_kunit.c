// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the simulated chips, what they have in common: each holds bytes as its datasheet says,
 * and complains of commands and clocks that its datasheet does not have. Numbers are written out
 * here and not taken from the simulator.
 */
#include <linux/delay.h>

#include "compat.h"
#include "extram_sim_bench.h"

/* The parts, and what it takes to write to them. */
struct part {
	const char *name;
	u32 size;
	u8 addr_bytes;
	u32 hz;		/* at which every command of the tests works */
	bool kept;	/* without power */
	u8 setup[2];	/* bytes of a command of their own each, or one command with a value */
	bool wren;
	bool busy;	/* for a millisecond after power-up */
	u8 dummy;	/* bytes between the address and what is read */
	u32 ring;	/* bytes in which a burst goes round, 0 for all */
};

#define SEQUENTIAL	{ 0x01, 0x40 }
#define RESET		{ 0x66, 0x99 }

static const struct part parts[] = {
	{ "23k640", 8 * KIB, 2, 20 * MHZ, false, SEQUENTIAL },
	{ "23k256", 32 * KIB, 2, 20 * MHZ, false, SEQUENTIAL },
	{ "23lc512", 64 * KIB, 2, 20 * MHZ, false, SEQUENTIAL },
	{ "23lc1024", 128 * KIB, 3, 20 * MHZ, false, SEQUENTIAL },
	{ "aps6404l", 8 * KIB * KIB, 3, 33 * MHZ, false, RESET },
	{ "23lcv512", 64 * KIB, 2, 20 * MHZ, false, SEQUENTIAL },
	{ "23lcv1024", 128 * KIB, 3, 20 * MHZ, false, SEQUENTIAL },
	{ "23aa02m", 256 * KIB, 3, 20 * MHZ, false },
	{ "23aa04m", 512 * KIB, 3, 20 * MHZ, false },
	{ "n01s830ha", 128 * KIB, 3, 20 * MHZ, false, SEQUENTIAL },
	{ "n01s830ba", 128 * KIB, 3, 20 * MHZ, false, SEQUENTIAL },
	{ "n01s818ha", 128 * KIB, 3, 20 * MHZ, false, SEQUENTIAL },
	{ "n25s830ha", 32 * KIB, 2, 16 * MHZ, false, SEQUENTIAL },
	{ "n25s818ha", 32 * KIB, 2, 16 * MHZ, false, SEQUENTIAL },
	{ "n64s830ha", 8 * KIB, 2, 16 * MHZ, false, SEQUENTIAL },
	{ "n64s818ha", 8 * KIB, 2, 16 * MHZ, false, SEQUENTIAL },
	{ "is62wvs0648", 64 * KIB, 3, 16 * MHZ, false, SEQUENTIAL },
	{ "is62wvs1288f", 128 * KIB, 3, 16 * MHZ, false, SEQUENTIAL },
	{ "is62wvs2568f", 256 * KIB, 3, 16 * MHZ, false, SEQUENTIAL },
	{ "is62wvs2568g", 256 * KIB, 3, 30 * MHZ, false, SEQUENTIAL, .dummy = 1 },
	{ "is62wvs5128", 512 * KIB, 3, 16 * MHZ, false, SEQUENTIAL, .ring = 256 * KIB },
	{ "aps6404l-sq", 8192 * KIB, 3, 33 * MHZ, false, RESET, .ring = KIB },
	{ "aps1604m", 2048 * KIB, 3, 33 * MHZ, false, RESET },
	{ "esp-psram16h", 2048 * KIB, 3, 33 * MHZ, false, RESET, .ring = 512 },
	{ "esp-psram32", 4096 * KIB, 3, 33 * MHZ, false, RESET, .ring = 512 },
	{ "esp-psram64", 8192 * KIB, 3, 33 * MHZ, false, RESET },
	{ "esp-psram64h", 8192 * KIB, 3, 33 * MHZ, false, RESET },
	{ "ly68l6400", 8192 * KIB, 3, 33 * MHZ, false, RESET, .ring = KIB },
	{ "ly68s3200", 4096 * KIB, 3, 33 * MHZ, false, RESET, .ring = 512 },
	{ "ips6404l", 8192 * KIB, 3, 33 * MHZ, false, RESET },
	{ "vti7064", 8192 * KIB, 3, 33 * MHZ, false, RESET, .ring = KIB },
	{ "is66wvs1m8", 1024 * KIB, 3, 33 * MHZ, false, RESET, .ring = KIB },
	{ "is66wvs2m8", 2048 * KIB, 3, 33 * MHZ, false, RESET, .ring = KIB },
	{ "is66wvs4m8", 4096 * KIB, 3, 33 * MHZ, false, RESET, .ring = KIB },
	{ "is66wvs8m8", 8192 * KIB, 3, 33 * MHZ, false, RESET, .ring = KIB },
	{ "is66wvs16m8", 16384 * KIB, 3, 33 * MHZ, false, RESET, .ring = KIB },
	{ "mb85rs16n", 2 * KIB, 2, 20 * MHZ, true, .wren = true },
	{ "mb85rs64v", 8 * KIB, 2, 20 * MHZ, true, .wren = true },
	{ "mb85rs128b", 16 * KIB, 2, 25 * MHZ, true, .wren = true },
	{ "mb85rs256b", 32 * KIB, 2, 25 * MHZ, true, .wren = true },
	{ "mb85rs256ty", 32 * KIB, 2, 40 * MHZ, true, .wren = true },
	{ "mb85rs512t", 64 * KIB, 2, 25 * MHZ, true, .wren = true },
	{ "mb85rs1mt", 128 * KIB, 3, 25 * MHZ, true, .wren = true },
	{ "mb85rs2mt", 256 * KIB, 3, 25 * MHZ, true, .wren = true },
	{ "mb85rs2mta", 256 * KIB, 3, 33 * MHZ, true, .wren = true },
	{ "mb85rs4mt", 512 * KIB, 3, 40 * MHZ, true, .wren = true },
	{ "cy15b004q", 512, 1, 16 * MHZ, true, .wren = true },
	{ "fm25l04b", 512, 1, 20 * MHZ, true, .wren = true },
	{ "fm25040b", 512, 1, 10 * MHZ, true, .wren = true },
	{ "fm25l16b", 2 * KIB, 2, 20 * MHZ, true, .wren = true },
	{ "fm25c160b", 2 * KIB, 2, 10 * MHZ, true, .wren = true },
	{ "fm25cl64b", 8 * KIB, 2, 10 * MHZ, true, .wren = true },
	{ "fm25640b", 8 * KIB, 2, 10 * MHZ, true, .wren = true },
	{ "fm25w256", 32 * KIB, 2, 20 * MHZ, true, .wren = true },
	{ "fm25h20", 256 * KIB, 3, 10 * MHZ, true, .wren = true },
	{ "fm25v01", 16 * KIB, 2, 20 * MHZ, true, .wren = true },
	{ "fm25v02", 32 * KIB, 2, 20 * MHZ, true, .wren = true },
	{ "fm25v05", 64 * KIB, 2, 20 * MHZ, true, .wren = true },
	{ "fm25v10", 128 * KIB, 3, 40 * MHZ, true, .wren = true },
	{ "cy15b102q", 256 * KIB, 3, 20 * MHZ, true, .wren = true },
	{ "cy15b102qm", 256 * KIB, 3, 50 * MHZ, true, .wren = true },
	{ "cy15b104q", 512 * KIB, 3, 40 * MHZ, true, .wren = true },
	{ "cy15b104qi", 512 * KIB, 3, 20 * MHZ, true, .wren = true },
	{ "cy15b104qn", 512 * KIB, 3, 50 * MHZ, true, .wren = true },
	{ "cy15b108qn", 1024 * KIB, 3, 40 * MHZ, true, .wren = true },
	{ "mr25h128", 16 * KIB, 2, 40 * MHZ, true, .wren = true },
	{ "mr25h256", 32 * KIB, 2, 40 * MHZ, true, .wren = true },
	{ "mr25h10", 128 * KIB, 3, 40 * MHZ, true, .wren = true },
	{ "mr25h40", 512 * KIB, 3, 40 * MHZ, true, .wren = true },
	{ "mr20h40", 512 * KIB, 3, 50 * MHZ, true, .wren = true },
	{ "as3001204", 128 * KIB, 3, 20 * MHZ, true, .wren = true },
	{ "as3004204", 512 * KIB, 3, 20 * MHZ, true, .wren = true },
	{ "as3008204", 1024 * KIB, 3, 20 * MHZ, true, .wren = true },
	{ "as3016204", 2048 * KIB, 3, 20 * MHZ, true, .wren = true },
	{ "48l640", 8 * KIB, 2, 66 * MHZ, true, .wren = true, .busy = true },
	{ "48l256", 32 * KIB, 2, 66 * MHZ, true, .wren = true, .busy = true },
	{ "48l512", 64 * KIB, 2, 66 * MHZ, true, .wren = true, .busy = true },
};

static void part_name(const struct part *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(part, parts, part_name);

static void part_put(struct kunit *test, const struct part *p)
{
	bench_put(test, p->name, NULL, p->hz);
	if (p->busy)
		usleep_range(1100, 1500);
	if (p->setup[0] == 0x66) {
		CMD(test, 0x66);
		CMD(test, 0x99);
	} else if (p->setup[0]) {
		CMD(test, p->setup[0], p->setup[1]);
	}
}

static size_t part_header(const struct part *p, u8 opcode, u32 addr, u8 *header)
{
	size_t n = 0;

	/* With one byte of address its ninth bit is in the opcode. */
	header[n++] = opcode | (p->addr_bytes == 1 && addr & 0x100 ? 0x08 : 0);
	if (p->addr_bytes == 3)
		header[n++] = addr >> 16;
	if (p->addr_bytes >= 2)
		header[n++] = addr >> 8;
	header[n++] = addr;
	if (opcode == 0x03 && p->dummy)
		header[n++] = 0;
	return n;
}

static void part_write(struct kunit *test, const struct part *p, u32 addr, const u8 *data,
		       size_t len)
{
	u8 cmd[4 + 16];
	size_t n = part_header(p, 0x02, addr, cmd);

	KUNIT_ASSERT_LE(test, len, 16);
	if (p->wren)
		CMD(test, 0x06);
	memcpy(cmd + n, data, len);
	bench_cmd(test, cmd, n + len, 0);
}

static u8 *part_read(struct kunit *test, const struct part *p, u32 addr, size_t len)
{
	u8 cmd[6];

	return bench_cmd(test, cmd, part_header(p, 0x03, addr, cmd), len);
}

static const u8 some[8] = { 0x81, 0x12, 0xc3, 0x34, 0xa5, 0x56, 0xe7, 0x78 };

/* At both ends and where only one bit of the address is set. */
static void sim_part_holds_what_it_is_given(struct kunit *test)
{
	const struct part *p = test->param_value;
	struct bench *b = test->priv;
	u32 addr;

	part_put(test, p);
	for (addr = 1; addr < p->size; addr *= 2) {
		part_write(test, p, addr, some, 1);
		KUNIT_EXPECT_EQ(test, bench_peek(test, addr), some[0]);
		bench_poke(test, addr, addr >> 3 ^ 0x5a);
		KUNIT_EXPECT_EQ(test, *part_read(test, p, addr, 1), (u8)(addr >> 3 ^ 0x5a));
	}
	part_write(test, p, p->size - sizeof(some), some, sizeof(some));
	KUNIT_ASSERT_EQ(test, extram_sim_peek(b->sim, 0, p->size - sizeof(some), b->rx,
					      sizeof(some)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(b->rx, some, sizeof(some)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(part_read(test, p, p->size - sizeof(some), sizeof(some)),
				     some, sizeof(some)), 0);
}

/* From the last address to the first, of the memory or of what a burst goes round in. */
static void sim_part_rolls_over(struct kunit *test)
{
	const struct part *p = test->param_value;
	u32 first = p->ring ? p->size - p->ring : 0;

	part_put(test, p);
	part_write(test, p, p->size - 2, some, 4);
	KUNIT_EXPECT_EQ(test, bench_peek(test, p->size - 2), some[0]);
	KUNIT_EXPECT_EQ(test, bench_peek(test, p->size - 1), some[1]);
	KUNIT_EXPECT_EQ(test, bench_peek(test, first), some[2]);
	KUNIT_EXPECT_EQ(test, bench_peek(test, first + 1), some[3]);
	KUNIT_EXPECT_EQ(test, memcmp(part_read(test, p, p->size - 2, 4), some, 4), 0);
}

/* Address bits that the part has no use for change nothing. */
static void sim_part_ignores_high_address_bits(struct kunit *test)
{
	const struct part *p = test->param_value;
	u32 top = p->addr_bytes == 3 ? 0x800000 : p->addr_bytes == 2 ? 0x8000 : 0x100;

	part_put(test, p);
	bench_poke(test, 5, 0x6b);
	if (top >= p->size)
		KUNIT_EXPECT_EQ(test, *part_read(test, p, top + 5, 1), 0x6b);
	else
		KUNIT_EXPECT_EQ(test, p->size, top * 2);
}

/* Noise, and the same noise for the same seed. */
static void sim_part_powers_up_with_noise(struct kunit *test)
{
	const struct part *p = test->param_value;
	struct bench *b = test->priv;
	u8 was[64];

	part_put(test, p);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(b->sim, 0, 0, was, 64), 0);
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(was, 0x00, 32));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(was, was[0], 32));
	KUNIT_EXPECT_NE(test, memcmp(was, was + 32, 32), 0);

	bench_exit(test);
	part_put(test, p);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(b->sim, 0, 0, b->rx, 64), 0);
	KUNIT_EXPECT_EQ(test, memcmp(was, b->rx, 64), 0);
}

static void sim_part_keeps_or_forgets_without_power(struct kunit *test)
{
	const struct part *p = test->param_value;
	struct bench *b = test->priv;

	part_put(test, p);
	part_write(test, p, 100, some, sizeof(some));
	extram_sim_power_cycle(b->sim, 0);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(b->sim, 0, 100, b->rx, sizeof(some)), 0);
	if (p->kept)
		KUNIT_EXPECT_EQ(test, memcmp(b->rx, some, sizeof(some)), 0);
	else
		KUNIT_EXPECT_NE(test, memcmp(b->rx, some, sizeof(some)), 0);
}

static void sim_part_needs_its_whole_address(struct kunit *test)
{
	const struct part *p = test->param_value;
	u8 cmd[6];

	part_put(test, p);
	bench_cmd(test, cmd, part_header(p, 0x03, 0x1234, cmd) - 1, 0);
	bench_expect_violation(test, EXTRAM_SIM_TRUNCATED);
	/* Without data, but complete. */
	bench_cmd(test, cmd, part_header(p, 0x03, 0x1234, cmd), 0);
	bench_expect_clean(test);
}

/* A pulse without clocks is no command. */
static void sim_part_does_not_mind_an_empty_select(struct kunit *test)
{
	const struct part *p = test->param_value;
	struct bench *b = test->priv;
	struct extram_sim_stats stats;
	struct spi_transfer nothing = {};

	part_put(test, p);
	extram_sim_reset_stats(b->sim, 0);
	KUNIT_EXPECT_EQ(test, spi_sync_transfer(b->spi, &nothing, 1), 0);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 1);
	KUNIT_EXPECT_EQ(test, stats.clocks, 0);
}

/* Commands of other parts. */
struct stranger {
	const char *part;
	u8 opcode;
};

static const struct stranger strangers[] = {
	{ "23k640", 0xff }, { "23k256", 0x06 }, { "23k256", 0x3b }, { "23k256", 0x9f },
	{ "23lc512", 0x06 }, { "23lc512", 0x0b }, { "23lc1024", 0x9f }, { "23lc1024", 0x66 },
	{ "aps6404l", 0x06 }, { "aps6404l", 0x05 }, { "aps6404l", 0xab }, { "aps6404l", 0xb9 },
	{ "mb85rs64v", 0x0b }, { "mb85rs64v", 0xb9 }, { "mb85rs64v", 0xd8 },
	{ "mb85rs256b", 0xb9 }, { "mb85rs1mt", 0xab }, { "mb85rs2mta", 0xba },
	{ "fm25l16b", 0x9f }, { "fm25l16b", 0xb9 }, { "fm25w256", 0x0b },
	{ "mr25h256", 0x0b }, { "mr25h256", 0x9f }, { "mr25h256", 0x66 }, { "mr20h40", 0x9f },
	{ "23lcv512", 0x38 }, { "23lcv1024", 0x38 }, { "n01s830ha", 0x0b }, { "n01s830ba", 0x38 },
	{ "n25s830ha", 0x3b }, { "is62wvs1288f", 0x0b }, { "is62wvs2568g", 0x9f },
	{ "fm25v10", 0xba }, { "cy15b104q", 0xab }, { "cy15b104qn", 0xab }, { "fm25h20", 0x0b },
	{ "mb85rs128b", 0xb9 }, { "mb85rs4mt", 0xba }, { "as3004204", 0x0b }, { "48l640", 0x9f },
};

static void stranger_name(const struct stranger *s, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%02x to %s", s->opcode, s->part);
}

KUNIT_ARRAY_PARAM(stranger, strangers, stranger_name);

static void sim_unknown_command_is_counted(struct kunit *test)
{
	const struct stranger *s = test->param_value;
	struct bench *b = test->priv;

	bench_put(test, s->part, NULL, 20 * MHZ);
	KUNIT_EXPECT_EQ(test, ASK(test, s->opcode, 0, 0, 0), 0xff);
	KUNIT_EXPECT_NOT_NULL(test, strstr(extram_sim_last_violation(b->sim, 0), "opcode"));
	bench_expect_violation(test, EXTRAM_SIM_OPCODE);
}

/* The fastest clock of a command. */
struct limit {
	const char *part;
	u8 opcode;
	u32 hz;
};

static const struct limit limits[] = {
	{ "23k640", 0x03, 20 * MHZ }, { "23k256", 0x02, 20 * MHZ }, { "23k256", 0x05, 20 * MHZ },
	{ "23lc512", 0x03, 20 * MHZ }, { "23lc1024", 0x03, 20 * MHZ },
	{ "23lc1024", 0x02, 20 * MHZ }, { "23lc1024", 0xff, 20 * MHZ },
	{ "aps6404l", 0x03, 33 * MHZ }, { "aps6404l", 0x0b, 84 * MHZ },
	{ "aps6404l", 0x02, 84 * MHZ }, { "aps6404l", 0x9f, 33 * MHZ },
	{ "mb85rs64v", 0x03, 20 * MHZ }, { "mb85rs64v", 0x9f, 20 * MHZ },
	{ "mb85rs256b", 0x03, 25 * MHZ }, { "mb85rs256b", 0x0b, 33 * MHZ },
	{ "mb85rs256b", 0x05, 33 * MHZ },
	{ "mb85rs1mt", 0x03, 30 * MHZ }, { "mb85rs1mt", 0x0b, 40 * MHZ },
	{ "mb85rs2mta", 0x03, 40 * MHZ }, { "mb85rs2mta", 0x0b, 40 * MHZ },
	{ "fm25l16b", 0x03, 20 * MHZ }, { "fm25w256", 0x03, 20 * MHZ },
	{ "mr25h128", 0x03, 40 * MHZ }, { "mr25h256", 0x03, 40 * MHZ },
	{ "mr25h256", 0x05, 40 * MHZ }, { "mr25h10", 0x03, 40 * MHZ },
	{ "mr25h40", 0x03, 40 * MHZ }, { "mr20h40", 0x03, 50 * MHZ },
	{ "23lcv512", 0x03, 20 * MHZ }, { "23aa02m", 0x03, 20 * MHZ },
	{ "23aa04m", 0x0b, 143 * MHZ }, { "n01s830ha", 0x03, 20 * MHZ },
	{ "n64s818ha", 0x03, 16 * MHZ }, { "is62wvs1288f", 0x02, 16 * MHZ },
	{ "is62wvs2568g", 0x02, 30 * MHZ },
	{ "mb85rs16n", 0x03, 20 * MHZ }, { "mb85rs128b", 0x03, 25 * MHZ },
	{ "mb85rs128b", 0x0b, 33 * MHZ }, { "mb85rs512t", 0x03, 30 * MHZ },
	{ "mb85rs512t", 0x0b, 40 * MHZ }, { "mb85rs2mt", 0x03, 25 * MHZ },
	{ "mb85rs4mt", 0x0b, 40 * MHZ }, { "cy15b004q", 0x03, 16 * MHZ },
	{ "fm25l04b", 0x03, 20 * MHZ }, { "fm25v10", 0x03, 40 * MHZ },
	{ "cy15b104q", 0x0b, 40 * MHZ }, { "cy15b104qi", 0x03, 20 * MHZ },
	{ "cy15b104qn", 0x03, 50 * MHZ }, { "cy15b108qn", 0x03, 40 * MHZ },
	{ "23lcv1024", 0x03, 20 * MHZ }, { "n01s830ba", 0x03, 20 * MHZ },
	{ "n01s818ha", 0x03, 20 * MHZ }, { "n25s830ha", 0x03, 20 * MHZ },
	{ "n25s818ha", 0x03, 16 * MHZ }, { "n64s830ha", 0x03, 16 * MHZ },
	{ "is62wvs0648", 0x03, 16 * MHZ }, { "is62wvs2568f", 0x03, 16 * MHZ },
	{ "is62wvs2568g", 0x03, 30 * MHZ }, { "is62wvs5128", 0x03, 16 * MHZ },
	{ "aps6404l-sq", 0x03, 33 * MHZ }, { "aps6404l-sq", 0x0b, 144 * MHZ },
	{ "aps1604m", 0x03, 33 * MHZ }, { "aps1604m", 0x0b, 84 * MHZ },
	{ "esp-psram16h", 0x03, 33 * MHZ }, { "esp-psram16h", 0x0b, 84 * MHZ },
	{ "esp-psram32", 0x03, 33 * MHZ }, { "esp-psram32", 0x0b, 84 * MHZ },
	{ "esp-psram64", 0x03, 33 * MHZ }, { "esp-psram64", 0x0b, 84 * MHZ },
	{ "esp-psram64h", 0x03, 33 * MHZ }, { "esp-psram64h", 0x0b, 84 * MHZ },
	{ "ly68l6400", 0x03, 33 * MHZ }, { "ly68l6400", 0x0b, 100 * MHZ },
	{ "ly68s3200", 0x03, 33 * MHZ }, { "ly68s3200", 0x0b, 84 * MHZ },
	{ "ips6404l", 0x03, 33 * MHZ }, { "ips6404l", 0x0b, 104 * MHZ },
	{ "vti7064", 0x03, 33 * MHZ }, { "vti7064", 0x0b, 104 * MHZ },
	{ "is66wvs1m8", 0x03, 33 * MHZ }, { "is66wvs1m8", 0x0b, 104 * MHZ },
	{ "is66wvs2m8", 0x02, 104 * MHZ }, { "is66wvs4m8", 0x9f, 33 * MHZ },
	{ "is66wvs8m8", 0x0b, 104 * MHZ }, { "is66wvs16m8", 0x0b, 104 * MHZ },
	{ "mb85rs256ty", 0x03, 40 * MHZ }, { "fm25040b", 0x03, 10 * MHZ },
	{ "fm25c160b", 0x03, 10 * MHZ }, { "fm25cl64b", 0x03, 10 * MHZ },
	{ "fm25640b", 0x03, 10 * MHZ }, { "fm25h20", 0x03, 10 * MHZ },
	{ "fm25v01", 0x03, 20 * MHZ }, { "fm25v02", 0x03, 20 * MHZ },
	{ "fm25v05", 0x03, 20 * MHZ }, { "cy15b102q", 0x03, 20 * MHZ },
	{ "cy15b102qm", 0x03, 50 * MHZ }, { "as3001204", 0x03, 20 * MHZ },
	{ "as3004204", 0x03, 20 * MHZ }, { "as3008204", 0x03, 20 * MHZ },
	{ "as3016204", 0x03, 20 * MHZ }, { "48l640", 0x03, 66 * MHZ },
	{ "48l256", 0x03, 66 * MHZ }, { "48l512", 0x03, 66 * MHZ },
};

static void limit_name(const struct limit *l, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%02x of %s", l->opcode, l->part);
}

KUNIT_ARRAY_PARAM(limit, limits, limit_name);

static const struct part *limit_part(const struct limit *l)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (!strcmp(parts[i].name, l->part))
			return &parts[i];
	return NULL;
}

/* Bytes of the command up to its first byte of data. */
static size_t limit_header(const struct limit *l, const struct part *p)
{
	switch (l->opcode) {
	case 0x02:
		return 1 + p->addr_bytes;
	case 0x03:
		return 1 + p->addr_bytes + p->dummy;
	case 0x0b:
		return 1 + p->addr_bytes + 1;
	case 0x9f:
		return p->setup[0] == 0x66 ? 4 : 1;
	}
	return 1;
}

static void sim_clock_limit_of_a_command(struct kunit *test)
{
	const struct limit *l = test->param_value;
	const struct part *p = limit_part(l);
	struct bench *b = test->priv;
	struct spi_transfer xfer = { .tx_buf = b->tx, .speed_hz = l->hz };

	KUNIT_ASSERT_NOT_NULL(test, p);
	part_put(test, p);
	memset(b->tx, 0, 8);
	b->tx[0] = l->opcode;
	xfer.len = limit_header(l, p) + (l->opcode != 0xff);
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, &xfer, 1), 0);
	bench_expect_clean(test);

	xfer.speed_hz = l->hz + 1;
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, &xfer, 1), 0);
	bench_expect_violation(test, EXTRAM_SIM_CLOCK);
}

/* A part that is new has a limit as well. */
static void sim_every_part_has_a_clock_limit(struct kunit *test)
{
	const struct part *p = test->param_value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++)
		if (!strcmp(limits[i].part, p->name))
			return;
	KUNIT_FAIL(test, "%s has none", p->name);
}

static void sim_opcode_of_less_than_a_byte(struct kunit *test)
{
	const struct part *p = test->param_value;
	struct bench *b = test->priv;
	struct spi_transfer xfer = { .tx_buf = b->tx, .len = 1, .bits_per_word = 7 };

	part_put(test, p);
	b->tx[0] = 0x03;
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, &xfer, 1), 0);
	bench_expect_violation(test, EXTRAM_SIM_TRUNCATED);
}

/* The same bytes, cut into words of another length: the wire carries the same bits. */
static void sim_words_of_other_lengths(struct kunit *test)
{
	const struct part *p = test->param_value;
	struct bench *b = test->priv;
	struct spi_transfer xfer = {
		.tx_buf = b->tx, .rx_buf = b->rx, .bits_per_word = 4,
	};
	u8 cmd[6];
	size_t n, i;

	part_put(test, p);
	bench_poke(test, 0x015c, 0x9e);
	n = part_header(p, 0x03, 0x015c, cmd);
	memset(b->tx, 0, 16);
	for (i = 0; i < n; i++) {
		b->tx[2 * i] = cmd[i] >> 4;
		b->tx[2 * i + 1] = cmd[i] & 15;
	}
	xfer.len = 2 * n + 2;
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, &xfer, 1), 0);
	KUNIT_EXPECT_EQ(test, b->rx[2 * n], 0x9);
	KUNIT_EXPECT_EQ(test, b->rx[2 * n + 1], 0xe);
}

static void sim_part_knows_modes_0_and_3(struct kunit *test)
{
	const struct part *p = test->param_value;
	struct bench *b = test->priv;

	part_put(test, p);
	b->spi->mode = SPI_MODE_3;
	KUNIT_ASSERT_EQ(test, spi_setup(b->spi), 0);
	part_read(test, p, 0, 1);
	bench_expect_clean(test);

	b->spi->mode = SPI_MODE_1;
	KUNIT_ASSERT_EQ(test, spi_setup(b->spi), 0);
	part_read(test, p, 0, 1);
	bench_expect_violation(test, EXTRAM_SIM_MODE);
}

struct rest {
	const char *part;
	u16 ns;		/* shortest CE# high */
	u8 opcode;	/* a command of one byte that may be repeated */
};

static const struct rest rests[] = {
	{ "23lc512", 25, 0xff },
	{ "23lc1024", 25, 0xff },
	{ "aps6404l", 18, 0x66 },
	{ "mb85rs64v", 60, 0x06 },
	{ "mb85rs256b", 60, 0x06 },
	{ "mb85rs1mt", 60, 0x06 },
	{ "mb85rs2mta", 60, 0x06 },
	{ "fm25l16b", 60, 0x06 },
	{ "fm25w256", 60, 0x06 },
	{ "mr25h256", 40, 0x06 },
	{ "mr20h40", 40, 0x06 },
	{ "23lcv1024", 25, 0xff },
	{ "ips6404l", 18, 0x66 },
	{ "esp-psram64h", 50, 0x66 },
	{ "mb85rs4mt", 60, 0x06 },
	{ "cy15b108qn", 60, 0x06 },
};

static void rest_name(const struct rest *r, char *desc)
{
	strscpy(desc, r->part, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(rest, rests, rest_name);

static void sim_rest_between_commands(struct kunit *test)
{
	const struct rest *r = test->param_value;

	bench_put(test, r->part, NULL, 20 * MHZ);
	bench_two_commands(test, r->opcode, r->opcode, r->ns);
	bench_expect_clean(test);
	bench_two_commands(test, r->opcode, r->opcode, r->ns - 1);
	bench_expect_violation(test, EXTRAM_SIM_TCPH);
}

/* Nothing there, and lines that are stuck: no answer, and nobody to complain. */
static void sim_dead_chips_say_nothing(struct kunit *test)
{
	static const struct {
		const char *model;
		u8 level;
	} dead[] = { { "dead-00", 0x00 }, { "dead-ff", 0xff }, { "none", 0xff }, { NULL, 0xff } };
	struct bench *b = test->priv;
	struct extram_sim_stats stats;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dead); i++) {
		bench_put(test, dead[i].model, NULL, 200 * MHZ);
		KUNIT_EXPECT_NULL(test, memchr_inv(bench_cmd(test, some, 8, 100), dead[i].level,
						   100));
		extram_sim_stats(b->sim, 0, &stats);
		KUNIT_EXPECT_EQ(test, stats.selects, 1);
		KUNIT_EXPECT_EQ(test, stats.clocks, 108 * 8);
		KUNIT_EXPECT_EQ(test, extram_sim_peek(b->sim, 0, 0, b->rx, 1), -ENODEV);
		KUNIT_EXPECT_EQ(test, extram_sim_poke(b->sim, 0, 0, b->rx, 1), -ENODEV);
		bench_exit(test);
	}
}

static struct kunit_case sim_cases[] = {
	KUNIT_CASE_PARAM(sim_part_holds_what_it_is_given, part_gen_params),
	KUNIT_CASE_PARAM(sim_part_rolls_over, part_gen_params),
	KUNIT_CASE_PARAM(sim_part_ignores_high_address_bits, part_gen_params),
	KUNIT_CASE_PARAM(sim_part_powers_up_with_noise, part_gen_params),
	KUNIT_CASE_PARAM(sim_part_keeps_or_forgets_without_power, part_gen_params),
	KUNIT_CASE_PARAM(sim_part_needs_its_whole_address, part_gen_params),
	KUNIT_CASE_PARAM(sim_part_does_not_mind_an_empty_select, part_gen_params),
	KUNIT_CASE_PARAM(sim_opcode_of_less_than_a_byte, part_gen_params),
	KUNIT_CASE_PARAM(sim_words_of_other_lengths, part_gen_params),
	KUNIT_CASE_PARAM(sim_part_knows_modes_0_and_3, part_gen_params),
	KUNIT_CASE_PARAM(sim_unknown_command_is_counted, stranger_gen_params),
	KUNIT_CASE_PARAM(sim_clock_limit_of_a_command, limit_gen_params),
	KUNIT_CASE_PARAM(sim_every_part_has_a_clock_limit, part_gen_params),
	KUNIT_CASE_PARAM(sim_rest_between_commands, rest_gen_params),
	KUNIT_CASE(sim_dead_chips_say_nothing),
	{}
};

static struct kunit_suite sim_suite = {
	.name = "extram_sim",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = sim_cases,
};

kunit_test_suite(sim_suite);

MODULE_DESCRIPTION("Tests of the simulated parts, what they have in common");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
