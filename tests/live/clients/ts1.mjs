// @modelcontextprotocol/sdk 1.x: speaks the versions with a handshake only.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

export { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';

export const transport = (endpoint, provider) => new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: provider });

export async function connect(over) {
  const client = new Client({ name: 'live-ts1', version: '1.0.0' });
  await client.connect(over);
  return client;
}

export const finish = (over, params) => over.finishAuth(params.get('code'));

export const protocol = (client) => client.transport.protocolVersion;
