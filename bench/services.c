/* SPDX-License-Identifier: MIT */
/* The registry of services. A new service is one file in services/ and one line here. */
#include "service.h"

/* One line a service. */
/* clang-format off */
const struct service *const services[] = {
	&service_tcp,
	&service_udp,
	&service_packet,
	&service_xdp,
	&service_unix,
	&service_pipe,
	&service_memory,
	&service_process,
	NULL,
};
/* clang-format on */
