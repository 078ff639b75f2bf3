//! The token endpoint.

use std::sync::Arc;

use mcp_latch_host::client;
use serde_json::{Value, json};

use super::user::{REDIRECT, VERIFIER, World, start, text, world};
use crate::{bench::Setup, issuer::Answer};

/// How often the upstream's token endpoint was asked.
fn asked(world: &World) -> usize {
    world.bench.issuer.hits("/token")
}

/// A value whose last character is another.
fn changed(value: &str) -> String {
    let (rest, last) = value.split_at(value.len() - 1);
    format!("{rest}{}", if last == "A" { "Q" } else { "A" })
}

#[tokio::test(flavor = "multi_thread")]
async fn m3_other_grant_types_never_reach_the_upstream() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    for grant_type in [
        "client_credentials",
        "password",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "implicit",
    ] {
        let fields =
            [("grant_type", grant_type), ("client_id", client_id.as_str()), ("scope", "https://graph.microsoft.com/.default")];
        let reply = world.token(&fields).await;
        assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error"]), (400, &json!("unsupported_grant_type")));
    }
    assert_eq!(world.token(&[("client_id", &client_id)]).await.status, 400);
    assert_eq!(asked(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn r9_a_bad_code_is_400_and_only_an_unknown_client_is_401() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let other = world.register(&[REDIRECT]).await;
    let code = world.code(&client_id).await;
    let endpoint = world.bench.endpoint();
    let good = [
        ("grant_type", "authorization_code"),
        ("client_id", client_id.as_str()),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", REDIRECT),
        ("resource", &endpoint),
    ];
    let wrong_verifier = "x".repeat(43);
    let changed = changed(&code);
    for (name, value, status, error) in [
        ("code", "nonsense", 400, "invalid_grant"),
        ("code", &changed, 400, "invalid_grant"),
        ("code", "", 400, "invalid_request"),
        ("code_verifier", &wrong_verifier, 400, "invalid_grant"),
        ("code_verifier", "", 400, "invalid_request"),
        ("redirect_uri", "http://127.0.0.1:1/callback", 400, "invalid_grant"),
        ("resource", "https://other.example/mcp", 400, "invalid_target"),
        ("client_id", &other, 400, "invalid_grant"),
        ("client_id", "nobody", 401, "invalid_client"),
        ("client_id", "", 401, "invalid_client"),
        ("client_secret", "guessed", 401, "invalid_client"),
    ] {
        let mut fields = good.to_vec();
        fields.retain(|(other, _)| *other != name);
        fields.push((name, value));
        let reply = world.token(&fields).await;
        let body: Value = reply.json().unwrap();
        assert_eq!((reply.status.as_u16(), &body["error"]), (status, &json!(error)), "{name}={value} {body}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    assert_eq!(world.token(&[good.as_slice(), &good[..1]].concat()).await.status, 400);
    let json = client::post(world.bench.url("/token")).json(&json!({ "grant_type": "authorization_code" })).send().await.unwrap();
    assert_eq!(json.status, 400);
    // None of them cost the user their code, nor the upstream a request.
    assert_eq!(asked(&world), 0);
    assert_eq!(world.token(&good).await.status, 200);
    let spent = world.token(&good).await;
    assert_eq!((spent.status.as_u16(), &spent.json::<Value>().unwrap()["error"]), (400, &json!("invalid_grant")));
}

/// Whoever made it up, or has it from somewhere, does not learn how near it is.
#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_code_or_token_is_answered_alike() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let other = world.register(&[REDIRECT]).await;
    let tokens = world.tokens(&client_id).await;
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let code = world.code(&client_id).await;
    let wrong_verifier = "x".repeat(43);
    let fields = |code: &str, verifier: &str, uri: &str| {
        let fields =
            [("grant_type", "authorization_code"), ("client_id", &client_id), ("code", code), ("code_verifier", verifier)];
        fields.into_iter().chain([("redirect_uri", uri)]).map(|(name, value)| (name, value.to_owned())).collect::<Vec<_>>()
    };
    let mut replies = Vec::new();
    for fields in [
        fields("nonsense", VERIFIER, REDIRECT),
        fields(&changed(&code), VERIFIER, REDIRECT),
        fields(refresh, VERIFIER, REDIRECT),
        fields(&code, &wrong_verifier, REDIRECT),
        fields(&code, VERIFIER, "http://127.0.0.1:1/callback"),
    ] {
        replies.push(world.token(&fields.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>()).await);
    }
    replies.push(world.redeem(&other, &code).await);
    for (client, token) in [(&other, refresh), (&client_id, "nonsense"), (&client_id, access), (&client_id, &changed(refresh))] {
        replies.push(world.refresh(client, token).await);
    }
    let mut entered = Vec::new();
    for token in ["nonsense", refresh, &code, &changed(access)] {
        entered.push(world.bench.enter(token).await);
    }
    if world.bench.ours().is_some() {
        world.bench.advance(25 * 3600);
        replies.extend([world.redeem(&client_id, &code).await, world.refresh(&client_id, refresh).await]);
        entered.push(world.bench.enter(access).await);
    }
    let mut told: Vec<_> = replies
        .iter()
        .map(|reply| {
            let body: Value = reply.json().unwrap();
            (reply.status.as_u16(), body["error"].clone(), body["error_description"].clone(), body.as_object().unwrap().len())
        })
        .collect();
    told.dedup();
    assert_eq!(told.len(), 1, "{told:#?}");
    let mut told: Vec<_> =
        entered.iter().map(|reply| (reply.status, reply.text(), reply.header("www-authenticate").map(str::to_owned))).collect();
    told.dedup();
    assert_eq!((told.len(), told[0].0.as_u16()), (1, 401), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_a_minute() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let code = world.code(&client_id).await;
    if world.bench.ours().is_none() {
        return;
    }
    world.bench.advance(61);
    assert_eq!(world.redeem(&client_id, &code).await.status, 400);
    assert_eq!(asked(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn r1_a_hundred_redemptions_of_one_code_have_one_winner() {
    let world = Arc::new(world().await);
    let client_id = world.register(&[REDIRECT]).await;
    let code = world.code(&client_id).await;
    let tries = (0..100).map(|_| {
        let (world, client_id, code) = (Arc::clone(&world), client_id.clone(), code.clone());
        tokio::spawn(async move { world.redeem(&client_id, &code).await.status.as_u16() })
    });
    let mut statuses = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    println!("proxy: 100 redemptions at once, {} succeeded", statuses.iter().filter(|status| **status == 200).count());
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    // The rest were refused, or turned away by a host that was full: none is a second success.
    assert!(statuses.iter().all(|status| [200, 400, 429, 503].contains(status)), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signed_in_is_proven_by_something_made_for_us() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    for (changes, why) in [
        (json!({ "aud": "another-client" }), "aud"),
        (json!({ "aud": ["latch-at-upstream", "another-client"] }), "aud"),
        (json!({ "nonce": "another" }), "nonce"),
        (json!({ "nonce": null }), "nonce"),
        (json!({ "iss": "https://evil.example" }), "iss"),
        (json!({ "exp": null }), "exp"),
        (json!({ "exp": 1 }), "exp"),
        (json!({ "sub": "" }), "sub"),
    ] {
        world.upstream.claims(changes);
        let code = world.code(&client_id).await;
        let reply = world.redeem(&client_id, &code).await;
        let body: Value = reply.json().unwrap();
        assert_eq!((reply.status.as_u16(), &body["error"]), (400, &json!("invalid_grant")), "{why}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r10_an_upstream_in_trouble_costs_no_grant_and_is_not_quoted() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let tokens = world.tokens(&client_id).await;
    let refresh = text(&tokens, "refresh_token");
    for (answer, status, error) in [
        (Answer::rest(500, "secret-text"), 503, "temporarily_unavailable"),
        (Answer::rest(429, "secret-text"), 503, "temporarily_unavailable"),
        (Answer::rest(200, "<html>secret-text"), 503, "temporarily_unavailable"),
        (Answer::rest(401, r#"{"error":"invalid_client","error_description":"secret-text"}"#), 500, "server_error"),
        (Answer::status(302).with_header("location", "https://evil.example"), 503, "temporarily_unavailable"),
    ] {
        world.bench.issuer.answer_next("/token", answer);
        let reply = world.refresh(&client_id, refresh).await;
        assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error"]), (status, &json!(error)));
        assert!(!reply.text().contains("secret-text"), "{}", reply.text());
        assert_eq!(reply.header("retry-after").is_some(), status == 503);
        // The operator is told, under the number the client has.
        let line = world.bench.logged("token_refused").await;
        assert_eq!(line["reference"], reply.json::<Value>().unwrap()["reference"]);
    }
    assert_eq!(world.refresh(&client_id, refresh).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn m6_an_error_with_status_200_is_an_error() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let code = world.code(&client_id).await;
    world.bench.issuer.answer_next("/token", Answer::rest(200, r#"{"error":"bad_verification_code"}"#));
    let reply = world.redeem(&client_id, &code).await;
    assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error"]), (400, &json!("invalid_grant")));
    // Nor is it any better with tokens beside it.
    world.upstream.answers(json!({ "error": "bad_verification_code" }));
    let reply = world.redeem(&client_id, &world.code(&client_id).await).await;
    assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test(flavor = "multi_thread")]
async fn r4_who_left_the_upstream_gets_no_new_tokens() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let tokens = world.tokens(&client_id).await;
    world.upstream.sign_out();
    let reply = world.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!((reply.status.as_u16(), &reply.json::<Value>().unwrap()["error"]), (400, &json!("invalid_grant")));
    // Without a refresh token there, there is nobody to ask again, and so none here.
    world.upstream.answers(json!({ "refresh_token": null }));
    assert_eq!(world.tokens(&client_id).await.get("refresh_token"), None);
    // And no token outlives the upstream's, nor a quarter of an hour.
    for (there, here) in [(json!(300), 300), (json!(86_400), 900), (json!(null), 900), (json!(0), 900)] {
        world.upstream.answers(json!({ "expires_in": there }));
        let got = world.tokens(&client_id).await["expires_in"].as_u64().unwrap();
        assert!((here - 5..=here).contains(&got), "{there} {got}");
    }
}

/// Hours that go by before each refresh, and whether it is still granted.
async fn refreshes(rotation: &str, steps: &[(u64, bool)]) {
    let world = start(Setup::proxy().await.env("LATCH_PROXY_ROTATION", rotation)).await;
    if world.bench.ours().is_none() {
        return;
    }
    let client_id = world.register(&[REDIRECT]).await;
    let mut token = text(&world.tokens(&client_id).await, "refresh_token").to_owned();
    // The upstream's clock stands still.
    world.upstream.claims(json!({ "exp": world.bench.now() + 400 * 86_400 }));
    for (hours, granted) in steps {
        world.bench.advance(hours * 3600);
        let before = asked(&world);
        let reply = world.refresh(&client_id, &token).await;
        assert_eq!(reply.status, if *granted { 200 } else { 400 }, "{rotation} {hours}: {}", reply.text());
        if *granted {
            let tokens: Value = reply.json().unwrap();
            token = tokens["refresh_token"].as_str().unwrap_or(&token).to_owned();
        } else {
            assert_eq!(asked(&world), before);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r4_a_refresh_token_ends_in_a_day_or_where_somebody_watches_in_ninety() {
    refreshes("off", &[(12, true), (11, true), (2, false)]).await;
    refreshes("off", &[(25, false)]).await;
    refreshes("on", &[(29 * 24, true), (29 * 24, true), (29 * 24, true), (4 * 24, false)]).await;
    refreshes("on", &[(31 * 24, false)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pr_3492_a_scope_the_upstream_did_not_grant_is_not_granted() {
    let setup = Setup::proxy().await.env("LATCH_PROXY_SCOPES", "openid notes:write offline_access");
    let world = start(setup).await;
    let client_id = world.register(&[REDIRECT]).await;
    let all = [("scope", "notes:read notes:write")];
    for (there, here) in [("openid", "notes:read"), ("openid,notes:write", "notes:read notes:write")] {
        world.upstream.answers(json!({ "scope": there }));
        let browser = super::user::Browser::default();
        let reply = world.sign_in(&browser, &world.authorize_url(&client_id, &all)).await;
        let tokens: Value = world.redeem(&client_id, &super::user::answered(&reply)["code"]).await.json().unwrap();
        assert_eq!(tokens["scope"], here, "{there}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_its_clients_and_may_be_narrowed() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    let other = world.register(&[REDIRECT]).await;
    let browser = super::user::Browser::default();
    let reply = world.sign_in(&browser, &world.authorize_url(&client_id, &[("scope", "")])).await;
    let tokens: Value = world.redeem(&client_id, &super::user::answered(&reply)["code"]).await.json().unwrap();
    let refresh = text(&tokens, "refresh_token");
    let before = asked(&world);
    assert_eq!(world.refresh(&other, refresh).await.status, 400);
    assert_eq!(world.refresh(&client_id, text(&tokens, "access_token")).await.status, 400);
    assert_eq!(asked(&world), before);
    let narrowed =
        [("grant_type", "refresh_token"), ("client_id", &client_id), ("refresh_token", refresh), ("scope", "notes:read admin")];
    let narrow: Value = world.token(&narrowed).await.json().unwrap();
    assert_eq!(narrow["scope"], "notes:read");
    let wide: Value = world.refresh(&client_id, text(&narrow, "refresh_token")).await.json().unwrap();
    assert_eq!(wide["scope"], "notes:read notes:write");
    // Scopes that were not granted cannot be had this way.
    let more = [
        ("grant_type", "refresh_token"),
        ("client_id", &client_id),
        ("refresh_token", text(&wide, "refresh_token")),
        ("scope", "admin"),
    ];
    assert_eq!(world.token(&more).await.json::<Value>().unwrap()["error"], "invalid_scope");
    // Another user came out of the same refresh token.
    world.upstream.claims(json!({ "sub": "eve" }));
    assert_eq!(world.refresh(&client_id, text(&wide, "refresh_token")).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asked_for_a_secret_needs_it() {
    let world = world().await;
    for method in ["client_secret_post", "client_secret_basic"] {
        let body = json!({ "redirect_uris": [REDIRECT], "token_endpoint_auth_method": method });
        let reply = client::post(world.bench.url("/register")).json(&body).send().await.unwrap();
        let client: Value = reply.json().unwrap();
        let (id, secret) = (text(&client, "client_id"), text(&client, "client_secret"));
        assert_eq!(client["client_secret_expires_at"], 0);
        let code = world.code(id).await;
        let base = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
        let with = |more: &[(&'static str, &str)]| {
            let fields = base.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned()));
            fields.collect::<Vec<_>>()
        };
        let post = async |fields: Vec<(&str, String)>, basic: Option<String>| {
            let mut call = client::post(world.bench.url("/token"));
            if let Some(basic) = basic {
                use base64::{Engine as _, engine::general_purpose::STANDARD};
                call = call.header("authorization", format!("Basic {}", STANDARD.encode(basic)));
            }
            call.form(fields.iter().map(|(name, value)| (*name, value.as_str()))).send().await.unwrap().status.as_u16()
        };
        assert_eq!(post(with(&[("client_id", id)]), None).await, 401);
        assert_eq!(post(with(&[("client_id", id), ("client_secret", "wrong")]), None).await, 401);
        assert_eq!(post(with(&[]), Some(format!("{id}:wrong"))).await, 401);
        assert_eq!(post(with(&[("client_id", id), ("client_secret", secret)]), Some(format!("{id}:{secret}"))).await, 401);
        let good = match method {
            "client_secret_post" => post(with(&[("client_id", id), ("client_secret", secret)]), None).await,
            _ => post(with(&[]), Some(format!("{id}:{secret}"))).await,
        };
        assert_eq!(good, 200, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_was_taken_away_does_not_come_back_with_a_refresh() {
    let world = world().await;
    let client_id = world.register(&[REDIRECT]).await;
    world.upstream.claims(json!({ "roles": ["admin"], "groups": ["staff"] }));
    let first = world.tokens(&client_id).await;
    let who = async |tokens: &Value| {
        let who: Value = world.bench.enter(text(tokens, "access_token")).await.json().unwrap();
        who["result"]["structuredContent"]["user"].clone()
    };
    assert_eq!(who(&first).await["roles"], json!(["admin"]));
    // The upstream now says less: in an ID token without them, and then without an ID token at all.
    world.upstream.claims(json!({ "email": null, "email_verified": null, "name": null }));
    let second: Value = world.refresh(&client_id, text(&first, "refresh_token")).await.json().unwrap();
    world.upstream.answers(json!({ "id_token": null }));
    let third: Value = world.refresh(&client_id, text(&second, "refresh_token")).await.json().unwrap();
    for tokens in [&second, &third] {
        let user = who(tokens).await;
        assert_eq!(
            (&user["roles"], &user["email"], &user["name"]),
            (&json!([]), &json!("ada@example.com"), &json!("Ada Lovelace"))
        );
    }
}
