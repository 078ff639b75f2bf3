// Serves a component with `jco serve`: a second, independent host (Node, no wasmtime).
//
//   node jco-serve.mjs --component PATH [--port 0] [--isolate instance|worker]
//
// Prints {"ready":true,"url":"http://127.0.0.1:PORT"} and serves until its standard input closes or it is told to stop.
// The component's configuration is this process's environment. MCP_URL, if absent, is filled in as `latch up` does it:
// the port is only known here.
//
// How jco serves: one instance for all requests, one request at a time; a trap ends the process. With `--isolate instance`
// every request gets a fresh instance, still one at a time; with `--isolate worker` a fresh one in a pool of threads,
// several at a time, a trap is a 502, and repeated request headers are merged on the way in.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ATTEMPTS = 5;
const { values: options } = parseArgs({
  options: { component: { type: 'string' }, port: { type: 'string', default: '0' }, isolate: { type: 'string' } },
});
if (!options.component) throw new Error('usage: jco-serve.mjs --component PATH [--port 0] [--isolate instance|worker]');

const jco = fileURLToPath(new URL('jco.js', import.meta.resolve('@bytecodealliance/jco')));
const endWithUs = new URL('lib/end-with-parent.mjs', import.meta.url);

// `jco serve --port 0` does not tell which port it got, so we choose a free one, and another if somebody was faster.
for (let attempt = 1; ; attempt++) {
  const port = Number(options.port) || await freePort();
  const { taken, code } = await serve(port);
  if (taken && !Number(options.port) && attempt < ATTEMPTS) continue;
  process.exit(code ?? 1);
}

async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

async function serve(port) {
  const url = `http://127.0.0.1:${port}`;
  const isolate = options.isolate ? ['--isolate-requests', options.isolate, '--isolate-worker-pool-size', '8'] : [];
  const child = spawn(process.execPath, [
    jco, 'serve', options.component, '--host', '127.0.0.1', '--port', String(port), ...isolate,
  ], {
    env: {
      MCP_URL: `${url}/mcp`, ...process.env,
      // Node's own limit on request headers (16 KiB) would answer before the component can.
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-http-header-size=131072`,
      JCO_RUN_ARGS: `--import=${endWithUs.href}`,
    },
    stdio: ['pipe', 'inherit', 'pipe'],
  });
  const stop = () => child.stdin.end();
  process.stdin.resume().once('end', stop);
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);

  let taken = false;
  readline.createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('Server listening @')) return console.log(JSON.stringify({ ready: true, url }));
    taken ||= line.includes('EADDRINUSE');
    console.error(line);
  });
  const [code] = await once(child, 'exit');
  return { taken, code };
}
