// The component in its second host, for one scenario.
import path from 'node:path';
import { component, live } from './paths.mjs';
import { refused } from './latch.mjs';
import { readyLine, start } from './process.mjs';

export async function startJco(t, env, { isolate } = {}) {
  const host = await start('jco serve', [
    process.execPath, path.join(live, 'jco-serve.mjs'), '--component', component, '--port', '0', ...(isolate ? ['--isolate', isolate] : []),
  ], { env, ready: readyLine, deadline: 60_000 });
  t.after(host.stop);
  return { endpoint: `${host.value.url}/mcp`, refused: (reason) => refused(host.err, reason) };
}
