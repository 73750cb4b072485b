/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wire engine: turns a range of bytes into commands that the chip and the controller accept,
 * and lets those who want the wire have it in turn.
 */
#ifndef _EXTRAM_IO_H
#define _EXTRAM_IO_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/types.h>

struct extram_batch;
struct extram_chip;
struct extram_io;
struct spi_device;

/* Most bytes of one call to extram_io_zero(), and of the small buffer that a client begins with. */
#define EXTRAM_IO_CHUNK		4096

/*
 * A job is tried this often before its error reaches who wanted it, where the controller's driver
 * calls the error transient: -EAGAIN or -ETIMEDOUT. To send it again does no harm.
 */
#define EXTRAM_IO_TRIES		4

/*
 * A burst up to this many data bytes may be one transfer, header and data together, at the price of
 * a copy; a longer one has its data in place.
 */
#define EXTRAM_IO_JOIN		1024
/* The same where the buffer has room for the header, so that nothing is copied. */
#define EXTRAM_IO_PLACE		4096

/* How a wire is driven: lines, clocks asked for in Hz, data bytes under one chip select. */
struct extram_io_facts {
	u32 read_hz;
	u32 write_hz;
	u32 read_burst;
	u32 write_burst;
	u16 read_width;
	u16 write_width;
};

/**
 * struct extram_flow - one of those who share a wire by its time
 * @finish: where its share ends, in nanoseconds of the wire's own time; protected by the engine
 */
struct extram_flow {
	u64 finish;
};

/**
 * struct extram_job - bytes that go over the wire at once, without others in between
 * @flow: whose share of the wire it is
 * @write: they are written; else read
 * @zero: zeros are written, at most EXTRAM_IO_CHUNK of them, and @buf is not used
 * @addr: first address on the chip
 * @len: how many, no more than extram_io_fit() said
 * @buf: the bytes, from the heap, since the controller may reach them by DMA; a write changes none
 * @room: bytes before @buf that the engine may use, 0 or what extram_io_room() says; with room,
 *	@len is at most EXTRAM_IO_PLACE
 * @alone: there is nobody whom it could keep from the wire
 * @in_order: it must not be through before those of its flow that were submitted earlier
 * @done: if not NULL, called once when the job is through: in any context, must not sleep, and
 *	must not use the wire
 * @status: 0, or what the SPI controller's driver answered; valid once it is through
 * @tries: how often it was sent; valid then too
 * @timed: to be filled in: @took
 * @took: nanoseconds from when the wire was free and the job ready until it was through, 0 when it
 *	had to wait for others or the caller did not wait for it; valid then, with @timed
 * @cuts: how often the supply of the chip had gone when it was begun; for the caller
 * @data: @buf, or zeros
 * @batch: messages that it is made of, on controllers without spi-mem; from the first use on
 * @io: the wire
 * @list: place among those that wait for their turn
 * @start: its place in the order of turns
 * @waited: somebody waits for @through
 * @through: it is
 */
struct extram_job {
	struct extram_flow *flow;
	bool write;
	bool zero;
	u32 addr;
	size_t len;
	void *buf;
	u8 room;
	bool alone;
	bool in_order;
	void (*done)(struct extram_job *job);
	int status;
	unsigned int tries;
	bool timed;
	u64 took;
	u32 cuts;

	/* of the engine */
	void *data;
	struct extram_batch *batch;
	struct extram_io *io;
	struct list_head list;
	u64 start;
	bool waited;
	struct completion through;
};

void extram_job_init(struct extram_job *job);
void extram_job_exit(struct extram_job *job);

struct extram_io *extram_io_create(struct spi_device *spi, const struct extram_chip *chip);
int extram_io_start(struct extram_io *io);
void extram_io_stop(struct extram_io *io);
void extram_io_drain(struct extram_io *io);
void extram_io_destroy(struct extram_io *io);
void extram_io_facts(const struct extram_io *io, struct extram_io_facts *facts);

bool extram_io_is_sole(struct extram_io *io);
u8 extram_io_room(const struct extram_io *io, bool write);
size_t extram_io_fit(const struct extram_io *io, bool write, u32 addr, size_t len, bool alone);
void extram_io_pass(struct extram_io *io);
int extram_io_run(struct extram_io *io, struct extram_job *job);
int extram_io_submit(struct extram_io *io, struct extram_job *job);
void extram_job_wait(struct extram_job *job);

int extram_io_read(struct extram_io *io, u32 addr, void *buf, size_t len);
int extram_io_write(struct extram_io *io, u32 addr, const void *buf, size_t len);
int extram_io_zero(struct extram_io *io, u32 addr, size_t len);

#endif /* _EXTRAM_IO_H */
