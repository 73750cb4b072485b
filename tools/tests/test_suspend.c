// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system sleeps and wakes up: what the chip held is there, or is said to be lost.
 */
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "extram_test.h"
#include "sleep.h"

#define LEN	6000

static unsigned char data[LEN], got[LEN];

static bool forgets(const struct xt *xt)
{
	return xt->base.flags & EXTRAM_INFO_VOLATILE;
}

static uint32_t block_flags(int fd, uint64_t offset)
{
	struct extram_query query = { .size = sizeof(query), .offset = offset };

	assert_int_equal(ioctl(fd, EXTRAM_IOC_QUERY, &query), 0);
	assert_int_equal(query.offset, offset);
	return query.block_flags;
}

/* All that a suspend with power may not change. */
static void expect_nothing_lost(struct xt *xt, uint64_t offset)
{
	struct extram_info info = xt_get_info(xt->fd);

	xt_expect(xt->fd, data, LEN, offset);
	assert_int_equal(info.contents_lost, xt->base.contents_lost);
	assert_int_equal(info.flags & EXTRAM_INFO_LOST, 0);
	assert_int_equal(block_flags(xt->fd, offset), 0);
}

static void suspend_to_idle_keeps_the_content(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, LEN);

	xt_fill(data, LEN, 1);
	xt_write(xt->fd, data, LEN, offset);
	xt_suspend("devices");
	expect_nothing_lost(xt, offset);
	xt_suspend("platform");
	expect_nothing_lost(xt, offset);
	/* And the chip can be written as before. */
	xt_fill(data, LEN, 2);
	xt_write(xt->fd, data, LEN, offset);
	expect_nothing_lost(xt, offset);
}

/* Power went away while nobody looked: an SRAM forgets, an FRAM does not. */
static void a_cut_is_noticed(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, LEN + 1000);
	uint32_t before = xt->base.contents_lost;
	struct extram_info info;
	int fresh;

	xt_fill(data, LEN, 3);
	xt_write(xt->fd, data, LEN, offset);
	xt_cut_in_suspend(xt->chip);
	xt_suspend("devices");
	if (!forgets(xt)) {
		expect_nothing_lost(xt, offset);
		return;
	}

	info = xt_get_info(xt->fd);
	assert_int_equal(info.contents_lost, before + 1);
	assert_int_equal(info.flags & EXTRAM_INFO_LOST, EXTRAM_INFO_LOST);
	assert_int_equal(xt_sysfs(xt->chip, "contents_lost"), before + 1);
	assert_int_equal(block_flags(xt->fd, offset), EXTRAM_BLOCK_LOST);

	/* Exact to the byte, and what was never written still reads as zeros. */
	xt_assert_errno(EIO, pread(xt->fd, got, LEN, offset));
	xt_assert_errno(EIO, pread(xt->fd, got, 1, offset + LEN - 1));
	xt_expect_zeros(xt->fd, 1000, offset + LEN);
	xt_write(xt->fd, data + 100, 50, offset + 100);
	xt_assert_errno(EIO, pread(xt->fd, got, 1, offset + 99));
	xt_assert_count(50, pread(xt->fd, got, LEN, offset + 100));
	assert_memory_equal(got, data + 100, 50);
	xt_assert_errno(EIO, pread(xt->fd, got, 1, offset + 150));

	/* Who opens it now knows of nothing that was lost. */
	fresh = xt_open(xt->chip, O_RDWR);
	info = xt_get_info(fresh);
	assert_int_equal(info.flags & EXTRAM_INFO_LOST, 0);
	assert_int_equal(info.contents_lost, before + 1);
	close(fresh);

	xt_write(xt->fd, data, LEN, offset);
	xt_expect(xt->fd, data, LEN, offset);
	assert_int_equal(block_flags(xt->fd, offset), 0);
	/* Freed and taken again there is nothing lost in it, nor old. */
	xt_assert_ok(xt_free(xt->fd, offset));
	assert_int_equal(xt_alloc(xt->fd, LEN), offset);
	xt_expect_zeros(xt->fd, LEN, offset);
}

static void a_cut_takes_shared_blocks_too(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	uint64_t offset = 0;

	xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, LEN, &offset));
	xt_fill(data, LEN, 4);
	xt_write(xt->fd, data, LEN, offset);
	xt_cut_in_suspend(xt->chip);
	xt_suspend("devices");
	xt_assert_errno(EIO, pread(other, got, LEN, offset));
	assert_int_equal(block_flags(other, offset), EXTRAM_BLOCK_SHARED | EXTRAM_BLOCK_LOST);
	xt_write(other, data, LEN, offset);
	xt_expect(xt->fd, data, LEN, offset);
	xt_assert_ok(xt_free(other, offset));
	close(other);
}

/* Only the chip that had no power has lost something. */
static void a_cut_takes_one_chip_only(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt_psram, O_RDWR);
	uint64_t mine = xt_alloc(xt->fd, LEN), theirs = xt_alloc(other, LEN);

	xt_fill(data, LEN, 5);
	xt_write(xt->fd, data, LEN, mine);
	xt_write(other, data, LEN, theirs);
	xt_cut_in_suspend(xt->chip);
	xt_suspend("platform");
	xt_assert_errno(EIO, pread(xt->fd, got, LEN, mine));
	xt_expect(other, data, LEN, theirs);
	close(other);
}

static int open_uevents(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Waits for a message whose strings, each with its end, have both in them. */
static bool uevent_has(int fd, const char *one, const char *two)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[8192];
	ssize_t len, at;

	while (poll(&p, 1, 5000) == 1 && (len = recv(fd, text, sizeof(text) - 1, 0)) > 0) {
		bool has_one = false, has_two = false;

		text[len] = '\0';
		for (at = 0; at < len; at += strlen(text + at) + 1) {
			has_one |= !strcmp(text + at, one);
			has_two |= !strcmp(text + at, two);
		}
		if (has_one && has_two)
			return true;
	}
	return false;
}

static void a_cut_is_told_by_a_uevent(void **state)
{
	struct xt *xt = *state;
	char count[64], name[128], path[64];
	int events = open_uevents();

	xt_node(xt->chip, path, sizeof(path));
	snprintf(name, sizeof(name), "DEVNAME=%s", strrchr(path, '/') + 1);
	snprintf(count, sizeof(count), "EXTRAM_CONTENTS_LOST=%u", xt->base.contents_lost + 1);
	xt_cut_in_suspend(xt->chip);
	xt_suspend("devices");
	assert_true(uevent_has(events, name, count));
	close(events);
}

struct mover {
	int fd;
	uint64_t offset;
	atomic_bool stop;
	atomic_long rounds;
	char wrong[80];
};

/* Writes and reads back, and looks at each byte. A suspend may cut a transfer, as signals do. */
static void *write_and_read(void *arg)
{
	static unsigned char out[20000], in[20000];
	struct mover *m = arg;
	size_t at;
	ssize_t ret;

	while (!m->stop && !m->wrong[0]) {
		xt_fill(out, sizeof(out), m->rounds);
		for (at = 0; at < sizeof(out); at += ret) {
			ret = pwrite(m->fd, out + at, sizeof(out) - at, m->offset + at);
			if (ret <= 0)
				break;
		}
		if (at == sizeof(out))
			for (at = 0; at < sizeof(in); at += ret) {
				ret = pread(m->fd, in + at, sizeof(in) - at, m->offset + at);
				if (ret <= 0)
					break;
			}
		if (at < sizeof(in))
			snprintf(m->wrong, sizeof(m->wrong), "%zu bytes, then %s", at,
				 ret ? strerror(errno) : "nothing");
		else if (memcmp(in, out, sizeof(in)))
			snprintf(m->wrong, sizeof(m->wrong), "other bytes than were written");
		m->rounds++;
	}
	return NULL;
}

static void transfers_go_on_over_suspends(void **state)
{
	struct xt *xt = *state;
	struct mover m = { .fd = xt->fd, .offset = xt_alloc(xt->fd, 20000) };
	pthread_t thread;
	long before;
	int i;

	assert_int_equal(pthread_create(&thread, NULL, write_and_read, &m), 0);
	for (i = 0; i < 8; i++) {
		usleep(30000 + 7000 * i);
		xt_suspend(i % 2 ? "devices" : "platform");
	}
	before = m.rounds;
	while (m.rounds < before + 2 && !m.wrong[0])
		usleep(10000);
	m.stop = true;
	pthread_join(thread, NULL);
	if (m.wrong[0])
		fail_msg("after %ld rounds: %s", (long)m.rounds, m.wrong);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_SIM_ALL(suspend_to_idle_keeps_the_content),
		XT_SIM_ALL(a_cut_is_noticed),
		XT_SIM(a_cut_takes_shared_blocks_too),
		XT_SIM(a_cut_takes_one_chip_only),
		XT_SIM(a_cut_is_told_by_a_uevent),
		XT_SIM(transfers_go_on_over_suspends),
	};

	return xt_run("suspend", argc, argv, cases, xt_can_suspend() ? ARRAY_SIZE(cases) : 0);
}
