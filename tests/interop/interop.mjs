// SPDX-License-Identifier: ISC
//
// Live interop of our MLS with ts-mls: seeded schedules of mixed groups, for
// each of the two suites. Prints one line per suite and what was covered; a
// failing seed comes with its trace and the words that replay it. The schedule
// replays exactly; keys on the side of ts-mls are fresh each time.
//
//	node interop.mjs --driver PATH [--suite 3|84] [--count N] [--jobs N]
//	                 [--seed N]
//
// --self runs ts-mls against itself, to judge the script and the peer.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { CMember, Driver } from "./driver.mjs";
import { Schedule, seeded } from "./schedule.mjs";
import { TsMember } from "./ts_member.mjs";

const OPTIONS = ["driver", "suite", "count", "jobs", "seed", "from", "step"];

function options(words) {
  const o = { suites: [3, 84], count: 200, jobs: 2 };
  for (let i = 0; i < words.length; i++) {
    const name = words[i].replace(/^--/, "");
    if (name === "self" || name === "worker") o[name] = true;
    else if (OPTIONS.includes(name)) o[name] = words[++i];
    else throw new Error(`unknown option ${words[i]}`);
  }
  if (o.suite !== undefined) o.suites = [Number(o.suite)];
  if (o.driver === undefined && !o.self)
    throw new Error("say where the driver is: --driver build/test/mls-driver");
  return o;
}

async function runOne(seed, suite, driver) {
  // ts-mls draws its unknown capability values from Math.random.
  Math.random = seeded(seed);
  await driver?.reset(seed);
  const schedule = new Schedule(seed, suite, (kind, name) =>
    kind === "C" && driver
      ? new CMember(name, suite, driver)
      : Object.assign(new TsMember(name, suite), { kind }),
  );
  try {
    await schedule.run();
    return { seed, suite, count: schedule.count };
  } catch (e) {
    return { seed, suite, error: e.stack ?? String(e), trace: schedule.trace };
  }
}

async function worker(o) {
  let driver = o.self ? undefined : new Driver(o.driver, 0);
  for (const suite of o.suites)
    for (let i = Number(o.from); i <= Number(o.count); i += Number(o.step)) {
      const result = await runOne(i, suite, driver);
      process.send(result);
      if (driver?.dead) driver = new Driver(o.driver, 0);
    }
  const code = (await driver?.quit()) ?? 0;
  if (code !== 0) process.send({ suite: 0, error: `driver ended: ${code}` });
  process.disconnect();
}

function report(result, o) {
  console.log(`FAILED seed ${result.seed} suite ${result.suite}`);
  for (const line of result.trace ?? []) console.log(`  ${line}`);
  console.log(`  ${result.error.split("\n").join("\n  ")}`);
  console.log(`replay: --suite ${result.suite} --seed ${result.seed}`);
}

function summary(results, suite) {
  const mine = results.filter((r) => r.suite === suite);
  const bad = mine.filter((r) => r.error !== undefined).length;
  const name = `suite 0x${suite.toString(16).padStart(4, "0")}`;
  console.log(`${name}: ${mine.length - bad} passed, ${bad} failed`);
  const sum = {};
  for (const r of mine)
    for (const [k, v] of Object.entries(r.count ?? {}))
      sum[k] = (sum[k] ?? 0) + v;
  const words = Object.keys(sum).sort().map((k) => `${k} ${sum[k]}`);
  console.log(`  ${words.join(", ")}`);
}

async function parent(o) {
  const results = [];
  const jobs = o.seed === undefined ? Number(o.jobs) : 1;
  const self = fileURLToPath(import.meta.url);
  const workers = Array.from({ length: jobs }, (_, i) => {
    const from = o.seed ?? String(i + 1);
    const count = o.seed ?? String(o.count);
    const words = ["--worker", "--from", from, "--step", String(jobs)];
    words.push("--count", count);
    if (o.suite !== undefined) words.push("--suite", o.suite);
    words.push(...(o.self ? ["--self"] : ["--driver", o.driver]));
    const child = fork(self, words);
    child.on("message", (r) => {
      results.push(r);
      if (r.error !== undefined) report(r, o);
    });
    return new Promise((done) => child.on("close", done));
  });
  const codes = await Promise.all(workers);
  for (const suite of o.suites) summary(results, suite);
  const want = (o.seed === undefined ? Number(o.count) : 1) * o.suites.length;
  const good = results.filter((r) => r.error === undefined).length;
  process.exitCode = good === want && codes.every((c) => c === 0) ? 0 : 1;
}

const o = options(process.argv.slice(2));
await (o.worker ? worker(o) : parent(o));
