/* SPDX-License-Identifier: GPL-2.0 */
/*
 * zclab: a pair of software NICs for the lab, zl0 and zl1, that a wire joins. Each receives by what
 * stands in for DMA: payload is put into buffers of a page pool, which may be memory of a program
 * (io_uring zcrx) or of a dma-buf. They have several receive queues, steering by hash and by rule,
 * header/data split with a threshold, and buffers larger than a page.
 *
 * It needs a machine without an IOMMU, where a DMA address is a physical one.
 */
#ifndef ZCLAB_H
#define ZCLAB_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/page_pool/helpers.h>

#define ZCLAB_QUEUES  4
#define ZCLAB_RULES   8
#define ZCLAB_HASHES  32   /* entries of the indirection table */
#define ZCLAB_RING    1024 /* packets that may wait at a queue */
#define ZCLAB_HDS_MAX 1024

struct zclab;

struct zclab_queue {
	struct zclab *nic;
	struct napi_struct napi;
	struct page_pool *pool;
	unsigned int buffer_bytes;
	struct sk_buff_head wire; /* packets of the peer, as they were sent */
};

struct zclab_rule {
	bool used;
	struct ethtool_rx_flow_spec spec;
};

struct zclab {
	struct net_device *dev, *peer;
	struct zclab_queue queues[ZCLAB_QUEUES];
	u32 indirection[ZCLAB_HASHES];
	struct zclab_rule rules[ZCLAB_RULES];
};

/* receive.c */
int zclab_poll(struct napi_struct *napi, int budget);

/* transmit.c */
netdev_tx_t zclab_xmit(struct sk_buff *skb, struct net_device *dev);
/* Copies n bytes of the packet from offset on, also from memory that no CPU is meant to read. */
int zclab_read(const struct sk_buff *skb, unsigned int offset, void *to, unsigned int n);

/* queue.c */
extern const struct netdev_queue_mgmt_ops zclab_queue_ops;
int zclab_open(struct net_device *dev);
int zclab_stop(struct net_device *dev);

/* ethtool.c */
extern const struct ethtool_ops zclab_ethtool_ops;
/* Which of the NIC's queues takes a packet. */
unsigned int zclab_steer(const struct zclab *nic, struct sk_buff *skb);

#endif
