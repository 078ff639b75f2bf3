// One endpoint, two eras of the protocol: what is on the wire, and which version each client ends with.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import * as py from '../clients/py.mjs';
import { signIn, tokensFor, whoami } from '../clients/sign-in.mjs';
import * as ts1 from '../clients/ts1.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { startLatch } from '../lib/latch.mjs';
import { challenge, http, legacy, modern } from '../lib/raw.mjs';
import { until } from '../lib/process.mjs';
import { ada } from '../lib/users.mjs';

const HANDSHAKE_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26'];
const OWNER = [];
let endpoint, origin, token;

before(async () => {
  ({ endpoint } = await startLatch({ after: (stop) => OWNER.push(stop) }));
  ({ origin } = new URL(endpoint));
  token = (await tokensFor(ts2, endpoint, ada)).access_token;
});
after(() => Promise.all(OWNER.map((stop) => stop())));

test('GET without a token, as mcp-remote begins: 401 and where to sign in', async () => {
  const answer = await http(endpoint);
  assert.equal(answer.status, 401);
  const { scheme, resource_metadata: at, error } = challenge(answer);
  assert.equal(scheme, 'Bearer');
  assert.equal(error, undefined, 'no error code where no token was sent');
  const document = await http(at);
  assert.equal(document.status, 200);
  assert.equal(document.json.resource, endpoint);
});

test('every method without a token: 401', async () => {
  for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'PUT']) {
    assert.equal((await http(endpoint, { method })).status, 401, method);
  }
});

// Python's client sends head and body apart and uses the connection again for discovery.
test('a 401 that overtakes the request body keeps the connection, or says that it does not', async () => {
  const { hostname, port, host } = new URL(endpoint);
  const socket = net.connect(Number(port), hostname);
  let received = '', ended = false;
  socket.on('data', (data) => { received += data; }).on('error', () => {}).on('close', () => { ended = true; });
  socket.write(`POST /mcp HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`);
  // A server may also wait for the body: then there is no answer yet, and that is fine.
  await until('an answer', () => received, 1000).catch(() => {});
  socket.write(`{}GET /.well-known/oauth-protected-resource/mcp HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await until('the next answer', () => ended || /HTTP\/1\.1 (?!401)/.test(received));
  socket.destroy();
  assert.match(received, /^HTTP\/1\.1 401 /);
  assert.match(received, /^connection: close\r$|HTTP\/1\.1 200 /im);
});

test('GET and DELETE with a token: 405, Allow: POST', async () => {
  for (const method of ['GET', 'DELETE']) {
    const answer = await http(endpoint, { method, token });
    assert.equal(answer.status, 405, method);
    assert.match(answer.headers.get('allow'), /POST/);
  }
});

test('resource metadata: the same at the endpoint and at the root, and JSON 404 elsewhere', async () => {
  const at = await http(`${origin}/.well-known/oauth-protected-resource/mcp`);
  const root = await http(`${origin}/.well-known/oauth-protected-resource`);
  assert.equal(at.status, 200);
  assert.equal(at.text, root.text);
  const [issuer] = at.json.authorization_servers;
  const { json: metadata } = await http(issuerMetadata(issuer));
  assert.equal(metadata.issuer, issuer, 'byte for byte');

  const missing = await http(`${origin}/.well-known/nothing-here`);
  assert.equal(missing.status, 404);
  assert.ok(missing.json, 'a JSON body');
});

function issuerMetadata(issuer) {
  const { origin: at, pathname } = new URL(issuer);
  return `${at}/.well-known/oauth-authorization-server${pathname === '/' ? '' : pathname}`;
}

test('2026-07-28: server/discover, tools/list, tools/call', async () => {
  const { status, json: { result: discovered } } = await modern(endpoint, token, 'server/discover');
  assert.equal(status, 200);
  assert.ok(discovered.supportedVersions.includes('2026-07-28'));
  assertCacheable(discovered);

  const { json: { result: list } } = await modern(endpoint, token, 'tools/list');
  assertCacheable(list);
  assert.equal(list.tools.find((tool) => tool.name === 'whoami').inputSchema.type, 'object');

  const { json: { result: call } } = await modern(endpoint, token, 'tools/call', { params: { name: 'whoami', arguments: {} } });
  assert.equal(call.resultType, 'complete');
  assert.equal(call.structuredContent.user.email, ada.email);
});

function assertCacheable({ resultType, ttlMs, cacheScope }) {
  assert.equal(resultType, 'complete');
  assert.ok(Number.isInteger(ttlMs) && ttlMs >= 0, `ttlMs ${ttlMs}`);
  assert.match(cacheScope, /^(public|private)$/);
}

test('2026-07-28: the errors that clients steer by', async () => {
  const errors = {
    'header and body name different versions': [{ headers: { 'mcp-protocol-version': '2025-11-25' } }, 400, -32020],
    'Mcp-Method contradicts the body': [{ headers: { 'mcp-method': 'tools/call' } }, 400, -32020],
    'unknown version': [{ version: '2099-01-01' }, 400, -32022],
  };
  for (const [what, [options, status, code]] of Object.entries(errors)) {
    const answer = await modern(endpoint, token, 'tools/list', options);
    assert.deepEqual([answer.status, answer.json?.error?.code], [status, code], what);
    assert.equal(answer.json.id, 'r1', what);
  }
  for (const method of ['initialize', 'ping', 'no/such/method']) {
    const answer = await modern(endpoint, token, method);
    assert.deepEqual([answer.status, answer.json?.error?.code], [404, -32601], method);
  }
});

for (const version of HANDSHAKE_VERSIONS) {
  test(`${version}: initialize, initialized, ping, tools/list, tools/call, without a session`, async () => {
    const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
    const hello = await legacy(endpoint, token, 'initialize', { params });
    assert.equal(hello.status, 200);
    assert.equal(hello.json.result.protocolVersion, version);
    assert.equal(hello.headers.get('mcp-session-id'), null);

    const header = version === '2025-03-26' ? undefined : version;
    const initialized = await legacy(endpoint, token, 'notifications/initialized', { version: header, id: null });
    assert.deepEqual([initialized.status, initialized.text], [202, '']);
    assert.deepEqual((await legacy(endpoint, token, 'ping', { version: header })).json.result, {});
    const { json: { result: list } } = await legacy(endpoint, token, 'tools/list', { version: header });
    assert.ok(list.tools.some((tool) => tool.name === 'whoami'));
    const { json: { result: call } } = await legacy(endpoint, token, 'tools/call', { version: header, params: { name: 'whoami', arguments: {} } });
    assert.match(JSON.stringify(call.content), /ada@example\.com/);
  });
}

test('a handshake version that is not known is answered with the newest one', async () => {
  const params = { protocolVersion: '2026-07-28', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
  assert.equal((await legacy(endpoint, token, 'initialize', { params })).json.result.protocolVersion, '2025-11-25');
});

test('SDK 1.x ends with 2025-11-25', async () => {
  const { client } = await signIn(ts1, endpoint, ada);
  await whoami(client);
  assert.equal(ts1.protocol(client), '2025-11-25');
  await client.close();
});

for (const { name, mode, version } of ts2.MODES) {
  test(`SDK 2.x, ${name}, ends with ${version}`, async () => {
    const { client } = await signIn(ts2, endpoint, ada, { mode });
    await whoami(client);
    assert.equal(ts2.protocol(client), version);
    await client.close();
  });
}

for (const [mode, version] of Object.entries({ auto: '2026-07-28', legacy: '2025-11-25', '2026-07-28': '2026-07-28' })) {
  test(`Python client, ${mode}, ends with ${version}`, async () => {
    const seen = await py.signIn(endpoint, ada, { mode });
    assert.equal(seen.protocol, version);
    assert.ok(seen.tools.includes('whoami'));
    assert.equal(seen.isError, false);
  });
}
