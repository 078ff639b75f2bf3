//! `LATCH_ISSUER` without keys: where they are is in the issuer's own document, asked for when a token needs it.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    bench::{Bench, Setup, sign_as},
    issuer::{Answer, JWKS},
    keys::{EC, EC_OTHER},
};

const OPENID: &str = "/auth/v1/.well-known/openid-configuration";
const RFC8414: &str = "/.well-known/oauth-authorization-server/auth/v1";

async fn setup() -> Setup {
    let setup = Setup::bare().await;
    let issuer = setup.issuer().url();
    let document = document(setup.issuer().origin(), &issuer);
    setup.issuer().answer(OPENID, Answer::json(document.to_string()));
    setup.env("LATCH_ISSUER", issuer).env("LATCH_ALGORITHMS", "ES256")
}

fn document(origin: &str, issuer: &str) -> Value {
    json!({ "issuer": issuer, "jwks_uri": format!("{origin}{JWKS}"), "authorization_endpoint": "https://elsewhere.example/a" })
}

fn token(bench: &Bench) -> String {
    sign_as(&EC, json!({ "alg": "ES256", "typ": "at+jwt", "kid": EC.kid }), &bench.rfc9068_claims())
}

async fn is_unavailable(bench: &Bench, words: &str) {
    let reply = bench.enter(&token(bench)).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{words}");
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert!(reply.header("www-authenticate").is_none());
    let line = bench.logged("refused").await;
    assert_eq!(line["reason"], "keys_unavailable");
    assert!(line["detail"].as_str().unwrap().contains(words), "{line:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_asked_for_when_keys_are_needed_and_remembered() {
    let bench = setup().await.start().await;
    assert_eq!(bench.enter("opaque").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.issuer.all_hits(), 0, "nothing is asked for at start, or for a token of nobody");
    for _ in 0..20 {
        assert_eq!(bench.enter(&token(&bench)).await.status, StatusCode::OK);
    }
    assert_eq!((bench.issuer.hits(OPENID), bench.issuer.hits(JWKS), bench.issuer.all_hits()), (1, 1, 2));
    // Keys rotate: the document still counts.
    bench.issuer.publish(&[&EC_OTHER]);
    let rotated = sign_as(&EC_OTHER, json!({ "alg": "ES256", "typ": "at+jwt", "kid": EC_OTHER.kid }), &bench.rfc9068_claims());
    assert_eq!(bench.enter(&rotated).await.status, StatusCode::OK);
    assert_eq!((bench.issuer.hits(OPENID), bench.issuer.hits(JWKS)), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oauth_server_has_it_elsewhere() {
    let setup = setup().await;
    let document = document(setup.issuer().origin(), &setup.issuer().url());
    setup.issuer().answer(OPENID, Answer::status(404));
    setup.issuer().answer(RFC8414, Answer::json(document.to_string()));
    let bench = setup.start().await;
    assert_eq!(bench.enter(&token(&bench)).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_issuer_causes_no_look_up() {
    let bench = setup().await.start().await;
    let stranger = format!("{}/stranger", bench.issuer.origin());
    let mut claims = bench.rfc9068_claims();
    claims.insert("iss".to_owned(), json!(stranger));
    let token = sign_as(&EC, json!({ "alg": "ES256", "typ": "at+jwt", "kid": EC.kid }), &claims);
    assert_eq!(bench.enter(&token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.reason().await, "iss_mismatch");
    assert_eq!(bench.issuer.all_hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_not_the_issuers_own_is_503() {
    let setup = setup().await;
    let (origin, issuer) = (setup.issuer().origin().to_owned(), setup.issuer().url());
    let bench = setup.start().await;
    if bench.ours().is_none() {
        return println!("not run here: needs a clock that can be moved");
    }
    for (document, words) in [
        (json!({ "issuer": format!("{issuer}/"), "jwks_uri": format!("{origin}{JWKS}") }), "names the issuer"),
        (json!({ "jwks_uri": format!("{origin}{JWKS}") }), "names the issuer"),
        (json!({ "issuer": issuer, "jwks_uri": "https://evil.example/jwks" }), "LATCH_JWKS_URI"),
        (json!({ "issuer": issuer, "jwks_uri": format!("{}0{JWKS}", origin) }), "not the issuer's origin"),
        (json!({ "issuer": issuer }), "LATCH_JWKS_URI"),
        (json!({ "issuer": issuer, "jwks_uri": [format!("{origin}{JWKS}")] }), "LATCH_JWKS_URI"),
    ] {
        bench.issuer.answer(OPENID, Answer::json(document.to_string()));
        is_unavailable(&bench, words).await;
        bench.advance(6);
    }
    assert_eq!(bench.issuer.hits(JWKS), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_down_is_503_until_it_is_back() {
    let bench = setup().await.start().await;
    if bench.ours().is_none() {
        return println!("not run here: needs a clock that can be moved");
    }
    let redirect = Answer::Reply { status: 302, headers: vec![("location", "/".to_owned())], body: "".into() };
    for answer in [Answer::status(500), Answer::json("{}{}"), Answer::json(r#"{"issuer":"a","issuer":"b"}"#), redirect] {
        bench.issuer.answer_next(OPENID, answer);
        is_unavailable(&bench, "discovery").await;
        // Asked once, then not for five seconds.
        let hits = bench.issuer.hits(OPENID);
        is_unavailable(&bench, "discovery").await;
        assert_eq!(bench.issuer.hits(OPENID), hits);
        bench.advance(6);
    }
    assert_eq!(bench.enter(&token(&bench)).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_operator_names_needs_no_document() {
    let setup = setup().await;
    let uri = format!("{}{JWKS}", setup.issuer().origin());
    let bench = setup.env("LATCH_JWKS_URI", uri).start().await;
    assert_eq!(bench.enter(&token(&bench)).await.status, StatusCode::OK);
    assert_eq!((bench.issuer.hits(OPENID), bench.issuer.hits(JWKS)), (0, 1));
}
