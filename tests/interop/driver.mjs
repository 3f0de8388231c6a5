// SPDX-License-Identifier: ISC
//
// A member that lives in our C library, behind tool/mls_driver: one
// process per worker, one line per command, one line back ("ok ..." or
// "no ERROR"). The same verbs as ts_member.mjs. mls_driver.c has the grammar.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { hex } from "./ts_member.mjs";

export class Driver {
  constructor(program, seed) {
    this.child = spawn(program, [String(seed)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.waiting = [];
    this.ended = new Promise((done) => this.child.on("close", done));
    this.child.on("error", (e) => this.fail(e));
    this.child.stdin.on("error", (e) => this.fail(e));
    this.ended.then((code) => this.fail(new Error(`driver ended: ${code}`)));
    const lines = createInterface({ input: this.child.stdout });
    lines.on("line", (line) => this.waiting.shift()?.yes(line));
  }

  fail(e) {
    this.dead = e;
    for (const w of this.waiting.splice(0)) w.no(e);
  }

  async ask(...words) {
    if (this.dead) throw this.dead;
    const line = await new Promise((yes, no) => {
      this.waiting.push({ yes, no });
      this.child.stdin.write(words.join(" ") + "\n");
    });
    const [verdict, ...rest] = line.split(" ");
    if (verdict !== "ok")
      throw new Error(`C: ${words[0]} ${words[1] ?? ""}: ${rest.join(" ")}`);
    return rest;
  }

  // Everything forgotten: the next schedule begins in a clean process.
  reset(seed) {
    return this.ask("reset", seed);
  }

  async quit() {
    this.child.stdin.end("quit\n");
    return await this.ended;
  }
}

const dash = (s) => (s === undefined || s === "" ? "-" : s);

export class CMember {
  kind = "C";
  needsHelpWithPath = false;
  seesWholeWelcome = true;

  constructor(name, suite, driver) {
    this.name = name;
    this.suite = suite;
    this.driver = driver;
  }

  ask(verb, ...words) {
    return this.driver.ask(verb, this.name, ...words);
  }

  async start() {
    await this.ask("new", this.suite, hex(Buffer.from(this.name)));
  }

  async kp() {
    return (await this.ask("kp"))[0];
  }

  async create(groupId) {
    await this.ask("create", groupId);
  }

  async psk(id, secret) {
    await this.ask("psk", id, secret);
  }

  proposal(p) {
    switch (p.kind) {
      case "add":
        return ["add", p.kp];
      case "remove":
        return ["remove", p.leaf];
      case "psk":
        return ["psk", p.id];
      case "resume":
        return ["resume", p.epoch];
      case "reinit":
        return ["reinit", `${p.suite}=${p.groupId}`];
      case "gce":
        return [
          "gce",
          dash(p.extensions.map(([t, d]) => `${t}=${dash(d)}`).join(",")),
        ];
      case "update":
        return ["update"];
    }
    throw new Error(`no proposal ${p.kind}`);
  }

  async propose(wire, p) {
    return (await this.ask("propose", wire, ...this.proposal(p)))[0];
  }

  async commit(wire, list, { path = false, tree = true } = {}) {
    const words = list.flatMap((p) => this.proposal(p));
    const options = `${path ? "path" : "lean"} ${tree ? "tree" : "bare"}`;
    const got = await this.ask("commit", wire, options, ...words);
    return { commit: got[0], welcome: got[1] === "-" ? undefined : got[1] };
  }

  async merge() {
    await this.ask("merge");
  }

  async drop() {
    await this.ask("drop");
  }

  async recv(text) {
    const [kind, data] = await this.ask("recv", text);
    return { kind, data: data === "-" ? "" : data };
  }

  async join(welcome, tree) {
    await this.ask("join", welcome, dash(tree));
  }

  async take(suite) {
    this.suite = suite;
    await this.ask("suite", suite);
  }

  async link(usage, groupId, packages) {
    const words = [usage, this.suite, groupId, ...packages];
    const [welcome, tree] = await this.ask("link", ...words);
    return { welcome, tree };
  }

  async tree() {
    return (await this.ask("tree"))[0];
  }

  async info() {
    return (await this.ask("info"))[0];
  }

  async enter(info, resync) {
    return (await this.ask("enter", info, resync ? "resync" : "fresh"))[0];
  }

  async send(data) {
    return (await this.ask("send", dash(data)))[0];
  }

  async state() {
    const [epoch, authenticator, leaf] = await this.ask("state");
    return { epoch: Number(epoch), authenticator, leaf: Number(leaf) };
  }

  async exporter(label, context, n) {
    const bytes = hex(Buffer.from(label));
    return (await this.ask("export", bytes, dash(context), n))[0];
  }

  async roster() {
    return (await this.ask("roster")).join(" ");
  }

  async reload() {
    await this.ask("reload");
  }
}
