// A real Supabase project, local or hosted, which somebody started: supabase/README.md.
import { test } from 'node:test';
import { inRemoteMode } from '../lib/remote.mjs';
import { consentPage, supabase } from '../lib/supabase.mjs';

// What `supabase start` gives every project on everybody's machine.
const LOCAL_KEY = 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH';
const { SUPABASE_LIVE_URL, SUPABASE_LIVE_KEY: key = LOCAL_KEY, SUPABASE_LIVE_USERS, SUPABASE_LIVE_PASSWORD: password } = process.env;
const server = SUPABASE_LIVE_URL?.replace(/\/+$/, '');
const emails = SUPABASE_LIVE_USERS?.split(',') ?? supabase.users.map(({ email }) => email);

const scenarios = inRemoteMode({
  ...supabase,
  users: emails.map((email) => ({ email, login: email.split('@')[0], password })),
  open: async () => ({
    issuer: `${server}/auth/v1`, env: { SUPABASE_URL: server, SUPABASE_PUBLISHABLE_KEY: key }, browser: consentPage(`${server}/auth/v1`, key),
  }),
});
if (server) for (const { name, run } of scenarios) test(name, run);
else test(`${scenarios.length} scenarios with a real Supabase project`, { skip: 'set SUPABASE_LIVE_URL, see tests/live/supabase/README.md' });
