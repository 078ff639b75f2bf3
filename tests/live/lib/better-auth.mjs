// A real Better Auth (servers/better-auth.mjs) for one scenario.
import path from 'node:path';
import { live } from './paths.mjs';
import { readyLine, start } from './process.mjs';

/**
 * @param {object} t the server ends with this test
 * @param {string[]} resources the endpoints it issues tokens for; `latch up` must listen where they say
 * @returns its `origin` and `issuer`, and the ids of its `users` by e-mail address
 */
export async function startBetterAuth(t, resources) {
  const server = await start('better-auth', [
    process.execPath, path.join(live, 'servers/better-auth.mjs'), ...resources.flatMap((resource) => ['--resource', resource]),
  ], { ready: readyLine });
  t.after(server.stop);
  return server.value;
}
