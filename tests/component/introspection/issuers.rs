//! Which issuer is shown which token.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Asking, CLIENT, PATH, SECRET, TOKEN, setup};
use crate::{
    bench::{Setup, change, sign_as},
    issuer::{Answer, Issuer, JWKS},
    keys::{EC, EC_OTHER},
};

const REALM: &str = "/realms/one/protocol/openid-connect/token/introspect";

fn header() -> Value {
    json!({ "alg": "ES256", "typ": "at+jwt", "kid": EC.kid })
}

/// A Keycloak realm, whose endpoint is known.
async fn keycloak() -> Setup {
    let setup = Setup::bare().await;
    let server = setup.issuer().origin().to_owned();
    setup
        .env("KEYCLOAK_SERVER_URL", server)
        .env("KEYCLOAK_REALM", "one")
        .env("LATCH_KEYCLOAK_INTROSPECT_CLIENT_ID", CLIENT)
        .env("LATCH_KEYCLOAK_INTROSPECT_CLIENT_SECRET", SECRET)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jwt_is_verified_with_keys_and_never_shown_around() {
    let setup = setup().await;
    let uri = format!("{}{JWKS}", setup.issuer().origin());
    let asking = Asking::at(setup.env("LATCH_JWKS_URI", uri).env("LATCH_ALGORITHMS", "ES256"), PATH).await;
    let claims = asking.bench.rfc9068_claims();
    let good = sign_as(&EC, header(), &claims);
    asking.accepts(&good).await;
    for (what, token, reason) in [
        ("a forged JWT", sign_as(&EC_OTHER, header(), &claims), "bad_signature"),
        ("an unsigned JWT", sign_as(&EC, json!({ "alg": "none", "typ": "at+jwt" }), &claims), "alg_not_allowed"),
        ("a JWT of another type", sign_as(&EC, json!({ "alg": "ES256", "typ": "JWT", "kid": EC.kid }), &claims), "typ_mismatch"),
        (
            "a JWT of another issuer",
            sign_as(&EC, header(), &change(claims.clone(), json!({ "iss": "https://stranger.example" }))),
            "iss_mismatch",
        ),
        ("an expired JWT", sign_as(&EC, header(), &change(claims.clone(), json!({ "exp": 1 }))), "expired"),
        ("a JWE", "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d".to_owned(), "encrypted_token"),
        ("three parts of nothing", "a.b.c".to_owned(), "malformed_token"),
        ("a very long token", "x".repeat(16 * 1024 + 1), "token_too_large"),
    ] {
        // Even if the issuer would vouch for it.
        asking.knows(&token, json!({}));
        asking.refuses(what, &token, reason).await;
    }
    assert_eq!(asking.asked(), 0);
    asking.accepts(TOKEN).await;
    for token in ["with.a-dot", "with.three.dots.inside", "v2.with.five.dots.in.it"] {
        asking.knows(token, json!({}));
        asking.accepts(token).await;
    }
    assert_eq!(asking.asked(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn algorithms_alone_mean_that_keys_are_discovered() {
    let setup = setup().await.env("LATCH_ALGORITHMS", "ES256");
    let (origin, issuer) = (setup.issuer().origin().to_owned(), setup.issuer().url());
    let document = json!({ "issuer": issuer, "jwks_uri": format!("{origin}{JWKS}") });
    setup.issuer().answer("/auth/v1/.well-known/openid-configuration", Answer::json(document.to_string()));
    let asking = Asking::at(setup, PATH).await;
    asking.accepts(&sign_as(&EC, header(), &asking.bench.rfc9068_claims())).await;
    assert_eq!((asking.asked(), asking.bench.issuer.hits(JWKS)), (0, 1));
    asking.accepts(TOKEN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_providers_endpoint_is_known() {
    let asking = Asking::at(keycloak().await, REALM).await;
    let issuer = format!("{}/realms/one", asking.bench.issuer.origin());
    asking.knows(TOKEN, json!({ "iss": issuer, "typ": "Bearer", "realm_access": { "roles": ["admin"] } }));
    let identity = asking.accepts(TOKEN).await;
    assert_eq!((&identity["provider"], &identity["user"]["roles"]), (&json!("keycloak"), &json!(["admin"])));
    asking.knows("refresh", json!({ "iss": issuer, "typ": "Refresh" }));
    asking.refuses("a refresh token", "refresh", "not_an_access_token").await;
    asking.knows("id", json!({ "iss": issuer, "typ": "ID" }));
    asking.refuses("an ID token", "id", "not_an_access_token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_issuers_only_the_one_with_a_client_is_asked() {
    let other = Issuer::start().await;
    let document = json!({ "keys": [EC.jwk()] }).to_string();
    let setup = keycloak().await.allow(other.origin()).env("LATCH_ISSUER", other.url());
    let setup = setup.env("LATCH_CUSTOM_JWKS", document).env("LATCH_CUSTOM_ALGORITHMS", "ES256");
    let asking = Asking::at(setup, REALM).await;
    asking.knows(TOKEN, json!({ "iss": format!("{}/realms/one", asking.bench.issuer.origin()) }));
    assert_eq!(asking.accepts(TOKEN).await["provider"], "keycloak");
    let theirs = change(asking.bench.rfc9068_claims(), json!({ "iss": other.url() }));
    assert_eq!(asking.accepts(&sign_as(&EC, header(), &theirs)).await["provider"], "custom");
    // An answer about a token of the other issuer is none of this one's.
    asking.knows("theirs", json!({ "iss": other.url() }));
    asking.refuses("an opaque token of the other issuer", "theirs", "iss_mismatch").await;
    assert_eq!((asking.bench.issuer.hits(REALM), asking.bench.issuer.all_hits(), other.all_hits()), (2, 2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_issuers_that_would_be_asked_stop_the_start() {
    let setup = keycloak().await;
    let url = format!("{}{PATH}", setup.issuer().origin());
    let bench = setup
        .env("LATCH_ISSUER", "https://id.example.com")
        .env("LATCH_CUSTOM_INTROSPECT_URL", url)
        .env("LATCH_CUSTOM_INTROSPECT_CLIENT_ID", CLIENT)
        .env("LATCH_CUSTOM_INTROSPECT_CLIENT_SECRET", SECRET)
        .start()
        .await;
    assert_eq!(bench.enter(TOKEN).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let line = bench.logged("misconfigured").await;
    let errors = line["errors"].to_string();
    assert!(errors.contains("is set for several issuers") && !errors.contains("hunter2"), "{errors}");
    assert_eq!(bench.issuer.all_hits(), 0);
}
