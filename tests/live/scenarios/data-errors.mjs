// Every refusal of the real PostgREST that a tool can meet, as an agent is told: the code, the cause, and what to do. The texts
// are kept in data-errors.json, so that a change of wording is seen; RECORD=1 writes that file.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { agent, startData } from '../lib/data.mjs';
import { IDS, ownKeys } from '../lib/keys.mjs';
import { startLatch } from '../lib/latch.mjs';
import { skip } from '../lib/postgrest.mjs';
import { challenge, modern } from '../lib/raw.mjs';
import { ada as adaUser } from '../lib/users.mjs';

const SNAPSHOT = new URL('data-errors.json', import.meta.url);
const known = fs.existsSync(SNAPSHOT) ? JSON.parse(fs.readFileSync(SNAPSHOT, 'utf8')) : {};
const said = {};
const ENDS = [];
const owner = { after: (stop) => ENDS.unshift(stop) };
let data, ada;

before(async () => {
  if (skip) return;
  data = await startData(owner);
  ada = await agent(owner, data.endpoint, adaUser);
});
after(async () => {
  if (process.env.RECORD) fs.writeFileSync(SNAPSHOT, `${JSON.stringify(said, null, 2)}\n`);
  for (const stop of ENDS) await stop();
});

/** Compares a text with the kept one. */
function kept(name, text) {
  said[name] = text;
  if (!process.env.RECORD) assert.equal(text, known[name], 'the text differs from the kept one; RECORD=1 keeps it');
}

const product = { sku: 'X-1', name: 'New', price: '1', category_id: 1 };
const sells = (changes) => ['products_insert', { rows: [{ ...product, ...changes }] }];
const raises = (state) => ['rpc_fails_with', { state }];

// Not here, because no call of a tool leads to them: PGRST100 and PGRST102 (the tool writes address and body itself), PGRST116 (it
// never asks for a single object) and PGRST103 (it never counts behind the first page; see below). PGRST122 is met by every bounded
// change on a server that does not know max-affected, and the tool goes on in steps.
/** What is asked, and what the text must have: the code, the cause, the way out. */
const CASES = {
  'no grant on a table': [['ledger_select'], /42501/, /grant/i],
  'no grant on a column': [['people_select'], /42501/, /grant/i],
  'no grant on a function': [['rpc_precise', { value: '1' }], /42501/, /grant/i],
  'forged user_id': [['notes_insert', { rows: [{ title: 'forged', user_id: IDS.linus }] }], /42501/, /row-level security/i],
  'a key of somebody else': [['memberships_upsert', { rows: [{ team_id: 1, user_id: IDS.linus, role: 'x' }] }], /42501/, /row-level security/i],

  'unknown table': [['misspelt_select'], /42P01|PGRST205/, /note/],
  'unknown column': [['misspelt_column_select'], /42703/, /titel/],
  'unknown column in a write': [['misspelt_column_insert', { rows: [{ title: 'x', titel: 'y' }] }], /PGRST204/, /titel/],
  'unknown function': [['rpc_missing', { q: 'x' }], /PGRST202/, /search_note/],
  'wrong argument name': [['rpc_misnamed_argument', { query: 'x' }], /PGRST202/, /search_notes/],
  'ambiguous function': [['rpc_ambiguous', { a: 1 }], /PGRST203/, /ambiguous|overload/i],
  'schema not exposed': [['misspelt_schema_select'], /PGRST106/, /schema/],

  'not null': [['products_insert', { rows: [{ sku: 'X-1', name: 'New', category_id: 1 }] }], /23502/, /price/],
  'foreign key': [sells({ category_id: 99 }), /23503/, /category_id|categories/],
  'unique': [sells({ name: 'Mocha' }), /23505/, /Mocha|name/],
  'check': [sells({ price: '-1' }), /23514/, /price/],
  'text too long': [sells({ sku: 'longer than twelve' }), /22001/, /too long|12/],
  'number out of range': [['mistyped_insert', { rows: [{ small: 70000 }] }], /22003/, /range/],
  'text that is no uuid': [['mistyped_select', { where: { id: { eq: 'x' } } }], /22P02/, /uuid/],

  'a status of its own': [['rpc_needs_payment'], /PT402/, /Payment required[^]*Upgrade your plan/],
  'an exception': [['rpc_refuses', { reason: 'Not on Sundays' }], /P0001/, /Not on Sundays[^]*Try something else/],
  'statement timeout': [['rpc_sleeps', { seconds: 5 }], /57014/, /timeout|too long|time/i],
  'deadlock': [raises('40P01'), /40P01/, /again|retry/i],
  'too many connections': [raises('53300'), /53300|503/, /again|later|retry/i],
  'internal error': [raises('XX000'), /XX000|500/, /./],
};

for (const [name, [request, ...patterns]] of Object.entries(CASES)) {
  test(name, { skip }, async () => {
    const text = await ada.refused(...request);
    for (const pattern of patterns) assert.match(text, pattern);
    assert.doesNotMatch(text, /eyJ|sb_publishable/, 'no secret');
    kept(name, text);
  });
}

test('a call that takes too long is given up', { skip }, async () => {
  const since = Date.now();
  const text = await ada.refused('rpc_naps', { seconds: 7 });
  assert.ok(Date.now() - since < 6500, 'within the limit of 4 s, and some');
  assert.match(text, /second|time/i);
  kept('a call that takes too long', text);
});

test('update and delete of nothing: 0 rows', { skip }, async () => {
  kept('0 rows updated', await ada.said('notes_update', { where: { title: { eq: 'Kernel' } }, set: { done: true } }));
  kept('0 rows deleted', await ada.said('announcements_delete', { where: { id: { eq: 1 } } }));
});

test('more rows than allowed', { skip }, async () => {
  const text = await ada.refused('notes_delete', { where: { id: { gt: 0 } }, max_affected: 2 });
  assert.match(text, /2/);
  kept('more rows than allowed', text);
});

test('a page behind the end is empty: PGRST103 is not met', { skip }, async () => {
  const { next_cursor: cursor } = await ada.ok('open_tasks_select', { limit: 1 });
  const inside = JSON.parse(Buffer.from(cursor, 'base64url'));
  assert.equal(typeof inside.o, 'number', 'a view without a key goes by offset');
  const far = Buffer.from(JSON.stringify({ ...inside, o: 5000 })).toString('base64url');
  const page = await ada.ok('open_tasks_select', { limit: 1, cursor: far });
  assert.deepEqual([page.rows, page.count, page.next_cursor], [[], 0, undefined]);
});

test('a wrong publishable key: the text says that the operator must act', { skip }, async (t) => {
  const latch = await startLatch(t, { ...data.env, SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_wrong' });
  const other = await agent(t, latch.endpoint, adaUser);
  const text = await other.refused('notes_select');
  assert.match(text, /SUPABASE_PUBLISHABLE_KEY|Invalid API key/);
  kept('wrong publishable key', text);
});

/** While PostgREST trusts other keys than the issuer's. */
async function withOtherKeys(work) {
  const own = await ownKeys();
  await data.rest.trust(own.jwks);
  await work(own);
  await data.rest.trust(await (await fetch(`${data.issuer.issuer}/.well-known/jwks.json`)).json());
  await ada.ok('notes_select');
}

test('PostgREST does not trust the key: a tool error, for a new sign-in would be refused again', { skip }, async () => {
  await withOtherKeys(async () => {
    const text = await ada.refused('notes_select');
    assert.match(text, /PGRST301[^]*401/);
    kept('a key that PostgREST does not trust', text);
  });
});

test("PostgREST says that the token is over: 401 and the endpoint's own challenge, so that the client signs in again", { skip }, async (t) => {
  await withOtherKeys(async ({ jwks, token }) => {
    const latch = await startLatch(t, { ...data.env, LATCH_JWKS: JSON.stringify(jwks) });
    // Within our minute of leeway, and beyond PostgREST's 30 seconds.
    const over = { iss: data.issuer.issuer, exp: Math.floor(Date.now() / 1000) - 45 };
    const answer = await modern(latch.endpoint, await token(IDS.ada, over), 'tools/call', { params: { name: 'notes_select', arguments: {} } });
    assert.equal(answer.status, 401, answer.text);
    const { scheme, error, resource_metadata: metadata } = challenge(answer);
    kept('expired token', `${answer.status} ${answer.headers.get('www-authenticate').replaceAll(new URL(latch.endpoint).host, '…')} ${answer.text}`);
    assert.deepEqual([scheme, error], ['Bearer', 'invalid_token']);
    assert.ok(metadata);
    await latch.refused('refused_upstream');
  });
});

test('PostgREST takes the token for one of the future, or for another audience: a tool error', { skip }, async (t) => {
  await withOtherKeys(async ({ jwks, token }) => {
    const latch = await startLatch(t, { ...data.env, LATCH_JWKS: JSON.stringify(jwks), LATCH_AUDIENCE: 'authenticated,other' });
    const now = Math.floor(Date.now() / 1000);
    const cases = { 'a clock behind': { aud: ['authenticated', 'other'], iat: now + 50 }, 'another audience': { aud: 'other' } };
    for (const [name, claims] of Object.entries(cases)) {
      const given = await token(IDS.ada, { iss: data.issuer.issuer, ...claims });
      const answer = await modern(latch.endpoint, given, 'tools/call', { params: { name: 'notes_select', arguments: {} } });
      assert.deepEqual([answer.status, answer.json?.result?.isError], [200, true], answer.text);
      kept(name, answer.json.result.content[0].text);
    }
  });
});

test('database gone, then PostgREST gone: told so, and soon', { skip }, async () => {
  await data.rest.stopDatabase();
  for (const [name, stop] of [['database gone', () => {}], ['PostgREST gone', data.rest.stop]]) {
    await stop();
    const since = Date.now();
    const text = await ada.refused('notes_select');
    assert.ok(Date.now() - since < 6000, name);
    assert.match(text, /again|later|503|not reach|unavailable/i, name);
    // Where the database was is another place in every run.
    kept(name, text.replace(/Database details: "[^]*"\./, 'Database details: "…".'));
  }
});
