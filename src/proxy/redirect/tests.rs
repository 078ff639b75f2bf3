//! What the peers' readers took and ours must not, and properties of what it takes.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use url::Url;

use super::*;

/// As the clients of today register them.
const REAL: [&str; 17] = [
    "https://claude.ai/api/mcp/auth_callback",
    "https://chatgpt.com/connector/oauth/abc-DEF_123",
    "https://vscode.dev/redirect",
    "https://insiders.vscode.dev/redirect",
    "http://127.0.0.1/",
    "http://127.0.0.1:33418/",
    "http://localhost/callback",
    "http://localhost:8787/callback",
    "http://[::1]:1455/auth/callback",
    "http://127.0.0.1:19876/mcp/oauth/callback",
    "https://www.cursor.com/agents/mcp/oauth/callback",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "com.example.app:/cb",
    "com.example.app:///cb",
    "myapp://callback",
    "https://example.com:8443/cb?tenant=a%20b&x=",
    "https://[2001:db8::1]/cb",
];

fn list(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|entry| (*entry).to_owned()).collect()
}

#[test]
fn m9_real_clients_are_accepted() {
    for uri in REAL {
        assert!(acceptable(uri), "{uri}");
        assert!(same(uri, uri), "{uri}");
    }
}

#[test]
fn ghsa_8gcw_dot_segments_are_refused_however_they_are_written() {
    for path in [
        "/a/../b",
        "/..",
        "/.",
        "/a/./b",
        "/%2e%2e/b",
        "/%2E./b",
        "/.%2e",
        "/%2e",
        "/a/%2e%2E/b",
        "/a%2f..%2fb",
        "/..%2Fb",
        "/..%5cb",
        "/a%5Cb",
        "/%252e%252e/b",
        "/..;/b",
        "/..;x=1/b",
        "/%2e%2e%3b/b",
        "/.;/b",
    ] {
        for place in ["https://example.com", "http://localhost:1", "app://host", "com.example.app:"] {
            assert!(!acceptable(&format!("{place}{path}")), "{place}{path}");
        }
    }
    for fine in ["https://example.com/...", "https://example.com/a..b/.well-known", "https://example.com/cb?next=../x"] {
        assert!(acceptable(fine), "{fine}");
    }
}

#[test]
fn slim_4_2_0_a_backslash_or_a_user_never_moves_the_host() {
    for uri in [
        r"https://evil.com\.example.com/cb",
        r"https://example.com\@evil.com/cb",
        r"https:\\example.com/cb",
        r"https:/\example.com/cb",
        "https://example.com@evil.com/cb",
        "https://user:word@example.com/cb",
        "https://@example.com/cb",
        "http://localhost@evil.com/cb",
        "http://localhost:80@evil.com/cb",
        "http://127.0.0.1:1:2/cb",
        "app://user@host/cb",
        "https://ex%61mple.com/cb",
        "https://example.com%2f.evil.com/cb",
        "https://example.com%00.evil.com/cb",
        "https://[::1/cb",
        "https://::1]/cb",
        "https://[::1]evil.com/cb",
        "https://[fe80::1%25eth0]/cb",
        "https://example.com[]/cb",
    ] {
        assert!(!acceptable(uri), "{uri}");
    }
}

#[test]
fn the_grammar_is_strict() {
    for uri in [
        "",
        "/cb",
        "//example.com/cb",
        "example.com/cb",
        "https:",
        "https:/example.com/cb",
        "https:example.com/cb",
        "https:///example.com/cb",
        "https://",
        "https:///cb",
        "https://?x",
        " https://example.com/cb",
        "https://example.com/cb ",
        "https://example.com/a b",
        "https://example.com/a\tb",
        "https://example.com/a\r\nSet-Cookie:x",
        "https://example.com/\u{0}",
        "https://example.com/\u{7f}",
        "https://exämple.com/cb",
        "https://example.com/ü",
        "https://example.com/\u{202e}",
        "https://example.com/#",
        "https://example.com/cb#code",
        "https://*.example.com/cb",
        "https://example.com/*",
        "https://example.com/<script>",
        "https://example.com/\"",
        "https://example.com/{id}",
        "https://example.com/a|b",
        "https://example.com/%",
        "https://example.com/%2",
        "https://example.com/%zz",
        "https://example.com/%0d%0a",
        "https://example.com/cb?x=%00",
        "https://example.com/cb?x=%7F",
        "https://example.com:/cb",
        "https://example.com:0/cb",
        "https://example.com:080/cb",
        "https://example.com:65536/cb",
        "https://example.com:+80/cb",
        "https://example.com:8o/cb",
        "https://.example.com/cb",
        "https://example.com./cb",
        "https://a..b/cb",
        "https://2130706433/cb",
        "https://0x7f.1/cb",
        "https://127.1/cb",
        "https://127.0.0.01/cb",
        "HTTPS://example.com/cb",
        "Https://example.com/cb",
        "1app:/cb",
        "+app:/cb",
        "a_pp:/cb",
        "app:",
        "app:/",
        "app://",
        "app:///",
        "app:cb",
        "app:?x=1",
        "urn:ietf:wg:oauth:2.0:oob",
        "localhost:8787/callback",
    ] {
        assert!(!acceptable(uri), "{uri:?}");
    }
    let longest = format!("https://example.com/{}", "a".repeat(MAX_BYTES - 20));
    assert!(acceptable(&longest));
    assert!(!acceptable(&format!("{longest}a")));
}

#[test]
fn if_07_http_is_for_this_computer_only() {
    for uri in [
        "http://example.com/cb",
        "http://127.0.0.2/cb",
        "http://127.1/cb",
        "http://LOCALHOST/cb",
        "http://localhost./cb",
        "http://localhost.evil.com/cb",
        "http://127.0.0.1.evil.com/cb",
        "http://[::]/cb",
        "http://[0:0:0:0:0:0:0:1]/cb",
        "http://[::ffff:127.0.0.1]/cb",
        "http://0.0.0.0/cb",
        "http:/localhost/cb",
    ] {
        assert!(!acceptable(uri), "{uri}");
    }
}

#[test]
fn fastmcp_4419_schemes_that_run_something_are_refused_in_any_case() {
    for scheme in DANGEROUS.iter().chain(&["ws", "wss", "httpx", "http-x", "https+unix"]) {
        for scheme in
            [(*scheme).to_owned(), scheme.to_ascii_uppercase(), format!("{}{}", scheme[..1].to_ascii_uppercase(), &scheme[1..])]
        {
            for rest in ["//host/cb", "/cb", "//host"] {
                assert!(!acceptable(&format!("{scheme}:{rest}")), "{scheme}:{rest}");
            }
        }
    }
    assert!(!acceptable("javascript:alert(1)"));
    assert!(!acceptable("data:text/html,x"));
    assert!(acceptable("http.example.app:/cb"));
}

#[test]
fn a_registered_query_has_none_of_our_names() {
    for query in
        ["code=1", "a=1&state=", "iss", "error=x", "x&error_description=y", "%63ode=1", "a=1;code=2", "Code=1", "a=1;%73tate"]
    {
        assert!(!acceptable(&format!("https://example.com/cb?{query}")), "{query}");
    }
    for query in ["", "codes=1", "a=code", "x=state&y=iss", "code_x"] {
        assert!(acceptable(&format!("https://example.com/cb?{query}")), "{query}");
    }
}

#[test]
fn if_05_only_the_port_of_a_loopback_uri_may_differ() {
    for (registered, asked) in [
        ("http://127.0.0.1/", "http://127.0.0.1:51234/"),
        ("http://127.0.0.1:33418/", "http://127.0.0.1:1/"),
        ("http://localhost/callback", "http://localhost:3118/callback"),
        ("http://localhost:3118/callback", "http://localhost/callback"),
        ("http://[::1]:1/cb?x=1", "http://[::1]:2/cb?x=1"),
    ] {
        assert!(same(registered, asked), "{registered} {asked}");
    }
    for (registered, asked) in [
        ("http://127.0.0.1/", "http://localhost/"),
        ("http://127.0.0.1/", "http://[::1]/"),
        ("http://127.0.0.1/", "http://127.0.0.1"),
        ("http://127.0.0.1/", "https://127.0.0.1/"),
        ("http://127.0.0.1/a", "http://127.0.0.1:1/b"),
        ("http://127.0.0.1/a", "http://127.0.0.1:1/a/"),
        ("http://127.0.0.1/a", "http://127.0.0.1:1/A"),
        ("http://127.0.0.1/a", "http://127.0.0.1:1/a?"),
        ("http://127.0.0.1/a?x=1", "http://127.0.0.1:1/a?x=2"),
        ("https://localhost/a", "https://localhost:1/a"),
        ("https://example.com/cb", "https://example.com:443/cb"),
        ("https://example.com/cb", "https://EXAMPLE.com/cb"),
        ("https://example.com/cb", "https://example.com/cb/"),
        ("https://example.com/cb", "https://example.com/c%62"),
        ("https://example.com/cb", "https://example.com/cb?x=1"),
        ("https://example.com/cb", "https://evil.example/cb"),
        ("app://host/cb", "app://host:1/cb"),
        ("app://host/cb", "APP://host/cb"),
        // What was taken once, by laxer rules, is not taken for ever.
        ("javascript:alert(1)", "javascript:alert(1)"),
    ] {
        assert!(!same(registered, asked), "{registered} {asked}");
    }
}

#[test]
fn the_operators_list_has_uris_and_origins_and_no_patterns() {
    let entries = list(&[
        "https://claude.ai/api/mcp/auth_callback",
        "https://app.example.com",
        "http://localhost",
        "http://127.0.0.1/cb",
        "myapp://callback",
    ]);
    for uri in [
        "https://claude.ai/api/mcp/auth_callback",
        "https://app.example.com/any/path?x=1",
        "https://app.example.com",
        "http://localhost:1234/any",
        "http://127.0.0.1:9/cb",
        "myapp://callback",
    ] {
        assert!(is_allowed(&entries, uri), "{uri}");
        assert!(is_allowed(&[], uri));
    }
    for uri in [
        "https://claude.ai/api/mcp/auth_callback/x",
        "https://claude.ai/",
        "https://app.example.com.evil.com/",
        "https://app.example.com:8443/",
        "https://sub.app.example.com/",
        "http://127.0.0.1:9/other",
        "http://[::1]/cb",
        "myapp://callback/x",
        "myapp://other",
        "other:/cb",
    ] {
        assert!(!is_allowed(&entries, uri), "{uri}");
    }
    // A slash is a path, and what is no redirect URI allows nothing.
    assert!(!is_allowed(&list(&["https://app.example.com/"]), "https://app.example.com/cb"));
    assert!(!is_allowed(&list(&["https://*.example.com/cb", "*", "", "https://"]), "https://a.example.com/cb"));
    assert!(!is_allowed(&[], "javascript:alert(1)"));
}

#[test]
fn slim_4_2_0_an_answer_is_the_registered_bytes_and_our_parameters() {
    let parameters = [("code", "a b&c"), ("state", "ü=#"), ("iss", "https://api.example.com")];
    let ours = "code=a%20b%26c&state=%C3%BC%3D%23&iss=https%3A%2F%2Fapi.example.com";
    for (uri, separator) in [
        ("https://example.com/cb", "?"),
        ("https://example.com/cb?", ""),
        ("https://example.com/cb?a=%7E+b", "&"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "?"),
        ("com.example.app:/cb", "?"),
        ("http://127.0.0.1:1", "?"),
    ] {
        assert_eq!(answer(uri, &parameters), format!("{uri}{separator}{ours}"));
    }
}

fn uri() -> impl Strategy<Value = String> {
    let place = prop_oneof![
        Just("https://example.com".to_owned()),
        "https://[a-z0-9.-]{1,12}(:[0-9]{1,5})?",
        "http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,5})?",
        "https?://[a-z0-9.:@%\\[\\]-]{0,16}",
        "[a-z][a-z0-9.+-]{0,8}:(//[a-z0-9.@:-]{0,10})?",
    ];
    (place, "(/[a-zA-Z0-9._~!$&'()+,;=:@%\\\\-]{0,6}){0,4}", "(\\?[a-z=&;%+/.0-9]{0,12})?")
        .prop_map(|(place, path, query)| format!("{place}{path}{query}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The browser's reader (WHATWG) finds the same host and path in whatever ours takes, and so goes where we meant.
    #[test]
    fn a_browser_reads_what_we_read(uri in uri()) {
        if let Some(parts) = parse(&uri).filter(|parts| !parts.host.contains("xn--")) {
            let read = Url::parse(&uri).unwrap();
            prop_assert_eq!(read.scheme(), parts.scheme.to_ascii_lowercase());
            prop_assert!(read.username().is_empty() && read.password().is_none() && read.fragment().is_none());
            prop_assert_eq!(read.query(), parts.query);
            let path = if parts.place() != Place::App && parts.path.is_empty() { "/" } else { parts.path };
            // Of an app's URI with an empty authority, `//` at the start of a path is not read as an authority by any reader.
            prop_assert_eq!(read.path(), path);
            if parts.place() != Place::App || !parts.host.is_empty() {
                let host = parts.host.to_ascii_lowercase();
                if parts.host.starts_with('[') {
                    prop_assert!(read.host_str().is_some_and(|host| host.starts_with('[')));
                } else {
                    prop_assert_eq!(read.host_str().unwrap_or_default().to_ascii_lowercase(), host);
                }
                let port = parts.port.map(|port| port.parse::<u16>().unwrap());
                prop_assert_eq!(read.port(), port.filter(|port| !(parts.scheme == "https" && *port == 443 || parts.scheme == "http" && *port == 80)));
            }
        }
    }

    /// Any bytes at all: no panic, and nothing beyond the grammar.
    #[test]
    fn nothing_unusual_is_taken(text in any::<String>(), at in any::<prop::sample::Index>(), bad in "[ \\\\#*<>\"{}|^`\u{0}-\u{1f}\u{7f}-\u{ff}]") {
        let _ = parse(&text);
        let fine = "https://example.com/cb?x=1";
        let mut broken = fine.to_owned();
        broken.insert_str(at.index(fine.len() + 1), &bad);
        prop_assert!(!acceptable(&broken), "{}", broken);
    }

    /// What comes back is what was put in, behind the registered bytes.
    #[test]
    fn an_answer_can_be_read_back(uri in uri(), code in any::<String>(), state in any::<String>()) {
        // Whether punycode decodes is for browsers to say: one that fails goes nowhere.
        if acceptable(&uri) && !uri.contains("xn--") {
            let answer = answer(&uri, &[("code", &code), ("state", &state)]);
            prop_assert!(answer.starts_with(&uri) && answer.is_ascii());
            let read = Url::parse(&answer).unwrap();
            let mut pairs: Vec<_> = read.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs.pop(), Some(("state".to_owned(), state)));
            prop_assert_eq!(pairs.pop(), Some(("code".to_owned(), code)));
            prop_assert!(pairs.iter().all(|(name, _)| !OURS.contains(&name.as_str())));
        }
    }

    /// `same` never goes elsewhere than `registered` but for a port of this computer.
    #[test]
    fn the_same_is_the_same_place(one in uri(), other in uri(), port in 1..=u16::MAX) {
        if same(&one, &other) {
            prop_assert!(one == other || parse(&one).unwrap().place() == Place::Loopback);
        }
        let moved = format!("http://127.0.0.1:{port}/cb");
        prop_assert!(same("http://127.0.0.1/cb", &moved) && is_allowed(&[moved], "http://127.0.0.1/cb"));
    }
}
