/* SPDX-License-Identifier: ISC */
/*
 * Options: what each type takes and refuses, and that the table's own defaults
 * are judged as well. Every refusal has its sentence.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "tap.h"

static const struct option_row rows[] = {
	{"port", OPT_INT, "8223", "1..65535", "port", false},
	{"offset", OPT_INT, "-5", NULL, "any number", false},
	{"idle-timeout", OPT_TIME, "5m", "1s..7d", "idle", true},
	{"quota", OPT_SIZE, "1g", "1k..64g", "quota", true},
	{"mode", OPT_CHOICE, "invite", "open|invite|closed", "who", true},
	{"quiet", OPT_BOOL, "no", NULL, "hush", true},
	{"public", OPT_STRING, NULL, NULL, "host", false},
	{"motto", OPT_STRING, "it is silent", NULL, "motto", false},
};

static void
test_defaults(void)
{
	struct options o;

	options_init(&o, rows, COUNT(rows));
	is_int(options_int(&o, "port"), 8223, "a number");
	is_int(options_int(&o, "offset"), -5, "a negative one");
	is_int(options_int(&o, "idle-timeout"), 300000, "a time in ms");
	is_int(options_int(&o, "quota"), 1 << 30, "a size in bytes");
	is_str(options_string(&o, "mode"), "invite", "a choice");
	ok(!options_bool(&o, "quiet"), "a truth");
	is_int(options_int(&o, "quiet"), 0, "as a number");
	ok(options_string(&o, "public") == NULL, "text may be unset");
	is_str(options_string(&o, "motto"), "it is silent", "or not");
	ok(option_find(&o, "quota") == &rows[3], "a row is found");
	ok(option_find(&o, "quot") == NULL, "by its whole name");
	options_free(&o);
}

static const struct {
	const char *name, *value;
	int err;
	int64_t want;
} values[] = {
	{"port", "1", 0, 1},
	{"port", "65535", 0, 65535},
	{"port", "0", ERR_RANGE, 0},
	{"port", "65536", ERR_RANGE, 0},
	{"port", "", ERR_FORMAT, 0},
	{"port", "80k", ERR_FORMAT, 0},
	{"port", " 80", ERR_FORMAT, 0},
	{"port", "80 ", ERR_FORMAT, 0},
	{"port", "0x50", ERR_FORMAT, 0},
	{"port", "99999999999999999999", ERR_FORMAT, 0},
	{"offset", "-9223372036854775807", 0, -INT64_MAX},
	{"offset", "9223372036854775808", ERR_FORMAT, 0},
	{"offset", "-", ERR_FORMAT, 0},
	{"offset", "--1", ERR_FORMAT, 0},
	{"idle-timeout", "1500ms", 0, 1500},
	{"idle-timeout", "90s", 0, 90000},
	{"idle-timeout", "2h", 0, 7200000},
	{"idle-timeout", "7d", 0, 604800000},
	{"idle-timeout", "8d", ERR_RANGE, 0},
	{"idle-timeout", "999ms", ERR_RANGE, 0},
	{"idle-timeout", "0", ERR_RANGE, 0},
	{"idle-timeout", "5", ERR_FORMAT, 0},
	{"idle-timeout", "-5s", ERR_FORMAT, 0},
	{"idle-timeout", "5 m", ERR_FORMAT, 0},
	{"idle-timeout", "s", ERR_FORMAT, 0},
	{"idle-timeout", "200000000000000d", ERR_FORMAT, 0},
	{"quota", "1k", 0, 1024},
	{"quota", "4096", 0, 4096},
	{"quota", "20m", 0, 20 << 20},
	{"quota", "1023", ERR_RANGE, 0},
	{"quota", "65g", ERR_RANGE, 0},
	{"quota", "1t", ERR_FORMAT, 0},
	{"quota", "9007199254740993g", ERR_FORMAT, 0},
	{"quiet", "yes", 0, 1},
	{"quiet", "off", 0, 0},
	{"quiet", "true", 0, 1},
	{"quiet", "0", 0, 0},
	{"quiet", "maybe", ERR_FORMAT, 0},
	{"quiet", "", ERR_FORMAT, 0},
};

static void
test_values(void)
{
	struct options o;
	char *why;
	size_t i;
	int err;

	for (i = 0; i < COUNT(values); i++) {
		options_init(&o, rows, COUNT(rows));
		err = options_set(&o, values[i].name, values[i].value, &why);
		ok(err == values[i].err && (err != 0) == (why != NULL) &&
		       (err || options_int(&o, values[i].name) ==
				   values[i].want),
		    "%s %s: %s", values[i].name, values[i].value,
		    why ? why : "taken");
		free(why);
		options_free(&o);
	}
}

static void
test_choice(void)
{
	struct options o;
	char *why;

	options_init(&o, rows, COUNT(rows));
	is_int(options_set(&o, "mode", "open", &why), 0, "a choice");
	is_int(options_set(&o, "mode", "invite|closed", &why), ERR_FORMAT,
	    "one, not two");
	is_str(why, "mode: \"invite|closed\" will not do; give "
		    "open|invite|closed", "with its sentence");
	free(why);
	is_int(options_set(&o, "mode", "", &why), ERR_FORMAT, "nor none");
	free(why);
	is_str(options_string(&o, "mode"), "open", "the value stays");
	is_int(options_set(&o, "motto", options_string(&o, "motto"), &why), 0,
	    "a value may be set to itself");
	is_str(options_string(&o, "motto"), "it is silent", "and is kept");
	is_int(options_set(&o, "motto", "\xff", &why), ERR_FORMAT,
	    "text is UTF-8");
	free(why);
	is_int(options_set(&o, "port", "x", NULL), ERR_FORMAT,
	    "nobody has to ask why");
	options_free(&o);
}

static void
test_unknown(void)
{
	struct options o;
	char *why;

	options_init(&o, rows, COUNT(rows));
	is_int(options_set(&o, "prot", "1", &why), ERR_NONE, "not an option");
	is_str(why, "there is no option \"prot\"; did you mean \"port\"?",
	    "a slip of the finger");
	free(why);
	is_int(options_set(&o, "\x1b[2Jwhatever", "1", &why), ERR_NONE, "none");
	is_str(why, "there is no option \"\ufffd[2Jwhatever\"; "
		    "--help lists them", "shown without its escape");
	free(why);
	options_free(&o);
}

static void
test_bad_table(void)
{
	static const struct option_row bad[] = {
		{"port", OPT_INT, "0", "1..65535", "port", false}};
	struct options o;
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)signal(SIGABRT, SIG_DFL);
		(void)close(STDERR_FILENO);
		options_init(&o, bad, 1);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("no child to be had");
	ok(!(WIFEXITED(status) && WEXITSTATUS(status) == 0),
	    "a default that is not allowed stops the program");
}

int
main(void)
{
	test_defaults();
	test_values();
	test_choice();
	test_unknown();
	test_bad_table();
	return done();
}
