// Requests that PostgREST refuses, one per row of the table that maps its errors to texts for an agent.
//
// scenarios/postgrest.mjs sends them and compares the answers with tests/data/postgrest-12, from which the Rust tests
// read; RECORD=1 writes the files instead.
import { IDS } from './keys.mjs';

const JSON_BODY = { 'content-type': 'application/json' };
const REPRESENTATION = { ...JSON_BODY, prefer: 'return=representation,handling=strict' };
const insert = (path, row, headers = REPRESENTATION) => ({ path, method: 'POST', headers, body: JSON.stringify(row) });
const call = (name, args = {}) => insert(`/rpc/${name}`, args, JSON_BODY);
const quoted = (text) => encodeURIComponent(text);

/**
 * Name of the case → the request. `token` is the claims that differ from those of ada's token, `spoil` changes the signed
 * token, `anonymous` sends none.
 */
export const CASES = {
  // Permissions
  'grant-missing': { path: '/ledger?select=id' },
  'grant-missing-anonymous': { path: '/notes?select=id', anonymous: true },
  'grant-missing-on-column': { path: '/people?select=id,salary' },
  'grant-missing-on-function': call('precise', { value: 1 }),
  'grant-missing-on-schema': { path: '/secrets?select=id', headers: { 'accept-profile': 'vault' } },
  'row-level-security-insert': insert('/notes?select=id', { title: 'forged', user_id: IDS.linus }),
  'row-level-security-update': { path: `/notes?select=id&${quoted('"id"')}=eq.1`, method: 'PATCH', headers: REPRESENTATION, body: JSON.stringify({ user_id: IDS.linus }) },
  'role-not-allowed': { path: '/notes?select=id', token: { role: 'postgres' } },

  // Names
  'unknown-table': { path: '/note?select=id' },
  'unknown-column': { path: '/notes?select=id,titel' },
  'unknown-column-in-filter': { path: `/notes?select=id&and=${quoted('("titel".eq."x")')}` },
  'unknown-column-in-write': insert(`/notes?select=id&columns=${quoted('"title","titel"')}`, [{ title: 'x', titel: 'y' }]),
  'unknown-function': call('search_note', { q: 'x' }),
  'wrong-arguments': call('search_notes', { query: 'x' }),
  'missing-argument': call('add', { a: 1 }),
  'ambiguous-function': call('ambiguous', { a: 1 }),
  'unknown-schema': { path: '/notes?select=id', headers: { 'accept-profile': 'secret' } },
  'unknown-operator': { path: `/samples?select=id&and=${quoted('("plain".eq."{}")')}` },

  // Tokens
  'token-garbage': { path: '/notes?select=id', spoil: () => 'not.a.token' },
  'token-bad-signature': { path: '/notes?select=id', spoil: (token) => token.replace(/\.(.)([^.]*)$/, (all, first, more) => `.${first === 'A' ? 'B' : 'A'}${more}`) },
  'token-expired': { path: '/notes?select=id', token: { exp: 1_700_000_000 } },
  'token-not-yet-valid': { path: '/notes?select=id', token: { nbf: 4_000_000_000 } },
  'token-issued-in-the-future': { path: '/notes?select=id', token: { iat: 4_000_000_000 } },
  'token-wrong-audience': { path: '/notes?select=id', token: { aud: 'https://mcp.example/mcp' } },

  // Requests
  'bad-filter': { path: '/notes?select=id&and=(title.nope.x)' },
  'bad-select': { path: `/samples?select=${quoted('"exacts"::text[]')}` },
  'bad-json': { path: '/notes?select=id', method: 'POST', headers: REPRESENTATION, body: '{"title":' },
  'keys-differ': insert('/notes?select=id', [{ title: 'x', body: 'y' }, { title: 'z' }]),
  'not-one-row': { path: '/notes?select=id', headers: { accept: 'application/vnd.pgrst.object+json' } },
  'offset-past-end': { path: '/notes?select=id&limit=1&offset=100', headers: { prefer: 'count=exact' } },
  'max-affected-unknown': { path: `/notes?select=id&${quoted('"id"')}=eq.1`, method: 'PATCH', headers: { ...JSON_BODY, prefer: 'return=representation,handling=strict,max-affected=5' }, body: '{"done":true}' },
  'volatile-function-by-get': { path: '/rpc/add_note?title=x' },
  'bad-utf8': { path: '/notes?select=id&and=(%22title%22.eq.%22%ff%22)' },
  'query-too-long': { path: `/notes?select=id&and=${quoted(`("title".eq."${'a'.repeat(70_000)}")`)}` },

  // Values
  'bad-number': { path: `/notes?select=id&and=${quoted('("id".eq."abc")')}` },
  'number-out-of-range': { path: `/notes?select=id&and=${quoted('("id".eq."99999999999999999999")')}` },
  'bad-enum-label': { path: `/tasks?select=id&and=${quoted('("state".eq."nope")')}` },
  'bad-date': insert('/tasks?select=id', { title: 'x', due: '2026-13-01' }),
  'bad-bytea': insert('/samples?select=id', { raw: '\\xzz' }),
  'nul-in-text': insert('/notes?select=id', { title: 'a\0b' }),
  'text-too-long': insert('/products?select=sku', { sku: 'longer than twelve', name: 'x', price: 1, category_id: 1 }),
  'not-null': insert('/tasks?select=id', { title: null }),
  'foreign-key': insert('/products?select=sku', { sku: 'X', name: 'x', price: 1, category_id: 99 }),
  'unique': insert('/products?select=sku', { sku: 'X', name: 'Mocha', price: 1, category_id: 1 }),
  'check': insert('/products?select=sku', { sku: 'X', name: 'x', price: -1, category_id: 1 }),
  'upsert-same-row-twice': insert(`/memberships?select=role&on_conflict=${quoted('"team_id","user_id"')}`,
    [{ team_id: 1, user_id: IDS.ada, role: 'a' }, { team_id: 1, user_id: IDS.ada, role: 'b' }], { ...JSON_BODY, prefer: 'resolution=merge-duplicates' }),

  // What functions and the database raise. Not 40001: PostgREST 12 retries that without end.
  'raised-status': call('needs_payment'),
  'raised-exception': call('refuses', { reason: 'Not on Sundays' }),
  'statement-timeout': call('sleeps', { seconds: 5 }),
  'deadlock': call('fails_with', { state: '40P01' }),
  'too-many-connections': call('fails_with', { state: '53300' }),
  'internal-error': call('fails_with', { state: 'XX000' }),
  'read-only-transaction': call('fails_with', { state: '25006' }),
};
