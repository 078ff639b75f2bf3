//! `latch doctor` against the demo issuer and against small fakes of what can be wrong.

#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mcp_latch_host::demo::{Demo, Options};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

/// What a fake answers to method, path and origin: status and body. `None` closes the connection.
type Answer = fn(&Method, &str, &str) -> Option<(u16, Value)>;

const DATA: &str = "version = 1\n[tables.notes]\n[tables.notes.columns]\nid = \"bigint\"\n";

/// Exit code, stdout and stderr.
async fn doctor(vars: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latch"));
    for (name, _) in std::env::vars().filter(|(name, _)| ["MCP_", "SUPABASE_", "LATCH_"].iter().any(|p| name.starts_with(p))) {
        command.env_remove(name);
    }
    command.arg("doctor").envs(vars.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let output = timeout(Duration::from_secs(60), command.output()).await.unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A project that answers as `answer` says, where it says anything, and else as a good one does.
async fn project(answer: Answer, date: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let own = origin.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let origin = own.clone();
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let reply = answer(request.method(), request.uri().path(), &origin);
                let reply = match reply {
                    Some((0, _)) => good(request.method(), request.uri().path(), &origin),
                    other => other,
                };
                async move {
                    let (status, body) = reply.ok_or_else(|| std::io::Error::other("hang up"))?;
                    let mut response = Response::builder().status(status).header("content-type", "application/json");
                    if let Some(date) = date {
                        response = response.header("date", date);
                    }
                    Ok::<_, std::io::Error>(response.body(Full::new(Bytes::from(body.to_string()))).unwrap())
                }
            });
            tokio::spawn(async move { drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await) });
        }
        Ok::<_, Infallible>(())
    });
    origin
}

/// Ask [`good`] instead.
const AS_A_GOOD_ONE: Option<(u16, Value)> = Some((0, Value::Null));

fn good(method: &Method, path: &str, origin: &str) -> Option<(u16, Value)> {
    let issuer = format!("{origin}/auth/v1");
    let key = json!({ "kty": "EC", "crv": "P-256", "kid": "a", "alg": "ES256", "use": "sig",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
    Some(match (method.as_str(), path) {
        ("GET", "/.well-known/oauth-authorization-server/auth/v1" | "/auth/v1/.well-known/openid-configuration") => (
            200,
            json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/oauth/authorize"),
                "registration_endpoint": format!("{issuer}/oauth/clients/register"),
            }),
        ),
        ("GET", "/auth/v1/.well-known/jwks.json") => (200, json!({ "keys": [key] })),
        ("POST", "/auth/v1/oauth/clients/register") => {
            (400, json!({ "code": 400, "error_code": "validation_failed", "msg": "redirect_uris" }))
        }
        ("GET", "/rest/v1/notes") => (401, json!({ "code": "42501", "message": "permission denied for table notes" })),
        _ => (404, json!({ "code": "PGRST205", "message": "not here" })),
    })
}

/// The checks that failed, by name.
fn failed(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("  fail ")).map(|line| line.get(..13).unwrap().trim()).collect()
}

/// Runs against a project with one thing wrong: that alone fails, in these words, with a fix.
async fn one_thing_wrong(answer: Answer, date: Option<&'static str>, name: &str, words: &[&str]) {
    let origin = project(answer, date).await;
    let key = ("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_canary");
    let (code, text, error) = doctor(&[("SUPABASE_URL", &origin), key]).await;
    assert_eq!((code, failed(&text)), (1, vec![name]), "{text}{error}");
    assert_eq!(text.matches("fix:").count(), 1 + text.matches("  warn ").count(), "{text}");
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("canary") && !error.contains("canary"), "{text}{error}");
}

#[tokio::test]
async fn the_demo_is_healthy() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let (code, text, error) = doctor(&[("SUPABASE_URL", demo.origin())]).await;
    assert_eq!((code, error.as_str()), (0, ""), "{text}");
    let labels: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert_eq!(labels, ["ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "skip", "skip"], "{text}");
    assert!(text.contains("Nothing is wrong") && text.contains("MCP_URL is not set") && !text.contains('\x1b'), "{text}");
    assert!(text.contains("ES256, RS256") && text.contains(demo.issuer()), "{text}");
}

#[tokio::test]
async fn a_good_project_passes() {
    let origin = project(|_, _, _| AS_A_GOOD_ONE, None).await;
    let (code, text, _) = doctor(&[("SUPABASE_URL", &origin), ("MCP_URL", "http://localhost:1/mcp")]).await;
    assert_eq!((code, failed(&text)), (0, vec![]), "{text}");
    // Nobody has started the endpoint yet.
    assert!(
        text.contains("warn public URL    nothing answers at http://localhost:1/mcp") && text.contains("fix: before"),
        "{text}"
    );
}

#[tokio::test]
async fn registration_off() {
    let off: Answer = |method, _, _| match *method {
        Method::POST => {
            let msg = "Dynamic client registration is not enabled";
            Some((403, json!({ "code": 403, "error_code": "oauth_dynamic_client_registration_disabled", "msg": msg })))
        }
        _ => AS_A_GOOD_ONE,
    };
    one_thing_wrong(
        off,
        None,
        "registration",
        &["oauth_dynamic_client_registration_disabled", "Allow Dynamic OAuth Apps", "register the client"],
    )
    .await;
}

#[tokio::test]
async fn a_project_that_signs_with_hs256() {
    let empty: Answer = |_, path, _| if path.ends_with("jwks.json") { Some((200, json!({ "keys": [] }))) } else { AS_A_GOOD_ONE };
    one_thing_wrong(empty, None, "keys", &["HS256", "JWT Keys", "SUPABASE_JWT_SECRET"]).await;
}

#[tokio::test]
async fn another_issuer() {
    let wrong: Answer = |_, path, origin| match path {
        "/.well-known/oauth-authorization-server/auth/v1" => {
            let (endpoint, register) = (format!("{origin}/x"), format!("{origin}/auth/v1/oauth/clients/register"));
            let issuer = "https://abcdefgh.supabase.co/auth/v1";
            Some((200, json!({ "issuer": issuer, "authorization_endpoint": endpoint, "registration_endpoint": register })))
        }
        _ => AS_A_GOOD_ONE,
    };
    one_thing_wrong(wrong, None, "issuer", &["fix: set SUPABASE_URL=https://abcdefgh.supabase.co", "custom domain"]).await;
}

#[tokio::test]
async fn keys_that_cannot_be_fetched() {
    let silent: Answer = |_, path, _| if path.ends_with("jwks.json") { None } else { AS_A_GOOD_ONE };
    one_thing_wrong(silent, None, "keys", &["jwks.json gives no answer", "network"]).await;
}

#[tokio::test]
async fn a_key_of_another_project() {
    let invalid: Answer = |_, path, _| match path.starts_with("/rest/v1/") {
        true => Some((
            401,
            json!({ "message": "Invalid API key", "hint": "Double check your Supabase `anon` or `service_role` API key." }),
        )),
        false => AS_A_GOOD_ONE,
    };
    one_thing_wrong(invalid, None, "gateway", &["Invalid API key", "SUPABASE_PUBLISHABLE_KEY", "API Keys"]).await;
}

#[tokio::test]
async fn no_key_for_the_gateway() {
    let closed: Answer = |_, path, _| match path.starts_with("/rest/v1/") {
        true => Some((401, json!({ "message": "No API key found in request", "hint": "No `apikey` request header" }))),
        false => AS_A_GOOD_ONE,
    };
    let origin = project(closed, None).await;
    // Without tables nothing needs it yet.
    let (code, text, _) = doctor(&[("SUPABASE_URL", &origin)]).await;
    assert_eq!((code, text.matches("  warn gateway").count()), (0, 1), "{text}");
    assert!(text.contains("No API key found") && text.contains("SUPABASE_PUBLISHABLE_KEY"), "{text}");
    let (code, text, _) = doctor(&[("SUPABASE_URL", &origin), ("LATCH_DATA", DATA)]).await;
    assert_eq!((code, failed(&text)), (1, vec!["gateway"]), "{text}");
    assert!(text.contains("SUPABASE_PUBLISHABLE_KEY is not set") && text.contains("sb_publishable_"), "{text}");
}

#[tokio::test]
async fn a_declared_table_that_is_not_there() {
    let origin = project(|_, _, _| AS_A_GOOD_ONE, None).await;
    let data = format!("{DATA}[tables.tags]\ntable = \"labels\"\n[tables.tags.columns]\nid = \"bigint\"\n");
    let (code, text, _) = doctor(&[("SUPABASE_URL", &origin), ("LATCH_DATA", &data)]).await;
    assert_eq!((code, failed(&text)), (1, vec!["table"]), "{text}");
    assert!(text.contains("ok   table         notes") && text.contains("labels is not a table"), "{text}");
}

#[tokio::test]
async fn a_clock_that_is_wrong() {
    let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
    one_thing_wrong(|_, _, _| AS_A_GOOD_ONE, date, "clock", &["s ahead of the project's", "NTP"]).await;
}

#[tokio::test]
async fn the_oauth_server_is_off() {
    let off: Answer = |_, path, _| match path.contains("oauth-authorization-server") {
        true => Some((404, json!({ "code": 404, "error_code": "feature_disabled", "msg": "OAuth server is disabled" }))),
        false => AS_A_GOOD_ONE,
    };
    one_thing_wrong(off, None, "discovery", &["OAuth server is off", "feature_disabled", "switch it on"]).await;
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (code, text, _) = doctor(&[("SUPABASE_URL", &origin)]).await;
    assert_eq!((code, failed(&text)), (1, vec!["project"]), "{text}");
    assert!(text.contains("cannot be reached") && text.contains("fix:"), "{text}");
}

#[tokio::test]
async fn variables_first() {
    let wrong = [("SUPABASE_URL", "nonsense"), ("LATCH_NOSUCH", "1"), ("SUPABASE_PUBLISHABLE_KEY", "sb_secret_canary")];
    let (code, text, error) = doctor(&wrong).await;
    assert_eq!((code, failed(&text)), (1, vec!["configuration"; 3]), "{text}");
    for word in ["SUPABASE_URL", "LATCH_NOSUCH", "SUPABASE_PUBLISHABLE_KEY"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("canary") && !error.contains("canary"));
    for (vars, words) in [(&[][..], "SUPABASE_URL"), (&[("LATCH_PROXY", "github")], "latch up")] {
        let (code, text, error) = doctor(vars).await;
        assert!(code == 2 && text.is_empty() && error.contains("fix:") && error.contains(words), "{code} {error}");
    }
}

#[tokio::test]
async fn an_issuer_that_is_no_supabase_project() {
    // A port that nobody listens on.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (issuer, keys) = (format!("http://{closed}/realms/mcp"), format!("http://{closed}/keys"));
    let vars = [("LATCH_ISSUER", issuer.as_str()), ("LATCH_JWKS_URI", &keys), ("LATCH_ALGORITHMS", "ES256")];
    let (code, text, _) = doctor(&vars).await;
    assert_eq!((code, failed(&text)), (1, vec!["discovery", "keys"]), "{text}");
    for place in ["/.well-known/oauth-authorization-server/realms/mcp", "/realms/mcp/.well-known/openid-configuration"] {
        assert!(text.contains(&format!("http://{closed}{place} gives no answer")), "{text}");
    }
    assert!(text.contains("there is no metadata that says") && text.contains("byte for byte"), "{text}");
}
