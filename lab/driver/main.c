// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>

#include "zclab.h"

#define FEATURES                                                                      \
	(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_RXCSUM | \
	 NETIF_F_HIGHDMA)

static struct platform_device *platform;
static struct net_device *pair[2];

static const struct net_device_ops zclab_ops = {
	.ndo_open = zclab_open,
	.ndo_stop = zclab_stop,
	.ndo_start_xmit = zclab_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static struct net_device *make(int number)
{
	struct net_device *dev = alloc_etherdev_mqs(sizeof(struct zclab), 1, ZCLAB_QUEUES);
	struct zclab *nic;

	if (!dev)
		return NULL;
	nic = netdev_priv(dev);
	nic->dev = dev;
	SET_NETDEV_DEV(dev, &platform->dev);
	snprintf(dev->name, IFNAMSIZ, "zl%d", number);
	dev->netdev_ops = &zclab_ops;
	dev->ethtool_ops = &zclab_ethtool_ops;
	dev->queue_mgmt_ops = &zclab_queue_ops;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->lltx = true;
	dev->netmem_tx = NETMEM_TX_DMA;
	dev->max_mtu = 9000;
	dev->features = FEATURES;
	dev->hw_features = FEATURES | NETIF_F_NTUPLE;
	eth_hw_addr_random(dev);
	for (u32 i = 0; i < ZCLAB_HASHES; i++)
		nic->indirection[i] = ethtool_rxfh_indir_default(i, ZCLAB_QUEUES);
	for (u32 i = 0; i < ZCLAB_QUEUES; i++) {
		nic->queues[i].nic = nic;
		skb_queue_head_init(&nic->queues[i].wire);
		netif_napi_add_config(dev, &nic->queues[i].napi, zclab_poll, i);
	}
	return dev;
}

static void drop(struct net_device *dev)
{
	if (!dev)
		return;
	if (dev->reg_state == NETREG_REGISTERED)
		unregister_netdev(dev);
	free_netdev(dev);
}

static void zclab_exit(void)
{
	/* The first one goes down before the peer that it sends to is gone. */
	for (int i = 0; i < 2; i++)
		if (pair[i] && pair[i]->reg_state == NETREG_REGISTERED)
			unregister_netdev(pair[i]);
	for (int i = 0; i < 2; i++)
		drop(pair[i]);
	platform_device_unregister(platform);
}

static int __init zclab_init(void)
{
	int err;

	platform = platform_device_register_simple("zclab", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(platform))
		return PTR_ERR(platform);
	err = dma_coerce_mask_and_coherent(&platform->dev, DMA_BIT_MASK(64));
	for (int i = 0; !err && i < 2; i++) {
		pair[i] = make(i);
		err = pair[i] ? 0 : -ENOMEM;
	}
	for (int i = 0; !err && i < 2; i++)
		((struct zclab *)netdev_priv(pair[i]))->peer = pair[1 - i];
	for (int i = 0; !err && i < 2; i++)
		err = register_netdev(pair[i]);
	if (err)
		zclab_exit();
	return err;
}

module_init(zclab_init);
module_exit(zclab_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a pair of software NICs that receive into lent memory");
MODULE_IMPORT_NS("NETDEV_INTERNAL");
