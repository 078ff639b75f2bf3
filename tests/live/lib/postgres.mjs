// A throw-away PostgreSQL for one scenario: a new cluster below .work, nothing durable, gone with the test.
//
// The server refuses to run as root, so root starts it as another user of the system.
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { live, root, work } from './paths.mjs';
import { freePort, start } from './process.mjs';

const run = promisify(execFile);
const NEWEST_FIRST = (a, b) => Number(b) - Number(a);
const VERSIONS = '/usr/lib/postgresql';
/** Readable by nobody else's business: the roles of the cluster need no password, and it listens on loopback only. */
const SETTINGS = {
  listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off',
  shared_buffers: '16MB', max_connections: '20', log_min_messages: 'log', timezone: 'UTC',
};

/** The folder with `initdb` and `postgres`, or undefined where there is none of version 15 or newer. */
export function postgresPrograms() {
  const folders = [process.env.PGBIN];
  if (fs.existsSync(VERSIONS)) {
    const versions = fs.readdirSync(VERSIONS).filter((version) => Number(version) >= 15).sort(NEWEST_FIRST);
    folders.push(...versions.map((version) => path.join(VERSIONS, version, 'bin')));
  }
  return folders.find((folder) => folder && fs.existsSync(path.join(folder, 'initdb')));
}

/** For the scenarios: why they cannot run here, or false. */
export const skip = !postgresPrograms() && 'PostgreSQL ≥ 15 is not installed';

/**
 * Starts an empty cluster with one database.
 *
 * @param {{ after(stop: () => Promise<void>): void }} t the server ends with this test
 */
export async function startPostgres(t) {
  const programs = postgresPrograms();
  if (!programs) throw new Error('no PostgreSQL ≥ 15; install it, or set PGBIN to the folder of its programs');
  const owner = serverUser();
  const folder = dataFolder(owner);
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const data = path.join(folder, 'data');
  await run(path.join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    { ...owner, cwd: folder });

  const port = await freePort();
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = await start('postgres', [path.join(programs, 'postgres'), '-D', data, ...settings], {
    // SIGINT ends the connections; after SIGTERM the server would wait for them.
    signal: 'SIGINT', cwd: folder, readyOn: 'err', ready: (line) => line.includes('ready to accept connections') && port, ...owner,
  });
  t.after(server.stop);

  /** Runs SQL as `user`, files (relative to the project) or a text, and returns what psql prints, or throws with its errors. */
  async function psql(sql, { user = 'postgres' } = {}) {
    const input = Array.isArray(sql) ? sql.flatMap((file) => ['-f', path.resolve(root, file)]) : ['-c', sql];
    const { stdout } = await run('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', port, '-U', user, '-d', 'postgres', ...input], { cwd: live });
    return stdout.trim();
  }
  return { port, psql, stop: server.stop };
}

/** The user to run the server as: ourselves, or for root one that exists on every system. */
function serverUser() {
  if (process.getuid() !== 0) return {};
  const users = Object.fromEntries(fs.readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':')).map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]));
  const user = users.postgres ?? users.nobody;
  if (!user) throw new Error('PostgreSQL does not run as root, and there is no user "postgres" or "nobody"');
  return user;
}

/** A new folder of that user: below .work, or for the temporary files where the user cannot reach .work. */
function dataFolder(owner) {
  for (const parent of [work, os.tmpdir(), '/var/tmp']) {
    const folder = fs.mkdtempSync(path.join(parent, 'postgres-'));
    if (owner.uid === undefined) return folder;
    fs.chownSync(folder, owner.uid, owner.gid);
    try {
      execFileSync('ls', [folder], { ...owner, cwd: '/', stdio: 'ignore' });
      return folder;
    } catch {
      fs.rmSync(folder, { recursive: true });
    }
  }
  throw new Error('the user of PostgreSQL can reach no folder for its data');
}
