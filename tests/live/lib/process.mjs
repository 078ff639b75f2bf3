// Child processes with a readiness deadline and a certain end.
//
// Every pid is recorded as a file in .work/pids while the process lives, with the signal that ends it, so that `run` can
// end what an interrupted scenario leaves behind. What the process prints is kept in .work/logs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { logs, pids } from './paths.mjs';

const GRACE_MS = 10_000;

/**
 * Starts a program and waits for the line that says it is ready.
 *
 * @param {string} name for messages
 * @param {string[]} command program and arguments
 * @param {object} o
 * @param {Record<string, string>} [o.env] the whole environment, except PATH and HOME
 * @param {(line: string) => any} o.ready returns something truthy for the line that says "ready"
 * @param {'out' | 'err'} [o.readyOn] the stream that has this line
 * @param {number} [o.deadline] milliseconds until the program must be ready
 * @param {string} [o.cwd]
 * @param {number} [o.uid] @param {number} [o.gid] whom it runs as
 * @param {NodeJS.Signals} [o.signal] what asks it to end
 */
export async function start(name, command, { env = {}, ready, readyOn = 'out', deadline = 20_000, signal = 'SIGTERM', cwd, uid, gid }) {
  const { PATH, HOME } = process.env;
  const child = spawn(command[0], command.slice(1), { cwd, uid, gid, env: { PATH, HOME, ...env }, stdio: 'pipe' });
  const ended = new Promise((done) => {
    child.once('exit', (code, signal) => done(signal ?? code));
    child.once('error', (error) => done(error.message));
  });
  const log = fs.createWriteStream(path.join(logs, `${name.replaceAll(' ', '-')}-${child.pid}.log`));
  const record = path.join(pids, String(child.pid));
  if (child.pid) fs.writeFileSync(record, `${signal}\n`);

  const out = lines(child.stdout, log), err = lines(child.stderr, log);
  const stop = async () => {
    await end(child, ended, signal);
    fs.rmSync(record, { force: true });
  };
  const outcome = await Promise.race([
    (readyOn === 'out' ? out : err).first(ready).then((value) => ({ value })),
    ended.then((how) => ({ failed: `ended with ${how}` })),
    after(deadline).then(() => ({ failed: `not ready after ${deadline} ms` })),
  ]);
  if (outcome.failed) {
    await stop();
    throw new Error([`${name} ${outcome.failed}`, ...out.slice(-20), ...err.slice(-20)].join('\n  '));
  }
  return { value: outcome.value, pid: child.pid, out, err, stop };
}

/** The lines of a stream as an array that grows, with a promise for the first line that `pick` accepts. */
function lines(stream, log) {
  const all = [];
  const reader = readline.createInterface({ input: stream });
  reader.on('line', (line) => {
    all.push(line);
    log.write(`${line}\n`);
  });
  all.first = (pick) => new Promise((found) => reader.on('line', (line) => {
    const value = pick(line);
    if (value) found(value);
  }));
  return all;
}

async function end(child, ended, signal) {
  if (!child.pid || child.exitCode !== null || child.signalCode !== null) return;
  child.stdin.end();
  child.kill(signal);
  if (await Promise.race([ended.then(() => false), after(GRACE_MS).then(() => true)])) child.kill('SIGKILL');
  await ended;
}

/** A port that nobody uses now, for programs that cannot choose one themselves. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A pause that keeps no process alive. */
const after = (ms) => new Promise((done) => setTimeout(done, ms).unref());

/** Calls `attempt` until it returns something truthy; an attempt that throws counts as "not yet". */
export async function until(what, attempt, deadline = 10_000) {
  const end = Date.now() + deadline;
  for (let last; ;) {
    try {
      const value = await attempt();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${deadline} ms`, { cause: last });
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** The value of a `{"ready":true,…}` line, which our own servers print. */
export function readyLine(line) {
  try {
    const value = JSON.parse(line);
    return value.ready === true && value;
  } catch {
    return undefined;
  }
}
