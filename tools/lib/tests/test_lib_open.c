// SPDX-License-Identifier: GPL-2.0-only
/*
 * libextram: finding and opening memories by everything that a user may type.
 */
#include <fcntl.h>
#include <unistd.h>

#include "extram_test.h"
#include "libextram.h"

static void expect_open(const char *which, const char *path)
{
	struct extram *ram = extram_open(which);

	if (!ram)
		fail_msg("%s: %s", which, strerror(errno));
	assert_string_equal(extram_path(ram), path);
	assert_true(extram_fd(ram) >= 0);
	extram_close(ram);
}

static void expect_no_open(int error, const char *which)
{
	struct extram *ram;

	errno = 0;
	ram = extram_open(which);
	if (ram || errno != error)
		fail_msg("%s: %s, wanted %s", which, ram ? "opened" : strerror(errno),
			 strerror(error));
}

static void nothing_means_the_first(void **state)
{
	(void)state;
	expect_open(NULL, "/dev/extram");
	expect_open("", "/dev/extram");
}

static void a_number_means_a_node(void **state)
{
	(void)state;
	expect_open("0", "/dev/extram");
	expect_open("1", "/dev/extram1");
	expect_no_open(ENOENT, "255");
	expect_no_open(ENODEV, "1x");
	expect_no_open(ENODEV, "99999999999999999999");
}

static void a_path_means_itself(void **state)
{
	struct xt *xt = *state;
	char path[64];

	xt_node(xt->chip, path, sizeof(path));
	expect_open(path, path);
	expect_no_open(ENOENT, "/dev/no/such");
}

static void other_files_are_refused(void **state)
{
	(void)state;
	expect_no_open(ENOTTY, "/dev/null");
	expect_no_open(ENOTTY, "/init");
}

static void a_name_means_a_chip(void **state)
{
	struct extram *ram = extram_open_chip("23k256");
	struct extram_info info;

	(void)state;
	assert_non_null(ram);
	xt_assert_ok(extram_info(ram, &info));
	assert_string_equal((char *)info.chip, "23k256");
	extram_close(ram);
	expect_no_open(ENODEV, "23k257");
}

/* The test machine has two of them. */
static void a_name_of_several_chips_is_refused(void **state)
{
	(void)state;
	expect_no_open(ENOTUNIQ, "aps6404l");
}

/* What a parent has opened and handed down: its ranges come with it. */
static void a_descriptor_brings_its_ranges(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	struct extram_range range;
	struct extram *ram;
	char which[16];
	int fd = dup(xt->fd);

	snprintf(which, sizeof(which), "fd:%d", fd);
	ram = extram_open(which);
	assert_non_null(ram);
	assert_string_equal(extram_path(ram), which);
	xt_assert_ok(extram_query(ram, 0, &range));
	assert_int_equal(range.offset, offset);
	extram_close(ram);
	xt_assert_errno(EBADF, fcntl(fd, F_GETFD));
	expect_no_open(EBADF, which);
	expect_no_open(EINVAL, "fd:");
	expect_no_open(EINVAL, "fd:-1");
}

static int collect(const char *path, void *arg)
{
	char *all = arg;

	strcat(strcat(all, path), " ");
	return 0;
}

static int stop_at_once(const char *path, void *arg)
{
	++*(int *)arg;
	(void)path;
	return 7;
}

static void nodes_are_visited_in_order(void **state)
{
	char all[1024] = "", want[1024] = "/dev/extram ";
	unsigned int i, nodes = 0, visits = 0;

	(void)state;
	for (i = 0; i < xt_num_chips; i++)
		nodes += xt_has_node(&xt_chips[i]);
	for (i = 1; i < nodes; i++)
		sprintf(want + strlen(want), "/dev/extram%u ", i);
	xt_assert_ok(extram_for_each_node(collect, all));
	assert_string_equal(all, want);
	assert_int_equal(extram_for_each_node(stop_at_once, &visits), 7);
	assert_int_equal(visits, 1);
}

static void no_descriptor_is_left_open(void **state)
{
	int before = dup(0), after;

	(void)state;
	close(before);
	expect_no_open(ENODEV, "no-such-chip");
	expect_no_open(ENOTUNIQ, "aps6404l");
	expect_no_open(ENOTTY, "/dev/null");
	expect_open("0", "/dev/extram");
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

static void the_version_is_that_of_the_header(void **state)
{
	(void)state;
	assert_string_equal(extram_version(), EXTRAM_VERSION_STRING);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT(nothing_means_the_first),
		XT(a_number_means_a_node),
		XT_ALL(a_path_means_itself),
		XT(other_files_are_refused),
		XT(a_name_means_a_chip),
		XT(a_name_of_several_chips_is_refused),
		XT(a_descriptor_brings_its_ranges),
		XT(nodes_are_visited_in_order),
		XT(no_descriptor_is_left_open),
		XT(the_version_is_that_of_the_header),
	};

	return xt_run("libextram_open", argc, argv, cases, ARRAY_SIZE(cases));
}
