// SPDX-License-Identifier: ISC
//
// One schedule: a group of mixed members, from creation through joins, updates,
// removals and outside entries, drawn from a seed. Promises that each schedule
// contains what a proof of interop needs: either side creates a group and adds
// the other, messages go both ways, everybody updates, a third and a fourth
// member come, one is removed, one enters from outside; all else is chance.
// After every commit all members must agree on epoch, authenticator, roster
// and an exported secret.

import { canJoin, leftIsPeopled } from "./limits.mjs";
import { EXTENSION, hex } from "./ts_member.mjs";

// xoshiro would do; so does this (splitmix32), and it fits on five lines.
export function seeded(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x9e3779b9) >>> 0;
    let t = Math.imul(a ^ (a >>> 16), 0x21f0aaad);
    t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
    return ((t ^ (t >>> 15)) >>> 0) / 2 ** 32;
  };
}

const MEMBERS_MAX = 6;

// What no schedule may lack
const DUTIES = [
  "welcome 2",
  "talk by C",
  "talk by ts",
  "update by C",
  "update by ts",
  "welcome 3",
  "welcome 4",
  "remove",
  "enter",
];

export class Schedule {
  constructor(seed, suite, make) {
    this.seed = seed;
    this.suite = suite;
    this.make = make; // (kind, name) => member
    this.random = seeded(seed * 1000 + suite);
    this.members = [];
    this.gone = [];
    this.names = 0;
    this.trace = [];
    this.did = new Set();
    this.count = {};
  }

  // chance

  below(n) {
    return Math.floor(this.random() * n);
  }

  maybe(p = 0.5) {
    return this.random() < p;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  shuffle(list) {
    const a = [...list];
    for (let i = a.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [a[i], a[j]] = [a[j], a[i]];
    }
    return a;
  }

  wire() {
    return this.maybe() ? "public" : "private";
  }

  some(max) {
    const n = this.below(max);
    return hex(Uint8Array.from({ length: n }, () => this.below(256)));
  }

  kind() {
    return this.maybe() ? "C" : "ts";
  }

  // the stage

  say(what) {
    this.trace.push(what);
  }

  tally(what, n = 1) {
    this.count[what] = (this.count[what] ?? 0) + n;
  }

  async newcomer(kind) {
    const m = await this.make(kind, `m${this.names++}`);
    await m.start();
    for (const [id, secret] of this.psks ?? []) await m.psk(id, secret);
    return m;
  }

  others(m) {
    return this.members.filter((x) => x !== m);
  }

  of(kind) {
    return this.members.filter((x) => x.kind === kind);
  }

  async fails(what, why) {
    try {
      await what();
    } catch {
      this.tally("refusals");
      return;
    }
    throw new Error(`${why} was taken`);
  }

  async refused(m, text, why) {
    await this.fails(() => m.recv(text), `${m.name} (${m.kind}): ${why}`);
  }

  damaged(text) {
    const bytes = Buffer.from(text, "hex");
    bytes[this.below(bytes.length)] ^= 1 << this.below(8);
    return hex(bytes);
  }

  // One in a few is first handed over with a bit flipped, which must be refused
  // and leave no trace.
  async hand(m, text, kind) {
    if (this.maybe(0.15))
      await this.refused(m, this.damaged(text), `a damaged ${kind}`);
    const got = await m.recv(text).catch((e) => {
      e.message += ` (${m.name}, ${m.kind}, reading a ${kind})`;
      throw e;
    });
    if (got.kind !== kind)
      throw new Error(`${m.name} (${m.kind}) took a ${kind} as ${got.kind}`);
    return got;
  }

  async agree() {
    const views = [];
    const label = `tacet ${this.below(1000)}`;
    const context = this.some(20);
    for (const m of this.members) {
      const { epoch, authenticator } = await m.state();
      const roster = await m.roster();
      const secret = await m.exporter(label, context, 32);
      views.push([epoch, authenticator, roster, secret].join("\n"));
    }
    this.members.forEach((m, i) => {
      if (views[i] !== views[0])
        throw new Error(
          `${m.name} (${m.kind}) and ${this.members[0].name} differ:\n` +
            `${views[i]}\n${views[0]}`,
        );
    });
    this.tally("epochs agreed");
    if (this.maybe(0.3)) await this.pick(this.members).reload();
  }

  // moves

  async create(kind) {
    this.say(`create ${kind}`);
    const m = await this.newcomer(kind);
    await m.create(hex(Buffer.from(`group ${this.seed} ${this.suite}`)));
    this.members.push(m);
  }

  async talk(m) {
    const bodies = Array.from({ length: 1 + this.below(3) }, () =>
      this.some(300),
    );
    this.say(`talk ${m.name} ${bodies.length}`);
    const sent = [];
    for (const b of bodies) sent.push([b, await m.send(b)]);
    for (const x of this.others(m)) {
      for (const [body, text] of this.shuffle(sent)) {
        const got = await this.hand(x, text, "message");
        if (got.data !== body)
          throw new Error(`${x.name} read something else from ${m.name}`);
      }
      if (this.maybe(0.2)) await this.refused(x, sent[0][1], "a repeat");
    }
    this.tally(`messages from ${m.kind}`, sent.length);
    this.did.add(`talk by ${m.kind}`);
  }

  // Everybody but the committer hears of it; those removed know it.
  async spread(by, commit, removed = []) {
    for (const x of this.others(by))
      await this.hand(x, commit, removed.includes(x) ? "removed" : "commit");
    this.members = this.members.filter((x) => !removed.includes(x));
    this.gone.push(...removed);
  }

  async propose(by, p) {
    const wire = this.wire();
    this.say(`propose ${by.name} ${wire} ${p.kind}`);
    const text = await by.propose(wire, p);
    for (const x of this.others(by)) await this.hand(x, text, "proposal");
    this.tally(`${p.kind} by reference`);
  }

  // Commits `list`, each by value or, proposed by somebody else (even by who is
  // to go), by reference. `joiners` come in by the Welcome.
  async commit(by, list, { joiners = [], removed = [], path } = {}) {
    const values = [];
    for (const p of list) {
      const other = this.maybe(0.4) ? this.pick(this.others(by)) : undefined;
      const proposer = p.by ?? other;
      if (proposer !== undefined) await this.propose(proposer, p);
      else values.push(p);
    }
    const wire = this.wire();
    const tree = this.maybe(0.7);
    const lean = path === undefined ? this.maybe(0.5) : path;
    this.say(
      `commit ${by.name} ${wire} [${values.map((p) => p.kind)}]` +
        `${lean ? " path" : ""}${tree ? "" : " tree apart"}`,
    );
    const made = await by.commit(wire, values, { path: lean, tree });
    await this.spread(by, made.commit, removed);
    await by.merge();
    for (const m of joiners) {
      const apart = tree ? undefined : await by.tree();
      if (joiners.length === 1 && m.seesWholeWelcome && this.maybe(0.3)) {
        const bad = this.damaged(made.welcome);
        await this.fails(() => m.join(bad, apart), "a damaged Welcome");
      }
      await m.join(made.welcome, apart);
      this.members.push(m);
      this.tally(`${by.kind} welcomed ${m.kind}`);
      this.did.add(`welcome ${this.members.length}`);
    }
    this.tally(`commits by ${by.kind}`);
    await this.agree();
  }

  async add(kinds) {
    const by = this.pick(this.members);
    const { leaf } = await by.state();
    const before = await by.tree();
    // A path of ours may or may not come; the peer must be able either way.
    const able = [true, false].every((path) =>
      canJoin(before, kinds.length, leaf, path),
    );
    const joiners = [];
    for (const k of kinds) joiners.push(await this.newcomer(able ? k : "C"));
    if (!able) this.tally("joins kept from ts-mls");
    this.say(`add ${joiners.map((m) => `${m.name}=${m.kind}`)}`);
    const list = [];
    for (const m of joiners) list.push({ kind: "add", kp: await m.kp() });
    await this.commit(by, list, { joiners });
  }

  async update(by) {
    this.say(`update ${by.name}`);
    this.did.add(`update by ${by.kind}`);
    await this.commit(by, [], { path: true });
  }

  // The Update of one, committed by another
  async refresh() {
    const who = this.pick(this.members);
    const by = this.pick(this.others(who));
    this.say(`refresh ${who.name} through ${by.name}`);
    await this.commit(by, [{ kind: "update", by: who }]);
  }

  // Whoever may go without leaving one side alone, or a tree in which ts-mls
  // goes wrong (limits.mjs)
  async removable() {
    const leaves = new Map();
    for (const m of this.members) leaves.set(m, (await m.state()).leaf);
    return this.members.filter((m) => {
      const rest = this.others(m).map((x) => leaves.get(x));
      return this.of(m.kind).length > 1 && leftIsPeopled(rest);
    });
  }

  async remove() {
    let who = this.pick(await this.removable());
    while (who === undefined) {
      await this.add([this.kind()]);
      who = this.pick(await this.removable());
    }
    const by = this.pick(this.others(who));
    const { leaf } = await who.state();
    this.say(`remove ${who.name} by ${by.name}`);
    await this.commit(by, [{ kind: "remove", leaf }], { removed: [who] });
    this.tally(`${by.kind} removed ${who.kind}`);
    this.did.add("remove");
    const last = await this.pick(this.members).send("00");
    await this.refused(who, last, "a message after its removal");
  }

  // One goes, one comes, in the same commit.
  async replace(kind) {
    const who = this.pick(await this.removable());
    if (who === undefined) return;
    const by = this.pick(this.others(who));
    const { leaf } = await who.state();
    const mine = await by.state();
    const able = canJoin(await by.tree(), 1, mine.leaf, true, [leaf]);
    const m = await this.newcomer(able ? kind : "C");
    this.say(`replace ${who.name} by ${m.name}=${m.kind} through ${by.name}`);
    const list = [
      { kind: "remove", leaf },
      { kind: "add", kp: await m.kp() },
    ];
    await this.commit(by, list, { joiners: [m], removed: [who] });
  }

  async enter(kind) {
    const door = this.pick(this.members);
    const able = canJoin(await door.tree(), 0, 0, false);
    const m = await this.newcomer(able ? kind : "C");
    this.say(`enter ${m.name}=${m.kind} past ${door.name}`);
    const info = await door.info();
    if (this.maybe(0.3)) {
      const bad = this.damaged(info);
      await this.fails(() => m.enter(bad, false), "a damaged GroupInfo");
    }
    const commit = await m.enter(info, false);
    await this.spread(m, commit);
    this.members.push(m);
    this.tally(`${m.kind} entered past ${door.kind}`);
    this.did.add("enter");
    await this.agree();
  }

  // A member comes in again from outside and takes its old leaf away.
  async resync() {
    const who = this.pick(this.members);
    const door = this.pick(this.others(who));
    const able = canJoin(await door.tree(), 0, 0, false);
    if (who.kind === "ts" && !able) return;
    this.say(`resync ${who.name} past ${door.name}`);
    const commit = await who.enter(await door.info(), true);
    await this.spread(who, commit);
    this.tally(`${who.kind} resynced past ${door.kind}`);
    await this.agree();
  }

  // Two commit at once; the relay takes the first, the other lets go.
  async race() {
    const [a, b] = this.shuffle(this.members);
    this.say(`race ${a.name} before ${b.name}`);
    const first = await a.commit(this.wire(), [], { path: true });
    const second = await b.commit(this.wire(), [], { path: true });
    await b.drop();
    await this.spread(a, first.commit);
    await a.merge();
    await this.agree();
    for (const x of this.others(b))
      await this.refused(x, second.commit, "a commit of the past");
  }

  async key() {
    const id = hex(Buffer.from(`psk ${this.below(1e6)}`));
    const secret = this.some(40) + "00";
    this.psks = [...(this.psks ?? []), [id, secret]];
    for (const m of this.members) await m.psk(id, secret);
    const by = this.pick(this.members);
    const list = [{ kind: "psk", id }];
    const joiners = [];
    if (this.members.length < MEMBERS_MAX && this.maybe(0.4)) {
      const { leaf } = await by.state();
      const tree = await by.tree();
      const able = [true, false].every((p) => canJoin(tree, 1, leaf, p));
      joiners.push(await this.newcomer(able ? this.kind() : "C"));
      list.push({ kind: "add", kp: await joiners[0].kp() });
    }
    this.say(`psk by ${by.name}, ${joiners.length} joining`);
    await this.commit(by, list, { joiners });
  }

  // The group's own past goes into its future.
  async resume() {
    const by = this.pick(this.members);
    const { epoch } = await by.state();
    this.say(`resumption psk by ${by.name}`);
    await this.commit(by, [{ kind: "resume", epoch }]);
  }

  // A message of the epoch before is still read.
  async late() {
    const by = this.pick(this.members);
    const readers = this.others(by);
    const body = this.some(100);
    this.say(`late ${by.name}`);
    const text = await by.send(body);
    await this.update(this.pick(this.members));
    for (const m of readers) {
      const got = await this.hand(m, text, "message");
      if (got.data !== body) throw new Error(`${m.name} read another text`);
    }
    this.tally(`late messages from ${by.kind}`);
  }

  // A new group out of the old one: some of its members, or, by a ReInit, all
  // of them and perhaps another suite.
  async link(usage) {
    const by = this.pick(this.members);
    const groupId = hex(Buffer.from(`${usage} ${this.seed}`));
    let rest = this.shuffle(this.others(by));
    if (usage === "reinit") {
      this.suite = this.pick([3, 84]);
      const p = { kind: "reinit", suite: this.suite, groupId };
      await this.commit(by, [p], { path: false });
      const tried = this.pick(this.members);
      await this.fails(() => tried.send("00"), "a message after a ReInit");
    } else {
      const other = rest.find((m) => m.kind !== by.kind);
      rest = [other, ...rest.filter((m) => m !== other && this.maybe())];
    }
    this.say(`${usage} by ${by.name} to suite ${this.suite}`);
    const packages = [];
    for (const m of [by, ...rest]) await m.take(this.suite);
    for (const m of rest) packages.push(await m.kp());
    const { welcome, tree } = await by.link(usage, groupId, packages);
    for (const m of rest) await m.join(welcome, tree, true);
    this.members = [by, ...rest];
    this.tally(`${usage} by ${by.kind}`);
    await this.agree();
  }

  async settings() {
    const extensions = [[EXTENSION, this.some(30)]];
    const able = this.members.filter((m) => !m.needsHelpWithPath);
    const by = this.pick(able);
    if (by === undefined) return;
    this.say(`settings by ${by.name}`);
    await this.commit(by, [{ kind: "gce", extensions }], { path: true });
  }

  async move() {
    const room = this.members.length < MEMBERS_MAX;
    const moves = [
      () => this.talk(this.pick(this.members)),
      () => this.update(this.pick(this.members)),
      () => this.refresh(),
      () => this.remove(),
      () => this.replace(this.kind()),
      () => this.resync(),
      () => this.race(),
      () => this.key(),
      () => this.resume(),
      () => this.late(),
      () => this.settings(),
      ...(room ? [() => this.add([this.kind()])] : []),
      ...(room ? [() => this.enter(this.kind())] : []),
    ];
    await this.pick(moves)();
  }

  async run() {
    const [first, second] = this.seed % 2 ? ["ts", "C"] : ["C", "ts"];
    await this.create(first);
    await this.add([second]);
    for (const m of this.shuffle(this.members)) await this.talk(m);
    for (const m of this.shuffle(this.members)) await this.update(m);
    if (this.maybe(0.3)) await this.add([this.kind(), this.kind()]);
    else for (let i = 0; i < 2; i++) await this.add([this.kind()]);
    const rest = [
      () => this.remove(),
      () => this.enter(this.kind()),
      ...Array.from({ length: 3 + this.below(3) }, () => () => this.move()),
    ];
    for (const step of this.shuffle(rest)) {
      await step();
      if (this.maybe(0.4)) await this.talk(this.pick(this.members));
    }
    for (const m of this.shuffle(this.members)) await this.talk(m);
    for (const duty of DUTIES)
      if (!this.did.has(duty)) throw new Error(`there was no ${duty}`);
    if (this.maybe(0.7)) return;
    await this.link(this.maybe() ? "branch" : "reinit");
    for (const m of this.shuffle(this.members)) await this.talk(m);
  }
}
