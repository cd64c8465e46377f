// SPDX-License-Identifier: GPL-2.0
/* What ethtool shows and sets: header/data split, steering by hash (-x, -X) and by rule (-n, -N).
 */
#include <linux/ethtool_netlink.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/netdev_queues.h>

#include "zclab.h"

/* The fields of a packet that rules look at, as they are in an ethtool_rx_flow_spec. */
static bool flow_of(const struct sk_buff *skb, struct ethtool_rx_flow_spec *flow)
{
	unsigned int at = ETH_HLEN;
	struct ethhdr eth;
	struct iphdr ip;
	struct ipv6hdr ip6;
	struct tcphdr tcp;

	memset(flow, 0, sizeof(*flow));
	if (zclab_read(skb, 0, &eth, sizeof(eth)))
		return false;
	if (eth.h_proto == htons(ETH_P_IP) && !zclab_read(skb, at, &ip, sizeof(ip)) &&
	    ip.protocol == IPPROTO_TCP) {
		flow->flow_type = TCP_V4_FLOW;
		flow->h_u.tcp_ip4_spec.ip4src = ip.saddr;
		flow->h_u.tcp_ip4_spec.ip4dst = ip.daddr;
		at += ip.ihl * 4;
	} else if (eth.h_proto == htons(ETH_P_IPV6) && !zclab_read(skb, at, &ip6, sizeof(ip6)) &&
		   ip6.nexthdr == IPPROTO_TCP) {
		flow->flow_type = TCP_V6_FLOW;
		memcpy(flow->h_u.tcp_ip6_spec.ip6src, &ip6.saddr, sizeof(ip6.saddr));
		memcpy(flow->h_u.tcp_ip6_spec.ip6dst, &ip6.daddr, sizeof(ip6.daddr));
		at += sizeof(ip6);
	} else {
		return false;
	}
	if (zclab_read(skb, at, &tcp, sizeof(tcp)))
		return false;
	if (flow->flow_type == TCP_V4_FLOW) {
		flow->h_u.tcp_ip4_spec.psrc = tcp.source;
		flow->h_u.tcp_ip4_spec.pdst = tcp.dest;
	} else {
		flow->h_u.tcp_ip6_spec.psrc = tcp.source;
		flow->h_u.tcp_ip6_spec.pdst = tcp.dest;
	}
	return true;
}

static bool matches(const struct ethtool_rx_flow_spec *rule,
		    const struct ethtool_rx_flow_spec *flow)
{
	const u8 *want = rule->h_u.hdata, *mask = rule->m_u.hdata, *have = flow->h_u.hdata;

	if (rule->flow_type != flow->flow_type)
		return false;
	for (size_t i = 0; i < sizeof(rule->h_u.hdata); i++)
		if ((want[i] ^ have[i]) & mask[i])
			return false;
	return true;
}

unsigned int zclab_steer(const struct zclab *nic, struct sk_buff *skb)
{
	struct ethtool_rx_flow_spec flow;

	if ((nic->dev->features & NETIF_F_NTUPLE) && flow_of(skb, &flow))
		for (int i = 0; i < ZCLAB_RULES; i++)
			if (nic->rules[i].used && matches(&nic->rules[i].spec, &flow))
				return nic->rules[i].spec.ring_cookie;
	return nic->indirection[skb_get_hash(skb) % ZCLAB_HASHES];
}

static int rule_add(struct zclab *nic, struct ethtool_rx_flow_spec *spec)
{
	u32 at = spec->location;

	if ((spec->flow_type != TCP_V4_FLOW && spec->flow_type != TCP_V6_FLOW) ||
	    spec->ring_cookie >= ZCLAB_QUEUES)
		return -EOPNOTSUPP;
	for (u32 i = 0; at == RX_CLS_LOC_ANY && i < ZCLAB_RULES; i++)
		if (!nic->rules[i].used)
			at = i;
	if (at >= ZCLAB_RULES)
		return -ENOSPC;
	spec->location = at;
	nic->rules[at].spec = *spec;
	nic->rules[at].used = true;
	return 0;
}

static int rule_remove(struct zclab *nic, u32 at)
{
	if (at >= ZCLAB_RULES || !nic->rules[at].used)
		return -ENOENT;
	nic->rules[at].used = false;
	return 0;
}

static int set_rxnfc(struct net_device *dev, struct ethtool_rxnfc *ask)
{
	if (ask->cmd == ETHTOOL_SRXCLSRLINS)
		return rule_add(netdev_priv(dev), &ask->fs);
	if (ask->cmd == ETHTOOL_SRXCLSRLDEL)
		return rule_remove(netdev_priv(dev), ask->fs.location);
	return -EOPNOTSUPP;
}

static int list_rules(const struct zclab *nic, struct ethtool_rxnfc *ask, u32 *locations)
{
	u32 count = 0;

	for (u32 i = 0; i < ZCLAB_RULES; i++) {
		if (!nic->rules[i].used)
			continue;
		if (locations && count == ask->rule_cnt)
			return -EMSGSIZE;
		if (locations)
			locations[count] = i;
		count++;
	}
	ask->rule_cnt = count;
	ask->data = ZCLAB_RULES | (locations ? 0 : RX_CLS_LOC_SPECIAL);
	return 0;
}

static int get_rxnfc(struct net_device *dev, struct ethtool_rxnfc *ask, u32 *locations)
{
	const struct zclab *nic = netdev_priv(dev);

	switch (ask->cmd) {
	case ETHTOOL_GRXCLSRLCNT:
		return list_rules(nic, ask, NULL);
	case ETHTOOL_GRXCLSRLALL:
		return list_rules(nic, ask, locations);
	case ETHTOOL_GRXCLSRULE:
		if (ask->fs.location >= ZCLAB_RULES || !nic->rules[ask->fs.location].used)
			return -ENOENT;
		ask->fs = nic->rules[ask->fs.location].spec;
		return 0;
	}
	return -EOPNOTSUPP;
}

static u32 get_ring_count(struct net_device *dev)
{
	return ZCLAB_QUEUES;
}

static u32 get_indir_size(struct net_device *dev)
{
	return ZCLAB_HASHES;
}

static int get_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh)
{
	const struct zclab *nic = netdev_priv(dev);

	rxfh->hfunc = ETH_RSS_HASH_TOP;
	if (rxfh->indir)
		memcpy(rxfh->indir, nic->indirection, sizeof(nic->indirection));
	return 0;
}

static int set_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh,
		    struct netlink_ext_ack *extack)
{
	struct zclab *nic = netdev_priv(dev);

	if (rxfh->indir)
		memcpy(nic->indirection, rxfh->indir, sizeof(nic->indirection));
	return 0;
}

static void get_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	channels->max_rx = channels->rx_count = ZCLAB_QUEUES;
	channels->max_tx = channels->tx_count = 1;
}

static void get_rings(struct net_device *dev, struct ethtool_ringparam *ring,
		      struct kernel_ethtool_ringparam *more, struct netlink_ext_ack *extack)
{
	ring->rx_max_pending = ring->rx_pending = ZCLAB_RING;
	more->tcp_data_split = dev->cfg->hds_config == ETHTOOL_TCP_DATA_SPLIT_ENABLED
				       ? ETHTOOL_TCP_DATA_SPLIT_ENABLED
				       : ETHTOOL_TCP_DATA_SPLIT_DISABLED;
	more->hds_thresh = dev->cfg->hds_thresh;
	more->hds_thresh_max = ZCLAB_HDS_MAX;
}

/* The kernel keeps what was set in dev->cfg, where the receiver looks. */
static int set_rings(struct net_device *dev, struct ethtool_ringparam *ring,
		     struct kernel_ethtool_ringparam *more, struct netlink_ext_ack *extack)
{
	return 0;
}

const struct ethtool_ops zclab_ethtool_ops = {
	.supported_ring_params = ETHTOOL_RING_USE_TCP_DATA_SPLIT | ETHTOOL_RING_USE_HDS_THRS,
	.get_link = ethtool_op_get_link,
	.get_ringparam = get_rings,
	.set_ringparam = set_rings,
	.get_channels = get_channels,
	.get_rx_ring_count = get_ring_count,
	.get_rxnfc = get_rxnfc,
	.set_rxnfc = set_rxnfc,
	.get_rxfh_indir_size = get_indir_size,
	.get_rxfh = get_rxfh,
	.set_rxfh = set_rxfh,
};
