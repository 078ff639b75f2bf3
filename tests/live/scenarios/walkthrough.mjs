// docs/supabase.md, walked through as a newcomer does: its commands are run as they stand there and print what is shown there.
// What a newcomer clicks is done by servers/oidc.mjs and the database of lib/postgrest.mjs, and Claude Code is an SDK.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { agent } from '../lib/data.mjs';
import { IDS } from '../lib/keys.mjs';
import { startIssuer } from '../lib/issuer.mjs';
import { blocks, commands, run, shell, shows } from '../lib/page.mjs';
import { work } from '../lib/paths.mjs';
import { skip, startPostgrest } from '../lib/postgrest.mjs';
import { start } from '../lib/process.mjs';
import { ada, linus } from '../lib/users.mjs';
import { PUBLISHABLE_KEY } from '../servers/gateway.mjs';

const PAGE = blocks('docs/supabase.md');
const ENDS = [];
const T = { after: (stop) => ENDS.unshift(stop) };
let folder, issuer, replace, exported;

/** The block of a section; they have one of each language, or the first is meant. */
const block = (heading, lang = 'console', at = 0) => PAGE.filter((block) => block.heading.includes(heading) && block.lang === lang)[at];

before(async () => {
  if (skip) return;
  const rest = await startPostgrest(T, ['docs/sql/notes.sql']);
  await rest.psql(`insert into auth.users (id, email) values ('${IDS.ada}', '${ada.email}'), ('${IDS.linus}', '${linus.email}')`);
  issuer = await startIssuer(T, { mode: 'supabase', rest });
  folder = fs.mkdtempSync(path.join(work, 'walkthrough-'));
  T.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  replace = (text) => text.replaceAll('https://<project>.supabase.co', issuer.origin).replaceAll('sb_publishable_…', PUBLISHABLE_KEY).replaceAll('"password":"…"', '"password":"any"');
  fs.writeFileSync(path.join(folder, 'data.toml'), block('Declare', 'toml').text);
  exported = commands(block('doctor'))[0].command;
});
after(async () => { for (const stop of ENDS) await stop(); });

/** Runs a command in the shell of step 6. */
const type = (command, more = (text) => text) => run(folder, more(replace(`${exported}\n${command}`)), {});

for (const [heading, at] of [['Signing keys', 0], ['OAuth server', 0], ['doctor', 1]]) {
  test(`${heading}: the command prints what is shown`, { skip }, async () => {
    const { command, prints } = commands(block(heading))[at];
    const { out, err, code } = await type(command);
    assert.match(out.trim(), shows(prints, replace), err);
    assert.equal(code, 0, err);
  });
}

test('the answer of a project without registration is the one shown', { skip }, async (t) => {
  const off = await startIssuer(t, { mode: 'supabase', registration: 'refused' });
  const { out } = await type(commands(block('OAuth server'))[0].command, (text) => text.replaceAll(issuer.origin, off.origin));
  assert.deepEqual(JSON.parse(out), JSON.parse(block('OAuth server', 'json').text));
});

/** Starts the endpoint as the block of this section says; `banner` is what it printed. */
async function serve(t, heading) {
  const [{ command, prints }] = commands(block(heading));
  // The port of the page may be taken here.
  const [bash, args, options] = shell(folder, replace(`${exported}\n${command.replace('cargo run', 'exec cargo run')}`), { LATCH_LISTEN: '127.0.0.1:0' });
  const latch = await start('walkthrough', [bash, ...args], { ...options, ready: (line) => line.includes('Ctrl-C') });
  t.after(latch.stop);
  const [endpoint] = latch.out.join('\n').match(/http:\/\/127\.0\.0\.1:\d+\/mcp/);
  const here = (text) => replace(text).replaceAll('http://127.0.0.1:8787/mcp', endpoint);
  return { endpoint, here, prints, banner: latch.out.join('\n') };
}

test('serve, connect, ask: the banner is the one shown, and everybody lists their own notes', { skip }, async (t) => {
  const { endpoint, here, prints, banner } = await serve(t, 'Serve');
  assert.match(banner.trim(), shows(prints, here));
  assert.equal(here(commands(block('Connect'))[0].command), `claude mcp add --transport http latch ${endpoint}`);
  const [first, second] = [await agent(t, endpoint, ada), await agent(t, endpoint, linus)];
  assert.equal((await first.ok('notes_select')).count, 0, 'an empty table');
  await first.ok('notes_insert', { rows: [{ title: 'buy milk' }] });
  const { rows } = await first.ok('notes_select');
  assert.deepEqual(rows.map(({ title, done }) => ({ title, done })), [{ title: 'buy milk', done: false }]);
  assert.equal((await second.ok('notes_select')).count, 0, "another's");
  await first.ok('notes_delete', { where: { id: { eq: rows[0].id } } });
});

test('bind tokens: the variables are understood', { skip }, async () => {
  const { out, code } = await type(`${commands(block('Bind tokens'))[0].command}\ncargo run -- doctor`);
  assert.equal(code, 0, out);
});

const needsJq = skip || (spawnSync('jq', ['--version']).error && 'jq is not installed');
test('without a browser: the commands print what is shown', { skip: needsJq }, async (t) => {
  const { here } = await serve(t, 'without a browser');
  const typed = commands(block('without a browser', 'console', 1));
  assert.equal(typed.length, 3);
  // One shell, in which each command's output ends with a line of its own.
  const { out, err } = await type(typed.map(({ command }) => `${command}\necho; echo ----`).join('\n'), here);
  const printed = out.split('\n----\n').map((text) => text.trim());
  for (const [at, { prints }] of typed.entries()) assert.match(printed[at], shows(prints, here), err);
});
