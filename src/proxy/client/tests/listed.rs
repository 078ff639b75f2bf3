//! What an operator may write in `LATCH_CLIENTS`, and what is said of the rest.

use super::*;

#[test]
fn a_listed_client_is_found_by_its_name_and_comes_first() {
    let world = World::new();
    let listed = json!([
        { "client_id": "desk", "client_name": " Desk\u{202e} ", "redirect_uris": ["http://localhost/cb"], "client_uri": "https://x" },
        { "client_id": "https://claude.ai/client", "redirect_uris": ["https://claude.ai/cb"], "token_endpoint_auth_method": "none" },
    ]);
    let clients = clients(&[("LATCH_CLIENTS", &listed.to_string()), ("LATCH_CIMD_HOSTS", "claude.ai"), ("LATCH_DCR", "off")]);
    let desk = find(&clients, &world, "desk").unwrap();
    assert_eq!((desk.origin, desk.name.as_deref()), (Origin::Listed, Some("Desk")));
    assert_eq!(find(&clients, &world, "https://claude.ai/client").unwrap().origin, Origin::Listed);
    assert_eq!(world.fetches(), 0);
    assert_eq!(find(&clients, &world, "Desk").unwrap_err(), ClientError::Unknown);
}

/// Each row: what is written, and the words that say what is wrong.
#[test]
fn every_mistake_says_what_to_mend() {
    let digest = "A".repeat(43);
    let entry = |more: Value| {
        let mut entry = json!({ "client_id": "desk", "redirect_uris": ["http://localhost/cb"] });
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([entry]).to_string()
    };
    for fine in [
        entry(json!({})),
        entry(json!({ "client_secret_sha256": digest })),
        entry(json!({ "client_secret_sha256": digest, "token_endpoint_auth_method": "client_secret_post" })),
        entry(json!({ "token_endpoint_auth_method": "none", "grant_types": ["authorization_code"], "x": 1 })),
    ] {
        assert!(Listed::parse(&fine).is_ok(), "{fine}");
    }
    for (text, words) in [
        (String::new(), "not JSON"),
        ("{}".to_owned(), "not an array"),
        ("[]".to_owned(), "lists no client"),
        ("[1]".to_owned(), "client 1: is not an object"),
        (r#"[{"client_id":"a","client_id":"b"}]"#.to_owned(), "twice"),
        (entry(json!({ "client_id": "" })), "client_id"),
        (entry(json!({ "client_id": 1 })), "client_id"),
        (entry(json!({ "client_id": "ü" })), "client_id"),
        (entry(json!({ "client_id": "a".repeat(513) })), "client_id"),
        (entry(json!({ "redirect_uris": [] })), "redirect_uris is missing"),
        (entry(json!({ "redirect_uris": "http://localhost/cb" })), "redirect_uris is missing"),
        (entry(json!({ "redirect_uris": ["http://localhost/cb", "https://*.example.com/cb"] })), "https://*.example.com/cb"),
        (entry(json!({ "grant_types": ["client_credentials"] })), "grant_types"),
        (entry(json!({ "client_secret": "hunter2" })), "client_secret_sha256"),
        (entry(json!({ "client_secret_sha_256": digest })), "client_secret_sha256"),
        (entry(json!({ "client_secret_sha256": "hunter2" })), "43 characters"),
        (entry(json!({ "client_secret_sha256": null })), "43 characters"),
        (entry(json!({ "client_secret_sha256": digest, "token_endpoint_auth_method": "none" })), "is none"),
        (entry(json!({ "token_endpoint_auth_method": "client_secret_basic" })), "client_secret_sha256 is missing"),
        (entry(json!({ "token_endpoint_auth_method": "private_key_jwt" })), "must be none"),
        (entry(json!({ "token_endpoint_auth_method": null })), "must be none"),
    ] {
        let problem = Listed::parse(&text).unwrap_err();
        assert!(problem.contains(words), "{text}: {problem}");
        assert!(!problem.contains("hunter2"), "{problem}");
    }
    let twice = json!([{ "client_id": "a", "redirect_uris": ["app:/cb"] }, { "client_id": "a", "redirect_uris": ["app:/cb"] }])
        .to_string();
    assert!(Listed::parse(&twice).unwrap_err().starts_with("client 2:"));
}
