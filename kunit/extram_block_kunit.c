// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of block ownership: who gets which range, who can see it, and when it becomes free again.
 */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "block.h"
#include "compat.h"

#define GRANULE		16
#define SIZE		(64 * 1024)
#define MAX_BLOCKS	2000

/* A memory with two owners, who must never notice each other. */
struct block_fixture {
	struct extram_space space;
	struct extram_owner one;
	struct extram_owner two;
};

static int block_init(struct kunit *test)
{
	struct block_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_EQ(test, extram_space_init(&f->space, SIZE, MAX_BLOCKS), 0);
	extram_owner_init(&f->one);
	extram_owner_init(&f->two);
	test->priv = f;
	return 0;
}

static void expect_all_free(struct kunit *test, struct extram_space *space)
{
	struct emalloc_fault fault = {};
	struct extram_usage usage;

	extram_space_usage(space, &usage);
	KUNIT_EXPECT_EQ(test, usage.free_bytes, (u64)SIZE);
	KUNIT_EXPECT_EQ(test, usage.largest_free, (u64)SIZE);
	KUNIT_EXPECT_EQ(test, usage.blocks, 0);
	KUNIT_EXPECT_EQ_MSG(test, emalloc_pool_check(&space->pool, &fault), 0, "%s at %llu",
			    fault.what, (unsigned long long)fault.where);
}

static void block_exit(struct kunit *test)
{
	struct block_fixture *f = test->priv;

	extram_owner_exit(&f->space, &f->one);
	extram_owner_exit(&f->space, &f->two);
	expect_all_free(test, &f->space);
	extram_space_exit(&f->space);
}

static u64 take(struct kunit *test, struct extram_owner *owner, u64 length)
{
	struct block_fixture *f = test->priv;
	u64 offset = U64_MAX, given = 0;

	KUNIT_ASSERT_EQ(test,
			extram_block_alloc(&f->space, owner, length, 0, &offset, &given), 0);
	KUNIT_EXPECT_EQ(test, given, round_up(length, GRANULE));
	return offset;
}

/* The first range starts at 0, the next one right behind it, whoever owns it. */
static void block_lowest_offset_first(struct kunit *test)
{
	struct block_fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, take(test, &f->one, 1), 0);
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 100), GRANULE);
	KUNIT_EXPECT_EQ(test, take(test, &f->one, 16), GRANULE + 112);
}

static void block_hole_is_reused(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 hole;

	take(test, &f->one, 64);
	hole = take(test, &f->one, 64);
	take(test, &f->two, 64);
	KUNIT_ASSERT_EQ(test, extram_block_free(&f->space, &f->one, hole), 0);
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 48), hole);
}

static void block_alignment(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset, given;

	take(test, &f->one, 16);
	KUNIT_ASSERT_EQ(test,
			extram_block_alloc(&f->space, &f->one, 16, 4096, &offset, &given), 0);
	KUNIT_EXPECT_EQ(test, offset, 4096);
	/* The gap before it stays usable. */
	KUNIT_EXPECT_EQ(test, take(test, &f->one, 16), 16);
}

static void block_refuses_zero_length(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset, given;

	KUNIT_EXPECT_EQ(test, extram_block_alloc(&f->space, &f->one, 0, 0, &offset, &given),
			-EINVAL);
}

static void block_refuses_bad_alignment(struct kunit *test)
{
	static const u64 bad[] = { 3, 24, 4095, U64_MAX };
	struct block_fixture *f = test->priv;
	u64 offset, given;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test,
				extram_block_alloc(&f->space, &f->one, 16, bad[i], &offset,
						   &given), -EINVAL);
}

static void block_refuses_more_than_there_is(struct kunit *test)
{
	static const u64 lengths[] = { SIZE + 1, 1ULL << 32, 1ULL << 63, U64_MAX };
	struct block_fixture *f = test->priv;
	u64 offset, given;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		KUNIT_EXPECT_EQ(test,
				extram_block_alloc(&f->space, &f->one, lengths[i], 0, &offset,
						   &given), -ENOSPC);
	KUNIT_EXPECT_EQ(test, take(test, &f->one, SIZE), 0);
}

/* Another owner's block answers to everything as if it were not there. */
static void block_foreign_is_invisible(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = take(test, &f->one, 64), at = 0, length;

	KUNIT_EXPECT_NULL(test, extram_block_get(&f->space, &f->two, offset));
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->space, &f->two, offset), -ENOENT);
	KUNIT_EXPECT_EQ(test, extram_block_query(&f->space, &f->two, &at, &length), -ENOENT);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->space, &f->one, offset), 0);
}

static void block_get_finds_every_byte(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_block *block;
	u64 offset, at;

	take(test, &f->two, 32);
	offset = take(test, &f->one, 40);
	take(test, &f->two, 32);

	KUNIT_EXPECT_NULL(test, extram_block_get(&f->space, &f->one, offset - 1));
	for (at = offset; at < offset + 48; at++) {
		block = extram_block_get(&f->space, &f->one, at);
		KUNIT_ASSERT_NOT_NULL(test, block);
		KUNIT_EXPECT_EQ(test, block->offset, offset);
		extram_block_put(block);
	}
	KUNIT_EXPECT_NULL(test, extram_block_get(&f->space, &f->one, offset + 48));
	KUNIT_EXPECT_NULL(test, extram_block_get(&f->space, &f->one, U64_MAX));
}

static void block_free_refuses_what_is_no_start(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = take(test, &f->one, 64);

	KUNIT_EXPECT_EQ(test, extram_block_free(&f->space, &f->one, offset + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->space, &f->one, offset + 16), -ENOENT);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->space, &f->one, SIZE), -ENOENT);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->space, &f->one, offset), 0);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->space, &f->one, offset), -ENOENT);
}

/* A transfer holds the range: freed at once for its owner, handed out again only afterwards. */
static void block_in_flight_is_not_handed_out(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = take(test, &f->one, 64);
	struct extram_block *block = extram_block_get(&f->space, &f->one, offset + 5);

	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->space, &f->one, offset), 0);
	KUNIT_EXPECT_NULL(test, extram_block_get(&f->space, &f->one, offset));
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 64), offset + 64);

	extram_block_put(block);
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 64), offset);
}

static void block_query_walks_in_address_order(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 mine[3], at = 0, length;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mine); i++) {
		mine[i] = take(test, &f->one, 32);
		take(test, &f->two, 48);
	}
	for (i = 0; i < ARRAY_SIZE(mine); i++) {
		KUNIT_ASSERT_EQ(test, extram_block_query(&f->space, &f->one, &at, &length), 0);
		KUNIT_EXPECT_EQ(test, at, mine[i]);
		KUNIT_EXPECT_EQ(test, length, 32);
		at += length;
	}
	KUNIT_EXPECT_EQ(test, extram_block_query(&f->space, &f->one, &at, &length), -ENOENT);
}

static void block_query_inside_answers_the_start(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = take(test, &f->one, 64), at = offset + 63, length = 0;

	KUNIT_EXPECT_EQ(test, extram_block_query(&f->space, &f->one, &at, &length), 0);
	KUNIT_EXPECT_EQ(test, at, offset);
	KUNIT_EXPECT_EQ(test, length, 64);
}

/* More blocks than the first book-keeping memory is for: it grows without anybody noticing. */
static void block_book_keeping_grows(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < MAX_BLOCKS; i++)
		KUNIT_ASSERT_EQ(test, take(test, &f->one, 1), i * GRANULE);
	for (i = 0; i < MAX_BLOCKS; i += 2)
		KUNIT_ASSERT_EQ(test, extram_block_free(&f->space, &f->one, i * GRANULE), 0);
	for (i = 0; i < MAX_BLOCKS; i += 2)
		KUNIT_ASSERT_EQ(test, take(test, &f->two, 1), i * GRANULE);
}

static void block_limit_is_exact(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset, given;
	unsigned int i;

	for (i = 0; i < MAX_BLOCKS; i++)
		take(test, i & 1 ? &f->one : &f->two, 1);
	KUNIT_EXPECT_EQ(test, extram_block_alloc(&f->space, &f->one, 1, 0, &offset, &given),
			-EDQUOT);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->space, &f->one, 3 * GRANULE), 0);
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 1), 3 * GRANULE);
}

static void block_owner_exit_frees_all(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < 300; i++)
		take(test, &f->one, 1 + i);
	extram_owner_exit(&f->space, &f->one);
	expect_all_free(test, &f->space);
	extram_owner_init(&f->one);
}

static void block_usage_counts(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_usage usage;

	take(test, &f->one, 1000);
	extram_space_usage(&f->space, &usage);
	KUNIT_EXPECT_EQ(test, usage.capacity, (u64)SIZE);
	KUNIT_EXPECT_EQ(test, usage.free_bytes, (u64)SIZE - 1008);
	KUNIT_EXPECT_EQ(test, usage.largest_free, (u64)SIZE - 1008);
	KUNIT_EXPECT_EQ(test, usage.granule, GRANULE);
	KUNIT_EXPECT_EQ(test, usage.blocks, 1);
}

static void block_space_refuses_nothing(struct kunit *test)
{
	struct extram_space *space = kunit_kzalloc(test, sizeof(*space), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, space);
	KUNIT_EXPECT_EQ(test, extram_space_init(space, GRANULE - 1, 1), -EINVAL);
}

/*
 * Two owners at random against a map of the granules. On a failure the seed in the log replays it.
 */
static void block_random_against_a_map(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	const unsigned int granules = SIZE / GRANULE;
	u32 seed = get_random_u32();
	struct rnd_state rnd;
	unsigned int i, op;
	u8 *map;

	kunit_info(test, "seed %u", seed);
	prandom_seed_state(&rnd, seed);
	map = kunit_kzalloc(test, granules, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, map);

	for (op = 0; op < 20000; op++) {
		u8 who = 1 + (prandom_u32_state(&rnd) & 1);
		struct extram_owner *owner = who == 1 ? &f->one : &f->two;
		u64 at = (prandom_u32_state(&rnd) % granules) * GRANULE, length, given;

		if (prandom_u32_state(&rnd) & 1) {
			unsigned int want = 1 + prandom_u32_state(&rnd) % 40;
			unsigned int run = 0, fit = granules;
			int err;

			for (i = 0; i < granules && fit == granules; i++) {
				run = map[i] ? 0 : run + 1;
				if (run == want)
					fit = i + 1 - want;
			}
			err = extram_block_alloc(&f->space, owner, want * GRANULE, 0, &at,
						 &given);
			if (err == -EDQUOT)
				continue;
			KUNIT_ASSERT_EQ(test, err, fit == granules ? -ENOSPC : 0);
			if (err)
				continue;
			KUNIT_ASSERT_EQ(test, at, (u64)fit * GRANULE);
			memset(map + fit, who, want);
		} else if (!extram_block_query(&f->space, owner, &at, &length)) {
			for (i = 0; i < length / GRANULE; i++)
				KUNIT_ASSERT_EQ(test, map[at / GRANULE + i], who);
			KUNIT_ASSERT_EQ(test, extram_block_free(&f->space, owner, at), 0);
			memset(map + at / GRANULE, 0, length / GRANULE);
		}
	}
}

static struct kunit_case block_cases[] = {
	KUNIT_CASE(block_lowest_offset_first),
	KUNIT_CASE(block_hole_is_reused),
	KUNIT_CASE(block_alignment),
	KUNIT_CASE(block_refuses_zero_length),
	KUNIT_CASE(block_refuses_bad_alignment),
	KUNIT_CASE(block_refuses_more_than_there_is),
	KUNIT_CASE(block_foreign_is_invisible),
	KUNIT_CASE(block_get_finds_every_byte),
	KUNIT_CASE(block_free_refuses_what_is_no_start),
	KUNIT_CASE(block_in_flight_is_not_handed_out),
	KUNIT_CASE(block_query_walks_in_address_order),
	KUNIT_CASE(block_query_inside_answers_the_start),
	KUNIT_CASE(block_book_keeping_grows),
	KUNIT_CASE(block_limit_is_exact),
	KUNIT_CASE(block_owner_exit_frees_all),
	KUNIT_CASE(block_usage_counts),
	KUNIT_CASE(block_space_refuses_nothing),
	KUNIT_CASE(block_random_against_a_map),
	{}
};

static struct kunit_suite block_suite = {
	.name = "extram_block",
	.init = block_init,
	.exit = block_exit,
	.test_cases = block_cases,
};

kunit_test_suite(block_suite);

MODULE_DESCRIPTION("Tests of block ownership in extram");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
