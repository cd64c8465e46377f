/* SPDX-License-Identifier: MIT */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"

#define DEPTH 127

struct symbol {
	uint64_t address;
	char *name;
};

struct symbols {
	struct symbol *rows;
	size_t count, room;
};

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;
	return x->address < y->address ? -1 : x->address > y->address;
}

static void symbols_read(struct symbols *symbols)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], name[400], type;
	uint64_t address;
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNx64 " %c %399s", &address, &type, name) != 3 || !address ||
		    !strchr("tTwW", type))
			continue;
		if (symbols->count == symbols->room) {
			size_t room = symbols->room ? 2 * symbols->room : 65536;
			struct symbol *rows = realloc(symbols->rows, room * sizeof(*rows));
			if (!rows)
				break;
			symbols->rows = rows;
			symbols->room = room;
		}
		symbols->rows[symbols->count++] =
			(struct symbol){ .address = address, .name = strdup(name) };
	}
	if (file)
		fclose(file);
	if (symbols->count)
		qsort(symbols->rows, symbols->count, sizeof(*symbols->rows), by_address);
}

static const char *symbol_find(const struct symbols *symbols, uint64_t address)
{
	size_t low = 0, high = symbols->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (symbols->rows[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && symbols->rows[low - 1].name ? symbols->rows[low - 1].name : "?";
}

static void print_stack(const struct symbols *symbols, const uint64_t *frames, uint64_t bytes,
			FILE *file)
{
	int depth = 0;
	while (depth < DEPTH && frames[depth])
		depth++;
	while (depth--)
		fprintf(file, "%s%s", symbol_find(symbols, frames[depth]), depth ? ";" : " ");
	fprintf(file, "%" PRIu64 "\n", bytes);
}

void audit_stacks_print(const struct audit *audit, FILE *file)
{
	int sums = bpf_object__find_map_fd_by_name(audit->probe.object, "stack_bytes");
	int stacks = bpf_object__find_map_fd_by_name(audit->probe.object, "stacks");
	struct symbols symbols = { 0 };
	int32_t id, *last = NULL;
	symbols_read(&symbols);
	while (!bpf_map_get_next_key(sums, last, &id)) {
		uint64_t frames[DEPTH] = { 0 }, bytes = 0;
		if (!bpf_map_lookup_elem(sums, &id, &bytes) &&
		    !bpf_map_lookup_elem(stacks, &id, frames))
			print_stack(&symbols, frames, bytes, file);
		last = &id;
	}
	for (size_t i = 0; i < symbols.count; i++)
		free(symbols.rows[i].name);
	free(symbols.rows);
}
