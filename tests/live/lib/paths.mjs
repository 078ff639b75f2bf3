// Where things are.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const live = fileURLToPath(new URL('..', import.meta.url));
export const root = path.resolve(live, '../..');
/** Everything a run writes: logs, pictures, the Python environment. Ignored by git. */
export const work = path.join(live, '.work');
export const pids = path.join(work, 'pids');
export const logs = path.join(work, 'logs');
export const python = path.join(work, 'venv/bin/python');
export const program = process.env.LATCH_BIN ?? path.join(root, 'target/debug/latch');
/** The Rust client of the suite `clients`; `run` builds it. */
export const rmcp = path.join(work, 'rmcp/debug/live-rmcp');
/** What the conformance suite is run against; `run` puts it there. */
export const conformance = path.join(work, 'conformance.wasm');
export const component = process.env.LATCH_COMPONENT ?? path.join(root, 'target/latch/mcp_latch.wasm');

for (const folder of [pids, logs]) fs.mkdirSync(folder, { recursive: true });
