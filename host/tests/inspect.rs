//! `latch inspect` as an operator uses it: from a file, and from a project that is a small fake.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

const KEY: &str = "sb_secret_canary-canary";
const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.canary";

fn fixture() -> String {
    format!("{}/tests/fixtures/openapi.json", env!("CARGO_MANIFEST_DIR"))
}

async fn inspect(args: &[&str], vars: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latch"));
    for (name, _) in std::env::vars().filter(|(name, _)| ["MCP_", "SUPABASE_", "LATCH_"].iter().any(|p| name.starts_with(p))) {
        command.env_remove(name);
    }
    command.arg("inspect").args(args).envs(vars.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let Output { status, stdout, stderr } = timeout(Duration::from_secs(60), command.output()).await.unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A project that serves the fixture at its root to `key`, and tells everybody else what they sent.
async fn project(key: &'static str) -> (String, Arc<Mutex<Vec<HeaderMap>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let seen: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
    let log = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let log = log.clone();
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let headers = request.headers().clone();
                let given = headers.get("apikey").map(|key| key.to_str().unwrap().to_owned()).unwrap_or_default();
                let good = given == key && request.uri().path() == "/rest/v1/";
                log.lock().unwrap().push(headers);
                let body =
                    if good { std::fs::read(fixture()).unwrap() } else { format!(r#"{{"message":"not {given}"}}"#).into() };
                let response = Response::builder().status(if good { 200 } else { 401 }).body(Full::new(Bytes::from(body)));
                async move { response }
            });
            tokio::spawn(async move { drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await) });
        }
    });
    (origin, seen)
}

#[tokio::test]
async fn a_project_is_asked_with_its_secret_key() {
    for (variable, key) in [("SUPABASE_SECRET_KEY", KEY), ("SUPABASE_SERVICE_ROLE_KEY", JWT)] {
        let (origin, seen) = project(key).await;
        let (code, draft, error) = inspect(&["--supabase"], &[("SUPABASE_URL", &origin), (variable, key)]).await;
        assert_eq!((code, error.as_str()), (0, ""), "{draft}");
        assert!(draft.contains("[tables.notes]") && !draft.contains("canary"), "{draft}");
        let seen = seen.lock().unwrap();
        assert_eq!((seen.len(), seen[0]["host"].to_str().unwrap()), (1, origin.trim_start_matches("http://")));
        let token = seen[0].get("authorization").map(|token| token.to_str().unwrap());
        assert_eq!(token, (key == JWT).then_some(format!("Bearer {JWT}")).as_deref(), "only a JWT is a token");
    }
}

#[tokio::test]
async fn a_key_is_in_no_error() {
    let (origin, _) = project("another").await;
    let (code, draft, error) =
        inspect(&["--supabase"], &[("SUPABASE_URL", &origin), ("SUPABASE_SECRET_KEY", KEY), ("RUST_LOG", "trace")]).await;
    assert_eq!((code, draft.as_str()), (1, ""), "{error}");
    assert!(error.contains("SUPABASE_SECRET_KEY") && error.contains("fix:") && !error.contains("canary"), "{error}");
}

#[tokio::test]
async fn a_file_is_read_and_no_file_is_overwritten_by_accident() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.toml");
    let output = path.to_str().unwrap();
    let file = fixture();
    let args = ["--openapi", &file, "--schema", "api", "--output", output];
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let (code, said, _) = inspect(&args, &[]).await;
    assert!(code == 0 && said.contains(output) && read(&path).contains("schema = \"api\""), "{said}");
    std::fs::write(&path, "mine").unwrap();
    let (code, _, error) = inspect(&args, &[]).await;
    assert!(code == 2 && error.contains("--force") && read(&path) == "mine", "{error}");
    let (code, ..) = inspect(&[&args[..], &["--force"]].concat(), &[]).await;
    assert!(code == 0 && read(&path).contains("[tables.notes]"));
    let (code, _, error) = inspect(&[], &[]).await;
    assert!(code == 2 && error.contains("--token") && error.contains("--openapi") && error.contains("--supabase"), "{error}");
    let (code, _, error) = inspect(&["--openapi", "/no/such.json"], &[]).await;
    assert!(code == 1 && error.contains("/no/such.json"), "{error}");
}

#[tokio::test]
async fn a_token_is_explained_and_not_printed() {
    // {"alg":"ES256","kid":"k","typ":"at+jwt"}.{"iss":"https://id.example","sub":"ada","aud":"x","exp":1}
    const HEADER: &str = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsiLCJ0eXAiOiJhdCtqd3QifQ";
    const CLAIMS: &str = "eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJzdWIiOiJhZGEiLCJhdWQiOiJ4IiwiZXhwIjoxfQ";
    let token = format!("{HEADER}.{CLAIMS}.{}", "A".repeat(86));
    let vars =
        [("LATCH_ISSUER", "https://id.example"), ("LATCH_JWKS_URI", "https://id.example/jwks"), ("LATCH_ALGORITHMS", "ES256")];
    let (code, said, error) = inspect(&["--token", &token], &vars).await;
    assert_eq!((code, error.as_str()), (1, ""), "{said}");
    assert!(said.contains("✗ lifetime           expired: ") && said.contains("? signature"), "{said}");
    assert!(said.ends_with("It would not be let in.\n") && !said.contains(CLAIMS), "{said}");
    let (code, _, error) = inspect(&["--token", &token], &[("LATCH_ISSUER", "https://id.example")]).await;
    assert!(code == 2 && error.contains("LATCH_ALGORITHMS") && !error.contains(CLAIMS), "{error}");
}
