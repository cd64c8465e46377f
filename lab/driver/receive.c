// SPDX-License-Identifier: GPL-2.0
/* The peer's packets are written, as by a DMA engine, into buffers of the queue's page pool. */
#include <linux/etherdevice.h>
#include <linux/io.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/busy_poll.h>
#include <net/netdev_queues.h>

#include "zclab.h"

#define HEADERS_MAX 256 /* also how much of an unsplit packet goes with its headers */

/* Bytes of the headers of TCP; the whole packet for all else, which is not split. */
static unsigned int header_bytes(const struct sk_buff *skb)
{
	unsigned int at = ETH_HLEN;
	struct ethhdr eth;
	struct iphdr ip;
	struct ipv6hdr ip6;
	struct tcphdr tcp;
	u8 protocol = 0;

	if (zclab_read(skb, 0, &eth, sizeof(eth)))
		return skb->len;
	if (eth.h_proto == htons(ETH_P_IP) && !zclab_read(skb, at, &ip, sizeof(ip))) {
		protocol = ip.protocol;
		at += ip.ihl * 4;
	} else if (eth.h_proto == htons(ETH_P_IPV6) && !zclab_read(skb, at, &ip6, sizeof(ip6))) {
		protocol = ip6.nexthdr;
		at += sizeof(ip6);
	}
	if (protocol != IPPROTO_TCP || zclab_read(skb, at, &tcp, sizeof(tcp)))
		return skb->len;
	return min(at + tcp.doff * 4, skb->len);
}

static bool splits(const struct net_device *dev, unsigned int payload)
{
	return dev->cfg->hds_config == ETHTOOL_TCP_DATA_SPLIT_ENABLED &&
	       payload > dev->cfg->hds_thresh;
}

/* The next buffer of the pool with what fits of the packet. Bytes, or -errno. */
static int fill(struct zclab_queue *queue, const struct sk_buff *from, unsigned int offset,
		struct sk_buff *to)
{
	unsigned int n = min(from->len - offset, queue->buffer_bytes);
	netmem_ref netmem;

	if (skb_shinfo(to)->nr_frags == MAX_SKB_FRAGS)
		return -EMSGSIZE;
	netmem = page_pool_alloc_netmems(queue->pool, GFP_ATOMIC | __GFP_NOWARN);
	if (!netmem)
		return -ENOMEM;
	if (zclab_read(from, offset, phys_to_virt(page_pool_get_dma_addr_netmem(netmem)), n)) {
		page_pool_put_full_netmem(queue->pool, netmem, false);
		return -EFAULT;
	}
	skb_add_rx_frag_netmem(to, skb_shinfo(to)->nr_frags, netmem, 0, n, queue->buffer_bytes);
	return n;
}

/* A page of the host's own, for what is not split. */
static int fill_own(const struct sk_buff *from, unsigned int offset, struct sk_buff *to)
{
	unsigned int n = min(from->len - offset, (unsigned int)PAGE_SIZE);
	struct page *page;

	if (skb_shinfo(to)->nr_frags == MAX_SKB_FRAGS)
		return -EMSGSIZE;
	page = dev_alloc_page();
	if (!page)
		return -ENOMEM;
	if (zclab_read(from, offset, page_address(page), n)) {
		put_page(page);
		return -EFAULT;
	}
	skb_add_rx_frag(to, skb_shinfo(to)->nr_frags, page, 0, n, PAGE_SIZE);
	return n;
}

static struct sk_buff *receive(struct zclab_queue *queue, const struct sk_buff *from)
{
	unsigned int headers = header_bytes(from), offset;
	bool split = splits(queue->nic->dev, from->len - headers);
	struct sk_buff *skb;
	int n;

	if (!split)
		headers = min(from->len, HEADERS_MAX);
	skb = napi_alloc_skb(&queue->napi, headers);
	if (!skb)
		return NULL;
	if (split)
		skb_mark_for_recycle(skb);
	if (zclab_read(from, 0, skb_put(skb, headers), headers))
		goto drop;
	for (offset = headers; offset < from->len; offset += n) {
		n = split ? fill(queue, from, offset, skb) : fill_own(from, offset, skb);
		if (n < 0)
			goto drop;
	}
	return skb;
drop:
	kfree_skb(skb);
	return NULL;
}

/* A packet of several segments stays one, as after receive offload by hardware. */
static void deliver(struct zclab_queue *queue, struct sk_buff *skb, const struct sk_buff *from)
{
	struct net_device *dev = queue->nic->dev;
	bool segments = skb_is_gso(from);

	if (segments) {
		skb_shinfo(skb)->gso_size = skb_shinfo(from)->gso_size;
		skb_shinfo(skb)->gso_type = skb_shinfo(from)->gso_type;
		skb_shinfo(skb)->gso_segs = skb_shinfo(from)->gso_segs;
	}
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb_record_rx_queue(skb, queue - queue->nic->queues);
	dev_sw_netstats_rx_add(dev, skb->len);
	skb->protocol = eth_type_trans(skb, dev);
	skb_mark_napi_id(skb, &queue->napi);
	if (segments)
		netif_receive_skb(skb);
	else
		napi_gro_receive(&queue->napi, skb);
}

int zclab_poll(struct napi_struct *napi, int budget)
{
	struct zclab_queue *queue = container_of(napi, struct zclab_queue, napi);
	struct sk_buff *from, *skb;
	int done = 0;

	while (done < budget && (from = skb_dequeue(&queue->wire))) {
		skb = receive(queue, from);
		if (skb)
			deliver(queue, skb, from);
		else
			dev_core_stats_rx_dropped_inc(queue->nic->dev);
		consume_skb(from);
		done++;
	}
	/* What came between the last look and the end of the poll has found us scheduled. */
	if (done < budget && napi_complete_done(napi, done) && !skb_queue_empty(&queue->wire))
		napi_schedule(napi);
	return done;
}
