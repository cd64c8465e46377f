/* SPDX-License-Identifier: MIT */
/*
 * zerocopy_notice: which sends a notice of MSG_ZEROCOPY is about. The kernel numbers the calls of
 * a socket that took at least one byte, from 0, modulo 2^32, and tells ranges of these numbers
 * (Documentation/networking/msg_zerocopy.rst). What a range means in buffers and bytes only the
 * program knows. No system calls, no allocation but in notice_open.
 */
#ifndef ZCBENCH_MODES_ZEROCOPY_NOTICE_H
#define ZCBENCH_MODES_ZEROCOPY_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

struct buffer;

/* A send that the kernel has not let go of. */
struct notice_record {
	struct buffer *buffer;
	uint64_t sent_ns;
	uint32_t bytes;
	uint32_t id;
	uint32_t next; /* in its list, or in the free ones */
};

/* The records of one worker, shared by its flows: a slow flow may need many, most need few. */
struct notice_table {
	struct notice_record *records;
	uint32_t count, used;
	uint32_t free; /* first of those given back */
};

/* The sends of one flow, oldest first. */
struct notice_list {
	uint32_t first, last;
	uint32_t next_id; /* the number of the next successful call */
};

/* Called for each record of a range; the record is given back afterwards. */
typedef void notice_visit(void *context, const struct notice_record *record);

/* 0 or -ENOMEM. */
int notice_open(struct notice_table *table, uint32_t count);
void notice_close(struct notice_table *table);
void notice_list_init(struct notice_list *list);

/* Is there a record for one more send? Ask before the call: afterwards it is too late. */
bool notice_room(const struct notice_table *table);

/* The call was taken: bytes (> 0) of the buffer are with the kernel. */
void notice_sent(struct notice_table *table, struct notice_list *list, struct buffer *buffer,
		 uint32_t bytes, uint64_t sent_ns);

/* Is every send of the flow accounted for? */
bool notice_done(const struct notice_list *list);

/*
 * The kernel is done with the calls low to high, both included, high perhaps wrapped past low.
 * Ranges may come in any order: a retransmitted send outlives later ones. Returns the number of
 * records, or -EPROTO if the range names calls that are not outstanding (none are given back
 * twice).
 */
int64_t notice_range(struct notice_table *table, struct notice_list *list, uint32_t low,
		     uint32_t high, notice_visit *visit, void *context);

#endif
