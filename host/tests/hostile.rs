//! The built component in this host, and clients that mean it ill.

#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_latch_host::demo::{Demo, Options, USERS, sign_in};
use mcp_latch_host::{Host, Running, Server, client, component};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// The built component for an issuer at `issuer`, with so many instances.
async fn serve(issuer: &str, instances: usize) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let issuer = issuer.to_owned();
    let host = tokio::task::spawn_blocking(move || {
        let builder = Host::builder(component::ensure_built().unwrap()).env("MCP_URL", url).env("SUPABASE_URL", &issuer);
        builder.allow([issuer]).cache_dir(component::cache_dir().unwrap()).max_instances(instances).build().unwrap()
    });
    Server::from_listener(host.await.unwrap(), listener).unwrap().spawn()
}

fn ping() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })
}

async fn call(server: &Running, token: &str) -> u16 {
    let call = client::post(server.url("/mcp")).header("accept", "application/json, text/event-stream").bearer(token);
    call.json(&ping()).send().await.unwrap().status.as_u16()
}

/// Sends the beginning of a request and leaves the connection open.
async fn begin(addr: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Reads one head from an open connection.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// A token that only the keys of `issuer` can show to be forged.
fn forged(issuer: &str) -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": "nobody's" });
    let claims = json!({
        "iss": format!("{issuer}/auth/v1"), "sub": USERS[0].id, "aud": "authenticated", "role": "authenticated",
        "exp": now + 600, "iat": now, "client_id": "c",
    });
    [header.to_string().into_bytes(), claims.to_string().into_bytes(), vec![1; 64]]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".")
}

/// An issuer that counts who asks and answers when it is let.
struct Slow {
    origin: String,
    asked: watch::Receiver<usize>,
    open: watch::Sender<bool>,
}

impl Slow {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (count, asked) = watch::channel(0);
        let (open, gate) = watch::channel(false);
        let count = Arc::new(count);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (count, mut gate) = (count.clone(), gate.clone());
                tokio::spawn(async move {
                    head(&mut stream).await;
                    count.send_modify(|count| *count += 1);
                    let _ = gate.wait_for(|open| *open).await;
                    // A key of RFC 7517 appendix A.1.
                    let keys = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"sig","kid":"1"}]}"#;
                    let reply = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{keys}",
                        keys.len()
                    );
                    let _ = stream.write_all(reply.as_bytes()).await;
                });
            }
        });
        Self { origin, asked, open }
    }
}

/// What an instance has cost (its keys, the pause between fetches) is not to be had thrown away by hanging up.
#[tokio::test(flavor = "multi_thread")]
async fn hanging_up_costs_neither_the_instance_nor_its_fetch() {
    let mut issuer = Slow::start().await;
    let server = serve(&issuer.origin, 1).await;
    let token = forged(&issuer.origin);
    for _ in 0..20 {
        let before = *issuer.asked.borrow();
        let body = ping().to_string();
        let request = format!(
            "POST /mcp HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             accept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{body}",
            server.addr(),
            body.len()
        );
        let stream = begin(server.addr(), &request).await;
        // The first one comes as far as the issuer. That the others do not is what is tested; how long they try is not.
        let patience = if before == 0 { Duration::from_secs(60) } else { Duration::from_millis(50) };
        let _ = timeout(patience, issuer.asked.wait_for(|count| *count > before)).await;
        drop(stream);
    }
    issuer.open.send_replace(true);
    assert_eq!(call(&server, &token).await, 401);
    assert_eq!(server.host().stats().instances(), 1);
    // One for the keys, one more for a key that is not among them.
    let fetches = *issuer.asked.borrow();
    assert!(fetches <= 2, "{fetches} fetches");
}

/// Bodies are waited for before an instance is taken, not while one is held.
#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_hold_no_instances() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let server = serve(demo.origin(), 2).await;
    let tokens = sign_in(demo.issuer(), &USERS[0], "email", &server.url("/mcp")).await.unwrap();
    let token = tokens["access_token"].as_str().unwrap();
    let body = ping().to_string();
    let (first, rest) = body.split_at(1);
    let mut slow = Vec::new();
    for _ in 0..4 {
        let request = format!(
            "POST /mcp HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             accept: application/json, text/event-stream\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
            server.addr(),
            body.len()
        );
        let mut stream = begin(server.addr(), &request).await;
        // Somebody waits for the body now.
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 100"));
        stream.write_all(first.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    assert_eq!(client::get(server.url("/healthz")).send().await.unwrap().status, 200);
    assert_eq!(call(&server, token).await, 200);
    for mut stream in slow {
        stream.write_all(rest.as_bytes()).await.unwrap();
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(server.host().stats().timeouts(), 0);
}
