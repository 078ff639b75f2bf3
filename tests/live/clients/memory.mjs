// The part of an OAuth client that both TypeScript SDKs ask the application for: what to register, where to keep
// things, and how to show the user a page. Everything else in a sign-in is the SDKs' own code.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';

export class MemoryProvider {
  #verifier;
  #state;
  #discovery;
  /** How it authenticates at the token endpoint. */
  method = 'none';
  /** Which kind of application it is (OpenID Connect Registration §2); SDK 2.x says `native` by itself. */
  type;
  /** The page that the SDK wants the user to see. */
  authorizationUrl;
  client;
  current;

  constructor(redirectUrl) {
    this.redirectUrl = redirectUrl;
  }

  get clientMetadata() {
    return {
      client_name: 'live test', redirect_uris: [this.redirectUrl], grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'], token_endpoint_auth_method: this.method,
      ...(this.type && { application_type: this.type }),
    };
  }

  state() { return (this.#state = crypto.randomUUID()); }
  clientInformation() { return this.client; }
  saveClientInformation(client) { this.client = client; }
  tokens() { return this.current; }
  saveTokens(tokens) { this.current = tokens; }
  saveCodeVerifier(verifier) { this.#verifier = verifier; }
  codeVerifier() { return this.#verifier; }
  saveDiscoveryState(discovery) { this.#discovery = discovery; }
  discoveryState() { return this.#discovery; }
  redirectToAuthorization(url) { this.authorizationUrl = url; }

  /** Neither SDK compares `state`; that is the application's part. */
  checkState(params) {
    assert.equal(params.get('error'), null, params.get('error_description') ?? undefined);
    assert.equal(params.get('state'), this.#state, 'state');
  }
}
