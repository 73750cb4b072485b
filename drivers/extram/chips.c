// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the chip families share: short commands on the wire, and naming the cause of a wrong answer.
 */
#include <linux/cache.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"

#define EXTRAM_MAX_COMMAND	16	/* bytes each way */

/* The halves of a command in flight; the device writes to one while it reads from the other. */
struct extram_command {
	struct spi_message msg;
	struct spi_transfer xfers[2 * EXTRAM_MAX_COMMAND];
	unsigned int count;
	u8 tx[EXTRAM_MAX_COMMAND] __aligned(ARCH_KMALLOC_MINALIGN);
	u8 rx[EXTRAM_MAX_COMMAND] __aligned(ARCH_KMALLOC_MINALIGN);
};

/* Bytes in transfers that the controller takes. */
static void extram_command_add(struct extram_command *cmd, struct spi_device *spi, const u8 *tx,
			       u8 *rx, size_t len, u32 hz)
{
	size_t most = max_t(size_t, spi_max_transfer_size(spi), 1);

	while (len) {
		struct spi_transfer *xfer = &cmd->xfers[cmd->count++];

		xfer->tx_buf = tx;
		xfer->rx_buf = rx;
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

/**
 * extram_chip_command() - one short command under one chip select
 * @spi: the chip
 * @tx: bytes to send; may lie on the stack
 * @tx_len: how many, 1 to 16
 * @rx: where the answer goes; may lie on the stack; NULL when @rx_len is 0
 * @rx_len: bytes of answer that follow the bytes sent, at most 16
 * @max_hz: fastest clock for this command, 0 for that of the device
 *
 * Context: May sleep.
 * Return: 0, -EINVAL for a length out of range, -ENOMEM, or what the SPI controller's driver
 * answers.
 */
int extram_chip_command(struct spi_device *spi, const void *tx, size_t tx_len, void *rx,
			size_t rx_len, u32 max_hz)
{
	u32 hz = max_hz ? min(spi->max_speed_hz, max_hz) : spi->max_speed_hz;
	struct extram_command *cmd;
	int err;

	if (tx_len > EXTRAM_MAX_COMMAND || rx_len > EXTRAM_MAX_COMMAND)
		return -EINVAL;
	cmd = kzalloc(sizeof(*cmd), GFP_KERNEL);
	if (!cmd)
		return -ENOMEM;

	spi_message_init(&cmd->msg);
	memcpy(cmd->tx, tx, tx_len);
	extram_command_add(cmd, spi, cmd->tx, NULL, tx_len, hz);
	extram_command_add(cmd, spi, NULL, cmd->rx, rx_len, hz);
	err = spi_sync(spi, &cmd->msg);
	if (!err)
		memcpy(rx, cmd->rx, rx_len);
	kfree(cmd);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_chip_command);

/**
 * extram_chip_cause() - the likely cause of a wrong answer, in plain words
 * @answer: the bytes that the chip sent
 * @len: how many
 *
 * Context: Any.
 * Return: a string to end a message with.
 */
const char *extram_chip_cause(const u8 *answer, size_t len)
{
	if (!memchr_inv(answer, 0x00, len))
		return "bus silent: MISO stays low, check power and wiring";
	if (!memchr_inv(answer, 0xff, len))
		return "bus silent: MISO stays high, no chip drives it";
	return "not the part that the device tree names, or the clock is too fast";
}
