//! What is on the wire.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mcp_latch::jose::{Alg, Compact, KeySet};
use serde_json::{Value, json};

use super::{Asking, CLIENT, PATH, SECRET, TOKEN, setup, start};
use crate::upstream::pairs;

/// RFC 7515 A.3.1.
const JWK: &str = r#"{"kty":"EC","crv":"P-256","kid":"k1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_the_form_and_our_client_in_a_header() {
    let asking = start().await;
    asking.accepts(TOKEN).await;
    let seen = asking.bench.issuer.seen(PATH).remove(0);
    assert_eq!((seen.method.as_str(), seen.uri.query()), ("POST", None));
    assert_eq!(seen.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(seen.headers["accept"], "application/json");
    let form = pairs(&seen.body);
    assert_eq!((form["token"].as_str(), form["token_type_hint"].as_str(), form.len()), (TOKEN, "access_token", 2));
    // RFC 6749 §2.3.1: both parts are form-encoded first.
    let basic = seen.headers["authorization"].to_str().unwrap().strip_prefix("Basic ").unwrap();
    assert_eq!(STANDARD.decode(basic).unwrap(), b"our%3Aclient:hunter2%2B%2F+%25");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_may_be_in_the_form() {
    let asking = Asking::at(setup().await.env("LATCH_INTROSPECT_CLIENT_AUTH", "post"), PATH).await;
    asking.accepts(TOKEN).await;
    let seen = asking.bench.issuer.seen(PATH).remove(0);
    assert!(!seen.headers.contains_key("authorization"));
    let form = pairs(&seen.body);
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), (CLIENT, SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_signs_an_assertion_for_the_issuer() {
    let setup = setup().await.env("LATCH_INTROSPECT_CLIENT_SECRET", "").env("LATCH_INTROSPECT_CLIENT_KEY", JWK);
    let asking = Asking::at(setup, PATH).await;
    asking.accepts(TOKEN).await;
    let seen = asking.bench.issuer.seen(PATH).remove(0);
    assert!(!seen.headers.contains_key("authorization"));
    let form = pairs(&seen.body);
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let assertion = Compact::parse(&form["client_assertion"]).unwrap();
    let mut public: Value = serde_json::from_str(JWK).unwrap();
    public.as_object_mut().unwrap().remove("d");
    let set = KeySet::parse(json!({ "keys": [public] }).to_string().as_bytes()).unwrap();
    assert_eq!(set.verify(&assertion, Alg::Es256), Ok(()));
    let claims = &assertion.claims;
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(CLIENT), &json!(CLIENT)));
    assert_eq!(claims["aud"], asking.bench.issuer.url());
    let (issued, expiry) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
    assert_eq!(expiry - issued, 120);
    // Each question has an assertion of its own.
    asking.knows("another", json!({}));
    asking.accepts("another").await;
    let next = pairs(&asking.bench.issuer.seen(PATH)[1].body);
    assert_ne!(Compact::parse(&next["client_assertion"]).unwrap().claims["jti"], claims["jti"]);
}
