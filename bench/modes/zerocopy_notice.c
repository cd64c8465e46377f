/* SPDX-License-Identifier: MIT */
#include "zerocopy_notice.h"

#include <errno.h>
#include <stdlib.h>

#define NONE UINT32_MAX

int notice_open(struct notice_table *table, uint32_t count)
{
	*table = (struct notice_table){ .count = count, .free = NONE };
	table->records = calloc(count, sizeof(*table->records));
	return table->records ? 0 : -ENOMEM;
}

void notice_close(struct notice_table *table)
{
	free(table->records);
	table->records = NULL;
}

void notice_list_init(struct notice_list *list)
{
	*list = (struct notice_list){ .first = NONE, .last = NONE };
}

bool notice_room(const struct notice_table *table)
{
	return table->free != NONE || table->used < table->count;
}

static uint32_t take(struct notice_table *table)
{
	uint32_t at = table->free;
	if (at == NONE)
		return table->used++;
	table->free = table->records[at].next;
	return at;
}

void notice_sent(struct notice_table *table, struct notice_list *list, struct buffer *buffer,
		 uint32_t bytes, uint64_t sent_ns)
{
	uint32_t at = take(table);
	table->records[at] = (struct notice_record){ .buffer = buffer,
						     .sent_ns = sent_ns,
						     .bytes = bytes,
						     .id = list->next_id++,
						     .next = NONE };
	if (list->first == NONE)
		list->first = at;
	else
		table->records[list->last].next = at;
	list->last = at;
}

bool notice_done(const struct notice_list *list)
{
	return list->first == NONE;
}

/* Takes the record after `before` (NONE: the first) out of the list and gives it back. */
static void give_back(struct notice_table *table, struct notice_list *list, uint32_t before)
{
	struct notice_record *records = table->records;
	uint32_t *link = before == NONE ? &list->first : &records[before].next;
	uint32_t at = *link;
	*link = records[at].next;
	if (list->last == at)
		list->last = before;
	records[at].next = table->free;
	table->free = at;
}

int64_t notice_range(struct notice_table *table, struct notice_list *list, uint32_t low,
		     uint32_t high, notice_visit *visit, void *context)
{
	struct notice_record *records = table->records;
	/* Modulo 2^32 all the way: a distance from low tells what is inside, also past the wrap. */
	uint32_t span = high - low;
	uint32_t before = NONE, at = list->first;
	for (; at != NONE && records[at].id - low > span; at = records[at].next)
		before = at;
	int64_t found = 0;
	for (; at != NONE && records[at].id - low <= span; found++) {
		uint32_t after = records[at].next;
		visit(context, &records[at]);
		give_back(table, list, before);
		at = after;
	}
	return found == (int64_t)span + 1 ? found : -EPROTO;
}
