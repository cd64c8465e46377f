/* SPDX-License-Identifier: MIT */
/* reason: the sentence that explains a skip, a failure or a refused option to a person. */
#ifndef ZCBENCH_REASON_H
#define ZCBENCH_REASON_H

#define REASON_ROOM 256

struct reason {
	char text[REASON_ROOM];
};

/*
 * Writes the sentence (printf style, cut at REASON_ROOM) and returns -err, never 0 (-EIO instead),
 * so that a callback can end with `return reason_set(why, EPERM, "...")`. A sentence names what
 * the user can change: an option, a sysctl, a capability, a kernel release or a package. It never
 * contains a control character: it travels in a protocol line and in a CSV cell.
 */
int reason_set(struct reason *why, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* clang's analyzer sees one file at a time: this tells it that an error is never taken for a 0. */
#ifdef __clang_analyzer__
#define reason_set(...)                               \
	({                                            \
		int err_ = (reason_set)(__VA_ARGS__); \
		if (err_ >= 0)                        \
			__builtin_unreachable();      \
		err_;                                 \
	})
#endif

#endif
