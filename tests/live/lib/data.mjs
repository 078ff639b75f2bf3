// Everything a scenario about data needs: database, PostgREST, issuer with gateway, the program with a declaration.
import assert from 'node:assert/strict';
import path from 'node:path';
import { MemoryProvider } from '../clients/memory.mjs';
import { signIn } from '../clients/sign-in.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { PUBLISHABLE_KEY } from '../servers/gateway.mjs';
import { sessionToken, startIssuer } from './issuer.mjs';
import { startLatch } from './latch.mjs';
import { live } from './paths.mjs';
import { startPostgrest } from './postgrest.mjs';

export const DECLARATION = path.join(live, 'db/data.toml');

/** @param {object} t everything ends with this test, or with what stands for it */
export async function startData(t) {
  const rest = await startPostgrest(t);
  const issuer = await startIssuer(t, { mode: 'supabase', rest });
  const env = {
    SUPABASE_URL: issuer.origin, SUPABASE_PUBLISHABLE_KEY: PUBLISHABLE_KEY, SUPABASE_SESSION_TOKENS: 'allow', LATCH_DATA: DECLARATION,
  };
  const latch = await startLatch(t, env);
  return { rest, issuer, latch, env, endpoint: latch.endpoint };
}

/** An agent: the SDK signs in at the OAuth server and gets a token with a `client_id`. */
export async function agent(t, endpoint, user, sdk = ts2) {
  const { client, provider } = await signIn(sdk, endpoint, user);
  t.after(() => client.close());
  return Object.assign(tools(client), { token: provider.current.access_token });
}

/** The user's own session: the same SDK, with a token of the user's app. */
export async function ownSession(t, { endpoint, issuer }, user) {
  const token = await sessionToken(issuer, user);
  const provider = Object.assign(new MemoryProvider('http://127.0.0.1/unused'), { current: { access_token: token, token_type: 'Bearer' } });
  const client = await ts2.connect(ts2.transport(endpoint, provider));
  t.after(() => client.close());
  return Object.assign(tools(client), { token });
}

/** Calls of tools, with what they must answer. */
export function tools(client) {
  const call = (name, args) => client.callTool({ name, arguments: args ?? {} });
  return {
    client,
    /** What a tool that succeeds answers. */
    async ok(name, args) {
      const result = await call(name, args);
      assert.notEqual(result.isError, true, `${name} ${JSON.stringify(args)}: ${text(result)}`);
      return result.structuredContent;
    },
    /** What a tool that refuses says. */
    async refused(name, args) {
      const result = await call(name, args);
      assert.equal(result.isError, true, `${name} ${JSON.stringify(args)} did not refuse: ${text(result)}`);
      return text(result);
    },
    /** The text for the model, whichever it is. */
    said: async (name, args) => text(await call(name, args)),
  };
}

const text = ({ content }) => content.filter(({ type }) => type === 'text').map((part) => part.text).join('\n');
