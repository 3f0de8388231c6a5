/* SPDX-License-Identifier: ISC */
/*
 * What the relay counts, in Prometheus text over loopback HTTP. Numbers only:
 * no name, no id and no address stands here. One request per connection, and a
 * reader who stalls costs a buffer, never a turn.
 */
#include <stdlib.h>

#include "relay.h"

struct metric_row {
	const char *name, *type, *help;
};
static const struct metric_row metric_row[] = {
#define METRIC(name, type, help) {#name, #type, help},
#include "metric.def"
#undef METRIC
};

static void
metrics_gauges(struct relay *r)
{
	const struct blobs *b = blobs_count(r);
	uint64_t *m = r->count.metric;
	uint64_t refused = 0, failed = 0;
	unsigned pending = 0, open = 0;

	if (r->listener)
		listen_count(r->listener, &refused, &failed, &pending, &open);
	m[METRIC_connections] = r->peers_n;
	m[METRIC_connections_refused_total] = refused;
	m[METRIC_handshakes] = pending;
	m[METRIC_handshakes_failed_total] = failed;
	m[METRIC_blobs] = b->n;
	m[METRIC_blob_bytes] = b->bytes;
	m[METRIC_blob_uploads] = b->undone;
	m[METRIC_blob_readers] = blobs_readers(r);
	m[METRIC_store_ready] = !r->store->sick;
	m[METRIC_store_reads_total] = r->store->reads;
	m[METRIC_store_writes_total] = r->store->writes;
}

/* Bytes of connections that are still open are theirs until they end. */
static uint64_t
metrics_value(struct relay *r, enum metric i)
{
	uint64_t sum = r->count.metric[i];
	struct link_count n;
	struct peer *p;

	if (i != METRIC_bytes_in_total && i != METRIC_bytes_out_total)
		return sum;
	for (p = r->peers; p; p = p->next) {
		n = link_count(p->link);
		sum += i == METRIC_bytes_in_total ? n.bytes_in : n.bytes_out;
	}
	return sum;
}

static void
metrics_messages(struct relay *r, struct buf *out)
{
	size_t i;

	buf_string(out, "# HELP tacetd_heard_total messages received\n"
	    "# TYPE tacetd_heard_total counter\n");
	for (i = 0; i < msg_rows; i++)
		if (msg_row[i].from & FROM_CLIENT)
			buf_format(out, "tacetd_heard_total{msg=\"%s\"} %llu\n",
			    msg_row[i].name,
			    (unsigned long long)r->count.heard[i]);
	buf_string(out, "# HELP tacetd_said_total messages sent\n"
	    "# TYPE tacetd_said_total counter\n");
	for (i = 0; i < msg_rows; i++)
		if (msg_row[i].from & FROM_RELAY)
			buf_format(out, "tacetd_said_total{msg=\"%s\"} %llu\n",
			    msg_row[i].name,
			    (unsigned long long)r->count.said[i]);
}

void
metrics_text(struct relay *r, struct buf *out)
{
	uint64_t v;
	size_t i;

	metrics_gauges(r);
	for (i = 0; i < METRICS; i++) {
		buf_format(out, "# HELP tacetd_%s %s\n# TYPE tacetd_%s %s\n",
		    metric_row[i].name, metric_row[i].help,
		    metric_row[i].name, metric_row[i].type);
		v = metrics_value(r, (enum metric)i);
		if (strstr(metric_row[i].name, "seconds"))
			buf_format(out, "tacetd_%s %llu.%06llu\n",
			    metric_row[i].name, (unsigned long long)v / 1000000,
			    (unsigned long long)v % 1000000);
		else
			buf_format(out, "tacetd_%s %llu\n", metric_row[i].name,
			    (unsigned long long)v);
	}
	metrics_messages(r, out);
	buf_string(out, "# HELP tacetd_refused_total refusals by reason\n"
	    "# TYPE tacetd_refused_total counter\n");
	for (i = 1; i < ERRORS_MAX; i++)
		if (err_known(-(int)i))
			buf_format(out,
			    "tacetd_refused_total{reason=\"%s\"} %llu\n",
			    err_name(-(int)i),
			    (unsigned long long)r->count.refused[i]);
}

/* --- as much of HTTP as a scraper needs --- */

struct scrape {
	struct relay *relay;
	enum { SCRAPE_FIRST, SCRAPE_GET, SCRAPE_OTHER, SCRAPE_DONE } state;
};

static void
scrape_open(void *arg, struct local *l)
{
	struct scrape *s = mem_alloc(sizeof(*s));

	s->relay = arg;
	local_set_arg(l, s);
}

static void
scrape_answer(struct scrape *s, struct local *l)
{
	struct buf body = {0}, out = {0};

	if (s->state == SCRAPE_GET)
		metrics_text(s->relay, &body);
	else
		buf_string(&body, "only GET /metrics is here\n");
	buf_format(&out, "HTTP/1.1 %s\r\n"
	    "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n",
	    s->state == SCRAPE_GET ? "200 OK" : "404 Not Found", body.n);
	buf_bytes(&out, buf_view(&body));
	local_put(l, buf_view(&out));
	buf_free(&body);
	buf_free(&out);
	s->state = SCRAPE_DONE;
	local_close(l);
}

static void
scrape_line(void *arg, struct local *l, char *line, size_t n)
{
	static const char get[] = "GET /metrics";
	size_t len = sizeof(get) - 1;
	struct scrape *s = arg;

	switch (s->state) {
	case SCRAPE_FIRST:
		s->state = n > len && memcmp(line, get, len) == 0 &&
		    (line[len] == ' ' || line[len] == '?') ? SCRAPE_GET :
		    SCRAPE_OTHER;
		break;
	case SCRAPE_GET:
	case SCRAPE_OTHER:
		if (n == 0)
			scrape_answer(s, l);
		break;
	case SCRAPE_DONE:
		break;
	}
}

static void
scrape_closed(void *arg, struct local *l, int err)
{
	(void)l;
	(void)err;
	free(arg);
}

/* host:port, and the host must be this machine's own */
static int
metrics_where(const char *s, char host[static 64], uint16_t *port)
{
	const char *colon = strrchr(s, ':');
	size_t n = colon ? (size_t)(colon - s) : 0;
	long v;
	char *end;

	if (n == 0 || n >= 64)
		return ERR_FORMAT;
	if (s[0] == '[' && n > 2 && s[n - 1] == ']') {
		s++;
		n -= 2;
	}
	memcpy(host, s, n);
	host[n] = '\0';
	v = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end || v < 0 || v > 65535)
		return ERR_FORMAT;
	*port = (uint16_t)v;
	if (strncmp(host, "127.", 4) != 0 && strcmp(host, "::1") != 0 &&
	    strcmp(host, "localhost") != 0)
		return ERR_DENIED;
	return 0;
}

int
metrics_listen(struct relay *r, char **why)
{
	static const struct local_events on = {
		.open = scrape_open, .line = scrape_line,
		.closed = scrape_closed,
	};
	const char *where = options_string(r->options, "metrics");
	char host[64];
	uint16_t port;
	int err;

	if (strcmp(where, "off") == 0)
		return 0;
	err = metrics_where(where, host, &port);
	if (err) {
		*why = mem_format("metrics: \"%s\" will not do; give a "
		    "loopback address and a port such as 127.0.0.1:8224, or "
		    "off", where);
		return err;
	}
	err = local_listen_tcp(&r->metrics, r->loop, host, port, &on, r);
	if (err) {
		/* no reason not to carry messages */
		log_say(r->log, LOG_WARN, "metrics", "not on %s: %s", where,
		    err_text(err));
		r->metrics = NULL;
	}
	return 0;
}
