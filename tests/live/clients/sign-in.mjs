// One sign-in with a TypeScript SDK: connect, be sent away, let the user agree, come back, connect again.
import assert from 'node:assert/strict';
import { signIn as formFiller } from '../lib/browser.mjs';
import { listenForCallback } from '../lib/callback.mjs';
import { MemoryProvider } from './memory.mjs';

/**
 * @param {object} sdk clients/ts1.mjs or clients/ts2.mjs
 * @param {string} endpoint
 * @param {{ email: string, login: string }} user
 * @param {object} [o]
 * @param {(url: URL, user: object) => Promise<unknown>} [o.browser]
 * @param {object} [o.provider] members that replace those of MemoryProvider
 * @param {any} [o.mode] the protocol era, for SDK 2
 * @returns a connected client, and the provider with the tokens
 */
export async function signIn(sdk, endpoint, user, { browser = formFiller, provider: custom = {}, mode } = {}) {
  const callback = await listenForCallback();
  try {
    const provider = Object.assign(new MemoryProvider(callback.url), custom);
    const first = sdk.transport(endpoint, provider);
    await assert.rejects(() => sdk.connect(first, { mode }), (error) => {
      if (!(error instanceof sdk.UnauthorizedError)) throw error;
      return true;
    });
    assert.ok(provider.authorizationUrl, 'the SDK asked for no authorization');
    endsAt(callback, await browser(provider.authorizationUrl, user));
    const params = await callback.arrived;
    provider.checkState(params);
    await sdk.finish(first, params);
    return { client: await sdk.connect(sdk.transport(endpoint, provider), { mode }), provider };
  } finally {
    callback.close();
  }
}

/** What our browser returns is the page it ended at. Elsewhere than at the client's callback, nobody would ever answer the client. */
export const endsAt = ({ url }, page) => assert.ok(typeof page !== 'string' || page.startsWith(url), `the sign-in ended at ${page}`);

/** Only the tokens, through the same SDK code. */
export async function tokensFor(sdk, endpoint, user, options) {
  const { client, provider } = await signIn(sdk, endpoint, user, options);
  await client.close();
  return provider.current;
}

/** What `whoami` says, after a look at the list of tools. */
export async function whoami(client) {
  const { tools } = await client.listTools();
  assert.ok(tools.some((tool) => tool.name === 'whoami'), 'whoami is not listed');
  const result = await client.callTool({ name: 'whoami', arguments: {} });
  assert.notEqual(result.isError, true, JSON.stringify(result));
  return result.structuredContent;
}
