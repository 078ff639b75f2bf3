//! Generic OpenID Connect.

use futures::future::join_all;

use super::*;

const ISSUER: &str = "https://id.example.com/realms/one";
const DOCUMENT: &str = "GET https://id.example.com/realms/one/.well-known/openid-configuration";
const RFC8414: &str = "GET https://id.example.com/.well-known/oauth-authorization-server/realms/one";
const TOKEN: &str = "POST https://id.example.com/t";

fn oidc(more: &[(&str, &str)]) -> Upstream {
    upstream("oidc", &[&[("LATCH_PROXY_ISSUER", ISSUER)], more].concat())
}

fn document(changes: Value) -> Value {
    let base = json!({
        "issuer": ISSUER, "authorization_endpoint": "https://id.example.com/a", "token_endpoint": "https://id.example.com/t",
        "jwks_uri": "https://id.example.com/k", "revocation_endpoint": "https://id.example.com/r",
    });
    with(base, changes)
}

fn world(changes: Value) -> World {
    let claims = json!({ "iss": ISSUER, "aud": CLIENT, "sub": "u1", "nonce": NONCE, "iat": NOW, "exp": NOW + 3600 });
    World::new()
        .on(DOCUMENT, 200, document(changes))
        .on(TOKEN, 200, tokens(json!({ "id_token": signed(claims) })))
        .on("GET https://id.example.com/k", 200, jwks())
        .on("POST https://id.example.com/r", 200, "")
}

#[test]
fn signs_in() {
    let (oidc, world) = (oidc(&[]), world(json!({})));
    assert_eq!(world.redeem(&oidc).unwrap().subject, "oidc|u1");
    assert_eq!(world.revoke(&oidc, "rt-1"), Ok(()));
    assert_eq!(world.asked(DOCUMENT).len(), 1);
    assert_eq!((oidc.label().as_str(), oidc.issuer()), ("id.example.com", Some(ISSUER)));
    assert!(world.one(TOKEN).header("authorization").is_some());
}

#[test]
fn a_secret_goes_where_the_document_says() {
    let methods = |list: Value| json!({ "token_endpoint_auth_methods_supported": list });
    for (list, post) in [
        (json!(["client_secret_post"]), true),
        (json!(["client_secret_post", "client_secret_basic"]), false),
        (json!(["none"]), false),
    ] {
        let world = world(methods(list));
        world.redeem(&oidc(&[])).unwrap();
        assert_eq!(world.one(TOKEN).field("client_secret").is_some(), post);
    }
}

#[test]
fn a_document_of_another_issuer_is_refused() {
    for issuer in [json!("https://id.example.com/realms/two"), json!(format!("{ISSUER}/")), json!(null), json!([ISSUER])] {
        let world = world(json!({ "issuer": issuer }));
        misconfigured(world.redeem(&oidc(&[])), "names the issuer");
        misconfigured(world.authorize(&oidc(&[])), "names the issuer");
        assert!(world.asked(TOKEN).is_empty());
    }
}

#[test]
fn endpoints_elsewhere_are_refused_unless_the_operator_names_them() {
    for (name, variable) in [
        ("authorization_endpoint", "LATCH_PROXY_AUTHORIZE_URL"),
        ("token_endpoint", "LATCH_PROXY_TOKEN_URL"),
        ("jwks_uri", "LATCH_PROXY_JWKS_URL"),
    ] {
        for url in [
            "https://evil.example/x",
            "http://id.example.com/x",
            "https://id.example.com:444/x",
            "https://id.example.com@evil.example/",
            "//evil.example",
            "data:,x",
            "",
        ] {
            let world = world(json!({ name: url }));
            misconfigured(world.redeem(&oidc(&[])), variable);
            assert!(world.asked("POST").is_empty());
        }
        misconfigured(world(json!({ name: null })).redeem(&oidc(&[])), variable);
        // Named by the operator, the document's word does not count.
        let world = world(json!({ name: "https://evil.example/x" }));
        let url = document(json!({}))[name].as_str().unwrap().to_owned();
        assert!(world.redeem(&oidc(&[(variable, &url)])).is_ok());
    }
    let world = world(json!({ "revocation_endpoint": "https://evil.example/r" }));
    assert_eq!(world.revoke(&oidc(&[]), "rt-1"), Ok(()));
    assert!(world.asked("POST").is_empty());
}

#[test]
fn all_endpoints_by_hand_need_no_document() {
    let oidc = oidc(&[
        ("LATCH_PROXY_AUTHORIZE_URL", "https://id.example.com/a"),
        ("LATCH_PROXY_TOKEN_URL", "https://id.example.com/t"),
        ("LATCH_PROXY_JWKS_URL", "https://id.example.com/k"),
    ]);
    let world = world(json!({}));
    assert!(world.redeem(&oidc).is_ok());
    assert!(world.asked(DOCUMENT).is_empty());
}

#[test]
fn the_other_places_are_tried_only_where_there_is_nothing() {
    let rest = "GET https://id.example.com/.well-known/openid-configuration/realms/one";
    let world = world(json!({})).on(DOCUMENT, 404, "").on(RFC8414, 200, document(json!({})));
    assert!(world.redeem(&oidc(&[])).is_ok());
    misconfigured(world.on(RFC8414, 404, "").on(rest, 404, "").redeem(&oidc(&[])), "LATCH_PROXY_ISSUER");
    for status in [500, 302] {
        let world = self::world(json!({})).on(DOCUMENT, status, "");
        down(world.redeem(&oidc(&[])));
        assert_eq!(world.seen.borrow().len(), 1);
    }
}

#[test]
fn a_document_is_used_for_ten_minutes_and_longer_while_the_issuer_is_down() {
    let (oidc, world) = (oidc(&[]), world(json!({})));
    let at = |seconds: u64| {
        world.now.set(NOW + seconds);
        world.authorize(&oidc).map(|_| world.asked(DOCUMENT).len())
    };
    assert_eq!((at(0), at(599)), (Ok(1), Ok(1)));
    assert_eq!(at(600), Ok(2));
    world.say(DOCUMENT, Err(FetchError::Timeout));
    assert_eq!((at(1200), at(1229), at(1230)), (Ok(3), Ok(3), Ok(4)));
    let log = world.log.borrow().clone();
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[0].contains(r#""event":"discovery_unavailable""#) && log[0].contains(ISSUER), "{log:?}");
    down(at(600 + 24 * 60 * 60));
    // What the issuer takes back is not kept for long.
    world.say(DOCUMENT, Ok(answer(200, document(json!({ "issuer": "https://evil.example" })))));
    misconfigured(at(200_000), "issuer");
}

#[test]
fn many_at_once_ask_once() {
    let (oidc, world) = (oidc(&[]), world(json!({})));
    let request = Request { callback: CALLBACK, state: "s", code_challenge: "c", nonce: NONCE, resource: RESOURCE };
    let urls = block_on(join_all((0..20).map(|_| oidc.authorize_url(&world, request))));
    assert!(urls.iter().all(Result::is_ok));
    assert_eq!(world.asked(DOCUMENT).len(), 1);
}
