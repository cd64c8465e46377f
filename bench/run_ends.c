/* SPDX-License-Identifier: MIT */
#include "run_ends.h"

#include <errno.h>
#include <string.h>

#include "ends.h"
#include "privilege.h"

int run_ends_ask(struct run *run, json_t **facts, struct reason *why)
{
	const struct path_ends *ends = &run->options.ends;
	bool probed = run->experiment.settings.probes != PROBES_OFF;
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
		*facts = ends_facts(ends, probed, false, why);
	return err || *facts || run->options.dry_run ? err : -EHOSTUNREACH;
}

int run_ends_user(struct run *run, const char *name, struct reason *why)
{
	if (!privilege_is_user(name))
		return reason_set(why, EINVAL, "agent-user '%.40s' is no name of a user", name);
	run->options.ends.agent_user = name;
	return 0;
}

/* Limits on memory are a user's: rows of another would be other measurements. */
static int same_user(const struct run *run, struct reason *why)
{
	const char *was = json_string_value(json_object_get(run->folder.manifest, "agent_user"));
	const char *now = run->options.ends.agent_user;
	if (!strcmp(was ? was : "", now ? now : ""))
		return 0;
	return reason_set(
		why, EINVAL,
		"--resume: the run began with --agent-user %.40s; resume it with the same",
		was ? was : "left out");
}

int run_ends_resume(struct run *run, struct reason *why)
{
	json_t *ends = NULL;
	int err = same_user(run, why);
	if (!err)
		err = run_ends_ask(run, &ends, why);
	if (!err && !run->options.dry_run)
		err = ends_same(json_object_get(run->folder.manifest, "ends"), ends, why);
	json_decref(ends);
	return err;
}

void run_ends_doctor(struct run *run)
{
	json_t *ends = json_object_get(run->folder.manifest, "ends"), *end, *now, *modes;
	struct reason why;
	const char *role;
	if (!ends || json_object_get(json_object_get(ends, "rx"), "modes"))
		return;
	now = ends_facts(&run->options.ends, false, true, &why);
	if (!now)
		fprintf(stderr, "zcbench: run.json does not say which modes run at the ends: %s\n",
			why.text);
	json_object_foreach(ends, role, end)
	{
		modes = json_object_get(json_object_get(now, role), "modes");
		if (modes)
			json_object_set(end, "modes", modes);
	}
	json_decref(now);
}
