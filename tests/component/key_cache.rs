//! How often the issuer is asked for its keys, and what happens while it is down.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    bench::{Bench, Setup, sign_as},
    issuer::{Answer, JWKS},
    keys::{EC, EC_OTHER, RSA},
};

async fn enter_with_random_kids(bench: &Bench, count: usize) {
    for number in 0..count {
        let header = json!({ "alg": "ES256", "kid": format!("random-{number}") });
        let reply = bench.enter(&sign_as(&EC, header, &bench.claims())).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pinned_keys_need_no_fetch_in_fresh_instances() {
    let jwks = json!({ "keys": [EC.jwk(), RSA.jwk()] }).to_string();
    let bench = Setup::supabase().await.env("LATCH_JWKS", jwks).fresh().start().await;
    let token = bench.good();
    for _ in 0..1000 {
        assert_eq!(bench.enter(&token).await.status, StatusCode::OK);
    }
    println!("1000 requests with pinned keys: {} fetches", bench.issuer.all_hits());
    assert_eq!(bench.issuer.all_hits(), 0);
    if let Some(host) = bench.ours() {
        assert!(host.stats().instances() >= 1000, "{} instances", host.stats().instances());
    }
    // A key that is not pinned is still found.
    bench.issuer.publish(&[&EC_OTHER]);
    assert_eq!(bench.enter(&bench.token(&EC_OTHER)).await.status, StatusCode::OK);
    assert_eq!(bench.issuer.all_hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn random_kids_cause_one_fetch_per_cool_down() {
    let bench = Setup::supabase().await.start().await;
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::OK);
    assert_eq!(bench.issuer.hits(JWKS), 1);
    enter_with_random_kids(&bench, 1000).await;
    println!("1000 random kids: {} fetches beside the first", bench.issuer.hits(JWKS) - 1);
    assert_eq!(bench.issuer.hits(JWKS), 2);
    if bench.ours().is_some() {
        bench.advance(31);
        enter_with_random_kids(&bench, 20).await;
        assert_eq!(bench.issuer.hits(JWKS), 3);
    }
}

/// With many requests at once there are several instances; each keeps the rule for itself, and the host bounds their number.
#[tokio::test(flavor = "multi_thread")]
async fn random_kids_at_once_cause_one_fetch_per_instance() {
    let bench = Setup::supabase().await.start().await;
    let Some(host) = bench.ours() else { return println!("not run here: needs the host's counters") };
    let calls = (0..200).map(|number| {
        let header = json!({ "alg": "ES256", "kid": format!("random-{number}") });
        tokio::spawn(bench.whoami().bearer(&sign_as(&EC, header, &bench.claims())).send())
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap().status, StatusCode::UNAUTHORIZED);
    }
    let (fetches, instances) = (bench.issuer.hits(JWKS) as u64, host.stats().instances());
    println!("200 random kids at once: {fetches} fetches by {instances} instances");
    assert!(fetches <= 2 * instances, "{fetches} fetches, {instances} instances");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_without_a_restart() {
    let bench = Setup::supabase().await.start().await;
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::OK);
    bench.issuer.publish(&[&EC_OTHER]);
    assert_eq!(bench.enter(&bench.token(&EC_OTHER)).await.status, StatusCode::OK, "the new key works at once");
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::UNAUTHORIZED, "the old key stops working");
    assert_eq!(bench.reason().await, "kid_unknown");
}

/// Test servers, and some real ones, restart with the same `kid` and a new key.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_under_an_old_kid_is_found() {
    let bench = Setup::supabase().await.start().await;
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::OK);
    let impostor = EC_OTHER.jwk_with(json!({ "kid": EC.kid }));
    bench.issuer.answer(JWKS, Answer::json(json!({ "keys": [impostor] }).to_string()));
    assert_eq!(bench.enter(&sign_as(&EC_OTHER, EC.header(), &bench.claims())).await.status, StatusCode::OK);
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.reason().await, "bad_signature");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_issuer_is_down_old_keys_work_and_then_it_is_503() {
    let bench = Setup::supabase().await.start().await;
    if bench.ours().is_none() {
        return println!("not run here: needs a clock that can be moved");
    }
    let claims = bench.with(json!({ "exp": bench.now() + 1_000_000 }));
    let token = sign_as(&EC, EC.header(), &claims);
    assert_eq!(bench.enter(&token).await.status, StatusCode::OK);
    bench.issuer.set_up(false);
    for hours in [1, 11, 11] {
        bench.advance(hours * 3600);
        assert_eq!(bench.enter(&token).await.status, StatusCode::OK, "stale keys");
    }
    let unknown = sign_as(&EC_OTHER, EC_OTHER.header(), &claims);
    assert_unavailable(&bench, &unknown).await;
    bench.advance(2 * 3600);
    assert_unavailable(&bench, &token).await;
    bench.issuer.set_up(true);
    bench.advance(6);
    assert_eq!(bench.enter(&token).await.status, StatusCode::OK, "it recovers by itself");
}

async fn assert_unavailable(bench: &Bench, token: &str) {
    let reply = bench.enter(token).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert!(reply.header("www-authenticate").is_none(), "a challenge would make clients throw a good token away");
    assert_eq!(bench.reason().await, "keys_unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_server_that_misbehaves_is_503() {
    let long = format!("{{\"keys\":[],\"x\":\"{}\"}}", "a".repeat(300_000));
    let redirect = |to: String| Answer::Reply { status: 302, headers: vec![("location", to)], body: "".into() };
    for answer in [
        Answer::status(500),
        Answer::status(404),
        Answer::json("<html>"),
        Answer::json("{}"),
        Answer::json(long),
        Answer::Silence,
        redirect("/elsewhere.json".to_owned()),
    ] {
        let setup = Setup::supabase().await;
        setup.issuer().answer(JWKS, answer);
        setup.issuer().answer("/elsewhere.json", Answer::json(json!({ "keys": [EC.jwk()] }).to_string()));
        let bench = setup.start().await;
        assert_unavailable(&bench, &bench.good()).await;
        assert_unavailable(&bench, &bench.good()).await;
        assert_eq!(bench.issuer.all_hits(), 1, "asked once, then not for a while; redirects are not followed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_key_set_is_explained() {
    let setup = Setup::supabase().await;
    setup.issuer().publish(&[]);
    let bench = setup.start().await;
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::UNAUTHORIZED);
    let line = bench.logged("refused").await;
    assert_eq!(line["reason"], "key_set_empty");
    assert!(line["detail"].as_str().unwrap().contains("HS256"), "{line:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn exotic_keys_are_skipped_not_fatal() {
    let setup = Setup::supabase().await;
    let keys: Vec<Value> = vec![
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "kid": "pq", "pub": "AA" }),
        json!({ "kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB" }),
        RSA.jwk_with(json!({ "use": "enc", "kid": "enc" })),
        EC.jwk(),
    ];
    setup.issuer().answer(JWKS, Answer::json(json!({ "keys": keys }).to_string()));
    let bench = setup.start().await;
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::OK);
    let line = bench.logged("keys_fetched").await;
    assert_eq!((&line["keys"], line["skipped"].as_array().unwrap().len()), (&json!(1), 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateways_key_is_sent() {
    let bench = Setup::supabase().await.env("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_test").start().await;
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::OK);
    assert_eq!(bench.issuer.last_headers(JWKS)["apikey"], "sb_publishable_test");
}
