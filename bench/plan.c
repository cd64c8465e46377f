/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mode.h"
#include "path.h"
#include "service.h"

/* Cells in all, 0 if there are none or too many. */
static size_t count_cells(const struct experiment *experiment)
{
	size_t count = 1;
	for (size_t i = 0; count && i < cell_table.count; i++)
		if (__builtin_mul_overflow(count, experiment->lists[i].count, &count) ||
		    count > PLAN_MAX_CELLS)
			return 0;
	return count;
}

static int set_member(struct cell *cell, const struct experiment *experiment, size_t row,
		      size_t value, struct reason *why)
{
	return field_parse(&cell_table.rows[row], cell, experiment->lists[row].values[value], why);
}

/*
 * Turns the cell into the one that follows it, as an odometer does: the last dimension moves at
 * every step, the one before it when that starts over. Few values change, so few are parsed.
 */
static int step(struct cell *cell, size_t *digits, const struct experiment *experiment,
		struct reason *why)
{
	int err = 0;
	for (size_t row = cell_table.count; !err && row-- > 0;) {
		size_t values = experiment->lists[row].count;
		if (values == 1)
			continue;
		digits[row] = (digits[row] + 1) % values;
		err = set_member(cell, experiment, row, digits[row], why);
		if (digits[row])
			break;
	}
	return err;
}

static int fill(struct plan *plan, size_t *digits, const struct experiment *experiment,
		struct reason *why)
{
	int err = 0;
	for (size_t row = 0; !err && row < cell_table.count; row++)
		err = set_member(&plan->cells[0], experiment, row, 0, why);
	for (size_t i = 1; !err && i < plan->count; i++) {
		plan->cells[i] = plan->cells[i - 1];
		err = step(&plan->cells[i], digits, experiment, why);
	}
	return err;
}

static size_t count_modes(void)
{
	size_t count = 0;
	while (modes[count])
		count++;
	return count;
}

/* How well the parts of a cell go together: 0, not at all; 1, but for the path; 2. */
static unsigned char fit(const struct cell *cell)
{
	return service_of(cell) ? 1 + service_fits(cell) : 0;
}

/* Leaves out a cell where both its modes have others that fit better. */
static int drop_misfits(struct plan *plan, struct reason *why)
{
	size_t room = count_modes(), kept = 0;
	unsigned char *tx = calloc(room + 1, 2), *rx = tx + room; /* each mode's best fit */
	if (!tx)
		return reason_set(why, ENOMEM, "out of memory for the modes");
	for (size_t i = 0; i < plan->count; i++) {
		const struct cell *cell = &plan->cells[i];
		tx[cell->tx] = fit(cell) > tx[cell->tx] ? fit(cell) : tx[cell->tx];
		rx[cell->rx] = fit(cell) > rx[cell->rx] ? fit(cell) : rx[cell->rx];
	}
	for (size_t i = 0; i < plan->count; i++) {
		const struct cell cell = plan->cells[i];
		if (fit(&cell) == tx[cell.tx] || fit(&cell) == rx[cell.rx])
			plan->cells[kept++] = cell;
	}
	plan->count = kept;
	free(tx);
	return 0;
}

int plan_open(struct plan *plan, const struct experiment *experiment, struct reason *why)
{
	*plan = (struct plan){ .seed = experiment->settings.seed };
	if (plan->seed > FIELD_MAX)
		return reason_set(why, EINVAL,
				  "the order of the repeats needs a number; use --seed");
	plan->count = count_cells(experiment);
	if (!plan->count)
		return reason_set(
			why, EINVAL,
			"the lists of values cross to more than %d cells; shorten some of "
			"them",
			PLAN_MAX_CELLS);

	size_t *digits = calloc(cell_table.count, sizeof(*digits));
	plan->cells = calloc(plan->count, sizeof(*plan->cells));
	int err;
	if (digits && plan->cells)
		err = fill(plan, digits, experiment, why);
	else
		err = reason_set(why, ENOMEM,
				 "out of memory for %zu cells; shorten some of the lists",
				 plan->count);
	free(digits);
	if (!err)
		err = drop_misfits(plan, why);
	if (err)
		plan_close(plan);
	return err;
}

void plan_close(struct plan *plan)
{
	free(plan->cells);
	*plan = (struct plan){ 0 };
}

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014. */
static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* A number below limit, each as likely as any other: the incomplete last stretch is thrown away. */
static uint64_t draw(uint64_t *state, uint64_t limit)
{
	uint64_t value;
	do
		value = splitmix64(state);
	while (value < -limit % limit);
	return value % limit;
}

void plan_order(const struct plan *plan, uint64_t block, size_t *order)
{
	/* Seed and block go through the mixer each: neighbouring pairs share no sequence. */
	uint64_t mixed = plan->seed, state = splitmix64(&mixed) ^ block;
	state = splitmix64(&state);

	for (size_t i = 0; i < plan->count; i++)
		order[i] = i;
	for (size_t i = plan->count; i > 1; i--) {
		size_t other = draw(&state, i), kept = order[i - 1];
		order[i - 1] = order[other];
		order[other] = kept;
	}
}

bool plan_has_path(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!strcmp(cell_path(&plan->cells[i])->name, name))
			return true;
	return false;
}
