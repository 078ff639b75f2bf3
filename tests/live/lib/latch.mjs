// The program under test.
import { program, root } from './paths.mjs';
import { start, until } from './process.mjs';

const ENDPOINT = /http:\/\/127\.0\.0\.1:\d+\/mcp\b/;

/**
 * Starts `latch up` on a free loopback port; without variables it brings its own demo issuer.
 * It ends with the test `t`.
 */
export async function startLatch(t, env = {}, { deadline, args = [], listen = '127.0.0.1:0' } = {}) {
  const latch = await start('latch', [program, 'up', '--listen', listen, ...args], {
    env, cwd: root, deadline, ready: (line) => line.match(ENDPOINT)?.[0],
  });
  t.after(latch.stop);
  const endpoint = latch.value;
  await until('GET /healthz', async () => (await fetch(new URL('/healthz', endpoint))).ok);
  return { endpoint, stop: latch.stop, out: latch.out, err: latch.err, refused: (reason) => refused(latch.err, reason) };
}

/** Waits until the newest refusal in a JSON-lines log has this reason code; the log may arrive after the answer. */
export async function refused(log, reason) {
  const refusals = () => log.filter((line) => line.includes('"event":"refused"'));
  const reasons = () => refusals().flatMap((line) => line.match(/"reason":"([^"]+)"/)?.[1] ?? []);
  await until(`refusal ${reason} in the log`, () => {
    if (reasons().at(-1) === reason) return true;
    throw new Error(`the log has: ${reasons()}`);
  });
}
