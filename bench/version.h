/* SPDX-License-Identifier: MIT */
#ifndef ZCBENCH_VERSION_H
#define ZCBENCH_VERSION_H

#define ZCBENCH_VERSION "0.1.0"

/* Of samples.csv and run.json: raised when a reader of the old ones would be misled. */
#define ZCBENCH_SCHEMA 1

#endif
