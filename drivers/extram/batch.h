/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Jobs as SPI messages, for controllers that clock transfers.
 */
#ifndef _EXTRAM_BATCH_H
#define _EXTRAM_BATCH_H

#include <linux/types.h>

struct extram_batch;
struct extram_cmd;
struct extram_job;
struct extram_plan;
struct spi_message;

/* What bursts take of a message: transfers, room for headers and copies, and bytes on the wire. */
struct extram_batch_sum {
	unsigned int xfers;
	size_t scratch;
	size_t bytes;
};

bool extram_batch_room(const struct extram_plan *plan, const struct extram_cmd *cmd, size_t len,
		       struct extram_batch_sum *sum);
int extram_batch_alloc(const struct extram_plan *plan, struct extram_job *job);
void extram_batch_free(struct extram_job *job);
void extram_batch_build(const struct extram_plan *plan, struct extram_job *job);
struct spi_message *extram_batch_whole(const struct extram_job *job);
struct spi_message *extram_batch_next(const struct extram_plan *plan, struct extram_job *job,
				      int *status);
int extram_message_end(const struct spi_message *msg, int status);
int extram_batch_status(const struct extram_job *job);

#endif /* _EXTRAM_BATCH_H */
