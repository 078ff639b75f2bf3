//! Which documents are fetched, what must be in them, and when they are asked for again.

use futures::future::join_all;

use super::*;

const URL: &str = "https://claude.ai/oauth/claude-code-client-metadata";

fn document() -> Value {
    json!({ "client_id": URL, "client_name": "Claude Code", "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"] })
}

fn with(member: &str, value: Value) -> String {
    let mut document = document();
    document[member] = value;
    document.to_string()
}

fn known() -> Clients {
    clients(&[("LATCH_CIMD_HOSTS", "claude.ai localhost:9 vscode.dev:8443")])
}

#[test]
fn if_04_a_document_is_a_client_and_its_port_does_not_count() {
    let (world, clients) = (World::new(), known());
    world.serve(200, &[("content-type", "application/json; charset=utf-8")], &document().to_string());
    let client = find(&clients, &world, URL).unwrap();
    assert_eq!((client.id.as_str(), client.name.as_deref()), (URL, Some("Claude Code")));
    assert_eq!(client.origin, Origin::Document("claude.ai".to_owned()));
    assert!(client.may_redirect_to("http://localhost:54321/callback"));
    assert!(!client.may_redirect_to("http://localhost:54321/other") && !client.may_redirect_to(EVIL));
}

#[test]
fn fastmcp_4400_only_a_plain_url_on_a_listed_host_is_fetched() {
    let (world, clients) = (World::new(), known());
    world.serve(200, &[], &document().to_string());
    for id in [
        "https://evil.example/client",
        "https://claude.ai.evil.example/client",
        "https://sub.claude.ai/client",
        "https://claude.ai:8443/client",
        "https://claude.ai:443/client",
        "https://vscode.dev/client",
        "https://CLAUDE.ai/client",
        "https://claude.ai",
        "https://claude.ai/",
        "https://claude.ai/client?x=1",
        "https://claude.ai/client?",
        "https://claude.ai/client#x",
        "https://claude.ai/a/../client",
        "https://claude.ai/%2e%2e/client",
        "https://claude.ai@evil.example/client",
        "https://evil.example@claude.ai/client",
        r"https://claude.ai\@evil.example/client",
        "https://evil.example/https://claude.ai/client",
        "http://claude.ai/client",
        "http://localhost:9/client",
        "http://127.0.0.1/client",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "claude://claude.ai/client",
    ] {
        assert_eq!(find(&clients, &world, id).unwrap_err(), ClientError::Unknown, "{id}");
    }
    assert_eq!(world.fetches(), 0);
    assert!(find(&clients, &world, URL).is_ok());
    // Without hosts there are no documents.
    assert_eq!(find(&super::clients(&[]), &world, URL).unwrap_err(), ClientError::Unknown);
}

#[test]
fn an_unencrypted_document_only_from_this_computer_to_this_computer() {
    let world = World::new();
    let local = [("MCP_URL", "http://localhost:8787/mcp"), ("LATCH_CIMD_HOSTS", "localhost:9 claude.ai")];
    let url = "http://localhost:9/client";
    world.serve(200, &[], &with("client_id", json!(url)));
    assert!(find(&clients(&local), &world, url).is_ok());
    assert_eq!(find(&clients(&local), &world, "http://claude.ai/client").unwrap_err(), ClientError::Unknown);
    assert_eq!(find(&clients(&local[1..]), &world, url).unwrap_err(), ClientError::Unknown);
    assert_eq!(Clients::outbound(&config(&local)), ["http://localhost:9", "https://localhost:9", "https://claude.ai"]);
    assert_eq!(Clients::outbound(&config(&local[1..])), ["https://localhost:9", "https://claude.ai"]);
    assert_eq!(Clients::outbound(&config(&[])), Vec::<String>::new());
}

#[test]
fn what_a_document_must_say() {
    for (body, fine) in [
        (document().to_string(), true),
        (with("token_endpoint_auth_method", json!("none")), true),
        (with("token_endpoint_auth_method", json!(null)), true),
        (with("grant_types", json!(["authorization_code", "refresh_token", "urn:x"])), true),
        (with("redirect_uris", json!(["javascript:alert(1)", "http://localhost/callback"])), true),
        (with("unknown", json!({})), true),
        (with("client_id", json!("https://claude.ai/other")), false),
        (with("client_id", json!(format!("{URL}/"))), false),
        (with("client_id", json!("HTTPS://claude.ai/oauth/claude-code-client-metadata")), false),
        (with("client_id", json!(null)), false),
        (with("client_name", json!(null)), false),
        (with("client_name", json!("\u{200b}")), false),
        (with("redirect_uris", json!(null)), false),
        (with("redirect_uris", json!([])), false),
        (with("redirect_uris", json!("http://localhost/callback")), false),
        (with("redirect_uris", json!(["javascript:alert(1)"])), false),
        (with("token_endpoint_auth_method", json!("client_secret_basic")), false),
        (with("token_endpoint_auth_method", json!("client_secret_post")), false),
        (with("token_endpoint_auth_method", json!("client_secret_jwt")), false),
        (with("token_endpoint_auth_method", json!("private_key_jwt")), false),
        (with("token_endpoint_auth_method", json!(1)), false),
        (with("client_secret", json!("x")), false),
        (with("client_secret_expires_at", json!(0)), false),
        (with("grant_types", json!(["client_credentials"])), false),
        (with("response_types", json!(["token"])), false),
        ("[]".to_owned(), false),
        ("<html>".to_owned(), false),
        (String::new(), false),
        (format!(r#"{{"client_id":"{URL}",{}"#, &with("x", json!(1))[1..]), false),
    ] {
        let (world, clients) = (World::new(), known());
        world.serve(200, &[], &body);
        match find(&clients, &world, URL) {
            Ok(client) => assert!(fine && !client.may_redirect_to("javascript:alert(1)"), "{body}"),
            Err(error) => {
                assert!(!fine && error == ClientError::Unknown, "{body}");
                assert!(world.log.borrow()[0].contains("client_document_refused"));
            }
        }
    }
}

#[test]
fn what_cannot_be_had_is_not_the_clients_fault() {
    for (answer, unavailable) in [
        (Err(FetchError::Timeout), true),
        (Err(FetchError::Unreachable("refused".to_owned())), true),
        (Err(FetchError::TooLarge), false),
        (Ok(301), true),
        (Ok(302), true),
        (Ok(429), true),
        (Ok(503), true),
        (Ok(204), true),
        (Ok(404), false),
        (Ok(410), false),
    ] {
        let (world, clients) = (World::new(), known());
        world.serve(200, &[("location", URL)], &document().to_string());
        let scripted = world.answer.borrow().clone().unwrap();
        *world.answer.borrow_mut() = answer.map(|status| Fetched { status, ..scripted });
        let error = find(&clients, &world, URL).unwrap_err();
        assert_eq!(matches!(error, ClientError::Unavailable(_)), unavailable, "{error:?}");
        assert_eq!(world.fetches(), 1);
    }
}

#[test]
fn what_is_not_served_as_json_is_no_document() {
    for (content_type, fine) in [
        ("application/json", true),
        ("Application/JSON;charset=utf-8", true),
        ("application/client-metadata+json", true),
        ("text/html", false),
        ("text/plain", false),
        ("image/svg+json", false),
        ("application/octet-stream", false),
    ] {
        let (world, clients) = (World::new(), known());
        world.serve(200, &[("content-type", content_type)], &document().to_string());
        assert_eq!(find(&clients, &world, URL).is_ok(), fine, "{content_type}");
    }
}

#[test]
fn a_document_is_good_for_as_long_as_its_server_says_within_bounds() {
    for (header, seconds) in [
        ("", 300),
        ("public, max-age=600", 600),
        ("Max-Age=\"120\"", 120),
        ("max-age=0", 60),
        ("max-age=86400", 3600),
        ("max-age=many", 300),
        ("no-store", 60),
        ("max-age=600, no-cache", 60),
    ] {
        let (world, clients) = (World::new(), known());
        world.serve(200, &[("cache-control", header)], &document().to_string());
        assert!(find(&clients, &world, URL).is_ok());
        world.now.set(START + seconds - 1);
        assert!(find(&clients, &world, URL).is_ok());
        assert_eq!(world.fetches(), 1, "{header}");
        // fastmcp #3098: what its server withdrew is not used any longer.
        world.serve(404, &[], "");
        world.now.set(START + seconds);
        assert_eq!(find(&clients, &world, URL).unwrap_err(), ClientError::Unknown);
        assert_eq!(world.fetches(), 2, "{header}");
    }
}

#[test]
fn a_failure_is_remembered_for_ten_seconds() {
    let (world, clients) = (World::new(), known());
    for (at, fetches) in [(0, 1), (9, 1), (10, 2), (19, 2)] {
        world.now.set(START + at);
        assert!(matches!(find(&clients, &world, URL).unwrap_err(), ClientError::Unavailable(_)));
        assert_eq!(world.fetches(), fetches);
    }
    world.serve(200, &[], &document().to_string());
    world.now.set(START + 20);
    assert!(find(&clients, &world, URL).is_ok());
    // The clock was set back.
    world.now.set(START);
    assert!(find(&clients, &world, URL).is_ok());
    assert_eq!(world.fetches(), 4);
}

#[test]
fn a_crowd_asks_once_and_one_client_does_not_wait_for_another() {
    let (world, clients) = (World::new(), known());
    world.serve(200, &[], &document().to_string());
    let found = block_on(join_all((0..20).map(|_| clients.find(&world, URL))));
    assert!(found.iter().all(Result::is_ok));
    assert_eq!(world.fetches(), 1);
    let other = "https://claude.ai/other";
    let first = clients.find(&world, "https://claude.ai/slow");
    let mut first = std::pin::pin!(first);
    // Under way, and left there.
    assert!(block_on(futures::future::poll_immediate(&mut first)).is_none());
    assert!(block_on(clients.find(&world, other)).is_err());
    assert_eq!(world.fetches(), 3);
}

#[test]
fn r6_what_is_kept_is_bounded_and_strangers_do_not_push_out_what_is_in_use() {
    let (world, clients) = (World::new(), known());
    world.serve(200, &[("cache-control", "max-age=3600")], &document().to_string());
    assert!(find(&clients, &world, URL).is_ok());
    for index in 0..500 {
        let _ = find(&clients, &world, &format!("https://claude.ai/{index}"));
    }
    assert!(clients.documents.count() <= 64);
    let before = world.fetches();
    assert!(find(&clients, &world, URL).is_ok());
    assert_eq!(world.fetches(), before);
}
