// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire engine: turns a range of bytes into commands that the chip and the controller accept.
 *
 * A range is cut into bursts, each a command with address and data under one chip select. How long
 * a burst may be is computed once, from the page of the chip, the time that chip select may stay
 * low (at the clock that really runs), and the controller's limits. As many bursts as fit travel in
 * one SPI message, so that the queue of the controller is crossed once for many of them.
 */
#include <linux/bits.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"
#include "io.h"

#define EXTRAM_IO_XFERS		64	/* transfers in one message */
#define EXTRAM_IO_SCRATCH	8192	/* bytes of headers and joined bursts in one message */
/*
 * A burst up to this many data bytes is one transfer, header and data together, at the price of a
 * copy; a longer one is two, with the data in place. Copying 128 bytes costs less than the set-up
 * of a transfer, and bursts that are short because of tCEM must not have gaps inside.
 */
#define EXTRAM_IO_JOIN		128

/**
 * struct extram_io_cmd - a command as this device uses it
 * @opcode: the command byte
 * @header: bytes before the data: opcode, address, dummies
 * @hz: clock to ask for
 * @burst: most data bytes under one chip select
 */
struct extram_io_cmd {
	u8 opcode;
	u8 header;
	u32 hz;
	u32 burst;
};

/* Data of a joined read, to be copied out of @rx when its message is through. */
struct extram_io_copy {
	void *to;
	const void *from;
	size_t len;
};

/**
 * struct extram_io - the wire to one chip
 * @spi: the chip on its bus
 * @chip: its row of facts
 * @read: the read command in use
 * @write: the write command in use
 * @max_transfer: most bytes of one spi_transfer
 * @max_message: most bytes of one spi_message
 * @cs_change: several chip selects may be in one message
 * @duplex: the controller reads while it writes
 * @zeros: EXTRAM_IO_CHUNK bytes for zero-fill
 * @wren: the write enable command
 * @lock: one caller at a time; protects all fields below, and keeps WREN and its write together
 * @msg: the message being built or on the wire
 * @xfers: its transfers
 * @count: how many of them are in use
 * @bytes: sum of their lengths
 * @tx: headers, and data of joined bursts
 * @rx: what joined reads answer
 * @used: bytes of @tx, and of @rx, in use
 * @copies: what to copy out of @rx
 * @ncopies: how many
 */
struct extram_io {
	struct spi_device *spi;
	const struct extram_chip *chip;
	struct extram_io_cmd read;
	struct extram_io_cmd write;
	size_t max_transfer;
	size_t max_message;
	bool cs_change;
	bool duplex;
	const u8 *zeros;
	u8 *wren;

	struct mutex lock;	/* all below; WREN and its write together */
	struct spi_message msg;
	struct spi_transfer xfers[EXTRAM_IO_XFERS];
	unsigned int count;
	size_t bytes;
	u8 *tx;
	u8 *rx;
	size_t used;
	struct extram_io_copy copies[EXTRAM_IO_XFERS];
	unsigned int ncopies;
};

static void extram_io_reset(struct extram_io *io)
{
	spi_message_init(&io->msg);
	io->count = 0;
	io->bytes = 0;
	io->used = 0;
	io->ncopies = 0;
}

/* Sends what has been collected. */
static int extram_io_flush(struct extram_io *io)
{
	unsigned int i;
	int err;

	lockdep_assert_held(&io->lock);
	if (!io->count)
		return 0;

	/* On the last transfer cs_change would mean the opposite: stay selected. */
	io->xfers[io->count - 1].cs_change = 0;
	err = spi_sync(io->spi, &io->msg);
	if (!err)
		for (i = 0; i < io->ncopies; i++)
			memcpy(io->copies[i].to, io->copies[i].from, io->copies[i].len);
	extram_io_reset(io);
	return err;
}

/*
 * Makes room for one more chip select of @bytes in @xfers transfers with @scratch bytes of
 * copies.
 */
static int extram_io_room(struct extram_io *io, size_t bytes, unsigned int xfers, size_t scratch)
{
	if (io->count &&
	    (!io->cs_change || io->count + xfers > EXTRAM_IO_XFERS ||
	     bytes > io->max_message - io->bytes || scratch > EXTRAM_IO_SCRATCH - io->used))
		return extram_io_flush(io);
	return 0;
}

/* Adds bytes to the chip select that is open, in transfers that the controller takes. */
static void extram_io_add(struct extram_io *io, const u8 *tx, u8 *rx, size_t len, u32 hz)
{
	while (len) {
		struct spi_transfer *xfer = &io->xfers[io->count++];
		size_t n = min(len, io->max_transfer);

		memset(xfer, 0, sizeof(*xfer));
		xfer->tx_buf = tx;
		xfer->rx_buf = rx;
		xfer->len = n;
		xfer->speed_hz = hz;
		spi_message_add_tail(xfer, &io->msg);

		io->bytes += n;
		len -= n;
		if (tx)
			tx += n;
		if (rx)
			rx += n;
	}
}

/* Ends the open chip select. Without a delay of our own the SPI core would rest for 10 us. */
static void extram_io_end(struct extram_io *io)
{
	struct spi_transfer *xfer = &io->xfers[io->count - 1];

	xfer->cs_change = 1;
	xfer->cs_change_delay.value = io->chip->tcph_ns;
	xfer->cs_change_delay.unit = SPI_DELAY_UNIT_NSECS;
}

static void extram_io_header(const struct extram_io *io, const struct extram_io_cmd *cmd, u32 addr,
			     u8 *header)
{
	unsigned int i;

	memset(header, 0, cmd->header);
	header[0] = cmd->opcode;
	if (io->chip->flags & EXTRAM_CHIP_ADDR_MSB_IN_OPCODE && addr >> 8)
		header[0] |= BIT(3);
	for (i = io->chip->addr_bytes; i; i--, addr >>= 8)
		header[i] = addr;
}

static unsigned int extram_io_xfers(const struct extram_io *io, size_t len)
{
	return len <= io->max_transfer ? 1 : DIV_ROUND_UP(len, io->max_transfer);
}

/*
 * One burst: @tx is written, or @rx is read. Joined bursts do not share a cache line: one may be
 * filled by DMA while the CPU fills its neighbour.
 */
static int extram_io_burst(struct extram_io *io, const struct extram_io_cmd *cmd, u32 addr,
			   const u8 *tx, u8 *rx, size_t len)
{
	bool join = len <= EXTRAM_IO_JOIN && (tx || io->duplex);
	size_t first = cmd->header + (join ? len : 0);
	unsigned int xfers = extram_io_xfers(io, first) + (join ? 0 : extram_io_xfers(io, len));
	size_t scratch = ALIGN(first, dma_get_cache_alignment());
	u8 *header;
	int err;

	if (tx && io->chip->flags & EXTRAM_CHIP_WREN) {
		err = extram_io_room(io, 1, 1, 0);
		if (err)
			return err;
		extram_io_add(io, io->wren, NULL, 1, cmd->hz);
		extram_io_end(io);
	}

	err = extram_io_room(io, cmd->header + len, xfers, scratch);
	if (err)
		return err;

	header = io->tx + io->used;
	extram_io_header(io, cmd, addr, header);
	if (!join) {
		extram_io_add(io, header, NULL, cmd->header, cmd->hz);
		extram_io_add(io, tx, rx, len, cmd->hz);
	} else if (tx) {
		memcpy(header + cmd->header, tx, len);
		extram_io_add(io, header, NULL, cmd->header + len, cmd->hz);
	} else {
		struct extram_io_copy *copy = &io->copies[io->ncopies++];

		memset(header + cmd->header, 0, len);
		extram_io_add(io, header, io->rx + io->used, cmd->header + len, cmd->hz);
		copy->to = rx;
		copy->from = io->rx + io->used + cmd->header;
		copy->len = len;
	}
	io->used += scratch;
	extram_io_end(io);
	return 0;
}

static int extram_io_run(struct extram_io *io, const struct extram_io_cmd *cmd, u32 addr,
			 const u8 *tx, u8 *rx, size_t len)
{
	u32 page = cmd->hz > io->chip->page_cross_hz ? io->chip->page : 0;
	int err = 0;

	if (!len)
		return 0;
	if (len > io->chip->size || addr > io->chip->size - len)
		return -EINVAL;

	mutex_lock(&io->lock);
	extram_io_reset(io);
	while (len && !err) {
		size_t n = min_t(size_t, len, cmd->burst);

		if (page)
			n = min_t(size_t, n, page - (addr & (page - 1)));
		err = extram_io_burst(io, cmd, addr, tx, rx, n);
		addr += n;
		len -= n;
		if (tx)
			tx += n;
		if (rx)
			rx += n;
	}
	if (!err)
		err = extram_io_flush(io);
	mutex_unlock(&io->lock);
	return err;
}

/**
 * extram_io_read() - read bytes from the chip
 * @io: the wire
 * @addr: first address on the chip, in bytes
 * @buf: where the bytes go; from the heap, since the controller may reach it by DMA
 * @len: how many; keep to EXTRAM_IO_CHUNK for fairness
 *
 * Context: May sleep; takes the lock of the wire.
 * Return: 0, -EINVAL when the range is not on the chip, or what the SPI controller's driver
 * answers; @buf is then undefined.
 */
int extram_io_read(struct extram_io *io, u32 addr, void *buf, size_t len)
{
	return extram_io_run(io, &io->read, addr, NULL, buf, len);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_read);

/**
 * extram_io_write() - write bytes to the chip
 * @io: the wire
 * @addr: first address on the chip, in bytes
 * @buf: the bytes; from the heap, since the controller may reach them by DMA
 * @len: how many; keep to EXTRAM_IO_CHUNK for fairness
 *
 * Context: May sleep; takes the lock of the wire.
 * Return: 0, -EINVAL when the range is not on the chip, or what the SPI controller's driver
 * answers; what the range holds is then undefined, all other bytes are as before.
 */
int extram_io_write(struct extram_io *io, u32 addr, const void *buf, size_t len)
{
	return extram_io_run(io, &io->write, addr, buf, NULL, len);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_write);

/**
 * extram_io_zero() - write zeros to the chip
 * @io: the wire
 * @addr: first address on the chip, in bytes
 * @len: how many, at most EXTRAM_IO_CHUNK
 *
 * Context: May sleep; takes the lock of the wire.
 * Return: as extram_io_write(); -EINVAL too when @len is over the chunk.
 */
int extram_io_zero(struct extram_io *io, u32 addr, size_t len)
{
	if (len > EXTRAM_IO_CHUNK)
		return -EINVAL;
	return extram_io_run(io, &io->write, addr, io->zeros, NULL, len);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_zero);

/*
 * Of several commands on one line, the one that lets the bus run fastest; at equal clocks the first
 * one.
 */
static void extram_io_choose(struct extram_io *io, const struct extram_op *op,
			     struct extram_io_cmd *cmd)
{
	u32 hz = io->spi->max_speed_hz ?: op->max_hz;

	for (cmd->hz = 0; op->opcode; op++) {
		if (op->width != 0x111 || min(hz, op->max_hz) <= cmd->hz)
			continue;
		cmd->opcode = op->opcode;
		cmd->header = 1 + io->chip->addr_bytes + op->dummy / 8;
		cmd->hz = min(hz, op->max_hz);
	}
}

/*
 * The clock that really runs when @hz is asked for. A controller that keeps it for itself may
 * divide by powers of two only, so that half of what was asked for is the least that can be
 * relied on.
 */
static int extram_io_real_hz(struct extram_io *io, u32 hz, u32 *real)
{
	struct spi_transfer xfer = {};
	size_t len = io->read.header + 1;
	int err;

	extram_io_header(io, &io->read, 0, io->tx);
	io->tx[io->read.header] = 0;
	xfer.tx_buf = io->tx;
	xfer.len = len;
	xfer.speed_hz = min(hz, io->read.hz);
	err = spi_sync_transfer(io->spi, &xfer, 1);
	if (err)
		return dev_err_probe(&io->spi->dev, err, "%s: no transfer on the bus\n",
				     io->chip->name);

	*real = hz <= io->read.hz && xfer.effective_speed_hz ?
		min(xfer.effective_speed_hz, hz) : hz / 2;
	return 0;
}

/*
 * Data bytes that fit into tCEM at a clock of @hz, at least 1, or an error that has been
 * reported.
 */
static int extram_io_fits(struct extram_io *io, const struct extram_io_cmd *cmd, u32 hz)
{
	u32 clocks = div_u64(mul_u32_u32(io->chip->tcem_ns, hz), NSEC_PER_SEC);
	u32 needed = max_t(u32, cmd->header + 1, io->chip->setup_bytes) * 8;

	if (clocks >= needed)
		return clocks / 8 - cmd->header;

	return dev_err_probe(&io->spi->dev, -EINVAL,
			     "%s: at %u Hz not one byte fits into the %u ns that chip select may stay low, %u Hz or more are needed\n",
			     io->chip->name, hz, io->chip->tcem_ns,
			     (u32)DIV_ROUND_UP_ULL(needed * (u64)NSEC_PER_SEC,
						   io->chip->tcem_ns));
}

/* How many data bytes @cmd may move under one chip select, if the clock is what it should be. */
static int extram_io_limit(struct extram_io *io, struct extram_io_cmd *cmd)
{
	const struct extram_chip *chip = io->chip;
	struct device *dev = &io->spi->dev;
	u64 burst = chip->size;
	unsigned int xfers;
	size_t narrow;
	int fits;

	if (chip->page)
		burst = min_t(u64, burst, chip->page);

	/* The time between two transfers of one burst is not known: with tCEM it has to be one. */
	narrow = chip->tcem_ns ? min(io->max_transfer, io->max_message) : io->max_message;
	xfers = extram_io_xfers(io, cmd->header);
	if (narrow <= cmd->header || xfers >= EXTRAM_IO_XFERS)
		return dev_err_probe(dev, -EINVAL,
				     "%s: the controller takes %zu bytes at once, too few for a header of %u\n",
				     chip->name, min(io->max_transfer, io->max_message),
				     cmd->header);
	burst = min_t(u64, burst, narrow - cmd->header);
	burst = min_t(u64, burst, mul_u32_u32(min_t(size_t, io->max_transfer, U32_MAX),
					      EXTRAM_IO_XFERS - xfers));

	if (chip->tcem_ns && cmd == &io->read && !io->duplex)
		return dev_err_probe(dev, -EINVAL,
				     "%s: needs a controller that reads while it writes, this one cannot\n",
				     chip->name);
	if (chip->tcem_ns) {
		fits = extram_io_fits(io, cmd, cmd->hz);
		if (fits < 0)
			return fits;
		burst = min_t(u64, burst, fits);
		burst = min_t(u64, burst, EXTRAM_IO_JOIN);
	}

	cmd->burst = burst;
	return 0;
}

static int extram_io_measure_cmd(struct extram_io *io, struct extram_io_cmd *cmd)
{
	u32 real;
	int err, fits;

	err = extram_io_real_hz(io, cmd->hz, &real);
	if (err)
		return err;
	fits = extram_io_fits(io, cmd, real);
	if (fits < 0)
		return fits;
	cmd->burst = min_t(u32, cmd->burst, fits);
	return 0;
}

/**
 * extram_io_measure() - see which clock really runs, where the chip's limits depend on it
 * @io: the wire, before its first use; the chip has been set up
 *
 * Clocks one byte out of the chip.
 *
 * Context: May sleep.
 * Return: 0, -EINVAL when the clock is too slow for the chip, or what the SPI controller's driver
 * answers. What is wrong has been said by dev_err_probe().
 */
int extram_io_measure(struct extram_io *io)
{
	if (!io->chip->tcem_ns)
		return 0;
	return extram_io_measure_cmd(io, &io->read) ?: extram_io_measure_cmd(io, &io->write);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_measure);

/**
 * extram_io_facts() - how the wire is driven
 * @io: the wire, measured
 * @facts: where the answer goes
 *
 * Context: Any.
 */
void extram_io_facts(const struct extram_io *io, struct extram_io_facts *facts)
{
	facts->read_hz = io->read.hz;
	facts->write_hz = io->write.hz;
	facts->read_burst = io->read.burst;
	facts->write_burst = io->write.burst;
}

/**
 * extram_io_create() - make the wire to a chip
 * @spi: the chip on its bus; its max_speed_hz is the clock that the board allows
 * @chip: its row of facts
 *
 * Does not touch the chip, which may not have been set up yet.
 *
 * Context: May sleep.
 * Return: the wire, or ERR_PTR: -ENOMEM, or -EINVAL when the clock is too slow for the chip or the
 * controller too narrow for a header. What is wrong has been said by dev_err_probe().
 */
struct extram_io *extram_io_create(struct spi_device *spi, const struct extram_chip *chip)
{
	struct spi_controller *ctlr = spi->controller;
	struct extram_io *io;
	int err;

	io = kzalloc(sizeof(*io), GFP_KERNEL);
	if (!io)
		return ERR_PTR(-ENOMEM);

	mutex_init(&io->lock);
	io->spi = spi;
	io->chip = chip;
	io->max_transfer = max_t(size_t, spi_max_transfer_size(spi), 1);
	io->max_message = spi_max_message_size(spi);
	io->duplex = !(ctlr->flags & SPI_CONTROLLER_HALF_DUPLEX) && !(spi->mode & SPI_3WIRE);
	/*
	 * Where the SPI core walks through the transfers it drives chip select between them itself.
	 * A controller's driver that takes whole messages may not know how to.
	 */
	io->cs_change = ctlr->transfer_one;

	io->tx = kzalloc(EXTRAM_IO_SCRATCH, GFP_KERNEL);
	io->rx = kzalloc(EXTRAM_IO_SCRATCH, GFP_KERNEL);
	io->zeros = kzalloc(EXTRAM_IO_CHUNK, GFP_KERNEL);
	io->wren = kmalloc(1, GFP_KERNEL);
	err = -ENOMEM;
	if (!io->tx || !io->rx || !io->zeros || !io->wren)
		goto fail;
	*io->wren = EXTRAM_OP_WREN;

	extram_io_choose(io, chip->reads, &io->read);
	extram_io_choose(io, chip->writes, &io->write);
	err = extram_io_limit(io, &io->read);
	if (!err)
		err = extram_io_limit(io, &io->write);
	if (err)
		goto fail;
	return io;

fail:
	extram_io_destroy(io);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_create);

/**
 * extram_io_destroy() - take the wire down
 * @io: the wire; nobody may be using it
 *
 * Context: May sleep.
 */
void extram_io_destroy(struct extram_io *io)
{
	mutex_destroy(&io->lock);
	/* User data has been through these. */
	kfree_sensitive(io->tx);
	kfree_sensitive(io->rx);
	kfree(io->zeros);
	kfree(io->wren);
	kfree(io);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_destroy);
