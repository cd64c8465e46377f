/* SPDX-License-Identifier: MIT */
/* The verbs of zcprobe. Each gets its own name as argv[0] and returns an exit status. */
#ifndef ZCPROBE_VERBS_H
#define ZCPROBE_VERBS_H

#define EXIT_TOOL_ERROR 1
#define EXIT_SKIPPED    4 /* nothing can be probed here */

int verb_doctor(int argc, char **argv);
int verb_count(int argc, char **argv);
int verb_audit(int argc, char **argv);

#endif
