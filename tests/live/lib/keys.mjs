// Tokens of no issuer, for asking PostgREST directly: our own key, and claims as Supabase Auth writes them.
import crypto from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** The users of db/seed.sql. */
export const IDS = {
  ada: 'e4ea294c-062c-5256-a3df-036a35ca579b',
  linus: '40840f60-975d-5401-ae49-0a8c0f97c308',
  grace: 'fd1cf5e2-71fd-5c5f-aaef-b1c95aaf7996',
};

/** @returns the key set for `trust`, and a function that signs a token of a user; `claims` add to it, and undefined takes away */
export async function ownKeys() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'own', alg: 'ES256', use: 'sig' }] };
  const token = (sub, claims = {}) => new SignJWT({
    sub, aud: 'authenticated', role: 'authenticated', session_id: crypto.randomUUID(), aal: 'aal1', exp: Math.floor(Date.now() / 1000) + 3600, ...claims,
  }).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'own' }).sign(privateKey);
  return { jwks, token };
}
