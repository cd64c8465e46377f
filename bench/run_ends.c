/* SPDX-License-Identifier: MIT */
#include "run_ends.h"

#include <errno.h>

#include "ends.h"

int run_ends_ask(struct run *run, json_t **facts, struct reason *why)
{
	const struct path_ends *ends = &run->options.ends;
	*facts = NULL;
	if (ends_none(ends))
		return 0;
	int err = ends_check(ends, why);
	if (!err && !plan_has_path(&run->plan, "hosts"))
		err = reason_set(
			why, EINVAL,
			"--tx-agent, --rx-agent, --tx-address and --rx-address are for the "
			"path hosts; add --path hosts");
	if (!err && !run->options.dry_run)
		*facts = ends_facts(ends, why);
	return err || *facts || run->options.dry_run ? err : -EHOSTUNREACH;
}

int run_ends_resume(struct run *run, struct reason *why)
{
	json_t *ends = NULL;
	int err = run_ends_ask(run, &ends, why);
	if (!err && !run->options.dry_run)
		err = ends_same(json_object_get(run->folder.manifest, "ends"), ends, why);
	json_decref(ends);
	return err;
}
