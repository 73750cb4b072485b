// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chip is full of a secret, down to its last byte, and a file that has nothing to do with it
 * looks for it through every path there is. Nor may it learn from the bus what it may not see.
 */
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "extram_test.h"

static const char secret[16] = "sEcReT-0xC0ffee!";

static unsigned char buf[64 * 1024];

/* Writes the secret everywhere, as a user who then leaves. */
static void soak(const struct xt_chip *chip)
{
	int fd = xt_open(chip, O_RDWR);
	uint64_t size = xt_get_info(fd).capacity, at, offset;
	unsigned char *whole = malloc(size);

	assert_non_null(whole);
	for (at = 0; at < size; at += sizeof(secret))
		memcpy(whole + at, secret, sizeof(secret));
	offset = xt_alloc(fd, size);
	xt_write(fd, whole, size, offset);
	free(whole);
	close(fd);
}

static void expect_no_secret(const void *bytes, size_t len, const char *path)
{
	const unsigned char *b = bytes;
	size_t i;

	/* Four bytes of it in a row are no chance. */
	for (i = 0; i + 4 <= len; i++) {
		size_t j;

		for (j = 0; j + 4 <= sizeof(secret); j++)
			if (!memcmp(b + i, secret + j, 4))
				fail_msg("%s shows the secret at byte %zu", path, i);
	}
}

/* Reads a range in every way that there is. */
static void search(int fd, uint64_t offset, size_t len, const char *path)
{
	struct iovec iov[2] = { { buf, len / 3 }, { buf + len / 3, len - len / 3 } };
	int pipefd[2], out;
	loff_t at;
	size_t done;
	ssize_t ret;

	assert_true(len <= sizeof(buf));
	assert_int_equal(pread(fd, buf, len, offset), len);
	expect_no_secret(buf, len, path);
	assert_int_equal(preadv(fd, iov, 2, offset), len);
	expect_no_secret(buf, len, path);
	assert_int_equal(lseek(fd, offset, SEEK_SET), offset);
	assert_int_equal(read(fd, buf, len), len);
	expect_no_secret(buf, len, path);

	assert_int_equal(pipe(pipefd), 0);
	for (done = 0; done < len; done += ret) {
		at = offset + done;
		ret = splice(fd, &at, pipefd[1], NULL, len - done, 0);
		assert_true(ret > 0);
		assert_int_equal(read(pipefd[0], buf + done, ret), ret);
	}
	expect_no_secret(buf, len, path);
	close(pipefd[0]);
	close(pipefd[1]);

	out = open("/tmp/extram-secret", O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_int_not_equal(out, -1);
	for (done = 0; done < len; done += ret) {
		at = offset + done;
		ret = sendfile(out, fd, &at, len - done);
		assert_true(ret > 0);
	}
	assert_int_equal(pread(out, buf, len, 0), len);
	expect_no_secret(buf, len, path);
	close(out);
	unlink("/tmp/extram-secret");
}

static void a_new_block(void **state)
{
	struct xt *xt = *state;

	soak(xt->chip);
	search(xt->fd, xt_alloc(xt->fd, 4000), 4000, "a new block");
}

static void around_what_was_written(void **state)
{
	struct xt *xt = *state;
	uint64_t offset;

	soak(xt->chip);
	offset = xt_alloc(xt->fd, 4000);
	xt_write(xt->fd, "x", 1, offset);
	search(xt->fd, offset, 4000, "behind a byte that was written");
	/* A sparse file: the gap is on the chip now. */
	xt_write(xt->fd, "y", 1, offset + 3000);
	search(xt->fd, offset, 4000, "a gap");
	xt_write(xt->fd, "z", 1, offset + 3999);
	search(xt->fd, offset, 4000, "a second gap");
}

static void a_block_that_grows(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, length;

	soak(xt->chip);
	offset = xt_alloc(xt->fd, 1600);
	xt_write(xt->fd, "x", 1, offset + 1599);
	length = 3200;
	xt_assert_ok(xt_resize(xt->fd, 0, &offset, &length));
	search(xt->fd, offset, 3200, "what it grew by");
	length = 16;
	xt_assert_ok(xt_resize(xt->fd, 0, &offset, &length));
	length = 3200;
	xt_assert_ok(xt_resize(xt->fd, 0, &offset, &length));
	search(xt->fd, offset, 3200, "shrunk and grown again");
	xt_alloc(xt->fd, 16);
	length = 4000;
	xt_assert_ok(xt_resize(xt->fd, EXTRAM_RESIZE_MAY_MOVE, &offset, &length));
	assert_int_not_equal(offset, 0);
	search(xt->fd, offset, 4000, "moved");
}

static void fixed_and_shared_blocks(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDONLY);
	uint64_t offset = 1600, shared = 0;

	soak(xt->chip);
	xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_FIXED, 1600, &offset));
	search(xt->fd, offset, 1600, "a fixed block");
	xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, 1600, &shared));
	search(xt->fd, shared, 1600, "a shared block");
	search(other, shared, 1600, "a shared block in a file for reading");
	xt_write(xt->fd, "x", 1, shared + 800);
	search(other, shared, 1600, "a gap in a shared block");
	xt_assert_ok(xt_free(xt->fd, shared));
	/* A file for reading may take a block; it can only read zeros. */
	search(other, xt_alloc(other, 1600), 1600, "a block of a file for reading");
	close(other);
}

static void what_another_has_just_freed(void **state)
{
	struct xt *xt = *state;
	uint64_t offset;
	int other, status;
	pid_t child;

	other = xt_open(xt->chip, O_RDWR);
	offset = xt_alloc(other, 4000);
	memcpy(buf, secret, sizeof(secret));
	xt_write(other, buf, sizeof(secret), offset);
	xt_assert_ok(xt_free(other, offset));
	assert_int_equal(xt_alloc(xt->fd, 4000), offset);
	search(xt->fd, offset, 4000, "freed by another file");
	xt_assert_ok(xt_free(xt->fd, offset));

	/* Killed with its block in its hands. */
	child = fork();
	if (!child) {
		int fd = xt_open(xt->chip, O_RDWR);

		memcpy(buf, secret, sizeof(secret));
		xt_write(fd, buf, sizeof(secret), xt_alloc(fd, 4000));
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	search(xt->fd, xt_alloc(xt->fd, 4000), 4000, "left by a process that was killed");
	close(other);
}

static void after_the_driver_was_away(void **state)
{
	struct xt *xt = *state;

	soak(xt->chip);
	close(xt->fd);
	xt_assert_ok(xt_unbind(xt->chip));
	xt_assert_ok(xt_bind(xt->chip));
	xt->fd = xt_open(xt->chip, O_RDWR);
	search(xt->fd, xt_alloc(xt->fd, 4000), 4000, "bound again");
}

/* Errors of the bus at each place of a write behind a gap: what was not written stays hidden. */
static void after_errors_of_the_bus(void **state)
{
	struct xt *xt = *state;
	unsigned int nth;

	soak(xt->chip);
	for (nth = 1; nth < 12; nth++) {
		uint64_t offset = xt_alloc(xt->fd, 4000);

		xt_fail_bus(xt->chip, nth, 1000, EIO);
		pwrite(xt->fd, "xyz", 3, offset + 3500);
		xt_heal_bus(xt->chip);
		search(xt->fd, offset, 4000, "after an error");
		xt_assert_ok(xt_free(xt->fd, offset));
	}
}

/* A number behind a key in what the simulator counted for a chip. */
static unsigned long long simulator_has(const struct xt_chip *chip, const char *key)
{
	char path[PATH_MAX], text[1024], *at;

	xt_sim_path(chip, "stats", path, sizeof(path));
	xt_assert_ok(xt_read_file(path, text, sizeof(text)));
	at = strstr(text, key);
	assert_non_null(at);
	return strtoull(at + strlen(key), NULL, 10);
}

/*
 * Whoever asks for a range that is not his makes no clock run, whether it is another's or nobody's:
 * not even how long it takes can tell which.
 */
static void a_foreign_range_is_not_asked_of_the_chip(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	uint64_t taken = xt_alloc(xt->fd, 4000), never = 8000, at[2];
	unsigned long long before;
	size_t i;

	xt_fill(buf, 4000, 1);
	xt_write(xt->fd, buf, 4000, taken);
	at[0] = taken;
	at[1] = never;
	before = simulator_has(xt->chip, "clocks:");
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		uint64_t offset = at[i], length = 8000;

		xt_assert_errno(ENXIO, pread(other, buf, 100, offset));
		xt_assert_errno(ENXIO, pwrite(other, buf, 100, offset));
		xt_assert_fails(ENOENT, xt_free(other, offset));
		xt_assert_fails(ENOENT, xt_resize(other, EXTRAM_RESIZE_MAY_MOVE, &offset, &length));
		xt_assert_fails(ENOENT, xt_query(other, &offset, &length));
	}
	assert_int_equal(simulator_has(xt->chip, "clocks:"), before);
	/* The counter does run when the owner asks. */
	assert_int_equal(pread(xt->fd, buf, 1, taken), 1);
	assert_true(simulator_has(xt->chip, "clocks:") > before);
	close(other);
}

/* Addresses of the kernel are 16 digits that begin like this on every 64-bit machine. */
static void expect_no_address(const char *text, const char *path)
{
	const char *at = text;

	while ((at = strstr(at, "ffff"))) {
		size_t digits = strspn(at, "0123456789abcdef");

		if (digits >= 16)
			fail_msg("%s shows an address: %.40s", path, at);
		at += digits;
	}
}

/* Everything that others can read while a file holds the secret, and bus errors are logged. */
static void logs_and_files_for_all(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 4000);
	int log = xt_log_open();
	char text[8192], fdinfo[64];
	struct stat st;
	unsigned int files = 0, lines = 0;
	glob_t found;
	ssize_t len;
	size_t i;

	for (i = 0; i + sizeof(secret) <= 4000; i += sizeof(secret))
		memcpy(buf + i, secret, sizeof(secret));
	xt_write(xt->fd, buf, 4000, offset);
	xt_fail_bus(xt->chip, 1, 1, EIO);
	xt_assert_errno(EIO, pread(xt->fd, buf, 4000, offset));
	xt_fail_bus(xt->chip, 1, 1, EIO);
	xt_assert_errno(EIO, pwrite(xt->fd, buf, 4000, offset));
	xt_heal_bus(xt->chip);

	snprintf(fdinfo, sizeof(fdinfo), "/proc/self/fdinfo/%d", xt->fd);
	assert_int_equal(glob("/sys/class/extram/*/*", 0, NULL, &found), 0);
	assert_int_equal(glob(fdinfo, GLOB_APPEND, NULL, &found), 0);
	assert_int_equal(glob("/sys/module/extram/parameters/*", GLOB_APPEND, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];

		if (stat(path, &st) || !S_ISREG(st.st_mode) || !(st.st_mode & S_IROTH) ||
		    xt_read_file(path, text, sizeof(text)))
			continue;
		files++;
		expect_no_secret(text, strlen(text), path);
		expect_no_address(text, path);
	}
	globfree(&found);
	assert_true(files > 10);

	while ((len = read(log, text, sizeof(text) - 1)) > 0) {
		text[len] = '\0';
		lines += !!strstr(text, "extram");
		expect_no_secret(text, len, "the kernel's log");
		expect_no_address(text, "the kernel's log");
	}
	close(log);
	assert_true(lines > 0);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT(a_new_block),
		XT(around_what_was_written),
		XT(a_block_that_grows),
		XT(fixed_and_shared_blocks),
		XT(what_another_has_just_freed),
		XT(after_the_driver_was_away),
		XT_SIM(after_errors_of_the_bus),
		XT_SIM(a_foreign_range_is_not_asked_of_the_chip),
		XT_SIM(logs_and_files_for_all),
	};

	return xt_run("secret", argc, argv, cases, ARRAY_SIZE(cases));
}
