// SPDX-License-Identifier: MIT
/*
 * xsk-traffic copy|zerocopy SENDER RECEIVER FRAMES SIZE: sends so many Ethernet frames of that size
 * from one device, takes them out of an AF_XDP receive ring of the other, and prints
 * `frames N bytes N`. Only frames of our own Ethernet type go to the ring, so the sums are known.
 * Exit status 77: the device does not take an AF_XDP socket of that mode.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OUR_TYPE     0x88b5 /* IEEE 802 local experimental */
#define PASSING_TYPE 0x88b6 /* another one, which goes to no ring */
#define CHUNK        4096
#define CHUNKS       256

struct ring {
	uint32_t *producer, *consumer;
	void *entries;
};

static struct ring fill, received;

static int bpf_call(int command, union bpf_attr *attr)
{
	int got = (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
	if (got < 0)
		err(1, "bpf(%d)", command);
	return got;
}

/* if (type == OUR_TYPE) return bpf_redirect_map(map, rx_queue_index, XDP_PASS); return XDP_PASS; */
static int program_load(int map)
{
	const struct bpf_insn insns[] = {
		{ BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0 },
		{ BPF_LDX | BPF_MEM | BPF_W, 3, 1, 4, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, 4, 2, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, 4, 0, 0, ETH_HLEN },
		{ BPF_JMP | BPF_JGT | BPF_X, 4, 3, 8, 0 },
		{ BPF_LDX | BPF_MEM | BPF_H, 5, 2, offsetof(struct ethhdr, h_proto), 0 },
		{ BPF_JMP | BPF_JNE | BPF_K, 5, 0, 6, htons(OUR_TYPE) },
		{ BPF_LDX | BPF_MEM | BPF_W, 2, 1, offsetof(struct xdp_md, rx_queue_index), 0 },
		{ BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map },
		{ 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, XDP_PASS },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect_map },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_PASS },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	union bpf_attr attr = { 0 };
	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.expected_attach_type = BPF_XDP;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = sizeof(insns) / sizeof(insns[0]);
	attr.license = (uintptr_t) "Dual MIT/GPL";
	return bpf_call(BPF_PROG_LOAD, &attr);
}

static void redirect(int socket, unsigned int device)
{
	union bpf_attr map = { 0 }, entry = { 0 }, link = { 0 };
	uint32_t queue = 0;
	map.map_type = BPF_MAP_TYPE_XSKMAP;
	map.key_size = map.value_size = sizeof(uint32_t);
	map.max_entries = 1;
	entry.map_fd = (uint32_t)bpf_call(BPF_MAP_CREATE, &map);
	entry.key = (uintptr_t)&queue;
	entry.value = (uintptr_t)&socket;
	bpf_call(BPF_MAP_UPDATE_ELEM, &entry);
	link.link_create.prog_fd = (uint32_t)program_load((int)entry.map_fd);
	link.link_create.target_ifindex = device;
	link.link_create.attach_type = BPF_XDP;
	link.link_create.flags = XDP_FLAGS_DRV_MODE;
	bpf_call(BPF_LINK_CREATE, &link);
}

static void ring_map(int socket, struct ring *ring, const struct xdp_ring_offset *at, off_t page,
		     size_t entry)
{
	char *base = mmap(NULL, at->desc + CHUNKS * entry, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, socket, page);
	if (base == MAP_FAILED)
		err(1, "mapping a ring");
	ring->producer = (uint32_t *)(base + at->producer);
	ring->consumer = (uint32_t *)(base + at->consumer);
	ring->entries = base + at->desc;
}

static void set(int socket, int option, const void *value, socklen_t size)
{
	if (setsockopt(socket, SOL_XDP, option, value, size))
		err(1, "option %d of AF_XDP", option);
}

static void rings_make(int socket)
{
	struct xdp_mmap_offsets offsets;
	socklen_t size = sizeof(offsets);
	int count = CHUNKS;
	char *memory = mmap(NULL, CHUNKS * CHUNK, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct xdp_umem_reg umem = { .addr = (uintptr_t)memory,
				     .len = CHUNKS * CHUNK,
				     .chunk_size = CHUNK };
	set(socket, XDP_UMEM_REG, &umem, sizeof(umem));
	set(socket, XDP_UMEM_FILL_RING, &count, sizeof(count));
	set(socket, XDP_UMEM_COMPLETION_RING, &count, sizeof(count));
	set(socket, XDP_RX_RING, &count, sizeof(count));
	if (getsockopt(socket, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size))
		err(1, "XDP_MMAP_OFFSETS");
	ring_map(socket, &fill, &offsets.fr, XDP_UMEM_PGOFF_FILL_RING, sizeof(uint64_t));
	ring_map(socket, &received, &offsets.rx, XDP_PGOFF_RX_RING, sizeof(struct xdp_desc));
	for (uint64_t i = 0; i < CHUNKS; i++)
		((uint64_t *)fill.entries)[i] = i * CHUNK;
	__atomic_store_n(fill.producer, CHUNKS, __ATOMIC_RELEASE);
}

static int ring_open(const char *mode, unsigned int device)
{
	struct sockaddr_xdp address = { .sxdp_family = AF_XDP, .sxdp_ifindex = device };
	struct xdp_options options;
	socklen_t size = sizeof(options);
	bool zerocopy = !strcmp(mode, "zerocopy");
	int ring = socket(AF_XDP, SOCK_RAW, 0);
	if (ring < 0)
		err(77, "AF_XDP");
	rings_make(ring);
	address.sxdp_flags = zerocopy ? XDP_ZEROCOPY : XDP_COPY;
	if (bind(ring, (struct sockaddr *)&address, sizeof(address)))
		err(77, "binding in mode %s", mode);
	if (getsockopt(ring, SOL_XDP, XDP_OPTIONS, &options, &size) ||
	    !(options.flags & XDP_OPTIONS_ZEROCOPY) == zerocopy)
		errx(1, "the ring is not in mode %s", mode);
	redirect(ring, device);
	return ring;
}

static void frame_send(int to, unsigned int device, uint16_t type, size_t bytes)
{
	char frame[CHUNK] = { 0 };
	struct ethhdr *head = (struct ethhdr *)frame;
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = (int)device };
	memset(head->h_dest, 0xff, ETH_ALEN);
	head->h_proto = htons(type);
	if (sendto(to, frame, bytes, 0, (struct sockaddr *)&address, sizeof(address)) !=
	    (ssize_t)bytes)
		err(1, "sending a frame");
}

/* A device that was set up anew for its ring loses frames at first: ours are sent when others pass.
 */
static void wire_await(int out, unsigned int sender, unsigned int receiver)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(PASSING_TYPE),
				       .sll_ifindex = (int)receiver };
	int in = socket(AF_PACKET, SOCK_RAW, 0);
	struct pollfd ready = { .fd = in, .events = POLLIN };
	if (in < 0 || bind(in, (struct sockaddr *)&address, sizeof(address)))
		err(1, "AF_PACKET");
	for (int tries = 0; tries < 60; tries++) {
		frame_send(out, sender, PASSING_TYPE, ETH_ZLEN);
		if (poll(&ready, 1, 500) == 1) {
			close(in);
			return;
		}
	}
	errx(1, "no frame passes from one device to the other");
}

/* One frame; it goes back to where the kernel takes its chunks from. */
static uint32_t frame_take(int ring)
{
	struct pollfd ready = { .fd = ring, .events = POLLIN };
	uint32_t at = *received.consumer, free = *fill.producer;
	if (poll(&ready, 1, 20000) != 1)
		errx(1, "no frame came");
	while (__atomic_load_n(received.producer, __ATOMIC_ACQUIRE) == at)
		;
	struct xdp_desc frame = ((struct xdp_desc *)received.entries)[at % CHUNKS];
	__atomic_store_n(received.consumer, at + 1, __ATOMIC_RELEASE);
	((uint64_t *)fill.entries)[free % CHUNKS] = frame.addr / CHUNK * CHUNK;
	__atomic_store_n(fill.producer, free + 1, __ATOMIC_RELEASE);
	return frame.len;
}

int main(int argc, char **argv)
{
	if (argc != 6)
		errx(2, "usage: xsk-traffic copy|zerocopy SENDER RECEIVER FRAMES SIZE");
	unsigned int sender = if_nametoindex(argv[2]), receiver = if_nametoindex(argv[3]);
	int frames = atoi(argv[4]), size = atoi(argv[5]);
	unsigned long bytes = 0;
	if (!sender || !receiver)
		err(1, "%s or %s", argv[2], argv[3]);
	if (size < ETH_ZLEN || size > ETH_FRAME_LEN)
		errx(2, "SIZE is from %d to %d", ETH_ZLEN, ETH_FRAME_LEN);
	int ring = ring_open(argv[1], receiver), out = socket(AF_PACKET, SOCK_RAW, 0);
	if (out < 0)
		err(1, "AF_PACKET");
	wire_await(out, sender, receiver);
	for (int i = 0; i < frames; i++) {
		frame_send(out, sender, OUR_TYPE, (size_t)size);
		bytes += frame_take(ring);
	}
	printf("frames %d bytes %lu\n", frames, bytes);
	return 0;
}
