/* SPDX-License-Identifier: MIT */
/* hygiene_try: what the tests of checks share: a host in files, and what a check finds there. */
#ifndef ZCBENCH_TEST_HYGIENE_TRY_H
#define ZCBENCH_TEST_HYGIENE_TRY_H

#include "host_try.h"
#include "hygiene.h"

struct put {
	const char *path, *text;
};

/* What a check finds on a host of these files. */
struct hygiene_case {
	const struct hygiene_check *check;
	enum hygiene_status status;
	const char *says; /* part of the finding */
	struct put puts[10];
};

#define TWO_CPUS                      \
	{                             \
		CPU "online", "0-1\n" \
	}
#define METAL                                                          \
	{                                                              \
		"/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu lm\n" \
	}

static inline void put_all(const struct put *files)
{
	clear();
	for (; files->path; files++)
		put(files->path, files->text);
}

static inline void finding_expect(const struct hygiene_finding *finding, enum hygiene_status status,
				  const char *says)
{
	if (finding->status != status || !strstr(finding->finding.text, says))
		fail_msg("expected %s with \"%s\", got %s: %s", hygiene_status_name(status), says,
			 hygiene_status_name(finding->status), finding->finding.text);
	/* A warning names what to change; a sentence ends as one. */
	assert_true(status != HYGIENE_WARNING || finding->remedy.text[0]);
	assert_true(status != HYGIENE_GOOD || !finding->remedy.text[0]);
	assert_true(finding->finding.text[0]);
	assert_int_equal(finding->finding.text[strlen(finding->finding.text) - 1], '.');
}

static inline void cases_run(const struct hygiene_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct hygiene_finding finding;
		put_all(cases[i].puts);
		assert_int_equal(cases[i].check->run(&finding), 0);
		finding_expect(&finding, cases[i].status, cases[i].says);
	}
}

#endif
