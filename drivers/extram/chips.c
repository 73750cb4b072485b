// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the chip families share: short commands on the wire, and naming the cause of a wrong answer.
 */
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"

/**
 * extram_chip_command() - one short command under one chip select
 * @spi: the chip
 * @tx: bytes to send; may lie on the stack
 * @tx_len: how many, at least 1
 * @rx: where the answer goes; may lie on the stack; NULL when @rx_len is 0
 * @rx_len: bytes of answer that follow the bytes sent
 * @max_hz: fastest clock for this command, 0 for that of the device
 *
 * Context: May sleep.
 * Return: 0, -ENOMEM, or what the SPI controller's driver answers.
 */
int extram_chip_command(struct spi_device *spi, const void *tx, size_t tx_len, void *rx,
			size_t rx_len, u32 max_hz)
{
	struct spi_transfer xfers[2] = {};
	u32 hz = spi->max_speed_hz;
	u8 *buf;
	int err;

	if (max_hz)
		hz = min(hz, max_hz);

	/*
	 * The halves lie in different cache lines: one is written by the device while the other
	 * is read.
	 */
	buf = kzalloc(2 * ARCH_KMALLOC_MINALIGN + tx_len + rx_len, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;

	memcpy(buf, tx, tx_len);
	xfers[0].tx_buf = buf;
	xfers[0].len = tx_len;
	xfers[0].speed_hz = hz;
	xfers[1].rx_buf = PTR_ALIGN(buf + tx_len, ARCH_KMALLOC_MINALIGN);
	xfers[1].len = rx_len;
	xfers[1].speed_hz = hz;

	err = spi_sync_transfer(spi, xfers, rx_len ? 2 : 1);
	if (!err && rx_len)
		memcpy(rx, xfers[1].rx_buf, rx_len);
	kfree(buf);
	return err;
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
