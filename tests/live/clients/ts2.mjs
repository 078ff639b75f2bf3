// @modelcontextprotocol/client 2.x: the newest handshake version by default, 2026-07-28 on request.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

export { UnauthorizedError } from '@modelcontextprotocol/client';

/** The ways this SDK can be asked to speak, and the version each has to end with. */
export const MODES = [
  { name: 'default', mode: undefined, version: '2025-11-25' },
  { name: 'auto', mode: 'auto', version: '2026-07-28' },
  { name: 'pinned 2026-07-28', mode: { pin: '2026-07-28' }, version: '2026-07-28' },
];

export const transport = (endpoint, provider) => new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: provider });

export async function connect(over, { mode } = {}) {
  const client = new Client({ name: 'live-ts2', version: '1.0.0' }, mode ? { versionNegotiation: { mode } } : {});
  await client.connect(over);
  return client;
}

export const finish = (over, params) => over.finishAuth(params);

export const protocol = (client) => client.getNegotiatedProtocolVersion();
