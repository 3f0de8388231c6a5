// SPDX-License-Identifier: ISC
//
// Live interop of our MLS with ts-mls: seeded schedules of mixed groups, for
// each of the two suites. Prints TAP, one check per schedule, and what was
// covered; a failing seed comes with its trace and the words that replay it.
// The schedule replays exactly; keys on the side of ts-mls are fresh each time.
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
    throw new Error("say where the driver is: --driver build/test/tool/mls_driver");
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
    const error = e.stack ?? String(e);
    return { seed, suite, error, trace: schedule.trace };
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
  process.disconnect();
  process.exitCode = code;
}

const number = (suite) => `0x${suite.toString(16).padStart(4, "0")}`;

const indent = (text) => text.split("\n").map((l) => `#   ${l}\n`).join("");

// One line of TAP per schedule; what led to a failure stands below it.
function report(result, n) {
  const name = `${n} - suite ${number(result.suite)} seed ${result.seed}`;
  if (result.error === undefined) {
    console.log(`ok ${name}`);
    return;
  }
  const again = `--suite ${result.suite} --seed ${result.seed}`;
  console.log(`not ok ${name}`);
  process.stdout.write(indent(result.trace.join("\n")));
  process.stdout.write(indent(`${result.error}\nreplay: ${again}`));
}

function summary(results, suite) {
  const mine = results.filter((r) => r.suite === suite);
  const sum = { schedules: mine.length };
  for (const r of mine)
    for (const [k, v] of Object.entries(r.count ?? {}))
      sum[k] = (sum[k] ?? 0) + v;
  console.log(`# suite ${number(suite)}`);
  for (const k of Object.keys(sum).sort()) console.log(`#   ${k}: ${sum[k]}`);
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
      report(r, results.length);
    });
    return new Promise((done) => child.on("close", done));
  });
  const codes = await Promise.all(workers);
  for (const suite of o.suites) summary(results, suite);
  const want = (o.seed === undefined ? Number(o.count) : 1) * o.suites.length;
  console.log(`1..${want}`);
  const good = results.filter((r) => r.error === undefined).length;
  process.exitCode = good === want && codes.every((c) => c === 0) ? 0 : 1;
}

const o = options(process.argv.slice(2));
await (o.worker ? worker(o) : parent(o));
