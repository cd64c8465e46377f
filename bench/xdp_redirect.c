/* SPDX-License-Identifier: MIT */
#include "xdp_redirect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "bpf.h"
#include "netns.h"
#include "xdp.h"

/* Where in a packet what is. */
#define ETHERTYPE_AT     12
#define IPV4_VERSION_AT  14 /* and the header's length: 0x45 without options */
#define IPV4_FRAGMENT_AT 20
#define IPV4_PROTOCOL_AT 23
#define IPV4_PORT_AT     36
#define IPV4_END         42
#define IPV6_PROTOCOL_AT 20
#define IPV6_PORT_AT     56
#define IPV6_END         62

#define CODE_MAX         40

/* A program being written. Jumps to the end are patched when it is known where that is. */
struct code {
	struct bpf_insn at[CODE_MAX];
	unsigned int count;
};

static void put(struct code *code, uint8_t op, uint8_t to, uint8_t from, int16_t offset,
		int32_t imm)
{
	code->at[code->count++] = (struct bpf_insn){
		.code = op, .dst_reg = to, .src_reg = from, .off = offset, .imm = imm
	};
}

#define LOAD(size, to, from, offset) \
	put(code, BPF_LDX | BPF_MEM | (size), BPF_REG_##to, BPF_REG_##from, offset, 0)
#define SET(to, imm)     put(code, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_##to, 0, 0, imm)
#define COPY(to, from)   put(code, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_##to, BPF_REG_##from, 0, 0)
#define ADD(to, imm)     put(code, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_##to, 0, 0, imm)
#define AND(to, imm)     put(code, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_##to, 0, 0, imm)
#define OTHERS           INT16_MIN /* a jump to where the others are counted, to be patched */
#define UNLESS(reg, imm) put(code, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_##reg, 0, OTHERS, imm)
#define BEYOND(reg, limit) \
	put(code, BPF_JMP | BPF_JGT | BPF_X, BPF_REG_##reg, BPF_REG_##limit, OTHERS, 0)

/* 64 bits take two instructions; kind says what the kernel puts in place of the fd. */
static void put_map(struct code *code, uint8_t to, uint8_t kind, int map, int32_t offset)
{
	put(code, BPF_LD | BPF_IMM | BPF_DW, to, kind, 0, map);
	put(code, 0, 0, 0, 0, offset);
}

/* Adds 1 to a number of the counts' only value, and passes the packet on. */
static void put_count_and_pass(struct code *code, int counts, int32_t offset)
{
	put_map(code, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, counts, offset);
	SET(2, 1);
	put(code, BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_1, BPF_REG_2, 0, BPF_ADD);
	SET(0, XDP_PASS);
	put(code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Falls through for a UDP packet to the port, which is in network order as packets have it. */
static void put_filter(struct code *code, bool six, uint16_t port)
{
	LOAD(BPF_W, 6, 1, offsetof(struct xdp_md, data));
	LOAD(BPF_W, 7, 1, offsetof(struct xdp_md, data_end));
	COPY(2, 6);
	ADD(2, six ? IPV6_END : IPV4_END);
	BEYOND(2, 7); /* too short, which the verifier wants to have asked */
	LOAD(BPF_H, 3, 6, ETHERTYPE_AT);
	UNLESS(3, htons(six ? ETH_P_IPV6 : ETH_P_IP));
	LOAD(BPF_B, 3, 6, six ? IPV6_PROTOCOL_AT : IPV4_PROTOCOL_AT);
	UNLESS(3, IPPROTO_UDP);
	if (!six) {
		LOAD(BPF_B, 3, 6, IPV4_VERSION_AT);
		UNLESS(3, 0x45);
		LOAD(BPF_H, 3, 6, IPV4_FRAGMENT_AT);
		AND(3, htons(0x3fff)); /* more fragments, or not the first one */
		UNLESS(3, 0);
	}
	LOAD(BPF_H, 3, 6, six ? IPV6_PORT_AT : IPV4_PORT_AT);
	UNLESS(3, htons(port));
}

static void write_program(struct code *code, const struct xdp_redirect *redirect, bool six,
			  uint16_t port)
{
	put_filter(code, six, port);
	LOAD(BPF_W, 2, 1, offsetof(struct xdp_md, rx_queue_index));
	put_map(code, BPF_REG_1, BPF_PSEUDO_MAP_FD, redirect->sockets, 0);
	SET(3, XDP_PASS); /* where the map has no socket (5.3) */
	put(code, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect_map);
	put(code, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 1, XDP_REDIRECT);
	put(code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	put_count_and_pass(code, redirect->counts, offsetof(struct xdp_redirect_counts, unserved));
	unsigned int others = code->count;
	put_count_and_pass(code, redirect->counts, offsetof(struct xdp_redirect_counts, others));
	for (unsigned int i = 0; i < others; i++)
		if (code->at[i].off == OTHERS)
			code->at[i].off = (int16_t)(others - i - 1);
}

static int program_attach(struct xdp_redirect *redirect, const char *device, bool six,
			  uint16_t port, struct reason *why)
{
	struct code code = { .count = 0 };
	write_program(&code, redirect, six, port);
	int program = bpf_program("zcbench_xsk", code.at, code.count, why);
	if (program < 0)
		return program;
	redirect->link = xdp_attach(NETNS_HERE, device, program, why);
	close(program); /* the link keeps the program */
	return redirect->link < 0 ? redirect->link : 0;
}

int xdp_redirect_open(struct xdp_redirect *redirect, const char *device, bool six, uint16_t port,
		      uint32_t queues, struct reason *why)
{
	redirect->link = redirect->counts = -1;
	redirect->sockets = bpf_map(BPF_MAP_TYPE_XSKMAP, "zcbench_xsks", sizeof(int), queues, why);
	if (redirect->sockets < 0)
		return redirect->sockets;
	redirect->counts = bpf_map(BPF_MAP_TYPE_ARRAY, "zcbench_counts",
				   sizeof(struct xdp_redirect_counts), 1, why);
	int err = redirect->counts < 0 ? redirect->counts
				       : program_attach(redirect, device, six, port, why);
	if (err)
		xdp_redirect_close(redirect);
	return err;
}

int xdp_redirect_serve(struct xdp_redirect *redirect, uint32_t queue, int fd, struct reason *why)
{
	int err = bpf_map_put(redirect->sockets, queue, &fd);
	if (err)
		return reason_set(why, -err, "cannot give queue %u its AF_XDP socket: %s", queue,
				  strerror(-err));
	return 0;
}

int xdp_redirect_count(const struct xdp_redirect *redirect, struct xdp_redirect_counts *counts)
{
	return bpf_map_get(redirect->counts, 0, counts);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void xdp_redirect_close(struct xdp_redirect *redirect)
{
	close_one(&redirect->link);
	close_one(&redirect->sockets);
	close_one(&redirect->counts);
}
