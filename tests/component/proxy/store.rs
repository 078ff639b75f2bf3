//! What is stronger with a key-value store, in the build that has one. A fresh instance per request: nothing but the store is shared.

use std::sync::Arc;

use mcp_latch_host::client;
use serde_json::{Value, json};

use super::user::{REDIRECT, World, start, text};
use crate::{
    bench::{Setup, keyvalue_path},
    issuer::Answer,
    second_host,
};

async fn world() -> Option<World> {
    if second_host::command().is_some() {
        println!("not run here: needs a host with a store");
        return None;
    }
    let component = tokio::task::spawn_blocking(keyvalue_path).await.unwrap();
    Some(start(Setup::proxy().await.component(component).fresh()).await)
}

async fn revoke(world: &World, fields: &[(&str, &str)]) -> u16 {
    client::post(world.bench.url("/revoke")).form(fields.iter().copied()).send().await.unwrap().status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn r2_a_refresh_token_used_twice_is_a_retry_at_first_and_a_theft_later() {
    let Some(world) = world().await else { return };
    let client_id = world.register(&[REDIRECT]).await;
    let first = world.tokens(&client_id).await;
    let refresh = text(&first, "refresh_token");
    let second: Value = world.refresh(&client_id, refresh).await.json().unwrap();
    let asked = world.bench.issuer.hits("/token");
    // #4901: the answer was lost on its way, and the client asks again.
    let again: Value = world.refresh(&client_id, refresh).await.json().unwrap();
    assert_eq!((&again, world.bench.issuer.hits("/token")), (&second, asked));
    let third: Value = world.refresh(&client_id, text(&second, "refresh_token")).await.json().unwrap();
    let access = text(&third, "access_token");
    assert_eq!(world.bench.enter(access).await.status, 200);
    // The successor was used, so whoever has the first one is not its client.
    let theft = world.refresh(&client_id, refresh).await;
    assert_eq!((theft.status.as_u16(), &theft.json::<Value>().unwrap()["error"]), (400, &json!("invalid_grant")));
    assert_eq!(world.refresh(&client_id, text(&third, "refresh_token")).await.status, 400);
    assert_eq!(world.bench.enter(access).await.status, 401);
    assert_eq!(world.bench.reason().await, "revoked");
    // Another sign-in is not touched.
    let other = world.tokens(&client_id).await;
    assert_eq!(world.bench.enter(text(&other, "access_token")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn r2_half_a_minute_later_it_is_no_retry() {
    let Some(world) = world().await else { return };
    let client_id = world.register(&[REDIRECT]).await;
    let first = world.tokens(&client_id).await;
    let second: Value = world.refresh(&client_id, text(&first, "refresh_token")).await.json().unwrap();
    if world.bench.ours().is_none() {
        return;
    }
    world.bench.advance(31);
    assert_eq!(world.refresh(&client_id, text(&first, "refresh_token")).await.status, 400);
    assert_eq!(world.refresh(&client_id, text(&second, "refresh_token")).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn r2_many_at_once_get_one_answer() {
    let Some(world) = world().await.map(Arc::new) else { return };
    let client_id = world.register(&[REDIRECT]).await;
    let tokens = world.tokens(&client_id).await;
    let before = world.bench.issuer.hits("/token");
    let tries = (0..8).map(|_| {
        let (world, client_id, refresh) = (Arc::clone(&world), client_id.clone(), text(&tokens, "refresh_token").to_owned());
        tokio::spawn(async move { world.refresh(&client_id, &refresh).await })
    });
    let mut answers = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        let reply = one.await.unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text());
        answers.push(reply.text());
    }
    answers.dedup();
    assert_eq!((answers.len(), world.bench.issuer.hits("/token")), (1, before + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_in_trouble_does_not_cost_the_turn() {
    let Some(world) = world().await else { return };
    let client_id = world.register(&[REDIRECT]).await;
    let tokens = world.tokens(&client_id).await;
    world.bench.issuer.answer_next("/token", Answer::rest(500, "no"));
    assert_eq!(world.refresh(&client_id, text(&tokens, "refresh_token")).await.status, 503);
    assert_eq!(world.refresh(&client_id, text(&tokens, "refresh_token")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn r3_revoked_tokens_stop_at_once() {
    let Some(world) = world().await else { return };
    let client_id = world.register(&[REDIRECT]).await;
    let other = world.register(&[REDIRECT]).await;
    let metadata: Value =
        client::get(world.bench.url("/.well-known/oauth-authorization-server")).send().await.unwrap().json().unwrap();
    assert_eq!(metadata["revocation_endpoint"], world.bench.url("/revoke"));
    for kind in ["refresh_token", "access_token"] {
        let tokens = world.tokens(&client_id).await;
        let (access, refresh, token) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"), text(&tokens, kind));
        assert_eq!(revoke(&world, &[("token", token), ("client_id", &other)]).await, 200);
        assert_eq!(revoke(&world, &[("token", "nonsense"), ("client_id", &client_id)]).await, 200);
        assert_eq!(revoke(&world, &[("token", token), ("client_id", "nobody")]).await, 401);
        assert_eq!(revoke(&world, &[("client_id", &client_id)]).await, 400);
        assert_eq!(world.bench.enter(access).await.status, 200);
        assert_eq!(revoke(&world, &[("token", token), ("client_id", &client_id)]).await, 200);
        assert_eq!(world.bench.enter(access).await.status, 401, "{kind}");
        assert_eq!(world.refresh(&client_id, refresh).await.status, 400, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r1_a_code_used_twice_takes_back_what_was_issued_for_it() {
    let Some(world) = world().await else { return };
    let client_id = world.register(&[REDIRECT]).await;
    let code = world.code(&client_id).await;
    let tokens: Value = world.redeem(&client_id, &code).await.json().unwrap();
    assert_eq!(world.redeem(&client_id, &code).await.status, 400);
    assert_eq!(world.bench.enter(text(&tokens, "access_token")).await.status, 401);
    assert_eq!(world.refresh(&client_id, text(&tokens, "refresh_token")).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_outlives_an_upstream_in_trouble() {
    let Some(world) = world().await else { return };
    let client_id = world.register(&[REDIRECT]).await;
    let code = world.code(&client_id).await;
    world.bench.issuer.answer_next("/token", Answer::rest(503, "no"));
    assert_eq!(world.redeem(&client_id, &code).await.status, 503);
    let tokens: Value = world.redeem(&client_id, &code).await.json().unwrap();
    assert_eq!(world.bench.enter(text(&tokens, "access_token")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_not_known_is_challenged_at_revocation_too() {
    let Some(world) = world().await else { return };
    let reply = client::post(world.bench.url("/revoke")).form([("token", "x"), ("client_id", "nobody")]).send().await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.header("www-authenticate")), (401, Some("Basic realm=\"token\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn r1_a_code_that_the_upstream_takes_twice_is_good_once_all_the_same() {
    let Some(world) = world().await else { return };
    world.upstream.takes_codes_again();
    let client_id = world.register(&[REDIRECT]).await;
    let code = world.code(&client_id).await;
    let tokens: Value = world.redeem(&client_id, &code).await.json().unwrap();
    let again = world.redeem(&client_id, &code).await;
    assert_eq!((again.status.as_u16(), &again.json::<Value>().unwrap()["error"]), (400, &json!("invalid_grant")));
    assert_eq!(world.bench.enter(text(&tokens, "access_token")).await.status, 401);
    assert_eq!(world.refresh(&client_id, text(&tokens, "refresh_token")).await.status, 400);
}
