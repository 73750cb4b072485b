// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts that can be simulated, by their names. The rows are in models-*.c, written from the
 * datasheets alone and not shared with the driver: where the driver's table is wrong, these must
 * not be wrong with it.
 *
 * Clocks are those for a supply of 3.3 V, or of 1.8 V where the part has no other. Behaviour that a
 * datasheet leaves open is chosen so that a driver that relies on it gets wrong data; figures that
 * nobody could verify are the worst of their family.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "internal.h"

/* What a board does that lost its chip: a line that is held low, a line with a pull-up. */
static const struct sim_model sim_dead[] = {
	{ .name = "dead-00", .flags = SIM_DEAD, .idle = 0x00 },
	{ .name = "dead-ff", .flags = SIM_DEAD, .idle = 0xff },
	{ }
};

static const struct sim_model * const sim_lists[] = {
	sim_srams, sim_psrams, sim_nonvolatiles, sim_dead,
};

/* A chip select that leads nowhere; MISO has a pull-up. */
const struct sim_model sim_model_none = { .name = "none", .flags = SIM_DEAD, .idle = 0xff };

/**
 * sim_model_find() - the model of a name
 * @name: as in the device tree's extram,sim-model; NULL means "none"
 *
 * Context: Any.
 * Return: the model, or NULL when there is none of that name.
 */
const struct sim_model *sim_model_find(const char *name)
{
	const struct sim_model *model;
	unsigned int i;

	if (!name || !strcmp(name, sim_model_none.name))
		return &sim_model_none;
	for (i = 0; i < ARRAY_SIZE(sim_lists); i++)
		for (model = sim_lists[i]; model->name; model++)
			if (!strcmp(name, model->name))
				return model;
	return NULL;
}
