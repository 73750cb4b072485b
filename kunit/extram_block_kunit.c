// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of block ownership: who gets which range, who can see it, and when it becomes free again.
 */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <uapi/linux/extram.h>

#include "block.h"
#include "compat.h"

#define GRANULE		16
#define SIZE		(64 * 1024)
#define MAX_BLOCKS	2000

/* A memory with two owners, who must never notice each other. */
struct block_fixture {
	struct extram_space space;
	struct extram_owner shared;
	struct extram_owner one;
	struct extram_owner two;
};

static int block_init(struct kunit *test)
{
	struct block_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_EQ(test, extram_space_init(&f->space, SIZE, MAX_BLOCKS), 0);
	extram_owner_init(&f->shared, &f->space, NULL, U32_MAX, U64_MAX);
	extram_owner_init(&f->one, &f->space, &f->shared, U32_MAX, U64_MAX);
	extram_owner_init(&f->two, &f->space, &f->shared, U32_MAX, U64_MAX);
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

	extram_owner_exit(&f->one);
	extram_owner_exit(&f->two);
	extram_owner_exit(&f->shared);
	expect_all_free(test, &f->space);
	extram_space_exit(&f->space);
}

static int try_take(struct extram_owner *owner, u64 length, u64 align, u32 flags, u64 *offset)
{
	struct extram_range range = {
		.offset = *offset, .length = length, .align = align, .flags = flags,
	};
	int err = extram_block_alloc(owner, &range);

	if (!err)
		*offset = range.offset;
	return err;
}

static u64 take(struct kunit *test, struct extram_owner *owner, u64 length)
{
	struct extram_range range = { .length = length };

	KUNIT_ASSERT_EQ(test, extram_block_alloc(owner, &range), 0);
	KUNIT_EXPECT_EQ(test, range.length, round_up(length, GRANULE));
	return range.offset;
}

static bool owns(struct extram_owner *owner, u64 offset)
{
	u64 at;
	struct extram_block *block = extram_block_get(owner, offset, &at);

	if (block)
		extram_block_put(block);
	return block;
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
	KUNIT_ASSERT_EQ(test, extram_block_free(&f->one, hole), 0);
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 48), hole);
}

static void block_alignment(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = 0;

	take(test, &f->one, 16);
	KUNIT_ASSERT_EQ(test, try_take(&f->one, 16, 4096, 0, &offset), 0);
	KUNIT_EXPECT_EQ(test, offset, 4096);
	/* The gap before it stays usable. */
	KUNIT_EXPECT_EQ(test, take(test, &f->one, 16), 16);
}

static void block_refuses_zero_length(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = 0;

	KUNIT_EXPECT_EQ(test, try_take(&f->one, 0, 0, 0, &offset), -EINVAL);
}

static void block_refuses_bad_alignment(struct kunit *test)
{
	static const u64 bad[] = { 3, 24, 4095, U64_MAX };
	struct block_fixture *f = test->priv;
	unsigned int i;
	u64 offset = 0;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, try_take(&f->one, 16, bad[i], 0, &offset), -EINVAL);
}

static void block_refuses_more_than_there_is(struct kunit *test)
{
	static const u64 lengths[] = { SIZE + 1, 1ULL << 32, 1ULL << 63, U64_MAX };
	struct block_fixture *f = test->priv;
	unsigned int i;
	u64 offset = 0;

	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		KUNIT_EXPECT_EQ(test, try_take(&f->one, lengths[i], 0, 0, &offset), -ENOSPC);
	KUNIT_EXPECT_EQ(test, take(test, &f->one, SIZE), 0);
}

/* Another owner's block answers to everything as if it were not there. */
static void block_foreign_is_invisible(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = take(test, &f->one, 64);
	struct extram_range range = {};

	KUNIT_EXPECT_FALSE(test, owns(&f->two, offset));
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->two, offset), -ENOENT);
	KUNIT_EXPECT_EQ(test, extram_block_query(&f->two, &range), -ENOENT);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, offset), 0);
}

static void block_get_finds_every_byte(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_block *block;
	u64 offset, pos, at;

	take(test, &f->two, 32);
	offset = take(test, &f->one, 40);
	take(test, &f->two, 32);

	KUNIT_EXPECT_FALSE(test, owns(&f->one, offset - 1));
	for (pos = offset; pos < offset + 48; pos++) {
		block = extram_block_get(&f->one, pos, &at);
		KUNIT_ASSERT_NOT_NULL(test, block);
		KUNIT_EXPECT_EQ(test, block->offset, offset);
		KUNIT_EXPECT_EQ(test, at, pos - offset);
		extram_block_put(block);
	}
	KUNIT_EXPECT_FALSE(test, owns(&f->one, offset + 48));
	KUNIT_EXPECT_FALSE(test, owns(&f->one, U64_MAX));
}

static void block_free_refuses_what_is_no_start(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = take(test, &f->one, 64);

	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, offset + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, offset + 16), -ENOENT);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, SIZE), -ENOENT);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, offset), 0);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, offset), -ENOENT);
}

/* A transfer holds the range: freed at once for its owner, handed out again only afterwards. */
static void block_in_flight_is_not_handed_out(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = take(test, &f->one, 64), at;
	struct extram_block *block = extram_block_get(&f->one, offset + 5, &at);

	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, offset), 0);
	KUNIT_EXPECT_FALSE(test, owns(&f->one, offset));
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 64), offset + 64);

	extram_block_put(block);
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 64), offset);
}

static void block_query_walks_in_address_order(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_range range = {};
	unsigned int i;
	u64 mine[3];

	for (i = 0; i < ARRAY_SIZE(mine); i++) {
		mine[i] = take(test, &f->one, 32);
		take(test, &f->two, 48);
	}
	for (i = 0; i < ARRAY_SIZE(mine); i++) {
		KUNIT_ASSERT_EQ(test, extram_block_query(&f->one, &range), 0);
		KUNIT_EXPECT_EQ(test, range.offset, mine[i]);
		KUNIT_EXPECT_EQ(test, range.length, 32);
		range.offset += range.length;
	}
	KUNIT_EXPECT_EQ(test, extram_block_query(&f->one, &range), -ENOENT);
}

static void block_query_inside_answers_the_start(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = take(test, &f->one, 64);
	struct extram_range range = { .offset = offset + 63 };

	KUNIT_EXPECT_EQ(test, extram_block_query(&f->one, &range), 0);
	KUNIT_EXPECT_EQ(test, range.offset, offset);
	KUNIT_EXPECT_EQ(test, range.length, 64);
}

/* More blocks than the first book-keeping memory is for: it grows without anybody noticing. */
static void block_book_keeping_grows(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < MAX_BLOCKS; i++)
		KUNIT_ASSERT_EQ(test, take(test, &f->one, 1), i * GRANULE);
	for (i = 0; i < MAX_BLOCKS; i += 2)
		KUNIT_ASSERT_EQ(test, extram_block_free(&f->one, i * GRANULE), 0);
	for (i = 0; i < MAX_BLOCKS; i += 2)
		KUNIT_ASSERT_EQ(test, take(test, &f->two, 1), i * GRANULE);
}

static void block_limit_is_exact(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	unsigned int i;
	u64 offset = 0;

	for (i = 0; i < MAX_BLOCKS; i++)
		take(test, i & 1 ? &f->one : &f->two, 1);
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 1, 0, 0, &offset), -EDQUOT);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, 3 * GRANULE), 0);
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 1), 3 * GRANULE);
}

static void block_owner_exit_frees_all(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < 300; i++)
		take(test, &f->one, 1 + i);
	extram_owner_exit(&f->one);
	expect_all_free(test, &f->space);
	extram_owner_init(&f->one, &f->space, &f->shared, U32_MAX, U64_MAX);
}

static void block_usage_counts(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_usage usage;

	take(test, &f->one, 1000);
	extram_space_usage(&f->space, &usage);
	KUNIT_EXPECT_EQ(test, usage.free_bytes, (u64)SIZE - 1008);
	KUNIT_EXPECT_EQ(test, usage.largest_free, (u64)SIZE - 1008);
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
		struct extram_range range = {
			.offset = (prandom_u32_state(&rnd) % granules) * GRANULE,
		};

		if (prandom_u32_state(&rnd) & 1) {
			unsigned int want = 1 + prandom_u32_state(&rnd) % 40;
			unsigned int run = 0, fit = granules;
			int err;

			for (i = 0; i < granules && fit == granules; i++) {
				run = map[i] ? 0 : run + 1;
				if (run == want)
					fit = i + 1 - want;
			}
			range.length = want * GRANULE;
			err = extram_block_alloc(owner, &range);
			if (err == -EDQUOT)
				continue;
			KUNIT_ASSERT_EQ(test, err, fit == granules ? -ENOSPC : 0);
			if (err)
				continue;
			KUNIT_ASSERT_EQ(test, range.offset, (u64)fit * GRANULE);
			memset(map + fit, who, want);
		} else if (!extram_block_query(owner, &range)) {
			unsigned int start = range.offset / GRANULE, count = range.length / GRANULE;

			for (i = 0; i < count; i++)
				KUNIT_ASSERT_EQ(test, map[start + i], who);
			KUNIT_ASSERT_EQ(test, extram_block_free(owner, range.offset), 0);
			memset(map + start, 0, count);
		}
	}
}

/* What is shared belongs to nobody's file: all see it, all may free it, no close takes it away. */
static void block_shared_is_everybodys(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_range range = {};
	u64 offset = 0;

	KUNIT_ASSERT_EQ(test, try_take(&f->one, 64, 0, EXTRAM_ALLOC_SHARED, &offset), 0);
	KUNIT_EXPECT_TRUE(test, owns(&f->one, offset + 63));
	KUNIT_EXPECT_TRUE(test, owns(&f->two, offset));
	KUNIT_EXPECT_EQ(test, extram_block_query(&f->two, &range), 0);
	KUNIT_EXPECT_EQ(test, range.flags, EXTRAM_ALLOC_SHARED);

	extram_owner_exit(&f->one);
	KUNIT_EXPECT_TRUE(test, owns(&f->two, offset));
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->two, offset), 0);
	KUNIT_EXPECT_FALSE(test, owns(&f->one, offset));
}

/* A file opened for reading reads what is shared, and leaves it as it is. */
static void block_reader_changes_nothing_shared(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = 0, own = 0;

	f->two.reads_only = true;
	KUNIT_ASSERT_EQ(test, try_take(&f->one, 64, 0, EXTRAM_ALLOC_SHARED, &offset), 0);
	KUNIT_EXPECT_TRUE(test, owns(&f->two, offset));
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->two, offset), -EBADF);
	KUNIT_EXPECT_TRUE(test, owns(&f->one, offset));
	KUNIT_EXPECT_EQ(test, try_take(&f->two, 64, 0, EXTRAM_ALLOC_SHARED, &own), -EBADF);
	own = take(test, &f->two, 64);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->two, own), 0);
}

static void block_query_walks_own_and_shared(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_range range = {};
	u64 offset = 0;
	unsigned int i;

	for (i = 0; i < 6; i++)
		KUNIT_ASSERT_EQ(test, try_take(i % 3 == 2 ? &f->two : &f->one, 16, 0,
					       i % 3 == 1 ? EXTRAM_ALLOC_SHARED : 0, &offset), 0);
	for (i = 0; i < 6; i++) {
		if (i % 3 == 2)
			continue;
		KUNIT_ASSERT_EQ(test, extram_block_query(&f->one, &range), 0);
		KUNIT_EXPECT_EQ(test, range.offset, i * 16);
		KUNIT_EXPECT_EQ(test, range.flags, i % 3 == 1 ? EXTRAM_ALLOC_SHARED : 0);
		range.offset += range.length;
	}
	KUNIT_EXPECT_EQ(test, extram_block_query(&f->one, &range), -ENOENT);
}

static void block_fixed_is_there_or_not_at_all(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = 4096;

	KUNIT_ASSERT_EQ(test, try_take(&f->one, 100, 0, EXTRAM_ALLOC_FIXED, &offset), 0);
	KUNIT_EXPECT_EQ(test, offset, 4096);
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 4096), 0);

	offset = 4096 + 96;
	KUNIT_EXPECT_EQ(test, try_take(&f->two, 32, 0, EXTRAM_ALLOC_FIXED, &offset), -EEXIST);
	offset = 4096 + 112;
	KUNIT_EXPECT_EQ(test, try_take(&f->two, 32, 0, EXTRAM_ALLOC_FIXED, &offset), 0);
	offset = 8;
	KUNIT_EXPECT_EQ(test, try_take(&f->two, 32, 0, EXTRAM_ALLOC_FIXED, &offset), -EINVAL);
	offset = 8192 + 64;
	KUNIT_EXPECT_EQ(test, try_take(&f->two, 32, 128, EXTRAM_ALLOC_FIXED, &offset), -EINVAL);
	offset = SIZE - 16;
	KUNIT_EXPECT_EQ(test, try_take(&f->two, 32, 0, EXTRAM_ALLOC_FIXED, &offset), -ENOSPC);
	offset = round_down(U64_MAX, 16);
	KUNIT_EXPECT_EQ(test, try_take(&f->two, 32, 0, EXTRAM_ALLOC_FIXED, &offset), -ENOSPC);
}

/* Limits of an owner: exact, told from a full memory, and freed again with what they count. */
static void block_owner_limits(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = 0;

	f->one.max_blocks = 3;
	f->one.max_bytes = 1024;
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 1025, 0, 0, &offset), -EDQUOT);
	KUNIT_EXPECT_EQ(test, take(test, &f->one, 1000), 0);
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 17, 0, 0, &offset), -EDQUOT);
	KUNIT_EXPECT_EQ(test, take(test, &f->one, 16), 1008);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, 0), 0);
	take(test, &f->one, 16);
	take(test, &f->one, 16);
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 16, 0, 0, &offset), -EDQUOT);
	/* Another owner has limits of its own, and what is shared counts for nobody. */
	take(test, &f->two, 4096);
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 4096, 0, EXTRAM_ALLOC_SHARED, &offset), 0);
}

/* The block at an offset with its content held, as a resize has it. */
static struct extram_block *hold(struct kunit *test, struct extram_owner *owner, u64 offset)
{
	u64 at;
	struct extram_block *block = extram_block_get(owner, offset, &at);

	KUNIT_ASSERT_NOT_NULL(test, block);
	down_write(&block->content);
	return block;
}

static void let_go(struct extram_block *block)
{
	up_write(&block->content);
	extram_block_put(block);
}

static void block_stretches_in_place(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 offset = take(test, &f->one, 64);
	struct extram_block *block = hold(test, &f->one, offset);

	block->valid = 64;
	KUNIT_EXPECT_EQ(test, extram_block_stretch(block, 1000), 0);
	KUNIT_EXPECT_EQ(test, block->length, 1008);
	KUNIT_EXPECT_EQ(test, block->valid, 64);
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 16), 1008);
	KUNIT_EXPECT_EQ(test, extram_block_stretch(block, 1009), -ENOSPC);
	KUNIT_EXPECT_EQ(test, extram_block_stretch(block, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_block_stretch(block, U64_MAX), -ENOSPC);
	KUNIT_EXPECT_EQ(test, block->length, 1008);
	/* What was cut off is forgotten: growing again must not show it. */
	KUNIT_EXPECT_EQ(test, extram_block_stretch(block, 17), 0);
	KUNIT_EXPECT_EQ(test, block->length, 32);
	KUNIT_EXPECT_EQ(test, block->valid, 32);
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 16), 32);
	let_go(block);
}

static void block_stretch_keeps_the_limit(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_holdings holdings;
	struct extram_block *block;

	f->one.max_bytes = 512;
	block = hold(test, &f->one, take(test, &f->one, 256));
	KUNIT_EXPECT_EQ(test, extram_block_stretch(block, 513), -EDQUOT);
	KUNIT_EXPECT_EQ(test, extram_block_stretch(block, 512), 0);
	KUNIT_EXPECT_EQ(test, extram_block_stretch(block, 16), 0);
	extram_owner_holdings(&f->one, &holdings);
	KUNIT_EXPECT_EQ(test, holdings.blocks, 1);
	KUNIT_EXPECT_EQ(test, holdings.bytes, 16);
	KUNIT_EXPECT_EQ(test, holdings.peak, 512);
	let_go(block);
}

static void block_moves(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_block *block = hold(test, &f->one, take(test, &f->one, 64));
	struct extram_range to;

	take(test, &f->two, 16);
	KUNIT_ASSERT_EQ(test, extram_block_move_begin(block, 100, &to), 0);
	KUNIT_EXPECT_EQ(test, to.offset, 80);
	KUNIT_EXPECT_EQ(test, to.length, 112);
	/* Nobody gets either place meanwhile. */
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 16), 192);
	KUNIT_EXPECT_EQ(test, extram_block_move_end(block, &to), 0);
	KUNIT_EXPECT_FALSE(test, owns(&f->one, 0));
	KUNIT_EXPECT_TRUE(test, owns(&f->one, 80 + 111));
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 16), 0);
	let_go(block);
}

static void block_move_is_cancelled(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_block *block = hold(test, &f->one, take(test, &f->one, 64));
	struct extram_holdings holdings;
	struct extram_range to;

	KUNIT_ASSERT_EQ(test, extram_block_move_begin(block, 100, &to), 0);
	extram_block_move_cancel(block, &to);
	extram_owner_holdings(&f->one, &holdings);
	KUNIT_EXPECT_EQ(test, holdings.bytes, 64);
	KUNIT_EXPECT_EQ(test, take(test, &f->two, 16), 64);
	KUNIT_EXPECT_TRUE(test, owns(&f->one, 0));
	let_go(block);
}

static void block_freed_while_it_moves(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_block *block = hold(test, &f->one, take(test, &f->one, 64));
	struct extram_range to;

	KUNIT_ASSERT_EQ(test, extram_block_move_begin(block, 100, &to), 0);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, 0), 0);
	KUNIT_EXPECT_EQ(test, extram_block_move_end(block, &to), -ENOENT);
	let_go(block);
	expect_all_free(test, &f->space);
}

/* While it moves a block is in two places, and both count. */
static void block_move_counts_both_places(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_block *block = hold(test, &f->one, take(test, &f->one, 64));
	struct extram_holdings holdings;
	struct extram_range to;

	take(test, &f->two, 16);
	f->one.max_bytes = 64 + 111;
	KUNIT_EXPECT_EQ(test, extram_block_move_begin(block, 100, &to), -EDQUOT);
	f->one.max_bytes = 64 + 112;
	KUNIT_ASSERT_EQ(test, extram_block_move_begin(block, 100, &to), 0);
	extram_owner_holdings(&f->one, &holdings);
	KUNIT_EXPECT_EQ(test, holdings.bytes, 64 + 112);
	KUNIT_EXPECT_EQ(test, holdings.blocks, 1);
	KUNIT_EXPECT_EQ(test, extram_block_move_end(block, &to), 0);
	extram_owner_holdings(&f->one, &holdings);
	KUNIT_EXPECT_EQ(test, holdings.bytes, 112);
	KUNIT_EXPECT_EQ(test, holdings.peak, 64 + 112);
	let_go(block);
}

/* Who asks for more than there is has never had it. */
static void block_failure_leaves_the_peak(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_block *block = hold(test, &f->one, take(test, &f->one, 64));
	struct extram_holdings holdings;
	struct extram_range to;
	u64 offset = 0;

	take(test, &f->two, 16);
	KUNIT_EXPECT_EQ(test, try_take(&f->one, U64_MAX, 0, 0, &offset), -ENOSPC);
	KUNIT_EXPECT_EQ(test, try_take(&f->one, SIZE, 0, 0, &offset), -ENOSPC);
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 128, 0, EXTRAM_ALLOC_FIXED, &offset), -EEXIST);
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 128, 3, 0, &offset), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_block_stretch(block, 80), -ENOSPC);
	KUNIT_EXPECT_EQ(test, extram_block_move_begin(block, SIZE, &to), -ENOSPC);
	extram_owner_holdings(&f->one, &holdings);
	KUNIT_EXPECT_EQ(test, holdings.blocks, 1);
	KUNIT_EXPECT_EQ(test, holdings.bytes, 64);
	KUNIT_EXPECT_EQ(test, holdings.peak, 64);
	let_go(block);
}

/* Between reserve and publish a range is taken, charged, and out of everybody's reach. */
static void block_reserved_is_out_of_reach(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	struct extram_range range = { .length = 64 };
	struct extram_holdings holdings;
	struct extram_block *block;
	u64 offset = 0;

	KUNIT_ASSERT_EQ(test, extram_block_reserve(&f->one, &range, &block), 0);
	KUNIT_EXPECT_EQ(test, range.offset, 0);
	KUNIT_EXPECT_FALSE(test, owns(&f->one, 0));
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 16, 0, EXTRAM_ALLOC_FIXED, &offset), -EEXIST);
	extram_owner_holdings(&f->one, &holdings);
	KUNIT_EXPECT_EQ(test, holdings.bytes, 64);

	/* Taken back: neither range nor charge is left. */
	extram_block_withdraw(block);
	extram_owner_holdings(&f->one, &holdings);
	KUNIT_EXPECT_EQ(test, holdings.bytes, 0);
	expect_all_free(test, &f->space);

	KUNIT_ASSERT_EQ(test, extram_block_reserve(&f->one, &range, &block), 0);
	extram_block_publish(block);
	KUNIT_EXPECT_TRUE(test, owns(&f->one, 63));
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->one, 0), 0);
}

/* What is shared has limits of its own, whoever shares it. */
static void block_limits_of_what_is_shared(struct kunit *test)
{
	struct block_fixture *f = test->priv;
	u64 first = 0, offset = 0;

	f->shared.max_blocks = 2;
	f->shared.max_bytes = 160;
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 64, 0, EXTRAM_ALLOC_SHARED, &first), 0);
	KUNIT_EXPECT_EQ(test, try_take(&f->two, 97, 0, EXTRAM_ALLOC_SHARED, &offset), -EDQUOT);
	KUNIT_EXPECT_EQ(test, try_take(&f->two, 96, 0, EXTRAM_ALLOC_SHARED, &offset), 0);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->two, first), 0);
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 16, 0, EXTRAM_ALLOC_SHARED, &first), 0);
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 16, 0, EXTRAM_ALLOC_SHARED, &offset), -EDQUOT);
	/* Private blocks are not concerned. */
	KUNIT_EXPECT_EQ(test, try_take(&f->one, 4096, 0, 0, &offset), 0);
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
	KUNIT_CASE(block_shared_is_everybodys),
	KUNIT_CASE(block_reader_changes_nothing_shared),
	KUNIT_CASE(block_query_walks_own_and_shared),
	KUNIT_CASE(block_fixed_is_there_or_not_at_all),
	KUNIT_CASE(block_owner_limits),
	KUNIT_CASE(block_stretches_in_place),
	KUNIT_CASE(block_stretch_keeps_the_limit),
	KUNIT_CASE(block_moves),
	KUNIT_CASE(block_move_is_cancelled),
	KUNIT_CASE(block_freed_while_it_moves),
	KUNIT_CASE(block_move_counts_both_places),
	KUNIT_CASE(block_failure_leaves_the_peak),
	KUNIT_CASE(block_reserved_is_out_of_reach),
	KUNIT_CASE(block_limits_of_what_is_shared),
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
