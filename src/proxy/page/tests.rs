//! What the pages say, and what nobody can make them say.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::proxy::client::Origin;

const URL: &str = "https://api.example.com/mcp";
const LOOPBACK: &str = "http://127.0.0.1:33418/callback";

fn pages(more: &[(&str, &str)]) -> Pages {
    let key = |byte: u8| URL_SAFE_NO_PAD.encode([byte; 32]);
    let keys = format!("seal={};client={};sign={}", key(1), key(2), key(3));
    let base = [
        ("MCP_URL", URL),
        ("LATCH_PROXY", "google"),
        ("LATCH_PROXY_CLIENT_ID", "upstream-client"),
        ("LATCH_PROXY_CLIENT_SECRET", "upstream-secret"),
        ("LATCH_KEYS", &keys),
    ];
    let pairs = base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Pages::new(&Config::from_env(pairs).unwrap())
}

fn client(name: Option<&str>, origin: Origin) -> Client {
    let name = name.map(str::to_owned);
    Client { id: "id".to_owned(), name, origin, redirect_uris: Vec::new(), allowed: Arc::default() }
}

fn scopes(scopes: &[&str]) -> Vec<String> {
    scopes.iter().map(|scope| (*scope).to_owned()).collect()
}

fn text(response: &Response<Vec<u8>>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

fn header<'a>(response: &'a Response<Vec<u8>>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// A page with the style and the tags taken out, as a person reads it.
fn read(page: &str) -> String {
    let body = page.split_once("<body>").unwrap().1;
    let mut words = String::new();
    for part in body.split('<') {
        words.push_str(part.split_once('>').map_or("", |(_, text)| text));
    }
    words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn choice(name: &'static str, label: &str) -> Choice {
    Choice { name, label: label.to_owned(), scopes: format!("scope-of-{name}") }
}

fn ask(pages: &Pages, client: &Client, redirect_uri: &str, scopes: &[String]) -> Response<Vec<u8>> {
    let upstreams = [choice("google", "Google")];
    let fields = [("tx", "a\"b<c>".to_owned())];
    let (resource, upstreams, fields) = (URL, &upstreams[..], &fields[..]);
    pages.consent(&Question { client, redirect_uri, scopes, resource, upstreams, stays: true, fields })
}

fn problem(pages: &Pages, accept: Option<&str>) -> Response<Vec<u8>> {
    let problem = Problem {
        status: StatusCode::BAD_REQUEST,
        error: "invalid_request",
        what: "This sign-in took too long.",
        advice: "Start again from your <application>.",
        reference: "k7Qm-2xWd",
    };
    pages.problem(accept, &problem)
}

#[test]
fn px_02_the_page_says_who_asks_for_what_and_where_the_answer_goes() {
    let client = client(Some("Claude Code"), Origin::Registered);
    let asked = scopes(&["openid", "email", "profile", "notes:write"]);
    let page = ask(&pages(&[("LATCH_NAME", "Notes")]), &client, "https://claude.ai:8443/api/cb?x=1&y", &asked);
    let page = text(&page);
    let words = read(page);
    for expected in [
        "“Claude Code” wants to use Notes",
        "This name was given by the application itself and was not checked.",
        "claude.ai:8443",
        "https://claude.ai:8443/api/cb?x=1&y",
        "Know who you are",
        "email address",
        "name and picture",
        "while you are away",
        "notes:write",
        URL,
        "Continue with Google",
        "Cancel",
    ] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
    assert!(page.contains("<form method=\"post\" action=\"/consent\">"));
    assert!(page.contains("<input type=\"hidden\" name=\"tx\" value=\"a&quot;b&lt;c&gt;\">"));
    assert!(page.contains("name=\"decision\" value=\"google\"") && page.contains("name=\"decision\" value=\"deny\""));
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"));
}

#[test]
fn a_name_is_worth_what_vouches_for_it() {
    let pages = pages(&[]);
    for (origin, name, expected, other) in [
        (Origin::Registered, Some("A"), "was not checked", "Checked"),
        (Origin::Registered, None, "Nothing is known", "Checked"),
        (Origin::Document("claude.ai".to_owned()), Some("A"), "described by claude.ai", "was not checked"),
        (Origin::Listed, Some("A"), "known to api.example.com", "was not checked"),
        (Origin::Listed, None, "An application without a name wants", "“"),
    ] {
        let words = read(text(&ask(&pages, &client(name, origin), "https://claude.ai/cb", &[])));
        assert!(words.contains(expected) && !words.contains(other), "{words}");
    }
}

#[test]
fn whoever_may_listen_on_this_device_is_warned_of() {
    let pages = pages(&[]);
    for (uri, expected) in [
        (LOOPBACK, Some("on this computer")),
        ("http://[::1]/cb", Some("on this computer")),
        ("cursor://anysphere.cursor-mcp/oauth/callback", Some("app on this device (cursor:)")),
        ("https://claude.ai/cb", None),
        ("https://localhost.claude.ai/cb", None),
    ] {
        // However well the client is known: its address says nothing of the program behind it.
        for origin in [Origin::Registered, Origin::Document("claude.ai".to_owned()), Origin::Listed] {
            let words = read(text(&ask(&pages, &client(Some("A"), origin), uri, &[])));
            assert_eq!(words.contains("can ask in this way"), expected.is_some(), "{words}");
            assert!(words.contains(expected.unwrap_or("claude.ai")) && words.contains(uri), "{words}");
        }
    }
}

#[test]
fn fastmcp_2090_3418_a_name_is_never_markup() {
    let pages = pages(&[("LATCH_NAME", "<b>\"O'Neill\" & Co</b>")]);
    let long = "W".repeat(100);
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='x",
        "</title></style><script>",
        "</bdi></h1><p class=\"mark fine\">Checked",
        "<!--",
        "&lt;script&gt;&#60;",
        "{{7*7}}",
        "\u{202e}evil",
        long.as_str(),
    ] {
        let client = client(Some(hostile), Origin::Document(hostile.to_owned()));
        let response = ask(&pages, &client, "https://claude.ai/cb", &scopes(&[hostile]));
        let page = text(&response);
        for tag in ["<script", "<img", "<b>", "<!--"] {
            assert!(!page.contains(tag), "{tag} {hostile}");
        }
        assert_eq!(page.matches("<title>").count(), 1);
        assert_eq!(page.matches("</style>").count(), 1);
        assert_eq!(page.matches("class=\"mark fine\"").count(), 1);
        assert!(!page.contains(" onerror=alert") || page.contains("&gt;"), "{page}");
        // What turns the text around ends with the element.
        assert!(page.contains(&format!("“<bdi>{}</bdi>”", escaped(&hostile.replace('"', "’")))), "{page}");
        let hostile_upstreams = [choice("google", hostile)];
        let question = Question {
            client: &client,
            redirect_uri: hostile,
            scopes: &[],
            resource: hostile,
            upstreams: &hostile_upstreams,
            stays: false,
            fields: &[("tx", hostile.to_owned())],
        };
        let page = pages.consent(&question);
        assert!(!text(&page).contains("<script") && !text(&page).contains("<img"));
    }
}

#[test]
fn a_name_does_not_end_its_quotes() {
    let client = client(Some("Notes” is safe. “App\""), Origin::Registered);
    let response = ask(&pages(&[]), &client, LOOPBACK, &[]);
    let (title, body) = text(&response).split_once("<body>").unwrap();
    for part in [title, body] {
        assert_eq!((part.matches('“').count(), part.matches('”').count()), (1, 1), "{part}");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[test]
fn px_04_if_17_the_headers_forbid_all_but_our_style_and_name_no_form_action() {
    let logo = pages(&[("LATCH_LOGO", "https://cdn.example.com/logo.svg?v=1")]);
    for (pages, images) in [(pages(&[]), "'none'"), (logo, "https://cdn.example.com")] {
        let consent = ask(&pages, &client(Some("A"), Origin::Registered), LOOPBACK, &[]);
        for response in [consent, problem(&pages, Some("text/html"))] {
            let page = text(&response);
            let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
            let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style));
            assert_eq!(
                header(&response, "content-security-policy"),
                format!(
                    "default-src 'none'; style-src 'sha256-{hash}'; img-src {images}; base-uri 'none'; frame-ancestors 'none'"
                )
            );
            assert!(!page.contains(" style=") && !page.contains("<link") && !page.contains(" autofocus"));
            for (name, value) in [
                ("x-frame-options", "DENY"),
                ("referrer-policy", "no-referrer"),
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
                ("content-type", "text/html; charset=utf-8"),
            ] {
                assert_eq!(header(&response, name), value);
            }
            assert_eq!(page.contains("<img src=\"https://cdn.example.com/logo.svg?v=1\" alt=\"\""), images != "'none'");
        }
    }
    assert!(!frame::STYLE.contains("</") && !frame::STYLE.contains("url(") && !frame::STYLE.contains("@import"));
}

#[test]
fn a_stray_enter_decides_nothing_and_continue_comes_first() {
    let page = ask(&pages(&[]), &client(Some("A"), Origin::Registered), LOOPBACK, &[]);
    let form = text(&page).split_once("<form").unwrap().1.split_once("</form>").unwrap().0;
    assert!(!form.contains("type=\"text\"") && !form.contains("tabindex") && !form.contains("autofocus"));
    assert!(form.find("value=\"google\"").unwrap() < form.find("value=\"deny\"").unwrap());
}

#[test]
fn with_several_upstreams_the_user_chooses() {
    let upstreams = [choice("google", "Google"), choice("github", "GitHub"), choice("entra", "Microsoft")];
    let (client, upstreams) = (client(Some("A"), Origin::Registered), &upstreams[..]);
    let (redirect_uri, scopes, resource, fields) = (LOOPBACK, &[][..], URL, &[][..]);
    let question = Question { client: &client, redirect_uri, scopes, resource, upstreams, stays: false, fields };
    let page = pages(&[]).consent(&question);
    let words = read(text(&page));
    // PX-02: what the upstream will be asked for, too. And no promise that is not kept.
    assert!(words.contains("asks GitHub for") && words.contains("scope-of-github"));
    assert!(!words.contains("while you are away"));
    assert!(words.contains("Choose how to sign in"));
    for Choice { name, label, .. } in upstreams {
        assert!(words.contains(&format!("Continue with {label}")) && text(&page).contains(&format!("value=\"{name}\"")));
    }
    assert!(!read(text(&ask(&pages(&[]), &client, LOOPBACK, &[]))).contains("Choose"));
}

#[test]
fn an_error_is_a_page_for_people_and_json_for_programs() {
    let pages = pages(&[]);
    for (accept, html) in [
        (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), true),
        (Some("text/html"), true),
        (Some("TEXT/HTML ; q=0.5 , */*"), true),
        (Some("application/json;q=0.9, text/html"), true),
        (Some("application/json, text/html"), true),
        (Some("application/json, text/html;q=0.9"), false),
        (Some("text/html;q=0"), false),
        (Some("text/html;q=x"), false),
        (Some("text/html;q=0.ü"), false),
        (Some("application/json"), false),
        (Some("*/*"), false),
        (Some("text/*"), false),
        (Some(""), false),
        (None, false),
    ] {
        let response = problem(&pages, accept);
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(header(&response, "cache-control"), "no-store");
        assert_eq!(header(&response, "content-type").starts_with("text/html"), html, "{accept:?}");
        if html {
            let words = read(text(&response));
            for expected in ["This sign-in took too long.", "Start again from your <application>.", "k7Qm-2xWd"] {
                assert!(words.contains(expected), "{words}");
            }
        } else {
            let body: Value = serde_json::from_slice(response.body()).unwrap();
            let description = "This sign-in took too long. Start again from your <application>.";
            assert_eq!(body, json!({ "error": "invalid_request", "error_description": description, "reference": "k7Qm-2xWd" }));
        }
    }
}

/// WCAG 2.2 AA: 4.5 for text, 3 for the edges of controls and the focus.
#[test]
fn the_contrast_is_enough_in_the_light_and_in_the_dark() {
    let (light, dark) = frame::STYLE.split_once("prefers-color-scheme").unwrap();
    let colour = |part: &str, name: &str| {
        let hex = part.split_once(&format!("--{name}: #")).unwrap().1;
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
    };
    for part in [light, dark] {
        for (one, other, least) in [
            ("ink", "card", 7.0),
            ("ink", "ground", 7.0),
            ("quiet", "card", 4.5),
            ("quiet", "ground", 4.5),
            ("on-action", "action", 4.5),
            ("on-action", "action-over", 4.5),
            ("on-care", "care", 4.5),
            ("on-fine", "fine", 4.5),
            ("action", "card", 3.0),
            ("edge", "card", 3.0),
            ("focus", "card", 3.0),
            ("focus", "ground", 3.0),
        ] {
            let (one_is, other_is) = (colour(part, one), colour(part, other));
            let ratio = (one_is.max(other_is) + 0.05) / (one_is.min(other_is) + 0.05);
            assert!(ratio >= least, "{one} on {other}: {ratio:.2}");
        }
    }
}
