// The conformance component, and the official suite against it.
import { execFile, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import readline from 'node:readline';
import { tokensFor } from '../clients/sign-in.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { startBearerProxy } from './bearer-proxy.mjs';
import { startIssuer } from './issuer.mjs';
import { startLatch } from './latch.mjs';
import { conformance, live } from './paths.mjs';
import { grace } from './users.mjs';

const SUITE = path.join(live, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');

const sealKeys = () => ({ LATCH_KEYS: ['seal', 'client', 'sign'].map((ring) => `${ring}=${crypto.randomBytes(32).toString('base64url')}`).join(';') });

/** The component for whoever has a token of a real OAuth server. `proxied` is its endpoint for programs without one. */
export async function startSignedIn(t) {
  const issuer = await startIssuer(t, { mode: 'rfc8707' });
  const env = { LATCH_ISSUER: issuer.issuer, LATCH_JWKS_URI: `${issuer.origin}/jwks`, LATCH_ALGORITHMS: 'ES256', LATCH_SCOPES: 'email', ...sealKeys() };
  const latch = await startLatch(t, env, { args: ['--component', conformance] });
  const token = (await tokensFor(ts2, latch.endpoint, grace)).access_token;
  return { ...latch, token, proxied: await startBearerProxy(t, latch.endpoint, token) };
}

/**
 * The component for everybody. The program wants an issuer all the same; nobody asks this one for anything. It says when a client
 * leaves.
 */
export async function startOpen(t) {
  const issuer = { LATCH_ISSUER: 'http://127.0.0.1:9', LATCH_JWKS_URI: 'http://127.0.0.1:9/jwks', LATCH_ALGORITHMS: 'ES256' };
  const env = { ...issuer, CONFORMANCE_SIGN_IN: 'off', RUST_LOG: 'warn,mcp_latch_host=info', ...sealKeys() };
  return startLatch(t, env, { args: ['--component', conformance, '--env', 'CONFORMANCE_SIGN_IN'] });
}

/**
 * Runs the scenarios that a revision requires.
 *
 * @returns the exit code and what became of each scenario; `scored` ones decide, `unscored` ones ran beside them
 */
export async function runSuite(endpoint, revision) {
  const list = await run([SUITE, 'list', '--requirements', revision]);
  const [, required] = list.output.split('Server scenarios');
  const names = new Set([...required.split('Client scenarios')[0].matchAll(/^ {2}- (\S+)/gm)].map(([, name]) => name));
  const url = endpoint.replace('127.0.0.1', 'localhost');
  const { code, output } = await run([SUITE, 'server', '--url', url, '--requirements', revision]);
  const [, summary] = output.split('=== SUMMARY ===');
  if (!summary) throw new Error(`the suite printed no summary:\n${output.slice(-3000)}`);
  const [scenarios] = summary.split('\nTotal:');
  const scored = {}, unscored = {};
  for (const [, mark, name, passed, failed] of scenarios.matchAll(/^([✓✗]) (\S+): (\d+) passed, (\d+) failed/gm)) {
    (names.has(name) ? scored : unscored)[name] = { ok: mark === '✓' && failed === '0', passed: Number(passed), failed: Number(failed) };
  }
  return { code, output, scored, unscored };
}

const run = (args) => new Promise((done) => {
  const { PATH, HOME } = process.env;
  execFile(process.execPath, args, { env: { PATH, HOME }, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
    done({ code: error ? error.code ?? error.signal : 0, output: stdout + stderr });
  });
});

/**
 * Runs the scenarios for authorization servers against an issuer. The suite says which page to open; somebody opens it.
 *
 * @param {string} issuer as in its metadata
 * @param {object} o
 * @param {string} o.clientId of a public client with the redirect URI `http://127.0.0.1:PORT/callback`. (The suite sends no secret to a
 *   server that takes public clients.)
 * @param {string} o.resource what the token is for
 * @param {number} o.port where the suite listens for the answer
 * @param {(url: string) => Promise<unknown>} o.browser
 * @returns the exit code, and how many checks of each scenario passed and failed; a scenario that was skipped has none of either
 */
export async function runAuthorization(issuer, { clientId, resource, port, browser }) {
  const { PATH, HOME } = process.env;
  const args = ['--url', issuer, '--client-id', clientId, '--resource', resource, '--port', String(port)];
  const child = spawn(process.execPath, [SUITE, 'authorization', ...args], { env: { PATH, HOME }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let output = '';
  child.stderr.on('data', (text) => { output += text; });
  try {
    for await (const line of readline.createInterface({ input: child.stdout })) {
      output += `${line}\n`;
      if (line.startsWith(`${issuer}/`)) await browser(line);
    }
    const [code] = await ended;
    const summary = output.split('=== SUMMARY ===')[1] ?? '';
    const scenarios = [...summary.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed/gm)];
    return { code, output, scenarios: Object.fromEntries(scenarios.map(([, name, passed, failed]) => [name, { passed: Number(passed), failed: Number(failed) }])) };
  } finally {
    child.kill('SIGKILL');
  }
}

export const failing = (scenarios) => Object.keys(scenarios).filter((name) => !scenarios[name].ok).sort();
export const checks = (scenarios) => Object.values(scenarios).reduce((sum, { passed }) => sum + passed, 0);
