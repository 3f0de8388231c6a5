/* SPDX-License-Identifier: ISC */
/*
 * The tree of the directory's log: every size up to 300 against a tree that is
 * hashed as the RFC defines it, every proof between all of them, every byte of
 * every proof changed, and all cases of the transparency-dev project.
 */
#include <dirent.h>
#include <stdlib.h>

#include "ident.h"
#include "tap.h"
#include "vec.h"

#define SIZES 300
#define WIDE 1024

static uint8_t leaf[WIDE][HASH32], whole[10][WIDE / 2][HASH32], root[SIZES + 1][HASH32];

/* The definition itself, 2.1.1: slow and obviously right. */
static void
mth(size_t low, size_t high, uint8_t out[static HASH32])
{
	uint8_t in[1 + 2 * HASH32] = {1};
	size_t k = 1;

	if (high == low) {
		hash_of(HASH_SHA256, bytes_of(NULL, 0), out);
		return;
	}
	if (high - low == 1) {
		memcpy(out, leaf[low], HASH32);
		return;
	}
	while (k * 2 < high - low)
		k *= 2;
	mth(low, low + k, in + 1);
	mth(low + k, high, in + 1 + HASH32);
	hash_of(HASH_SHA256, bytes_of(in, sizeof(in)), out);
}

static int
node(void *arg, unsigned level, uint64_t number, uint8_t out[static HASH32])
{
	(void)arg;
	memcpy(out, level ? whole[level - 1][number] : leaf[number], HASH32);
	return 0;
}
static const struct merkle_nodes nodes = {node, NULL};

static void
make_tree(void)
{
	uint8_t data[2];
	unsigned level;
	size_t i;

	for (i = 0; i < WIDE; i++) {
		data[0] = (uint8_t)(i >> 8);
		data[1] = (uint8_t)i;
		merkle_leaf(bytes_of(data, 2), leaf[i]);
	}
	for (level = 1; level <= 10; level++)
		for (i = 0; i < (size_t)WIDE >> level; i++)
			mth(i << level, (i + 1) << level, whole[level - 1][i]);
	for (i = 0; i <= SIZES; i++)
		mth(0, i, root[i]);
}

/* --- growing --- */

static int
made(void *arg, unsigned level, uint64_t number,
    const uint8_t hash[static HASH32])
{
	uint8_t want[HASH32];

	mth((size_t)(number << level), (size_t)((number + 1) << level), want);
	++*(size_t *)arg;
	return memcmp(want, hash, HASH32) == 0 ? 0 : ERR_RULE;
}

static void
test_range(void)
{
	struct merkle_range r = {0}, at;
	uint8_t hash[HASH32];
	size_t i, told = 0, good = 0, again = 0, nodes_good = 0;

	for (i = 0; i <= SIZES; i++) {
		merkle_root(&r, hash);
		good += memcmp(hash, root[i], HASH32) == 0;
		if (merkle_range_at(&nodes, i, &at) == 0)
			again += memcmp(&at, &r, sizeof(at)) == 0 ||
			    (at.peaks == r.peaks && memcmp(at.peak, r.peak,
			    at.peaks * HASH32) == 0);
		nodes_good += merkle_add(&r, leaf[i], made, &told) == 0;
	}
	is_int(good, SIZES + 1, "a range grows to the root of each size");
	is_int(again, SIZES + 1, "and can be read back at each");
	is_int(nodes_good, SIZES + 1, "each node that becomes whole is right");
	is_int(told, 296, "and none is left out");     /* 301 - 5 peaks */
	is_int(merkle_range_at(&nodes, MERKLE_SIZE_MAX + 1, &at), ERR_RANGE,
	    "a size that no log has");
}

/* --- proofs --- */

/* How many of the changes of one byte, and of cuts and additions, pass. */
static size_t
damaged(struct buf *proof, int (*check)(void *, struct bytes), void *arg)
{
	uint8_t more[HASH32] = {0}, keep;
	size_t i, passed = 0;

	for (i = 0; i < proof->n; i++) {
		keep = proof->p[i];
		proof->p[i] ^= (uint8_t)(1 << (i & 7));
		passed += check(arg, buf_view(proof)) == 0;
		proof->p[i] = keep;
	}
	for (i = 1; i <= HASH32 && i <= proof->n; i++)
		passed += check(arg, bytes_of(proof->p, proof->n - i)) == 0;
	buf_put(proof, more, 1);
	passed += check(arg, buf_view(proof)) == 0;
	buf_put(proof, more, HASH32 - 1);
	passed += check(arg, buf_view(proof)) == 0;
	return passed;
}

struct ask {
	uint64_t a, b;
};

static int
check_one(void *arg, struct bytes proof)
{
	struct ask *k = arg;

	return merkle_check(k->a, k->b, leaf[k->a], proof, root[k->b]);
}

static int
check_two(void *arg, struct bytes proof)
{
	struct ask *k = arg;

	return merkle_check_extends(k->a, k->b, root[k->a], root[k->b], proof);
}

static void
test_inclusion(void)
{
	size_t good = 0, all = 0, other = 0, passed = 0;
	struct buf p = {0};
	struct ask k;

	for (k.b = 1; k.b <= SIZES; k.b++)
		for (k.a = 0; k.a < k.b; k.a++) {
			all++;
			buf_clear(&p);
			if (merkle_prove(&nodes, k.a, k.b, &p) == 0 &&
			    check_one(&k, buf_view(&p)) == 0)
				good++;
			other += merkle_check(k.a, k.b, leaf[k.a + 1],
			    buf_view(&p), root[k.b]) == 0;
			other += merkle_check((k.a + 1) % k.b, k.b, leaf[k.a],
			    buf_view(&p), root[k.b]) == 0 && k.b > 1;
			other += merkle_check(k.a, k.b, leaf[k.a],
			    buf_view(&p), root[k.b - 1]) == 0;
			if ((k.a + k.b) % 23 == 0 || k.b < 20)
				passed += damaged(&p, check_one, &k);
		}
	is_int(good, all, "T02: each leaf of each size is proven");
	is_int(other, 0, "T02: and no other leaf, number or root");
	is_int(passed, 0, "T02: no proof with a byte changed, cut or added");
	is_int(merkle_check(0, 0, leaf[0], bytes_of(NULL, 0), root[0]),
	    ERR_RULE, "T02: nothing is in an empty tree");
	is_int(merkle_prove(&nodes, 5, 5, &p), ERR_RANGE,
	    "a leaf beyond the end has no proof");
	buf_free(&p);
}

static void
test_consistency(void)
{
	size_t good = 0, all = 0, other = 0, passed = 0;
	struct buf p = {0};
	struct ask k;

	for (k.b = 0; k.b <= SIZES; k.b++)
		for (k.a = 0; k.a <= k.b; k.a++) {
			all++;
			buf_clear(&p);
			if (merkle_prove_extends(&nodes, k.a, k.b, &p) == 0 &&
			    check_two(&k, buf_view(&p)) == 0)
				good++;
			if (k.a == 0)   /* everything extends nothing */
				continue;
			other += merkle_check_extends(k.a, k.b, root[k.a - 1],
			    root[k.b], buf_view(&p)) == 0;
			other += merkle_check_extends(k.a, k.b, root[k.a],
			    root[k.b - 1], buf_view(&p)) == 0;
			other += merkle_check_extends(k.a - 1, k.b, root[k.a],
			    root[k.b], buf_view(&p)) == 0;
			if ((k.a + k.b) % 23 == 0 || k.b < 20)
				passed += damaged(&p, check_two, &k);
		}
	is_int(good, all, "T04: each size begins with each before");
	is_int(other, 0, "T04: and with no other root or size");
	is_int(passed, 0, "T04: no proof with a byte changed, cut or added");
	is_int(merkle_check_extends(9, 8, root[9], root[8], bytes_of(NULL, 0)),
	    ERR_RULE, "T04: no log shrinks");
	is_int(merkle_prove_extends(&nodes, 9, 8, &p), ERR_RANGE,
	    "nor is that proven");
	buf_free(&p);
}

/* --- other people's cases --- */

static bool
base64(const char *s, struct buf *out)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at;
	uint32_t bits = 0;
	int n = 0;

	for (; *s && *s != '='; s++) {
		at = strchr(set, *s);
		if (!at)
			return false;
		bits = bits << 6 | (uint32_t)(at - set);
		if ((n += 6) >= 8)
			buf_u8(out, (uint8_t)(bits >> (n -= 8)));
	}
	return true;
}

/* A hash; some cases have fields of another length, which no caller of ours
 * can have: *odd is set. */
static void
field(const json_t *c, const char *name, uint8_t out[static HASH32], bool *odd)
{
	struct buf b = {0};

	if (!base64(vec_has(c, name) ? vec_string(c, name) : "", &b))
		bail("no base64");
	memset(out, 0, HASH32);
	if (b.n == HASH32)
		memcpy(out, b.p, HASH32);
	else
		*odd = true;
	buf_free(&b);
}

static struct buf
field_proof(const json_t *c)
{
	struct buf b = {0};
	const json_t *v;
	size_t i, was;

	if (!vec_has(c, "proof"))
		return b;
	vec_each(vec_field(c, "proof"), i, v) {
		was = b.n;
		if (!base64(json_string_value(v), &b))
			bail("no base64");
		if (b.n - was != HASH32)
			buf_zero(&b, 1);        /* the whole is no list */
	}
	return b;
}

static uint64_t
number(const json_t *c, const char *name)
{
	double d = json_number_value(json_object_get(c, name));

	return d < 9e18 ? (uint64_t)d : UINT64_MAX;
}

static int
judge_inclusion(const json_t *c, struct bytes proof, const uint8_t *l,
    const uint8_t *r)
{
	uint64_t start = 0, end, at = number(c, "leafIdx");

	if (!vec_has(c, "end"))
		return merkle_check(at, number(c, "treeSize"), l, proof, r);
	start = number(c, "start");
	end = number(c, "end");
	if (!merkle_part(start, end) || at < start)
		return ERR_RULE;
	return merkle_check(at - start, end - start, l, proof, r);
}

static int
judge_consistency(const json_t *c, struct bytes proof, const uint8_t *a,
    const uint8_t *b)
{
	if (vec_has(c, "end"))
		return merkle_check_part(number(c, "start"), number(c, "end"),
		    number(c, "size"), a, b, proof);
	return merkle_check_extends(number(c, "size1"), number(c, "size2"), a,
	    b, proof);
}

struct tally {
	size_t cases, wrong, odd;
};

static void
judge(const char *path, struct tally *t)
{
	uint8_t a[HASH32], b[HASH32];
	bool odd = false, none, good;
	struct vec v = {.root = json_load_file(path, JSON_DECODE_INT_AS_REAL,
	    NULL)};     /* some numbers have 64 bits */
	struct buf proof;

	if (!v.root)
		bail("%s: no JSON", path);
	proof = field_proof(v.root);
	if (vec_has(v.root, "leafHash") || strstr(path, "inclusion/")) {
		field(v.root, "leafHash", a, &odd);
		field(v.root, "root", b, &odd);
		good = !odd && judge_inclusion(v.root, buf_view(&proof), a,
		    b) == 0;
	} else {
		field(v.root, "root1", a, &odd);
		/* no leaves are in every tree, whatever its root */
		field(v.root, "root2", b, vec_has(v.root, "end") &&
		    number(v.root, "start") == number(v.root, "end") ?
		    &none : &odd);
		good = !odd && judge_consistency(v.root, buf_view(&proof), a,
		    b) == 0;
	}
	t->cases++;
	if (good == vec_bool(v.root, "wantErr")) {
		if (odd)
			t->odd++;
		else
			t->wrong++;
		note("%s: %s", path, vec_string(v.root, "desc"));
	}
	buf_free(&proof);
	json_decref(v.root);
}

static void
walk(const char *dir, struct tally *t)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char *path;

	while (d && (e = readdir(d))) {
		path = path_join(dir, e->d_name);
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			walk(path, t);
		else if (strstr(e->d_name, ".json"))
			judge(path, t);
		free(path);
	}
	if (d)
		(void)closedir(d);
}

static char *
vectors(const char *under)
{
	const char *dir = getenv("TACET_VECTORS");

	return path_join(dir ? dir : "../shared/vectors", under);
}

static void
test_vectors(void)
{
	static const struct {
		const char *dir;
		size_t cases;
	} set[] = {
		{"inclusion", 95}, {"consistency", 101},
		{"subtreeinclusion", 1}, {"subtreeconsistency", 1},
	};
	struct tally t, all = {0};
	char *path;
	size_t i;

	for (i = 0; i < COUNT(set); i++) {
		char *under = mem_format("merkle/testdata/%s", set[i].dir);

		t = (struct tally){0};
		path = vectors(under);
		walk(path, &t);
		if (t.cases == 0)
			skip("no vectors in %s", path);
		else
			is_int(t.wrong, 0, "%zu cases of %s, %zu of them with "
			    "roots of another length", t.cases, set[i].dir,
			    t.odd);
		all.cases += t.cases;
		all.odd += t.odd;
		free(path);
		free(under);
	}
	if (all.cases > 0) {
		ok(all.cases >= 518, "all cases are there: %zu", all.cases);
		is_int(all.odd, 2, "what a fixed length refuses");
	}
}

/* Begin and end of ranges that a fuzzer found worth keeping. */
static void
test_compact(void)
{
	char *dir = vectors("merkle/compact/testdata/fuzz/FuzzRangeNodes");
	uint8_t a[HASH32], b[HASH32];
	size_t n = 0, good = 0;
	struct buf p = {0};
	struct dirent *e;
	struct vec v;
	DIR *d = opendir(dir);
	unsigned long long x, y;
	char *path;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		path = mem_format("merkle/compact/testdata/fuzz/FuzzRangeNodes"
		    "/%s", e->d_name);
		if (!vec_open_text(&v, path))
			bail("%s", vec_why(&v));
		buf_u8(&v.text, 0);
		if (sscanf((char *)v.text.p, "%*[^\n] uint64(%llu) "
		    "uint64(%llu)", &x, &y) != 2)
			bail("%s: no numbers", path);
		n++;
		buf_clear(&p);
		mth(0, (size_t)x, a);
		mth(0, (size_t)y, b);
		if (x > y)
			good += merkle_prove_extends(&nodes, x, y, &p) ==
			    ERR_RANGE;
		else
			good += merkle_prove_extends(&nodes, x, y, &p) == 0 &&
			    merkle_check_extends(x, y, a, b, buf_view(&p)) == 0;
		vec_close(&v);
		free(path);
	}
	if (d)
		(void)closedir(d);
	if (n == 0)
		skip("no vectors in %s", dir);
	else
		is_int(good, n, "%zu ranges that a fuzzer kept", n);
	buf_free(&p);
	free(dir);
}

int
main(void)
{
	if (seal_start() != 0)
		bail("libsodium");
	make_tree();
	test_range();
	test_inclusion();
	test_consistency();
	test_vectors();
	test_compact();
	return done();
}
