// The Python client (clients/py_client.py), with our browser for its sign-in.
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { signIn as formFiller } from '../lib/browser.mjs';
import { listenForCallback } from '../lib/callback.mjs';
import { live, python } from '../lib/paths.mjs';

/** Runs one sign-in and `whoami`; returns what the client saw, or throws with what it reported. */
export async function signIn(endpoint, user, { mode = 'auto', browser = formFiller } = {}) {
  const callback = await listenForCallback();
  const child = spawn(python, [path.join(live, 'clients/py_client.py'), endpoint, mode, callback.url], { stdio: ['pipe', 'pipe', 'pipe'] });
  const stderr = [];
  child.stderr.on('data', (text) => stderr.push(text));
  try {
    for await (const line of readline.createInterface({ input: child.stdout })) {
      const { authorize, done, error } = JSON.parse(line);
      if (done) return done;
      if (error) throw new Error(error);
      await browser(authorize, user);
      child.stdin.write(`${await callback.arrived}\n`);
    }
    throw new Error(`the Python client ended without a word: ${Buffer.concat(stderr).toString().slice(-2000)}`);
  } finally {
    child.kill('SIGKILL');
    callback.close();
  }
}
