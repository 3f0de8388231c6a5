/* SPDX-License-Identifier: ISC */
/* The rows of option.def, and the limits that the relay reads from them. */
#include "relay.h"

const struct option_row relay_option[] = {
#define OPTION(name, type, initial, choices, reload, help) \
	{name, OPT_##type, initial, choices, help, reload},
#include "option.def"
#undef OPTION
};
const size_t relay_options = COUNT(relay_option);

static uint8_t
relay_mode(const char *s)
{
	if (strcmp(s, "open") == 0)
		return MODE_OPEN;
	return strcmp(s, "closed") == 0 ? MODE_CLOSED : MODE_INVITE;
}

static uint64_t
relay_amount(const struct options *o, const char *name)
{
	int64_t v = options_int(o, name);

	return v < 0 ? 0 : (uint64_t)v;
}

/* What needs a restart was read at the start and stays. */
static void
relay_fixed(struct limits *l, const struct options *o)
{
	l->handshake = options_int(o, "handshake-time");
	l->held_soft = (size_t)relay_amount(o, "held-soft");
	l->held_hard = (size_t)relay_amount(o, "held-hard");
	l->listen.total = (unsigned)relay_amount(o, "connections");
	l->listen.per_address =
	    (unsigned)relay_amount(o, "connections-per-address");
	l->listen.rate_per_address =
	    (unsigned)relay_amount(o, "connects-per-address");
}

void
relay_limits(struct limits *l, const struct options *o, bool first)
{
	if (first)
		relay_fixed(l, o);
	l->mode = relay_mode(options_string(o, "registration"));
	l->rate = options_int(o, "rate");
	l->burst = options_int(o, "burst");
	l->address_rate = options_int(o, "address-rate");
	l->address_burst = options_int(o, "address-burst");
	l->log_quota = relay_amount(o, "log-quota");
	l->account_quota = relay_amount(o, "account-quota");
	l->account_logs = relay_amount(o, "account-logs");
	l->inbox_boxes = relay_amount(o, "inbox-boxes");
	l->inbox_bytes = relay_amount(o, "inbox-bytes");
	l->blob_quota = relay_amount(o, "blob-quota");
	l->blob_size = relay_amount(o, "blob-size");
	l->blob_keep = options_int(o, "blob-keep");
	l->message_keep = options_int(o, "message-keep");
	l->commit_keep = options_int(o, "commit-keep");
	l->invite_life = options_int(o, "invite-life");
}
