// A user's own rows as tools: what comes back, to whom, and how much of it. Real PostgreSQL and PostgREST, through an SDK.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as ts1 from '../clients/ts1.mjs';
import { agent, ownSession, startData } from '../lib/data.mjs';
import { IDS } from '../lib/keys.mjs';
import { skip } from '../lib/postgrest.mjs';
import { modern } from '../lib/raw.mjs';
import { ada as adaUser, linus as linusUser } from '../lib/users.mjs';

const ENDS = [];
const owner = { after: (stop) => ENDS.unshift(stop) };
let data, ada, linus;

before(async () => {
  if (skip) return;
  data = await startData(owner);
  ada = await agent(owner, data.endpoint, adaUser);
  linus = await agent(owner, data.endpoint, linusUser);
});
after(async () => { for (const stop of ENDS) await stop(); });

const column = (rows, name) => rows.map((row) => row[name]);
const scenario = (name, run) => test(name, { skip }, run);

scenario('tools are listed with schemas and what they may do', async () => {
  const { tools } = await ada.client.listTools();
  const named = Object.fromEntries(tools.map((tool) => [tool.name, tool]));
  for (const action of ['select', 'insert', 'update', 'delete']) assert.ok(named[`notes_${action}`], action);
  assert.ok(!named.payments_insert && !named.notes_upsert, 'only what is declared');
  assert.equal(named.notes_select.annotations.readOnlyHint, true);
  assert.equal(named.notes_delete.annotations.destructiveHint, true);
  assert.equal(named.rpc_add.annotations.readOnlyHint, true);
  for (const tool of tools.filter(({ name }) => name !== 'whoami')) {
    assert.ok(tool.inputSchema.type === 'object' && tool.outputSchema, tool.name);
  }
});

scenario('two users see only their own rows, newest first', async () => {
  const mine = await ada.ok('notes_select', { columns: ['title'] });
  assert.deepEqual(column(mine.rows, 'title'), ['Bernoulli numbers', 'Letter to Babbage', 'Difference engine']);
  assert.equal(mine.count, 3);
  assert.ok(mine.notice, 'data is marked as data');
  const theirs = await linus.ok('notes_select', { columns: ['title', 'user_id'], count: 'exact' });
  assert.deepEqual(column(theirs.rows, 'title'), ['Letter to Andrew', 'Kernel']);
  assert.equal(theirs.total, 2);
  assert.deepEqual((await linus.ok('notes_select', { where: { user_id: { eq: IDS.ada } } })).rows, []);
});

scenario('rows are resources, and their addresses are completed', async () => {
  const { resources } = await ada.client.listResources();
  assert.ok(column(resources, 'uri').includes('supabase://table/notes'), JSON.stringify(resources));
  const { resourceTemplates } = await ada.client.listResourceTemplates();
  const ROW = 'supabase://table/{table}/{id}';
  assert.ok(column(resourceTemplates, 'uriTemplate').includes(ROW), JSON.stringify(resourceTemplates));
  const { rows: [{ id, title }] } = await ada.ok('notes_select', { limit: 1 });
  const uri = `supabase://table/notes/${id}`;
  const { contents: [row] } = await ada.client.readResource({ uri });
  assert.equal(row.uri, uri);
  assert.equal(JSON.parse(row.text).title, title);
  await assert.rejects(() => linus.client.readResource({ uri }), /no such resource|not found/i, "another's row is not there");
  const complete = async (name, value, filled) => {
    const ref = { type: 'ref/resource', uri: 'supabase://table/{table}/where/{column}/{value}' };
    const { completion } = await ada.client.complete({ ref, argument: { name, value }, context: { arguments: filled } });
    return completion.values;
  };
  assert.deepEqual(await complete('table', 'not', {}), ['notes']);
  assert.deepEqual(await complete('column', 'ti', { table: 'notes' }), ['title']);
  assert.deepEqual(await complete('value', 'in', { table: 'tasks', column: 'state' }), ['in progress']);
});

scenario('SDK 1.x gets the same rows', async (t) => {
  const old = await agent(t, data.endpoint, adaUser, ts1);
  assert.equal((await old.ok('notes_select', { where: { title: { ilike: 'letter*' } } })).count, 1);
});

scenario('a restrictive policy on client_id hides rows from the agent, not from the own session', async (t) => {
  assert.deepEqual((await ada.ok('payments_select')).rows, []);
  const own = await ownSession(t, data, adaUser);
  assert.deepEqual((await own.ok('payments_select')).rows, [{ id: 1, amount: '10.50' }, { id: 2, amount: '99.95' }]);
});

scenario('insert, update, delete: what was written comes back', async () => {
  const { rows: [added] } = await ada.ok('notes_insert', { rows: [{ title: 'Draft', body: 'x' }] });
  assert.deepEqual([added.title, added.done, added.user_id], ['Draft', false, IDS.ada]);
  const many = await ada.ok('notes_insert', { rows: [{ title: 'Draft', done: true }, { title: 'Draft', body: 'y' }], returning: ['done', 'body'] });
  assert.deepEqual(many.rows, [{ done: true, body: '' }, { done: false, body: 'y' }], 'what a row leaves out has its default');
  const silent = await ada.ok('notes_insert', { rows: [{ title: 'Silent' }, { title: 'Silent' }], returning: [] });
  assert.deepEqual([silent.count, silent.rows, silent.cut], [2, [], undefined], 'counted by the database');
  assert.equal((await ada.ok('notes_delete', { where: { title: { eq: 'Silent' } }, returning: [] })).count, 2);
  // The update changes the very column that it filters by.
  const changed = await ada.ok('notes_update', { where: { title: { eq: 'Draft' } }, set: { title: 'Final' }, returning: ['title', 'body'] });
  assert.deepEqual(column(changed.rows, 'title'), ['Final', 'Final', 'Final']);
  const either = { where: { title: { eq: 'Final' } }, any_of: [{ body: { eq: 'x' } }, { body: { eq: 'y' } }] };
  assert.equal((await ada.ok('notes_update', { ...either, set: { body: 'z' } })).count, 2);
  const gone = await ada.ok('notes_delete', { where: { title: { eq: 'Final' } }, returning: ['id'] });
  assert.equal(gone.count, 3);
  assert.equal((await ada.ok('notes_select', { where: { title: { in: ['Draft', 'Final'] } } })).count, 0);
});

scenario('a change by any_of: also of the columns that any_of compares, and of none that stopped matching meanwhile', async () => {
  const titled = (title) => ({ where: { title: { eq: title } } });
  const fill = (title) => ada.ok('notes_insert', { rows: [{ title, body: 'x' }, { title, body: 'y' }, { title, body: 'z' }], returning: ['id', 'body'] });
  const either = (title) => ({ ...titled(title), any_of: [{ body: { eq: 'x' } }, { body: { eq: 'y' } }] });
  const { rows } = await fill('any');
  const changed = await ada.ok('notes_update', { ...either('any'), set: { body: 'w' }, returning: ['id', 'body'] });
  assert.deepEqual([changed.count, column(changed.rows, 'body')], [2, ['w', 'w']], 'the very column that any_of compares');
  const kept = await ada.ok('notes_delete', { ...titled('any'), any_of: [{ body: { eq: 'w' }, done: { eq: false } }, { done: { eq: true } }], returning: ['id'] });
  assert.deepEqual(column(kept.rows, 'id').sort(), column(rows, 'id').slice(0, 2).sort(), 'columns of any_of that are not returned');
  await ada.ok('notes_delete', titled('any'));

  // Somebody else holds the rows when the write comes, and has changed one of them when it goes on.
  for (const [name, more, body] of [['notes_update', { set: { done: true } }, 'y'], ['notes_update', { set: { body: 'set' } }, 'set'], ['notes_delete', {}, undefined]]) {
    await fill('race');
    const held = data.rest.psql("begin; update public.notes set body = 'theirs' where title = 'race' and body = 'x'; select pg_sleep(1.2); commit");
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await ada.ok(name, { ...either('race'), ...more })).count, 1, name);
    await held;
    const left = await ada.ok('notes_select', { ...titled('race'), order: ['body'] });
    assert.deepEqual(left.rows.map((row) => [row.body, row.done]), [body && [body, name === 'notes_update' && body === 'y'], ['theirs', false], ['z', false]].filter(Boolean).sort(), `${name} ${body}`);
    await ada.ok('notes_delete', titled('race'));
  }
});

scenario('keys that are floating point numbers, to the last digit', async () => {
  // Among so many, a fast parser of decimal numbers reads some as their neighbours.
  const levels = Array.from({ length: 300 }, (_, at) => Math.sin(at + 1) ** 2 * 10 ** ((at * 37) % 500 - 250));
  await data.rest.psql(`insert into public.readings (level, part) values ${levels.map((level, at) => `(${level}, ${0.1 * (at % 7)})`).join(', ')}`);
  const seen = [];
  let cursor;
  do {
    const page = await ada.ok('readings_select', { limit: 40, ...(cursor && { cursor }) });
    seen.push(...page.rows);
    cursor = page.next_cursor;
  } while (cursor && seen.length < 1000);
  assert.equal(seen.length, levels.length, 'pages');
  for (let left = levels.length; left > 0; left -= 15) {
    await data.rest.psql("update public.readings set note = 'now' where (level, part) in (select level, part from public.readings where note = '' limit 15)");
    const changed = await ada.ok('readings_update', { where: { note: { eq: 'now' } }, any_of: [{ part: { lt: 0.3 } }, { part: { gte: 0.3 } }], set: { note: 'seen' } });
    assert.deepEqual([changed.count, changed.rows.length], [15, 15], 'any_of');
  }
  await data.rest.psql('delete from public.readings');
});

scenario('the empty text, alone in a list', async () => {
  await ada.ok('notes_insert', { rows: [{ title: 'empty', body: '' }, { title: 'empty', body: 'full' }] });
  const bodies = async (condition) => column((await ada.ok('notes_select', { where: { title: { eq: 'empty' }, body: condition } })).rows, 'body');
  assert.deepEqual(await bodies({ in: [''] }), ['']);
  assert.deepEqual(await bodies({ not_in: [''] }), ['full'], 'not every row');
  assert.equal(Number(await data.rest.psql("select count(*) from public.samples where words is null")), 1);
  assert.equal((await ada.ok('samples_select', { columns: ['words'], where: { words: { not_in: [''] } } })).count, 1, 'no nulls');
  const write = (condition, set) => ada.ok('notes_update', { where: { title: { eq: 'empty' }, body: condition }, set });
  assert.equal((await write({ in: [''] }, { done: true })).count, 1);
  assert.equal((await write({ not_in: [''] }, { done: true })).rows[0].body, 'full');
  assert.equal((await ada.ok('notes_delete', { where: { title: { eq: 'empty' } } })).count, 2);
});

scenario('json that our own parser would not take from a stranger', async () => {
  await data.rest.psql(`insert into public.samples (plain, doc, words) values ('{"a":1,"a":2,"n":1e400,"s":"\\ud800","z":"\\u0000"}', (repeat('[', 3000) || repeat(']', 3000))::jsonb, 'odd json')`);
  const { rows: [row] } = await ada.ok('samples_select', { columns: ['plain', 'doc'], where: { words: { eq: 'odd json' } } });
  assert.deepEqual(row.plain, { a: 2, n: '1e400', s: '\ufffd', z: '\0' });
  assert.match(JSON.stringify(row.doc), /^\[{50,}"\[+\]+"\]{50,}$/, 'what is too deep is a text');
  await ada.ok('samples_delete', { where: { words: { eq: 'odd json' } } });
});

scenario('a row that is too large stops no page before it, and says what to do', async () => {
  await data.rest.psql("insert into public.samples (id, words, number) select ('a0000000-0000-4000-8000-00000000000' || n)::uuid, case n when 2 then repeat('x', 200000) else 'small' end, 77 from generate_series(1, 3) n");
  const page = { columns: ['words'], where: { number: { eq: 77 } } };
  const first = await ada.ok('samples_select', page);
  assert.deepEqual(column(first.rows, 'words'), ['small']);
  assert.match(await ada.refused('samples_select', { ...page, cursor: first.next_cursor }), /One row.*fewer columns/);
  const around = await ada.ok('samples_select', { ...page, columns: ['id'], limit: 1, cursor: first.next_cursor });
  assert.deepEqual(column((await ada.ok('samples_select', { ...page, cursor: around.next_cursor })).rows, 'words'), ['small']);
  await data.rest.psql('delete from public.samples where number = 77');
});

scenario('a write that would touch more rows than allowed touches none', async () => {
  const rows = Array.from({ length: 5 }, () => ({ title: 'many' }));
  await ada.ok('notes_insert', { rows });
  await ada.ok('notes_insert', { rows: rows.slice(0, 1) });
  const where = { title: { eq: 'many' } };
  for (const [name, args] of [['notes_update', { where, set: { done: true } }], ['notes_delete', { where }]]) {
    assert.match(await ada.refused(name, args), /more than 5|max_affected/, name);
  }
  assert.equal((await ada.ok('notes_select', { where: { ...where, done: { eq: false } }, count: 'exact' })).total, 6);
  assert.match(await ada.refused('notes_delete', { where: { ...where, done: { eq: false } }, max_affected: 1 }), /more than 1|max_affected/);
  assert.match(await ada.refused('notes_delete', {}), /where/);
  await data.rest.psql("delete from public.notes where title = 'many'");
});

scenario('an update or delete that row-level security blocks says 0 rows', async () => {
  const where = { id: { eq: 1 } };
  assert.equal((await ada.ok('announcements_select', { where })).count, 1, 'the row is in sight');
  assert.match(await ada.said('announcements_update', { where, set: { body: 'mine now' } }), /\b0 rows/);
  assert.match(await ada.said('announcements_delete', { where }), /\b0 rows/);
  assert.match(await ada.said('notes_update', { where: { title: { eq: 'Kernel' } }, set: { done: true } }), /\b0 rows/);
  assert.equal(await data.rest.psql('select body from public.announcements where id = 1'), 'Release on Friday');
});

scenario('a view', async () => {
  const first = await ada.ok('open_tasks_select', { limit: 1 });
  assert.deepEqual(first.rows, [{ id: 1, title: 'weave', due: '2026-03-01' }]);
  const second = await ada.ok('open_tasks_select', { limit: 1, cursor: first.next_cursor });
  assert.deepEqual(column(second.rows, 'title'), ['compute']);
  assert.equal(second.next_cursor, undefined);
});

scenario('functions: a value, rows, nothing, a writer, another schema, names that hurt', async () => {
  assert.equal((await ada.ok('rpc_add', { a: 40, b: 2 })).result, 42);
  const found = await ada.ok('rpc_search_notes', { query: 'r' });
  assert.deepEqual(found.rows, [{ id: 1, title: 'Difference engine', done: false }, { id: 2, title: 'Letter to Babbage', done: false }]);
  assert.ok(found.cut, 'there is a third row');
  assert.deepEqual((await ada.ok('rpc_task_totals')).rows, [{ state: 'open', total: 1 }, { state: 'in progress', total: 1 }, { state: 'done', total: 1 }]);
  const id = (await ada.ok('rpc_add_note', { title: 'by function' })).result;
  assert.equal((await ada.ok('rpc_finish_all')).result, null);
  assert.equal((await ada.ok('notes_select', { where: { id: { eq: id } } })).rows[0].done, true);
  assert.equal((await linus.ok('notes_select', { where: { done: { eq: true } } })).count, 0, "not another's");
  await data.rest.psql(`delete from public.notes where id = ${id}; update public.notes set done = false`);
  assert.equal((await ada.ok('rpc_odd', { select: 's', b: 4 })).result, 's:4');
  assert.equal((await ada.ok('rpc_document_count')).result, 2);
});

scenario('an enum: filtered, ordered, written, and only its labels', async () => {
  const where = { state: { gt: 'open' } };
  assert.deepEqual(column((await ada.ok('tasks_select', { where, order: ['-state'] })).rows, 'state'), ['done', 'in progress']);
  assert.deepEqual(column((await ada.ok('tasks_select', { where: { states: { contains: ['in progress'] } } })).rows, 'id'), [2, 3]);
  const { rows: [task] } = await ada.ok('tasks_insert', { rows: [{ title: 'enum', state: 'in progress', states: ['done'] }] });
  assert.deepEqual([task.state, task.states], ['in progress', ['done']]);
  const { rows: [moved] } = await ada.ok('tasks_update', { where: { id: { eq: task.id }, state: { eq: 'in progress' } }, set: { state: 'done' } });
  assert.equal(moved.state, 'done');
  await ada.ok('tasks_delete', { where: { id: { eq: task.id } } });
  const text = await ada.refused('tasks_select', { where: { state: { eq: 'opne' } } });
  assert.match(text, /open/);
});

scenario('a composite key: upsert, update of several rows, delete', async () => {
  const row = (team, role) => ({ team_id: team, user_id: IDS.ada, role });
  await ada.ok('memberships_upsert', { rows: [row(1, 'chair'), row(3, 'guest')] });
  const all = await ada.ok('memberships_select', { columns: ['team_id', 'role'] });
  assert.deepEqual(all.rows, [{ team_id: 1, role: 'chair' }, { team_id: 2, role: 'member' }, { team_id: 3, role: 'guest' }]);
  const noted = await ada.ok('memberships_update', { where: { team_id: { lt: 3 } }, set: { note: 'both' }, returning: ['team_id', 'note'] });
  assert.deepEqual(noted.rows.map(({ team_id, note }) => [team_id, note]).sort(), [[1, 'both'], [2, 'both']]);
  assert.equal((await ada.ok('memberships_delete', { where: { team_id: { eq: 3 }, user_id: { eq: IDS.ada } } })).count, 1);
  assert.deepEqual(column((await linus.ok('memberships_select')).rows, 'role'), ['member']);
});

scenario('every type, exactly as the database has it', async () => {
  const id = '11111111-1111-4111-8111-111111111111';
  const { rows: [row] } = await ada.ok('samples_select', { where: { id: { eq: id } } });
  assert.deepEqual(row, {
    id, flag: true, small: 7, number: 42, big: '9007199254740993', exact: '12345678901234567890.123456789', single: 1.5, double: 0.1,
    words: 'say "hi", \\ (ok)', day: '2026-02-03', clock: '12:34:56', local_at: '2026-02-03T12:34:56', at: '2026-02-03T10:34:56.789+00:00',
    span: '1 day 02:03:04', plain: { b: 1, a: [2] }, doc: { plan: 'pro', nested: { 'quote"d': ['x', null, 1] } }, raw: '\\x00ff10',
    tags: ['a,b', 'c"d', 'e\\f', '{g}', null], numbers: [1, 2, 3], exacts: ['1.10', '2'],
  });
  const filters = {
    flag: { eq: true }, small: { lte: 7 }, number: { in: [41, 42] }, big: { eq: '9007199254740993' }, exact: { gt: '12345678901234567890.1' }, single: { eq: 1.5 },
    double: { lt: 0.2 }, words: { eq: row.words }, day: { gte: '2026-02-03' }, clock: { lt: '12:35:00' }, local_at: { eq: '2026-02-03T12:34:56' },
    at: { eq: '2026-02-03T12:34:56.789+02:00' }, span: { eq: '1 day 02:03:04' }, plain: { is_null: false }, doc: { contains: { nested: { 'quote"d': ['x'] } } },
    raw: { eq: '\\x00ff10' }, tags: { contains: ['a,b', 'e\\f', 'c"d', '{g}'] }, numbers: { overlaps: [3, 9] }, exacts: { eq: ['1.1', '2'] },
  };
  for (const [name, condition] of Object.entries(filters)) {
    assert.deepEqual(column((await ada.ok('samples_select', { columns: ['id'], where: { [name]: condition } })).rows, 'id'), [id], name);
  }
  assert.equal((await ada.ok('samples_select', { columns: ['id'], where: filters })).count, 1, 'all at once');
  const empty = await ada.ok('samples_select', { where: { words: { is_null: true } } });
  assert.deepEqual(empty.rows, [{ ...Object.fromEntries(Object.keys(row).map((name) => [name, null])), id: '22222222-2222-4222-8222-222222222222' }]);
});

scenario('every type can be written and read back the same', async () => {
  const row = {
    flag: false, small: -32768, number: -1, big: '9007199254740995', exact: '0.1000000000000000000001', single: 0.25, double: 1e300, words: '名前 🦀 "\\', day: '0001-01-01',
    clock: '23:59:59.5', local_at: '2026-01-01T00:00:00', at: '2026-01-01T00:00:00+00:00', span: '2 days', plain: [1, 'x'], doc: { deep: [{}] }, raw: '\\xdeadbeef',
    tags: ['', 'null', 'NULL', '"', '\\', null], numbers: [], exacts: ['1.50'],
  };
  const { rows: [{ id, ...back }] } = await ada.ok('samples_insert', { rows: [row] });
  assert.deepEqual(back, row);
  await ada.ok('samples_delete', { where: { id: { eq: id } } });
});

scenario('10,000 rows are paged to the end: every id exactly once, in the order asked for', async () => {
  const last = (value) => (value === null ? -1 : value);
  const orders = {
    'rank, the highest first': [['-rank'], (a, b) => last(b.rank) - last(a.rank) || a.id - b.id],
    'id': [undefined, (a, b) => a.id - b.id],
  };
  for (const [name, [order, compare]] of Object.entries(orders)) {
    const { rows, pages, cut } = await allPages({ columns: ['id', 'rank', 'label'], order, limit: 999 });
    assert.equal(new Set(column(rows, 'id')).size, 10_000, name);
    assert.equal(rows.length, 10_000, name);
    assert.ok(rows.every((row, index) => index === 0 || compare(rows[index - 1], row) < 0), `${name}: the order`);
    assert.ok(pages > 10 && cut > 0, `${name}: ${pages} pages, ${cut} of them cut by bytes`);
  }
});

scenario('paging by text with quotes and nulls, by a moment with duplicates, within a filter, without the key among the columns', async () => {
  const where = { id: { lte: 3000 } };
  for (const order of ['label', '-label', '-at', 'at']) {
    const { rows } = await allPages({ columns: ['id'], order: [order], where, limit: 400 });
    assert.deepEqual(column(rows, 'id').sort((a, b) => a - b), Array.from({ length: 3000 }, (_, index) => index + 1), order);
  }
  const filtered = await allPages({ columns: ['label'], any_of: [{ rank: { is_null: true } }, { rank: { gt: 40 } }], order: ['-label'], where, limit: 100 });
  assert.equal(String(filtered.rows.length), await data.rest.psql('select count(*) from events where id <= 3000 and (rank is null or rank > 40)'));
  const elsewhere = await ada.ok('events_select', { limit: 2, order: ['label'] });
  assert.match(await ada.refused('events_select', { limit: 2, order: ['at'], cursor: elsewhere.next_cursor }), /cursor/);
  assert.equal((await ada.ok('events_select', { limit: 1, count: 'exact' })).total, 10_000);
  assert.equal((await linus.ok('events_select', { count: 'exact' })).total, 1);
});

async function allPages(args) {
  const rows = [];
  let cursor, pages = 0, cut = 0;
  do {
    const page = await ada.ok('events_select', { ...args, ...(cursor && { cursor }) });
    rows.push(...page.rows);
    pages++;
    cut += page.cut ? 1 : 0;
    cursor = page.next_cursor;
    assert.ok(pages < 500, 'no end');
  } while (cursor);
  return { rows, pages, cut };
}

scenario('names that hurt: read, filtered, ordered, written and removed', async () => {
  const { rows: [row] } = await ada.ok('odd_select', { limit: 1 });
  assert.equal(Object.keys(row).length, 25);
  for (const [name, value] of Object.entries(row)) {
    const found = await ada.ok('odd_select', { columns: [name], where: { [name]: { eq: value } }, any_of: [{ [name]: { in: [value] } }, { [name]: { is_null: true } }], order: [`-${name}`] });
    assert.deepEqual(found.rows[0], { [name]: value }, name);
  }
  const added = Object.fromEntries(Object.keys(row).map((name) => [name, ['select', 'limit', 'offset'].includes(name) ? 3 : `"new\\,).( ${name}`]));
  assert.deepEqual((await ada.ok('odd_insert', { rows: [added] })).rows, [added]);
  for (const name of Object.keys(row).filter((name) => name !== 'select')) {
    const set = { [name]: ['limit', 'offset'].includes(name) ? 4 : 'changed' };
    const changed = await ada.ok('odd_update', { where: { select: { eq: 3 }, [name]: { eq: added[name] } }, set, returning: [name] });
    assert.deepEqual(changed.rows, [set], name);
  }
  assert.equal((await ada.ok('odd_delete', { where: { unicode: { eq: 'changed' } } })).count, 1);
});

scenario('names that hurt in a composite key', async () => {
  const written = await ada.ok('odd_keys_upsert', { rows: [{ first: 1, second: 'a', value: 'merged' }, { first: 3, second: '","', value: 'new' }] });
  assert.equal(written.count, 2);
  const changed = await ada.ok('odd_keys_update', { where: { first: { gte: 1 } }, any_of: [{ second: { eq: 'a' } }, { second: { eq: '","' } }], set: { value: 'v' } });
  assert.equal(changed.count, 2);
  const removed = await ada.ok('odd_keys_delete', { where: { value: { eq: 'v' } }, returning: ['first', 'second'] });
  assert.deepEqual(removed.rows.map(({ first }) => first).sort(), [1, 3]);
});

scenario('values that hurt stay values', async () => {
  for (const title of ['x"),or=(id.gt.0', '..', '%2f', '%00', 'a\nb', "'; drop table notes; --", '*', '%', '\\', 'é́🦀', 'a&select=*', '(', 'null']) {
    const { rows: [{ id }] } = await ada.ok('notes_insert', { rows: [{ title }], returning: ['id'] });
    assert.deepEqual(column((await ada.ok('notes_select', { where: { title: { eq: title } } })).rows, 'id'), [id], title);
    assert.deepEqual(column((await ada.ok('notes_update', { where: { title: { eq: title } }, set: { done: true } })).rows, 'title'), [title], title);
    assert.equal((await ada.ok('notes_delete', { where: { title: { in: [title, 'no such'] } } })).count, 1, title);
  }
  // PostgREST would cut the operand at this character and find the row.
  assert.match(await ada.refused('notes_select', { where: { title: { eq: 'Difference engine\0x' } } }), /U\+0000|NUL|null character/i);
});

scenario('another schema', async () => {
  const { rows: [added] } = await ada.ok('documents_insert', { rows: [{ id: 3, name: 'draft' }] });
  assert.deepEqual(added, { id: 3, name: 'draft' });
  assert.equal((await ada.ok('documents_update', { where: { id: { eq: 3 } }, set: { name: 'final' } })).rows[0].name, 'final');
  assert.equal((await ada.ok('documents_delete', { where: { id: { eq: 3 } } })).count, 1);
  assert.deepEqual(column((await ada.ok('documents_select')).rows, 'name'), ['charter', 'minutes']);
});

scenario('what is not declared cannot be named', async () => {
  for (const args of [
    { columns: ['user'] }, { where: { titel: { eq: 'x' } } }, { where: { title: { regex: 'x' } } }, { order: ['titel'] }, { limit: 1000 },
    { cursor: 'forged' }, { offset: 1 }, { where: { 'title.eq': 'x' } }, { any_of: [] },
  ]) await ada.refused('notes_select', args);
  assert.match(await ada.refused('notes_select', { where: { titel: { eq: 'x' } } }), /title/, 'did you mean');
  await ada.refused('notes_insert', { rows: [{ title: 'x', created_at: '2026-01-01T00:00:00Z' }] });
  await ada.refused('notes_update', { where: { id: { eq: 1 } }, set: { user_id: IDS.linus } });
});

scenario('2026-07-28 answers the same over the wire, with the big number whole', async () => {
  const answer = await modern(data.endpoint, ada.token, 'tools/call', { params: { name: 'samples_select', arguments: { columns: ['big'], where: { big: { is_null: false } } } } });
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.text, /9007199254740993/);
});
