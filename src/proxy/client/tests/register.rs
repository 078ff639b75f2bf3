//! What a client is registered as, and what it is told.

use super::*;

const CURSOR: [&str; 3] = [
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "https://www.cursor.com/agents/mcp/oauth/callback",
    "http://localhost:8787/callback",
];

fn refused(clients: &Clients, body: &[u8]) -> &'static str {
    let error = clients.register(&World::new(), body).unwrap_err();
    assert!(!error.description.is_empty() && error.description.len() < 200);
    error.error
}

#[test]
fn the_answer_has_all_that_was_registered_and_nothing_that_is_null() {
    let (world, clients) = (World::new(), clients(&[]));
    let mut answer =
        register(&clients, &world, json!({ "redirect_uris": ["http://127.0.0.1:33418/"], "client_name": "Visual Studio Code" }));
    assert!(answer.remove("client_id").is_some_and(|id| id.is_string()));
    assert_eq!(
        Value::Object(answer),
        json!({
            "client_id_issued_at": START,
            "redirect_uris": ["http://127.0.0.1:33418/"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "application_type": "native",
            "client_name": "Visual Studio Code",
        })
    );
    for request in [
        json!({ "redirect_uris": CURSOR, "client_name": null, "scope": null, "grant_types": null, "token_endpoint_auth_method": null }),
        json!({ "redirect_uris": CURSOR, "client_name": "", "scope": "", "client_secret": "mine", "client_id": "mine" }),
        json!({ "redirect_uris": CURSOR, "client_name": 1, "scope": ["a"], "application_type": 7 }),
    ] {
        let answer = register(&clients, &world, request);
        assert!(answer.values().all(|value| !value.is_null() && value != "" && value != "mine"), "{answer:?}");
        assert!(!answer.contains_key("client_secret") && !answer.contains_key("client_secret_expires_at"));
        assert!(!answer.contains_key("scope") && !answer.contains_key("client_name"));
    }
}

#[test]
#[allow(clippy::print_stdout)]
fn if_06_cursor_keeps_its_three_uris_and_its_id_fits_in_a_url() {
    let (world, clients) = (World::new(), clients(&[]));
    let request = json!({ "redirect_uris": CURSOR, "client_name": "Cursor", "application_type": "web" });
    let answer = register(&clients, &world, request.clone());
    assert_eq!((&answer["redirect_uris"], &answer["application_type"]), (&json!(CURSOR), &json!("web")));
    let id = answer["client_id"].as_str().unwrap();
    let mut confidential = request;
    confidential["token_endpoint_auth_method"] = json!("client_secret_post");
    let longer = register(&clients, &world, confidential);
    let longer = longer["client_id"].as_str().unwrap();
    println!("client_id of three redirect URIs: {} characters, with a secret {}", id.len(), longer.len());
    assert!(id.len() <= 700 && longer.len() <= 700);
    // The worst there is still fits in a cookie.
    let long = |byte: &str| format!("https://example.com/{}", byte.repeat(490));
    let worst = json!({ "redirect_uris": [long("a"), long("b")], "client_name": "\u{10348}".repeat(200),
        "token_endpoint_auth_method": "client_secret_basic" });
    let worst = register(&clients, &world, worst)["client_id"].as_str().unwrap().len();
    println!("the longest client_id: {worst} characters");
    assert!(worst <= 2200);
}

#[test]
fn if_06_one_bad_uri_does_not_refuse_the_others() {
    let (world, clients) = (World::new(), clients(&[]));
    let uris =
        ["javascript:alert(1)", "http://example.com/cb", CURSOR[2], "https://example.com/cb#x", CURSOR[2], "https://a/%2e%2e/b"];
    let answer = register(&clients, &world, json!({ "redirect_uris": uris }));
    assert_eq!(answer["redirect_uris"], json!([CURSOR[2]]));
    // What was dropped is not registered either.
    let client = find(&clients, &world, answer["client_id"].as_str().unwrap()).unwrap();
    assert_eq!(client.redirect_uris, [CURSOR[2]]);
}

#[test]
fn fastmcp_4419_without_an_acceptable_uri_there_is_no_client() {
    let clients = clients(&[]);
    let many: Vec<_> = (0..11).map(|index| format!("https://example.com/{index}")).collect();
    let long: Vec<_> = (0..4).map(|index| format!("https://example.com/{index}{}", "a".repeat(300))).collect();
    for uris in [
        json!(null),
        json!([]),
        json!("https://example.com/cb"),
        json!([1]),
        json!(["https://example.com/cb", null]),
        json!(["javascript:alert(1)", "data:text/html,x", "http://example.com/"]),
        json!(many),
        json!(long),
    ] {
        assert_eq!(refused(&clients, json!({ "redirect_uris": uris }).to_string().as_bytes()), "invalid_redirect_uri", "{uris}");
    }
    assert_eq!(refused(&clients, b"{}"), "invalid_redirect_uri");
}

#[test]
fn what_is_no_registration_is_refused() {
    let clients = clients(&[]);
    let padded = format!(r#"{{"redirect_uris":["https://example.com/cb"],"x":"{}"}}"#, "a".repeat(33_000));
    for body in [
        "",
        "[]",
        "null",
        "{",
        r#"{"redirect_uris":["https://example.com/cb"],"redirect_uris":["https://evil.example/cb"]}"#,
        &padded,
    ] {
        assert_eq!(refused(&clients, body.as_bytes()), "invalid_client_metadata", "{}", &body[..body.len().min(40)]);
    }
    for (member, value) in [
        ("grant_types", json!(["client_credentials"])),
        ("grant_types", json!([])),
        ("grant_types", json!("authorization_code")),
        ("response_types", json!(["token"])),
    ] {
        let body = json!({ "redirect_uris": CURSOR, member: value }).to_string();
        assert_eq!(refused(&clients, body.as_bytes()), "invalid_client_metadata", "{body}");
    }
    let off = super::clients(&[("LATCH_DCR", "off"), ("LATCH_CIMD_HOSTS", "claude.ai")]);
    assert_eq!(refused(&off, json!({ "redirect_uris": CURSOR }).to_string().as_bytes()), "invalid_client_metadata");
}

#[test]
fn if_15_a_secret_only_for_who_asked_and_its_end_is_a_whole_number() {
    let (world, clients) = (World::new(), clients(&[]));
    for (asked, given) in [
        (None, "none"),
        (Some("none"), "none"),
        (Some("private_key_jwt"), "none"),
        (Some("client_secret_jwt"), "none"),
        (Some("tls_client_auth"), "none"),
        (Some("client_secret_basic"), "client_secret_basic"),
        (Some("client_secret_post"), "client_secret_post"),
    ] {
        let answer = register(&clients, &world, json!({ "redirect_uris": CURSOR, "token_endpoint_auth_method": asked }));
        assert_eq!(answer["token_endpoint_auth_method"], given);
        let secret = answer.get("client_secret");
        assert_eq!(secret.is_some(), given != "none");
        assert_eq!(answer.get("client_secret_expires_at"), secret.and(Some(&json!(0))));
        assert!(secret.is_none_or(|secret| secret.as_str().unwrap().len() == 43));
    }
}

#[test]
fn fastmcp_ts_262_the_upstreams_credentials_are_never_told() {
    let (world, clients) = (World::new(), clients(&[]));
    let answer =
        register(&clients, &world, json!({ "redirect_uris": CURSOR, "token_endpoint_auth_method": "client_secret_basic" }));
    assert!(!Value::Object(answer).to_string().contains("upstream"));
}

#[test]
fn mcp_remote_204_unknown_scopes_and_members_are_dropped() {
    let (world, clients) = (World::new(), clients(&[]));
    let request = json!({ "redirect_uris": CURSOR, "scope": "notes:read  openid offline_access admin notes:read",
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "resource": "x", "software_statement": "x", "jwks": { "keys": [] }, "logo_uri": "" });
    let answer = register(&clients, &world, request);
    assert_eq!(answer["scope"], "notes:read offline_access");
    assert_eq!(answer["grant_types"], json!(["authorization_code", "refresh_token"]));
    for member in ["resource", "software_statement", "jwks", "logo_uri"] {
        assert!(!answer.contains_key(member), "{member}");
    }
    let answer = register(&clients, &world, json!({ "redirect_uris": CURSOR, "grant_types": ["authorization_code"] }));
    assert_eq!(answer["grant_types"], json!(["authorization_code"]));
}

#[test]
fn sep_837_the_type_is_what_the_client_says_else_what_its_uris_say() {
    let (world, clients) = (World::new(), clients(&[]));
    for (given, uris, expected) in [
        (json!("web"), vec![CURSOR[2]], "web"),
        (json!("native"), vec![CURSOR[1]], "native"),
        (json!(null), vec![CURSOR[1]], "web"),
        (json!(null), vec![CURSOR[1], CURSOR[2]], "native"),
        (json!("spaceship"), vec![CURSOR[0]], "native"),
    ] {
        let answer = register(&clients, &world, json!({ "redirect_uris": uris, "application_type": given }));
        assert_eq!(answer["application_type"], expected);
    }
}

#[test]
fn a_name_has_no_hidden_characters_and_an_end() {
    let (world, clients) = (World::new(), clients(&[]));
    for (given, kept) in [
        ("  Claude\tCode\n", Some("Claude Code")),
        ("a\u{0}\u{7f}\u{85}b", Some("a b")),
        ("Goo\u{200b}gle\u{202e}moc.elgoog\u{2066}\u{feff}", Some("Googlemoc.elgoog")),
        ("\u{e0041}\u{ad}\u{2028}x", Some("x")),
        ("<script>alert(\"1\")</script>", Some("<script>alert(\"1\")</script>")),
        ("名前 ñ 🦀", Some("名前 ñ 🦀")),
        ("\u{200b} \u{202e}", None),
    ] {
        let answer = register(&clients, &world, json!({ "redirect_uris": CURSOR, "client_name": given }));
        assert_eq!(answer.get("client_name").and_then(Value::as_str), kept, "{given:?}");
        assert_eq!(find(&clients, &world, answer["client_id"].as_str().unwrap()).unwrap().name.as_deref(), kept);
    }
    let answer = register(&clients, &world, json!({ "redirect_uris": CURSOR, "client_name": "ñ".repeat(1000) }));
    assert_eq!(answer["client_name"], "ñ".repeat(100));
}
