/* SPDX-License-Identifier: ISC */
/*
 * The option file and the flags: syntax, quoting, and that every refusal names
 * the line or the flag and what to do.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "tap.h"

static const struct option_row rows[] = {
	{"port", OPT_INT, "8223", "1..65535", "port", false},
	{"idle-timeout", OPT_TIME, "5m", "1s..7d", "idle", true},
	{"mode", OPT_CHOICE, "invite", "open|invite|closed", "who", true},
	{"quiet", OPT_BOOL, "no", NULL, "hush", true},
	{"no-op", OPT_BOOL, "no", NULL, "a name that begins with no-", true},
	{"motto", OPT_STRING, NULL, NULL, "motto", false},
};

static char path[] = "/tmp/option_read.XXXXXX";

static int
read_text(struct options *o, const char *text, size_t n, char **why)
{
	options_init(o, rows, COUNT(rows));
	if (path_write(path, bytes_of(text, n)) < 0)
		bail("%s can't be written", path);
	return options_file(o, path, why);
}

static void
takes(const char *text, const char *name, const char *want)
{
	struct options o;
	char *why;
	int err = read_text(&o, text, strlen(text), &why);

	ok(err == 0 && !why, "taken: %s", why ? why : name);
	is_str(options_string(&o, name), want, "%s is %s", name, want);
	free(why);
	options_free(&o);
}

static void
test_syntax(void)
{
	takes("", "port", "8223");
	takes("port 99", "port", "99");
	takes("\n\n  # hello\n\tport\t99  # why\n", "port", "99");
	takes("port 99\r\nquiet\r\n", "quiet", "yes");
	takes("quiet # loud", "quiet", "yes");
	takes("quiet no", "quiet", "no");
	takes("motto it is silent", "motto", "it is silent");
	takes("motto a#b # c", "motto", "a#b");
	takes("motto \"a # b\"  # c", "motto", "a # b");
	takes("motto \"say \\\"x\\\" \\\\ \\n\"", "motto", "say \"x\" \\ \\n");
	takes("motto 'a \"b\" \\'", "motto", "a \"b\" \\");
	takes("motto \"\"", "motto", "");
	takes("motto  it's", "motto", "it's");
	takes("mode open\nport 1\n", "mode", "open");
}

static void
refuses(const char *text, size_t n, const char *want)
{
	struct options o;
	char *why, *whole;
	int err = read_text(&o, text, n, &why);

	whole = mem_format("%s%s", path, want);
	is_int(err, ERR_INPUT, "refused");
	is_str(why, whole, "with this sentence");
	free(whole);
	free(why);
	options_free(&o);
}

#define REFUSES(text, want) refuses(text, sizeof(text) - 1, want)

static void
test_refusals(void)
{
	REFUSES("port 1\n\nprot 2\n",
	    ":3: there is no option \"prot\"; did you mean \"port\"?");
	REFUSES("port zero",
	    ":1: port: \"zero\" will not do; give a whole number");
	REFUSES("port 0",
	    ":1: port: \"0\" is out of range; give a value in 1..65535");
	REFUSES("port", ":1: port has no value; write \"port\" and "
			"a whole number");
	REFUSES("port # x", ":1: port has no value; write \"port\" and "
			    "a whole number");
	REFUSES("port 1\nport 1",
	    ":2: port is set a second time; remove one of the two");
	REFUSES("motto \"abc", ":1: a quote is opened and not closed; "
			       "close it");
	REFUSES("motto 'abc\n'", ":1: a quote is opened and not closed; "
				 "close it");
	REFUSES("motto \"abc\" def", ":1: text follows the closing quote; put "
				     "all of it inside the quotes");
	REFUSES("port \x1b[31m", ":1: port: \"\ufffd[31m\" will not do; give a "
				 "whole number");
	REFUSES("port 1\0", ": this is not a text file in UTF-8; "
			    "give another one");
	REFUSES("motto \xff", ": this is not a text file in UTF-8; "
			      "give another one");
}

static void
test_absent(void)
{
	struct options o;
	char *why, *long_text;

	options_init(&o, rows, COUNT(rows));
	is_int(options_file(&o, "/nonexistent/x", &why), ERR_NONE, "absent");
	ok(why && strstr(why, "/nonexistent/x"), "by name: %s", why);
	free(why);
	is_int(options_file(&o, "/tmp", &why), ERR_DENIED, "a folder");
	free(why);
	options_free(&o);
	long_text = mem_alloc(70000);
	memset(long_text, '\n', 70000);
	is_int(read_text(&o, long_text, 70000, &why), ERR_BIG, "too long");
	free(why);
	free(long_text);
	options_free(&o);
}

static int
take_other(void *arg, const char *name, const char *value, char **why)
{
	if (strcmp(name, "bind") != 0)
		return option_fail(why, ERR_INPUT,
		    mem_format("what is \"%s\"?", name));
	snprintf(arg, 32, "%s", value);
	return 0;
}

static void
test_other(void)
{
	char got[32] = "", *why;
	struct options o;

	options_init(&o, rows, COUNT(rows));
	o.other = take_other;
	o.arg = got;
	if (path_write(path, bytes_of("bind C-t unread # x\nport 9\n", 26)) < 0)
		bail("%s can't be written", path);
	is_int(options_file(&o, path, &why), 0, "a line that is no option");
	is_str(got, "C-t unread", "goes to the program");
	is_int(options_int(&o, "port"), 9, "and the options as before");
	if (path_write(path, bytes_of("\nbond x\n", 8)) < 0)
		bail("%s can't be written", path);
	is_int(options_file(&o, path, &why), ERR_INPUT, "if it knows it");
	ok(why && strstr(why, ":2: what is \"bond\"?"), "else: %s", why);
	free(why);
	options_free(&o);
}

/* The words, split at blanks; returns what options_args says. */
static int
args(struct options *o, const char *words, int *stop, char **why)
{
	char *copy = mem_string(words), *argv[16], *save = NULL;
	int argc = 1, err;

	argv[0] = copy;
	for (argv[argc] = strtok_r(copy, " ", &save); argv[argc];)
		argv[++argc] = strtok_r(NULL, " ", &save);
	options_init(o, rows, COUNT(rows));
	*stop = 1;
	err = options_args(o, argc, argv, stop, why);
	free(copy);
	return err;
}

static void
flags(const char *words, int stop_at, const char *name, const char *want)
{
	struct options o;
	char *why;
	int stop;

	is_int(args(&o, words, &stop, &why), 0, "%s", words);
	is_int(stop, stop_at, "stops at word %d", stop_at);
	is_str(options_string(&o, name), want, "%s is %s", name, want);
	free(why);
	options_free(&o);
}

static void
no_flags(const char *words, const char *want)
{
	struct options o;
	char *why;
	int stop;

	is_int(args(&o, words, &stop, &why), ERR_INPUT, "%s", words);
	is_str(why, want, "with this sentence");
	free(why);
	options_free(&o);
}

static void
test_flags(void)
{
	flags("--port 99", 3, "port", "99");
	flags("--port=99 serve --port 7", 2, "port", "99");
	flags("--quiet serve", 2, "quiet", "yes");
	flags("--quiet --no-quiet", 3, "quiet", "no");
	flags("--quiet=no", 2, "quiet", "no");
	flags("--no-op", 2, "no-op", "yes");
	flags("--no-no-op", 2, "no-op", "no");
	flags("--port 99 -- --port 7", 4, "port", "99");
	flags("--motto --port", 3, "motto", "--port");
	flags("--motto=", 2, "motto", "");
	flags("-p 99", 1, "port", "8223");
	flags("- x", 1, "port", "8223");
	no_flags("--prot 1", "there is no option \"prot\"; did you mean "
			     "\"port\"?");
	no_flags("--no-port", "there is no option \"no-port\"; --help lists "
			      "them");
	no_flags("--port", "--port has no value; add a whole number");
	no_flags("--port x", "port: \"x\" will not do; give a whole number");
	no_flags("--no-quiet=yes", "--no-quiet takes no value; write "
				   "--no-quiet");
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		bail("no temporary file");
	close(fd);
	test_syntax();
	test_refusals();
	test_absent();
	test_other();
	test_flags();
	unlink(path);
	return done();
}
