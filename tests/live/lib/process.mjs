// Child processes with a readiness deadline and a certain end.
//
// Every pid is recorded as a file in .work/pids while the process lives, so that `run` can end what an interrupted
// scenario leaves behind.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { pids } from './paths.mjs';

const GRACE_MS = 10_000;

/**
 * Starts a program and waits for the line that says it is ready.
 *
 * @param {string} name for messages
 * @param {string[]} command program and arguments
 * @param {object} o
 * @param {Record<string, string>} [o.env] the whole environment, except PATH and HOME
 * @param {(line: string) => any} o.ready returns something truthy for the stdout line that says "ready"
 * @param {number} [o.deadline] milliseconds until the program must be ready
 * @param {string} [o.cwd]
 */
export async function start(name, command, { env = {}, ready, deadline = 20_000, cwd }) {
  const { PATH, HOME } = process.env;
  const child = spawn(command[0], command.slice(1), { cwd, env: { PATH, HOME, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise((done) => {
    child.once('exit', (code, signal) => done(signal ?? code));
    child.once('error', (error) => done(error.message));
  });
  const record = path.join(pids, String(child.pid));
  if (child.pid) fs.writeFileSync(record, name);

  const out = [], err = [];
  readline.createInterface({ input: child.stderr }).on('line', (line) => err.push(line));
  const answer = new Promise((found) => {
    readline.createInterface({ input: child.stdout }).on('line', (line) => {
      out.push(line);
      const value = ready(line);
      if (value) found({ value });
    });
  });

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.stdin.end();
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(hard);
    }
    fs.rmSync(record, { force: true });
    return ended;
  };

  let timer;
  const late = new Promise((done) => { timer = setTimeout(() => done({ failed: `not ready after ${deadline} ms` }), deadline); });
  const gone = ended.then((how) => ({ failed: `ended with ${how}` }));
  const { value, failed } = await Promise.race([answer, gone, late]);
  clearTimeout(timer);
  if (failed) {
    await stop();
    throw new Error([`${name} ${failed}`, ...out.slice(-20), ...err.slice(-20)].join('\n  '));
  }
  return { value, out, err, ended, stop, pid: child.pid };
}

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
