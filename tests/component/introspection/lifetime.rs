//! How long an answer counts, and how often the issuer is asked.

use http::StatusCode;
use serde_json::json;

use super::{Asking, PATH, TOKEN, setup, start};

#[tokio::test(flavor = "multi_thread")]
async fn one_token_is_asked_about_once_in_a_while() {
    let asking = start().await;
    for _ in 0..100 {
        asking.accepts(TOKEN).await;
    }
    println!("100 requests with one token: {} questions", asking.asked());
    assert_eq!(asking.asked(), 1);
    if asking.bench.ours().is_some() {
        asking.bench.advance(10);
        asking.accepts(TOKEN).await;
        assert_eq!(asking.asked(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_of_no_use_after_the_cache_time() {
    let asking = Asking::at(setup().await.env("LATCH_INTROSPECT_CACHE", "20"), PATH).await;
    if asking.bench.ours().is_none() {
        return println!("not run here: needs a clock that can be moved");
    }
    asking.accepts(TOKEN).await;
    asking.forgets(TOKEN);
    asking.bench.advance(19);
    asking.accepts(TOKEN).await;
    asking.bench.advance(1);
    asking.refuses("a revoked token", TOKEN, "inactive_token").await;
    // It may be known again: what is not active is not remembered for long either.
    asking.knows(TOKEN, json!({}));
    asking.refuses("a token that is not active", TOKEN, "inactive_token").await;
    assert_eq!(asking.asked(), 2);
    asking.bench.advance(2);
    asking.accepts(TOKEN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_cache_every_request_asks() {
    let asking = Asking::at(setup().await.env("LATCH_INTROSPECT_CACHE", "0"), PATH).await;
    asking.accepts(TOKEN).await;
    asking.forgets(TOKEN);
    asking.refuses("a revoked token", TOKEN, "inactive_token").await;
    asking.knows(TOKEN, json!({}));
    asking.accepts(TOKEN).await;
    assert_eq!(asking.asked(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_outlives_the_token() {
    let asking = Asking::at(setup().await.env("LATCH_INTROSPECT_CACHE", "60"), PATH).await;
    if asking.bench.ours().is_none() {
        return println!("not run here: needs a clock that can be moved");
    }
    asking.knows(TOKEN, json!({ "exp": asking.bench.now() + 30 }));
    asking.accepts(TOKEN).await;
    asking.bench.advance(31);
    asking.forgets(TOKEN);
    asking.refuses("a token that expired", TOKEN, "inactive_token").await;
    assert_eq!(asking.asked(), 2);
}

/// What a stranger makes up costs one question each, and little memory; it drives no answer about a good token out.
#[tokio::test(flavor = "multi_thread")]
async fn garbage_costs_a_question_each_and_no_more() {
    let asking = Asking::at(setup().await.env("LATCH_INTROSPECT_CACHE", "60"), PATH).await;
    asking.accepts(TOKEN).await;
    for number in 0..1000 {
        let reply = asking.bench.enter(&format!("garbage-{number}-{}", "x".repeat(4000))).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    }
    println!("1000 made-up tokens: {} questions", asking.asked() - 1);
    assert_eq!(asking.asked(), 1001);
    asking.accepts(TOKEN).await;
    assert_eq!(asking.asked(), 1001);
    let again = asking.bench.enter("garbage-again").await;
    assert_eq!((again.status, asking.asked()), (StatusCode::UNAUTHORIZED, 1002));
    // At once, so within the two seconds.
    let again = asking.bench.enter("garbage-again").await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    assert_eq!(asking.asked(), 1002);
}
