/* SPDX-License-Identifier: ISC */
#include "cli/progress.h"

#include "base/text.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_US 100000
#define SHORT_US 300000   /* work that is over by then shows no bar */
#define BAR_MIN 10
#define BAR_MAX 40
#define FIGURES_MAX 34    /* columns of what stands behind the bar */

static void
put_bytes(struct buf *out, double bytes)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
	size_t i = 0;

	while (bytes >= 1000 && i + 1 < sizeof units / sizeof units[0]) {
		bytes /= 1000;
		i++;
	}
	buf_printf(out, i == 0 ? "%.0f %s" : "%.1f %s", bytes, units[i]);
}

static void
put_time(struct buf *out, int64_t seconds)
{
	if (seconds >= 3600)
		buf_printf(out, "%d:%02d:%02d", (int)(seconds / 3600),
		    (int)(seconds / 60 % 60), (int)(seconds % 60));
	else
		buf_printf(out, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
}

/* " 42 %  1.2 MB/s  0:31 left" */
static void
put_figures(struct buf *out, const struct progress *progress, int64_t elapsed, double share)
{
	double rate = elapsed > 0 ? (double)progress->done * 1e6 / (double)elapsed : 0;

	if (progress->total > 0)
		buf_printf(out, "%3d %%", (int)(share * 100));
	if (progress->unit == PROGRESS_BYTES) {
		if (progress->total <= 0) {
			buf_putc(out, ' ');
			put_bytes(out, (double)progress->done);
		}
		buf_puts(out, "  ");
		put_bytes(out, rate);
		buf_puts(out, "/s");
	}
	if (progress->total > 0 && rate > 0 && share < 1) {
		double left = (double)(progress->total - progress->done) / rate;

		if (left < 360000) { /* a hundred hours: nobody knows */
			buf_puts(out, "  ");
			put_time(out, (int64_t)(left + 0.5));
			buf_puts(out, " left");
		}
	}
}

static void
put_bar(struct buf *out, double share, unsigned width, bool utf8)
{
	unsigned full = (unsigned)(share * width);

	buf_putc(out, utf8 ? ' ' : '[');
	for (unsigned i = 0; i < width; i++)
		if (utf8)
			buf_puts(out, i < full ? "█" : "░");
		else
			buf_putc(out, i < full ? '#' : '.');
	buf_puts(out, utf8 ? " " : "] ");
}

void
progress_line(struct buf *out, const struct progress *progress, int64_t elapsed,
    unsigned width)
{
	double share = progress->total > 0
	    ? (double)progress->done / (double)progress->total : 0;
	struct buf what = { 0 }, figures = { 0 };
	size_t used;

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	text_visible(&what, span_of(progress->what));
	put_figures(&figures, progress, elapsed, share);
	used = what.n + FIGURES_MAX;
	if (what.n + 1 + figures.n <= width)
		buf_printf(out, "%.*s ", (int)what.n, what.p);
	if (progress->total > 0 && used + BAR_MIN <= width)
		put_bar(out, share, width - (unsigned)used < BAR_MAX
		    ? width - (unsigned)used : BAR_MAX, progress->utf8);
	if (figures.n <= width)
		buf_span(out, buf_bytes(&figures));
	buf_free(&what);
	buf_free(&figures);
}

void
progress_start(struct progress *progress, const char *what, enum progress_unit unit,
    int64_t total, bool utf8)
{
	*progress = (struct progress){ .what = what, .unit = unit, .total = total,
		.utf8 = utf8, .shown = isatty(STDERR_FILENO) != 0, .began = text_clock() };
}

static void
draw(struct progress *progress, int64_t now)
{
	struct winsize size = { .ws_col = 80 };
	struct buf line = { 0 };

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		size.ws_col = 80;
	buf_puts(&line, "\r");
	progress_line(&line, progress, now - progress->began, size.ws_col - 1U);
	buf_puts(&line, "\x1b[K"); /* clears the rest of the line */
	if (write(STDERR_FILENO, line.p, line.n) < 0)
		progress->shown = false;
	progress->drawn = true;
	progress->last = now;
	buf_free(&line);
}

void
progress_set(struct progress *progress, int64_t done)
{
	int64_t now;

	progress->done = done;
	if (!progress->shown)
		return;
	now = text_clock();
	if (now - progress->began >= SHORT_US && now - progress->last >= REDRAW_US)
		draw(progress, now);
}

void
progress_clear(struct progress *progress)
{
	if (!progress->drawn)
		return;
	if (write(STDERR_FILENO, "\r\x1b[K", 4) < 0)
		progress->shown = false;
	progress->drawn = false;
	progress->last = 0;
}
