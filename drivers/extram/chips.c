// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the chip families share: short commands on the wire, the write enable latch, and naming the
 * cause of a wrong answer.
 */
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/device.h>
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
	u8 tx[EXTRAM_MAX_COMMAND] __aligned(ARCH_DMA_MINALIGN);
	u8 rx[EXTRAM_MAX_COMMAND] __aligned(ARCH_DMA_MINALIGN);
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
	u32 hz = min_not_zero(spi->max_speed_hz, max_hz);
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

/* Bits of the status register that all parts with a write enable latch agree on. */
#define EXTRAM_SR_WEL		BIT(1)
#define EXTRAM_SR_BP		GENMASK(3, 2)	/* block protection, kept without power */

/* Sends the command that sets or clears the latch, and reads the status register. */
static int extram_chip_latch(struct spi_device *spi, const struct extram_chip *chip, u8 opcode,
			     u8 *status)
{
	const u8 rdsr = EXTRAM_OP_RDSR;
	int err;

	err = extram_chip_command(spi, &opcode, 1, NULL, 0, chip->write.max_hz);
	if (!err)
		err = extram_chip_command(spi, &rdsr, 1, status, 1, chip->read.max_hz);
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
	return 0;
}

/**
 * extram_chip_check_latch() - see that the write enable latch works and nothing is protected
 * @spi: the chip
 * @chip: its row of facts
 *
 * The only proof that a part without an ID is there, for it changes no content. A protected chip
 * drops writes without a word: better no device than one that loses data.
 *
 * Context: May sleep; the caller owns the chip.
 * Return: 0; -ENODEV when the latch does not follow; -EROFS when part of the memory is protected;
 * or what the SPI controller's driver answers. What is wrong has been said by dev_err_probe().
 */
int extram_chip_check_latch(struct spi_device *spi, const struct extram_chip *chip)
{
	u8 status[2];
	int err;

	err = extram_chip_latch(spi, chip, EXTRAM_OP_WREN, &status[0]) ?:
	      extram_chip_latch(spi, chip, EXTRAM_OP_WRDI, &status[1]);
	if (err)
		return err;

	if (!(status[0] & EXTRAM_SR_WEL) || status[1] & EXTRAM_SR_WEL)
		return dev_err_probe(&spi->dev, -ENODEV,
				     "%s: status register reads %02x with the write enable latch on and %02x with it off, %s\n",
				     chip->name, status[0], status[1],
				     extram_chip_cause(status, sizeof(status)));
	if (status[1] & EXTRAM_SR_BP)
		return dev_err_probe(&spi->dev, -EROFS,
				     "%s: status register reads %02x, block protection is on\n",
				     chip->name, status[1]);
	return 0;
}

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
