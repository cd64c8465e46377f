/* SPDX-License-Identifier: MIT */
/* agent_output: the lines that an agent says, see agent.h. */
#ifndef ZCBENCH_AGENT_OUTPUT_H
#define ZCBENCH_AGENT_OUTPUT_H

#include "endpoint.h"

/* One line on stdout, at once. */
void agent_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The first line: who we are, on which kernel, with which privileges. */
void agent_greet(void);

/* `sample NAME=VALUE`, if it is known. */
void agent_say_field(const struct field *field, const struct sample *sample);

/* Everything that the end knows of its sample, its histogram, and `done`. */
void agent_say_sample(struct endpoint *endpoint);

#endif
