// The Python clients (clients/py_client.py, clients/fastmcp_client.py), with our browser for their sign-in.
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { signIn as formFiller } from '../lib/browser.mjs';
import { listenForCallback } from '../lib/callback.mjs';
import { live, python } from '../lib/paths.mjs';
import { endsAt } from './sign-in.mjs';

/**
 * Runs one sign-in and `whoami`; returns what the client saw, or throws with what it reported.
 *
 * @param {object} [o]
 * @param {boolean} [o.refresh] and once more with a refreshed token: `again`, and whether it is another token: `renewed`
 */
export async function signIn(endpoint, user, { mode = 'auto', browser = formFiller, refresh = false } = {}) {
  const callback = await listenForCallback();
  try {
    return await run(['py_client.py', endpoint, mode, callback.url, ...(refresh ? ['refresh'] : [])], async (url, answer) => {
      endsAt(callback, await browser(url, user));
      answer(await callback.arrived);
    });
  } finally {
    callback.close();
  }
}

/** The same with FastMCP's client, which waits for the browser itself and always refreshes. */
export const signInWithFastmcp = (endpoint, user, { browser = formFiller } = {}) => run(['fastmcp_client.py', endpoint], (url) => browser(url, user));

async function run([script, ...args], whenSentAway) {
  const child = spawn(python, [path.join(live, 'clients', script), ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const stderr = [];
  child.stderr.on('data', (text) => stderr.push(text));
  try {
    for await (const line of readline.createInterface({ input: child.stdout })) {
      const { authorize, done, error } = JSON.parse(line);
      if (done) return done;
      if (error) throw new Error(error);
      await whenSentAway(authorize, (params) => child.stdin.write(`${params}\n`));
    }
    throw new Error(`the Python client ended without a word: ${Buffer.concat(stderr).toString().slice(-2000)}`);
  } finally {
    child.kill('SIGKILL');
  }
}
