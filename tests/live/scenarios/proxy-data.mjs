// Rows of a Supabase project's users through the proxy: the token that a client holds is ours, bound to this endpoint; the one that
// PostgREST and row-level security see is the project's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signIn } from '../clients/sign-in.mjs';
import * as ts1 from '../clients/ts1.mjs';
import * as ts2 from '../clients/ts2.mjs';
import { DECLARATION, tools } from '../lib/data.mjs';
import { skip, startPostgrest } from '../lib/postgrest.mjs';
import { assertNothingLeaked, startProxy } from '../lib/proxy.mjs';
import { PUBLISHABLE_KEY } from '../servers/gateway.mjs';
import { ada, linus } from '../lib/users.mjs';

for (const [kind, format] of [['supabase', 'sealed'], ['supabase', 'jwt'], ['supabase-legacy', 'sealed']]) {
  test(`${kind}: two users see their own rows, before and after a refresh, ${format}`, { skip }, async (t) => {
    const rest = await startPostgrest(t);
    const proxy = await startProxy(t, kind, {
      quirks: { rest }, env: { LATCH_TOKEN_FORMAT: format, SUPABASE_PUBLISHABLE_KEY: PUBLISHABLE_KEY, LATCH_DATA: DECLARATION },
    });
    const titles = { [ada.email]: ['Bernoulli numbers', 'Letter to Babbage', 'Difference engine'], [linus.email]: ['Letter to Andrew', 'Kernel'] };
    for (const [sdk, user] of [[ts1, ada], [ts2, linus]]) {
      const { client, provider } = await signIn(sdk, proxy.endpoint, user);
      t.after(() => client.close());
      const agent = tools(client);
      const own = async () => (await agent.ok('notes_select', { columns: ['title'] })).rows.map(({ title }) => title);
      assert.deepEqual(await own(), titles[user.email]);
      const before = provider.current.access_token;
      provider.current = { ...provider.current, access_token: 'of-yesterday' };
      assert.deepEqual(await own(), titles[user.email]);
      assert.notEqual(provider.current.access_token, before);
      await agent.ok('notes_insert', { rows: [{ title: 'through the proxy' }] });
      assert.ok((await own()).includes('through the proxy'));
    }
    const { tokens } = await assertNothingLeaked(proxy);
    // PostgREST trusts the project alone.
    const direct = await fetch(`${rest.url}/notes`, { headers: { authorization: `Bearer ${tokens.at(-1)}` } });
    assert.equal(direct.status, 401);
  });
}
