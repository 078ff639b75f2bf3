// Real clients against everything a server can offer: list and call all of it, progress while a call runs, cancellation.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Client as Client2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { ARGUMENTS, TOOLS, callEverything, mayFail, progressInTime } from '../clients/everything.mjs';
import * as rmcp from '../clients/rmcp.mjs';
import * as ts1 from '../clients/ts1.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { startOpen, startSignedIn } from '../lib/conformance.mjs';
import { live, python } from '../lib/paths.mjs';
import { until } from '../lib/process.mjs';
import * as raw from '../lib/raw.mjs';
import { grace } from '../lib/users.mjs';

/** `run_until_cancelled` works this long, in milliseconds; a little more, and it would have said that it is done. */
const WORK = 5_000;
/** What the program says when a client leaves the event stream of its call. */
const LEFT = 'the client left its event stream';
const OWNER = [];
let server, guarded;

before(async () => {
  const owner = { after: (stop) => OWNER.push(stop) };
  [server, guarded] = [await startOpen(owner), await startSignedIn(owner)];
});
after(() => Promise.all(OWNER.map((stop) => stop())));

const logged = (event, label) => [...server.err, ...guarded.err].some((line) => line.includes(`"${event}"`) && line.includes(`"${label}"`));
const started = (label) => until(`${label} works`, () => logged('work_started', label));

/** The tool was dropped: it never says that it is done, and the server answers others meanwhile. */
async function wasStopped(label, call) {
  await started(label);
  const end = performance.now() + WORK;
  for (; performance.now() < end; await new Promise((next) => setTimeout(next, 500))) {
    assert.equal((await call({ name: 'test_simple_text' })).isError ?? false, false);
    assert.ok(!logged('work_done', label), `${label} ran to its end`);
  }
}

async function connect2(mode) {
  const client = new Client2({ name: 'live-ts2', version: '1.0.0' }, {
    capabilities: { elicitation: {}, sampling: {}, roots: {} }, ...(mode && { versionNegotiation: { mode } }),
  });
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { name: 'Ada', ok: true, color: 'blue' } }));
  client.setRequestHandler('sampling/createMessage', () => ({ role: 'assistant', model: 'none', content: { type: 'text', text: 'Paris' } }));
  client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///tmp' }] }));
  await client.connect(ts2.transport(server.endpoint));
  return client;
}

async function connect1(endpoint = server.endpoint) {
  const client = new Client1({ name: 'live-ts1', version: '1.0.0' });
  await client.connect(ts1.transport(endpoint));
  return client;
}

const KINDS = [
  { name: 'SDK 1.x', connect: connect1, version: '2025-11-25', sdk: ts1, call: (client) => (params, options) => client.callTool(params, undefined, options) },
  ...['legacy', 'auto', { pin: '2026-07-28' }].map((mode) => ({
    name: `SDK 2.x, ${mode.pin ? `pinned ${mode.pin}` : mode}`, connect: () => connect2(mode), sdk: ts2,
    version: mode === 'legacy' ? '2025-11-25' : '2026-07-28', call: (client) => (params, options) => client.callTool(params, options),
  })),
];

for (const { name, connect, version, sdk, call: via } of KINDS) {
  const modern = version === '2026-07-28';
  test(`${name}: everything is listed and called, progress comes in time`, async () => {
    const client = await connect();
    assert.equal(sdk.protocol(client), version);
    await callEverything(client, via(client), modern);
    await progressInTime(via(client));
    await client.close();
  });

  // In 2026-07-28 a client cancels by closing the call's stream. Before, it sends a notification in another request, which a server
  // that keeps nothing between requests cannot connect with the call; what ends the call is the stream, closed with the client.
  test(`${name}: ${modern ? 'cancelling a call' : 'closing the client'} stops the tool`, async () => {
    const [client, other] = [await connect(), await connect()];
    const label = `cancel by ${name}`, abort = new AbortController();
    const running = assert.rejects(via(client)({ name: 'run_until_cancelled', arguments: { label } }, { signal: abort.signal, onprogress: () => {} }));
    await started(label);
    abort.abort('the user changed their mind');
    await running;
    if (!modern) await client.close();
    await wasStopped(label, via(other));
    if (modern) await client.close();
    await other.close();
  });
}

test('cancelled calls make room for others at once', async () => {
  const client = await connect2({ pin: '2026-07-28' });
  const call = (params, options) => client.callTool(params, options);
  // As many as a small machine has instances (docs/hosts.md).
  const abort = new AbortController(), labels = Array.from({ length: 8 }, (_, index) => `room ${index}`);
  const running = labels.map((label) => assert.rejects(
    call({ name: 'run_until_cancelled', arguments: { label } }, { signal: abort.signal, onprogress: () => {} })));
  for (const label of labels) await started(label);
  abort.abort();
  await Promise.all(running);
  const since = performance.now();
  await Promise.all(labels.map(() => call({ name: 'test_simple_text' })));
  assert.ok(performance.now() - since < 1500, `${performance.now() - since} ms`);
  for (const label of labels) assert.ok(!logged('work_done', label), label);
  await client.close();
});

test('a call that nobody cancels says that it is done', async () => {
  const client = await connect1();
  await KINDS[0].call(client)({ name: 'run_until_cancelled', arguments: { label: 'to the end' } });
  await until('the work is done', () => logged('work_done', 'to the end'));
  await client.close();
});

for (const [mode, version] of Object.entries({ legacy: '2025-11-25', auto: '2026-07-28', '2026-07-28': '2026-07-28' })) {
  test(`Python client, ${mode}: everything is listed and called, progress comes in time, cancelling stops the tool`, async () => {
    const label = `cancel by Python ${mode}`;
    const args = [path.join(live, 'clients/py_everything.py'), server.endpoint, mode, label, JSON.stringify(ARGUMENTS)];
    const { stdout } = await promisify(execFile)(python, args).catch((error) => error);
    const { done, error } = JSON.parse(stdout || '{"error":"no word"}');
    assert.equal(error, undefined);
    assert.equal(done.protocol, version);
    assert.ok(done.tools === TOOLS && done.prompts === 5 && done.resources === 3 && done.templates === 1, JSON.stringify(done));
    const modern = version === '2026-07-28';
    assert.ok(done.failed.every((name) => mayFail(name, modern)), JSON.stringify(done.failed));
    assert.deepEqual(done.progress.map(([progress]) => progress), [1, 2, 3, 4, 5]);
    assert.ok(done.took - done.progress[0][1] > 0.6, JSON.stringify(done));
    const client = await connect1();
    await wasStopped(label, KINDS[0].call(client));
    await client.close();
  });
}

for (const [mode, version] of Object.entries({ legacy: '2025-11-25', auto: '2026-07-28', '2026-07-28': '2026-07-28' })) {
  test(`Rust client, ${mode}, signed in: everything is listed and called, progress comes in time, leaving a call stops the tool`, async () => {
    const settings = { endpoint: guarded.endpoint, token: guarded.token, mode, arguments: ARGUMENTS, label: `cancel by Rust ${mode}` };
    const findings = await rmcp.run(settings, async () => {
      const other = await connect1(guarded.proxied);
      await wasStopped(settings.label, KINDS[0].call(other));
      await other.close();
    });
    assert.equal(findings[0].protocol, version);
    const client = rmcp.recorded(findings);
    await callEverything(client, client.callTool, version === '2026-07-28');
    assert.match(JSON.stringify(await client.callTool({ name: 'whoami' })), new RegExp(grace.email));

    // Its own lines are the proof that the reports came before the answer.
    const waiting = findings.slice(findings.findIndex(({ progress }) => progress === 1));
    assert.deepEqual(waiting.slice(0, 5).map(({ progress }) => progress), [1, 2, 3, 4, 5]);
    assert.equal(waiting[5].result?.content[0].text, 'done after five steps', JSON.stringify(waiting[5]));
    assert.ok(waiting[6].took - waiting[0].ms > 600, JSON.stringify(waiting));
  });
}

// A tool without a word: after five seconds the endpoint opens an event stream by itself, so that somebody notices who leaves.
test('leaving a silent tool stops it', async () => {
  const already = server.err.length, params = (label) => ({ name: 'run_silently', arguments: { label } });
  const modern = (label, how) => raw.modern(server.endpoint, undefined, 'tools/call', { params: params(label), ...how });
  const leaving = (async () => {
    const abort = new AbortController();
    const { headers } = await modern('silent, left', { send: raw.begin, signal: abort.signal });
    assert.match(headers.get('content-type'), /^text\/event-stream/);
    assert.ok(!logged('work_done', 'silent, left'));
    abort.abort();
  })();
  await started('silent, left');
  // It begins later and stays: when it is done, the other would have been.
  const staying = (async () => {
    const { text } = await modern('silent, stayed');
    assert.match(text, /data: .*nobody cancelled this/);
    await until('the log says so', () => logged('work_done', 'silent, stayed'));
  })();
  await Promise.all([leaving, staying]);
  await until('the program noticed', () => server.err.slice(already).some((line) => line.includes(LEFT)));
  assert.ok(!logged('work_done', 'silent, left'));
});

test('an older client waits for a silent tool without a stream', async () => {
  const how = { params: { name: 'run_silently', arguments: { label: 'silent, older' } }, version: '2025-11-25' };
  const { headers, text } = await raw.legacy(server.endpoint, undefined, 'tools/call', how);
  assert.match(headers.get('content-type'), /^application\/json/);
  assert.match(text, /nobody cancelled this/);
});
