// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bar that grows: on standard error, only when the work takes long enough to be looked at.
 */
#include <string.h>
#include <unistd.h>

#include "extramctl.h"

#define BAR_WIDTH	30
#define BAR_PERIOD	0.1	/* seconds between two drawings */
#define BAR_PATIENCE	0.5	/* seconds before the first */

static void draw(struct ctl_progress *bar, uint64_t done, double now)
{
	double part = bar->total ? (double)done / bar->total : 1;
	double took = now - bar->start, rate = took > 0 ? done / took : 0;
	int filled = part * BAR_WIDTH;
	char cells[BAR_WIDTH + 1];

	memset(cells, '#', filled);
	memset(cells + filled, '-', BAR_WIDTH - filled);
	cells[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r%-10s [%s] %3d%% %s/s", bar->what, cells, (int)(part * 100),
		ctl_size(rate));
	if (rate > 0 && done < bar->total)
		fprintf(stderr, ", %.0f s left", (bar->total - done) / rate);
	fputs("\033[K", stderr);
	bar->last = now;
	bar->shown = true;
}

void ctl_progress_begin(struct ctl *ctl, struct ctl_progress *bar, const char *what, uint64_t total)
{
	bool forced = ctl->progress;

	*bar = (struct ctl_progress) { .what = what, .total = total, .start = ctl_now() };
	if (!forced && (ctl->quiet || ctl->json || !isatty(STDERR_FILENO)))
		bar->what = NULL;
	else
		bar->last = forced ? 0 : bar->start + BAR_PATIENCE - BAR_PERIOD;
}

void ctl_progress_at(struct ctl_progress *bar, uint64_t done)
{
	double now;

	if (!bar->what)
		return;
	now = ctl_now();
	if (now - bar->last >= BAR_PERIOD)
		draw(bar, done, now);
}

void ctl_progress_end(struct ctl_progress *bar)
{
	if (!bar->shown)
		return;
	fputs("\r\033[K", stderr);
	bar->shown = false;
}
