// SPDX-License-Identifier: GPL-2.0-only
/*
 * Short commands on the bus, with which the chip families set their parts up: on one, two or four
 * lines, through SPI messages or, on controllers that know nothing else, through spi-mem.
 */
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/spi/spi-mem.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"
#include "plan.h"

#define EXTRAM_MAX_COMMAND	16	/* bytes each way */
#define EXTRAM_MAX_ASKED	(1 + sizeof(u64))	/* bytes before an answer */

/* The halves of a command in flight; the device writes to one while it reads from the other. */
struct extram_command {
	struct spi_message msg;
	struct spi_transfer xfers[2 * EXTRAM_MAX_COMMAND];
	unsigned int count;
	u8 tx[EXTRAM_MAX_ASKED + EXTRAM_MAX_COMMAND] __aligned(ARCH_DMA_MINALIGN);
	u8 rx[EXTRAM_MAX_ASKED + EXTRAM_MAX_COMMAND] __aligned(ARCH_DMA_MINALIGN);
};

/* Bytes in transfers that the controller takes. */
static void extram_command_add(struct extram_command *cmd, struct spi_device *spi, const u8 *tx,
			       u8 *rx, size_t len, unsigned int lines, u32 hz)
{
	size_t most = max_t(size_t, spi_max_transfer_size(spi), 1);

	while (len) {
		struct spi_transfer *xfer = &cmd->xfers[cmd->count++];

		xfer->tx_buf = tx;
		xfer->rx_buf = rx;
		xfer->tx_nbits = tx ? lines : 0;
		xfer->rx_nbits = rx ? lines : 0;
		xfer->len = min(len, most);
		xfer->speed_hz = hz;
		spi_message_add_tail(xfer, &cmd->msg);
		len -= xfer->len;
		if (tx)
			tx += xfer->len;
		if (rx)
			rx += xfer->len;
	}
}

/*
 * A command and its answer in one transfer where that can be: between two of them the controller
 * may rest, with chip select low, for longer than a PSRAM bears.
 */
static int extram_command_message(struct spi_device *spi, struct extram_command *cmd,
				  unsigned int lines, size_t tx_len, size_t rx_len, u32 hz)
{
	size_t all = tx_len + rx_len;
	int err;

	spi_message_init(&cmd->msg);
	if (!rx_len || lines > 1 || !extram_is_duplex(spi) || all > spi_max_transfer_size(spi)) {
		extram_command_add(cmd, spi, cmd->tx, NULL, tx_len, lines, hz);
		extram_command_add(cmd, spi, NULL, cmd->rx, rx_len, lines, hz);
		return spi_sync(spi, &cmd->msg);
	}
	extram_command_add(cmd, spi, cmd->tx, cmd->rx, all, lines, hz);
	err = spi_sync(spi, &cmd->msg);
	memmove(cmd->rx, cmd->rx + tx_len, rx_len);
	return err;
}

/* What is sent before an answer is an address to spi-mem, what is sent alone is data. */
static int extram_command_mem(struct spi_device *spi, struct extram_command *cmd,
			      unsigned int lines, size_t tx_len, size_t rx_len, u32 hz)
{
	struct spi_mem_op op = SPI_MEM_OP(SPI_MEM_OP_CMD(cmd->tx[0], lines), SPI_MEM_OP_NO_ADDR,
					  SPI_MEM_OP_NO_DUMMY, SPI_MEM_OP_NO_DATA);
	struct spi_mem mem = { .spi = spi };
	u32 device_hz = spi->max_speed_hz;
	size_t i;
	int err;

	if (rx_len) {
		op.addr.nbytes = tx_len - 1;
		op.addr.buswidth = tx_len > 1 ? lines : 0;
		for (i = 1; i < tx_len; i++)
			op.addr.val = op.addr.val << 8 | cmd->tx[i];
		op.data.dir = SPI_MEM_DATA_IN;
		op.data.buf.in = cmd->rx;
	} else if (tx_len > 1) {
		op.data.dir = SPI_MEM_DATA_OUT;
		op.data.buf.out = cmd->tx + 1;
	}
	op.data.nbytes = rx_len ? rx_len : tx_len - 1;
	op.data.buswidth = op.data.nbytes ? lines : 0;

	/* Not every kernel has a clock per operation, and no driver knows one that is not there. */
	extram_mem_op_hz(&op, hz);
	spi->max_speed_hz = hz;
	err = spi_mem_exec_op(&mem, &op);
	spi->max_speed_hz = device_hz;
	return err;
}

static unsigned int extram_lines_of(u32 mode, u32 two, u32 four_or_more)
{
	return mode & four_or_more ? 4 : mode & two ? 2 : 1;
}

/**
 * extram_chip_lines() - on how many lines commands can go both ways
 * @spi: the chip
 *
 * Context: Any.
 * Return: 4, 2 or 1, by what the board's wires and the controller have; with 4 there are 2 as well.
 */
unsigned int extram_chip_lines(const struct spi_device *spi)
{
	return min(extram_lines_of(spi->mode, SPI_TX_DUAL, SPI_TX_QUAD | SPI_TX_OCTAL),
		   extram_lines_of(spi->mode, SPI_RX_DUAL, SPI_RX_QUAD | SPI_RX_OCTAL));
}
EXPORT_SYMBOL_IF_KUNIT(extram_chip_lines);

/**
 * extram_chip_command_on() - one short command under one chip select, on so many lines
 * @spi: the chip
 * @lines: lines of all its bytes: 1, 2 or 4
 * @tx: bytes to send; may lie on the stack
 * @tx_len: how many, 1 to 16, at most 9 when there is an answer
 * @rx: where the answer goes; may lie on the stack; NULL when @rx_len is 0
 * @rx_len: bytes of answer that follow the bytes sent, at most 16
 * @max_hz: fastest clock for this command, 0 for that of the device
 *
 * Context: May sleep; the caller owns the chip.
 * Return: 0, -EINVAL for a length out of range or more lines than there are, -ENOMEM, or what the
 * SPI controller's driver answers.
 */
int extram_chip_command_on(struct spi_device *spi, unsigned int lines, const void *tx,
			   size_t tx_len, void *rx, size_t rx_len, u32 max_hz)
{
	u32 hz = min_not_zero(spi->max_speed_hz, max_hz);
	struct extram_command *cmd;
	int err;

	if (!tx_len || tx_len > (rx_len ? EXTRAM_MAX_ASKED : EXTRAM_MAX_COMMAND) ||
	    rx_len > EXTRAM_MAX_COMMAND || lines > extram_chip_lines(spi))
		return -EINVAL;
	cmd = kzalloc(sizeof(*cmd), GFP_KERNEL);
	if (!cmd)
		return -ENOMEM;

	memcpy(cmd->tx, tx, tx_len);
	if (extram_has_mem_ops(spi))
		err = extram_command_mem(spi, cmd, lines, tx_len, rx_len, hz);
	else
		err = extram_command_message(spi, cmd, lines, tx_len, rx_len, hz);
	if (!err)
		memcpy(rx, cmd->rx, rx_len);
	kfree(cmd);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_chip_command_on);

/**
 * extram_chip_command() - one short command under one chip select, on one line
 * @spi: the chip
 * @tx: bytes to send; may lie on the stack
 * @tx_len: how many, 1 to 16, at most 9 when there is an answer
 * @rx: where the answer goes; may lie on the stack; NULL when @rx_len is 0
 * @rx_len: bytes of answer that follow the bytes sent, at most 16
 * @max_hz: fastest clock for this command, 0 for that of the device
 *
 * Context: May sleep; the caller owns the chip.
 * Return: as extram_chip_command_on().
 */
int extram_chip_command(struct spi_device *spi, const void *tx, size_t tx_len, void *rx,
			size_t rx_len, u32 max_hz)
{
	return extram_chip_command_on(spi, 1, tx, tx_len, rx, rx_len, max_hz);
}
EXPORT_SYMBOL_IF_KUNIT(extram_chip_command);
