// SPDX-License-Identifier: GPL-2.0
/* Queues and their page pools, which the kernel makes anew to put other memory under a queue. */
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>
#include <net/netdev_rx_queue.h>
#include <net/page_pool/memory_provider.h>

#include "zclab.h"

struct queue_memory {
	struct page_pool *pool;
	unsigned int buffer_bytes;
};

static int pool_make(struct zclab *nic, int index, unsigned int buffer_bytes,
		     struct queue_memory *memory)
{
	struct page_pool_params params = {
		.order = get_order(buffer_bytes),
		.pool_size = 256,
		.nid = NUMA_NO_NODE,
		.dev = nic->dev->dev.parent,
		.napi = &nic->queues[index].napi,
		.netdev = nic->dev,
		.queue_idx = index,
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = buffer_bytes,
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV | PP_FLAG_ALLOW_UNREADABLE_NETMEM,
	};
	struct page_pool *pool = page_pool_create(&params);

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	memory->pool = pool;
	memory->buffer_bytes = buffer_bytes;
	return 0;
}

static void queue_run(struct zclab *nic, int index, const struct queue_memory *memory)
{
	struct zclab_queue *queue = &nic->queues[index];

	queue->pool = memory->pool;
	queue->buffer_bytes = memory->buffer_bytes;
	napi_enable_locked(&queue->napi);
	netif_queue_set_napi(nic->dev, index, NETDEV_QUEUE_TYPE_RX, &queue->napi);
	local_bh_disable();
	napi_schedule(&queue->napi); /* for what has come meanwhile */
	local_bh_enable();
}

static void queue_halt(struct zclab *nic, int index)
{
	struct zclab_queue *queue = &nic->queues[index];

	netif_queue_set_napi(nic->dev, index, NETDEV_QUEUE_TYPE_RX, NULL);
	napi_disable_locked(&queue->napi);
}

int zclab_open(struct net_device *dev)
{
	struct zclab *nic = netdev_priv(dev);
	struct queue_memory memory[ZCLAB_QUEUES];
	int err = 0, made;

	for (made = 0; made < ZCLAB_QUEUES; made++) {
		err = pool_make(nic, made, PAGE_SIZE, &memory[made]);
		if (err)
			break;
	}
	while (err && made--)
		page_pool_destroy(memory[made].pool);
	if (err)
		return err;
	for (int i = 0; i < ZCLAB_QUEUES; i++)
		queue_run(nic, i, &memory[i]);
	netif_start_queue(dev);
	netif_carrier_on(dev);
	return 0;
}

int zclab_stop(struct net_device *dev)
{
	struct zclab *nic = netdev_priv(dev);

	netif_carrier_off(dev);
	netif_stop_queue(dev);
	for (int i = 0; i < ZCLAB_QUEUES; i++) {
		queue_halt(nic, i);
		skb_queue_purge(&nic->queues[i].wire);
		page_pool_destroy(nic->queues[i].pool);
		nic->queues[i].pool = NULL;
	}
	return 0;
}

static void queue_default(struct net_device *dev, struct netdev_queue_config *config)
{
	config->rx_page_size = PAGE_SIZE;
}

static int queue_validate(struct net_device *dev, struct netdev_queue_config *config,
			  struct netlink_ext_ack *extack)
{
	return config->rx_page_size < PAGE_SIZE || config->rx_page_size > SZ_64K ? -EINVAL : 0;
}

static int memory_alloc(struct net_device *dev, struct netdev_queue_config *config, void *memory,
			int index)
{
	return pool_make(netdev_priv(dev), index, config->rx_page_size, memory);
}

static void memory_free(struct net_device *dev, void *memory)
{
	struct queue_memory *old = memory;

	page_pool_destroy(old->pool);
}

static int queue_start(struct net_device *dev, struct netdev_queue_config *config, void *memory,
		       int index)
{
	queue_run(netdev_priv(dev), index, memory);
	return 0;
}

static int queue_stop(struct net_device *dev, void *memory, int index)
{
	struct zclab *nic = netdev_priv(dev);
	struct queue_memory *old = memory;

	queue_halt(nic, index);
	page_pool_disable_direct_recycling(nic->queues[index].pool);
	old->pool = nic->queues[index].pool;
	old->buffer_bytes = nic->queues[index].buffer_bytes;
	return 0;
}

const struct netdev_queue_mgmt_ops zclab_queue_ops = {
	.ndo_queue_mem_size = sizeof(struct queue_memory),
	.ndo_queue_mem_alloc = memory_alloc,
	.ndo_queue_mem_free = memory_free,
	.ndo_queue_start = queue_start,
	.ndo_queue_stop = queue_stop,
	.ndo_default_qcfg = queue_default,
	.ndo_validate_qcfg = queue_validate,
	.supported_params = QCFG_RX_PAGE_SIZE,
};
