// The official conformance suite, with sign-in and without. Counts are exact: fewer fails, and more is a reason to raise them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signIn } from '../lib/browser.mjs';
import { checks, failing, runAuthorization, runSuite, startOpen, startSignedIn } from '../lib/conformance.mjs';
import { register } from '../lib/flow.mjs';
import { freePort } from '../lib/process.mjs';
import { startProxy } from '../lib/proxy.mjs';
import { http, legacy } from '../lib/raw.mjs';
import { grace } from '../lib/users.mjs';

/**
 * What must fail in the revisions before 2026-07-28, and nothing else: scenarios that want a server to send requests to its client in
 * the middle of a call. This one keeps nothing between requests, so nobody could bring the answer back to the call: its tools answer
 * `isError` there. In 2026-07-28 they ask the same by "input required". (The suite's own baseline would count warnings too.)
 */
const SERVER_TO_CLIENT = ['elicitation-sep1034-defaults', 'elicitation-sep1330-enums', 'tools-call-elicitation', 'tools-call-sampling'];
/** Not scored by the suite; of them these must pass all the same. The rest is about extensions this server does not offer. */
const UNSCORED = ['http-custom-header-server-validation', 'http-header-validation', 'json-schema-2020-12'];
const REQUIRED = {
  '2026-07-28': { scenarios: 37, failing: [], checks: 115, unscored: UNSCORED },
  '2025-11-25': { scenarios: 30, failing: SERVER_TO_CLIENT, checks: 55, unscored: ['json-schema-2020-12'] },
};

for (const [how, start] of [['signed in', startSignedIn], ['without sign-in', startOpen]]) {
  for (const [revision, required] of Object.entries(REQUIRED)) {
    test(`${revision}, ${how}`, async (t) => {
      const server = await start(t);
      const { code, output, scored, unscored } = await runSuite(server.proxied ?? server.endpoint, revision);
      const [all, failed] = [Object.keys(scored).length, failing(scored)];
      const beside = required.unscored.map((name) => `${name} ${unscored[name]?.passed ?? 0}/${(unscored[name]?.passed ?? 0) + (unscored[name]?.failed ?? 0)}`);
      console.log(`conformance: ${revision} ${how}: ${all - failed.length}/${all} scenarios, ${checks(scored)} checks; ${beside.join(', ')}`);
      assert.deepEqual(failed, required.failing, output.slice(-8000));
      assert.equal(all, required.scenarios);
      assert.equal(checks(scored), required.checks, "checks that passed");
      for (const name of required.unscored) assert.ok(unscored[name]?.ok && unscored[name].passed > 0, `${name}: ${JSON.stringify(unscored[name])}`);
      assert.equal(code, failed.length ? 1 : 0, output.slice(-3000));
    });
  }
}

test('authorization server', async (t) => {
  // Without LATCH_CIMD_HOSTS, the suite warns that documents of clients are not taken.
  const proxy = await startProxy(t, 'google', { env: { LATCH_CIMD_HOSTS: 'claude.ai' } });
  const port = await freePort();
  const client = await register(proxy.origin, { redirect_uris: [`http://127.0.0.1:${port}/callback`] });
  const { code, output, scenarios } = await runAuthorization(proxy.origin, {
    clientId: client.client_id, resource: proxy.endpoint, port, browser: (url) => signIn(url, grace),
  });
  console.log(`conformance: authorization: ${Object.values(scenarios).filter(({ passed, failed }) => passed && !failed).length}/${Object.keys(scenarios).length} scenarios`);
  assert.deepEqual(scenarios, { 'authorization-server-metadata-endpoint': { passed: 2, failed: 0 }, 'authorization-code-grant': { passed: 1, failed: 0 } }, output);
  assert.equal(code, 0);
});

test('the server of the runs with sign-in wants a token, the other one does not', async (t) => {
  const [signedIn, open] = [await startSignedIn(t), await startOpen(t)];
  assert.equal((await legacy(signedIn.endpoint, undefined, 'ping')).status, 401);
  assert.equal((await legacy(signedIn.proxied, undefined, 'ping')).status, 200);
  assert.equal((await legacy(open.endpoint, undefined, 'ping')).status, 200);
  assert.equal((await http(new URL('/.well-known/oauth-protected-resource/mcp', open.endpoint))).status, 404);
});
