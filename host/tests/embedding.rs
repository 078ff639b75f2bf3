//! The embedding, driven with components of a few lines.
//!
//! None of them gives an answer, so the host always answers in their place; what is looked at is what it did to them.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mcp_latch_host::{Builder, Host, Reuse, Running, Server, client};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A component that imports `wasi:http/types` and `extra`, and whose handler runs `body`.
fn component(extra: &str, body: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (import "wasi:http/types@0.2.0" (instance $types
                (export "incoming-request" (type (sub resource)))
                (export "response-outparam" (type (sub resource)))))
            {extra}
            (alias export $types "incoming-request" (type $request))
            (alias export $types "response-outparam" (type $out))
            (core module $module
                (memory 1)
                (func (export "handle") (param i32 i32) {body}))
            (core instance $instance (instantiate $module))
            (func $handle (param "request" (own $request)) (param "response-out" (own $out))
                (canon lift (core func $instance "handle")))
            (instance $handler (export "handle" (func $handle)))
            (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))"#
    );
    wat::parse_str(text).unwrap()
}

const RETURN: &str = "";
const TRAP: &str = "unreachable";
const LOOP: &str = "(loop br 0)";
/// Grows by 1 MiB at every request and traps when it may not.
const GROW: &str = "(memory.grow (i32.const 16)) (i32.eq (i32.const -1)) (if (then unreachable))";

async fn serve(builder: Builder) -> Running {
    Server::bind(builder.build().unwrap(), "127.0.0.1:0").await.unwrap().spawn()
}

async fn status(server: &Running) -> u16 {
    client::get(server.url("/")).send().await.unwrap().status.as_u16()
}

/// What the server says to these bytes before it closes the connection.
async fn raw(server: &Running, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut reply = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut reply)).await.unwrap().unwrap();
    String::from_utf8(reply).unwrap()
}

#[tokio::test]
async fn an_instance_is_used_again() {
    let server = serve(Host::builder(component("", RETURN))).await;
    for _ in 0..5 {
        assert_eq!(status(&server).await, 500);
    }
    assert_eq!((server.host().stats().requests(), server.host().stats().instances()), (5, 1));
    server.stop().await;
}

#[tokio::test]
async fn fresh_means_one_request_per_instance() {
    let server = serve(Host::builder(component("", RETURN)).reuse(Reuse::Fresh)).await;
    for _ in 0..5 {
        status(&server).await;
    }
    assert_eq!(server.host().stats().instances(), 5);
}

#[tokio::test]
async fn an_instance_is_replaced_after_its_share() {
    let server = serve(Host::builder(component("", RETURN)).max_requests_per_instance(2)).await;
    for _ in 0..5 {
        status(&server).await;
    }
    assert_eq!(server.host().stats().instances(), 3);
}

#[tokio::test]
async fn a_malformed_request_costs_no_instance() {
    let server = serve(Host::builder(component("", RETURN))).await;
    assert_eq!(status(&server).await, 500);
    for host in [&b""[..], b"host: \xff\r\n", b"host: a b\r\n", b"host: a\r\nhost: b\r\n"] {
        let reply = raw(&server, &[b"GET / HTTP/1.1\r\nconnection: close\r\n", host, b"\r\n"].concat()).await;
        assert!(reply.starts_with("HTTP/1.1 400") && reply.ends_with(r#"{"error":"bad_request"}"#), "{reply}");
    }
    assert_eq!(status(&server).await, 500);
    assert_eq!((server.host().stats().requests(), server.host().stats().instances()), (2, 1));
}

#[tokio::test]
async fn a_body_that_does_not_come_costs_no_instance() {
    let server = serve(Host::builder(component("", RETURN)).body_timeout(Duration::from_millis(50))).await;
    let reply = raw(&server, b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 100\r\n\r\n{").await;
    assert!(reply.starts_with("HTTP/1.1 408") && reply.ends_with(r#"{"error":"request_timeout"}"#), "{reply}");
    assert_eq!(server.host().stats().instances(), 0);
}

#[tokio::test]
async fn a_body_in_a_coding_nobody_undoes_is_refused() {
    let server = serve(Host::builder(component("", RETURN))).await;
    for coding in ["gzip, chunked", "chunked, chunked", "gzip\r\ntransfer-encoding: chunked"] {
        let request =
            format!("POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: {coding}\r\n\r\n1\r\nx\r\n0\r\n\r\n");
        let reply = raw(&server, request.as_bytes()).await;
        assert!(reply.starts_with("HTTP/1.1 501") && reply.ends_with(r#"{"error":"not_implemented"}"#), "{coding}: {reply}");
    }
    assert_eq!(server.host().stats().instances(), 0);
    let plain = b"POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
    assert!(raw(&server, plain).await.starts_with("HTTP/1.1 500"), "this one reaches the component");
}

#[tokio::test]
async fn a_trap_costs_one_instance_and_says_nothing() {
    let server = serve(Host::builder(component("", TRAP))).await;
    for _ in 0..2 {
        let reply = client::get(server.url("/")).send().await.unwrap();
        assert_eq!(reply.status, 500);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.text(), r#"{"error":"internal_error"}"#);
    }
    assert_eq!((server.host().stats().traps(), server.host().stats().instances()), (2, 2));
}

/// One worker thread: without yielding, the loop would hold the only thread that could stop it.
#[tokio::test(flavor = "current_thread")]
async fn a_loop_meets_its_deadline_and_holds_nobody_up() {
    let deadline = Duration::from_millis(300);
    let server = serve(Host::builder(component("", LOOP)).deadline(deadline)).await;
    let started = Instant::now();
    let url = server.url("/");
    let (a, b) = tokio::join!(client::get(url.clone()).send(), client::get(url).send());
    assert_eq!((a.unwrap().status.as_u16(), b.unwrap().status.as_u16()), (504, 504));
    assert!(started.elapsed() >= deadline && started.elapsed() < deadline * 10, "{:?}", started.elapsed());
    assert_eq!(server.host().stats().timeouts(), 2);
}

#[tokio::test]
async fn who_waits_in_line_too_long_is_told_to_come_again() {
    let server = serve(Host::builder(component("", LOOP)).max_instances(1).deadline(Duration::from_millis(200))).await;
    let url = server.url("/");
    let (a, b) = tokio::join!(client::get(url.clone()).send(), client::get(url).send());
    let mut statuses = [a.unwrap().status.as_u16(), b.unwrap().status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [503, 504]);
}

#[tokio::test]
async fn memory_is_limited() {
    let server = serve(Host::builder(component("", GROW)).memory_limit(4 << 20)).await;
    for _ in 0..4 {
        status(&server).await;
    }
    // 64 KiB + 3 MiB fit, the fourth MiB does not.
    assert_eq!(server.host().stats().traps(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_changes_nothing() {
    let deadline = Duration::from_millis(300);
    let server = serve(Host::builder(component("", LOOP)).max_instances(1).deadline(deadline)).await;
    let stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.try_write(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    while server.host().stats().requests() == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    // The work goes on to its end, here the deadline, and no longer: the only place is free again.
    let stats = server.host().stats();
    tokio::time::timeout(deadline * 50, async {
        while stats.timeouts() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the work ended with the connection");
    assert_eq!((status(&server).await, stats.instances()), (504, 2));
}

#[test]
fn a_component_that_wants_more_does_not_start() {
    for import in ["wasi:filesystem/types@0.2.0", "wasi:sockets/tcp@0.2.3", "wasi:cli/exit@0.2.0", "my:own/thing"] {
        let wasm = component(&format!(r#"(import "{import}" (instance))"#), RETURN);
        let error = format!("{:#}", Host::builder(wasm).build().err().unwrap());
        assert!(error.contains(import), "{error}");
    }
}

#[test]
fn what_is_no_component_is_named() {
    for (bytes, says) in [(&b"hello"[..], "not a WebAssembly component"), (b"\0asm\x01\0\0\0", "core module")] {
        let error = format!("{:#}", Host::builder(bytes.to_vec()).build().err().unwrap());
        assert!(error.contains(says), "{error}");
    }
    let error = format!("{:#}", Host::builder(std::path::Path::new("/no/such.wasm")).build().err().unwrap());
    assert!(error.contains("/no/such.wasm"), "{error}");
    let error = format!("{:#}", Host::builder(wat::parse_str("(component)").unwrap()).build().err().unwrap());
    assert!(error.contains("incoming-handler"), "{error}");
}

#[test]
fn imports_are_read_without_compiling() {
    let wasm = component(r#"(import "wasi:cli/stderr@0.2.0" (instance))"#, RETURN);
    let inspection = mcp_latch_host::component::inspect(wasm.clone()).unwrap();
    assert_eq!(inspection.imports, ["wasi:cli/stderr@0.2.0", "wasi:http/types@0.2.0"]);
    assert_eq!(inspection.exports, ["wasi:http/incoming-handler@0.2.0"]);
    assert_eq!(inspection.size, wasm.len());
}

#[test]
fn machine_code_is_cached_and_a_damaged_cache_is_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("aot");
    let build = || Host::builder(component("", RETURN)).cache_dir(&cache).build().unwrap().was_cached();
    assert_eq!((build(), build()), (false, true));
    let file = std::fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, b"damaged").unwrap();
    assert_eq!((build(), build()), (false, true));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::remove_dir_all(&cache).unwrap();
        std::os::unix::fs::symlink(std::env::temp_dir(), &cache).unwrap();
        assert!(!build() && !build(), "a link may lead anywhere");
    }
}

/// Machine code is run as it is found: only what nobody else could have written counts.
#[cfg(unix)]
#[test]
fn machine_code_of_others_is_not_run() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("aot");
    let build = || Host::builder(component("", RETURN)).cache_dir(&cache).build().unwrap().was_cached();
    let mode = |path: &std::path::Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    assert_eq!((build(), build()), (false, true));
    let file = std::fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    mode(&file, 0o620);
    assert_eq!((build(), build()), (false, true), "another of the group may have written it");
    std::fs::rename(&file, dir.path().join("elsewhere")).unwrap();
    symlink(dir.path().join("elsewhere"), &file).unwrap();
    assert_eq!((build(), build()), (false, true), "a link may lead anywhere");
    // Only root can give files away.
    if chown(&file, Some(12_345), None).is_ok() {
        assert_eq!((build(), build()), (false, true), "another user's file");
        chown(&cache, Some(12_345), None).unwrap();
        mode(&cache, 0o755);
        assert!(!build() && !build(), "another user's directory");
        let left = std::fs::metadata(&cache).unwrap();
        assert_eq!((left.uid(), left.permissions().mode() & 0o777), (12_345, 0o755), "and it is left alone");
    }
}

#[tokio::test]
async fn stopping_waits_for_running_requests() {
    let server = serve(Host::builder(component("", LOOP)).deadline(Duration::from_millis(300))).await;
    let url = server.url("/");
    let seen = Arc::new(Mutex::new(None));
    let request = tokio::spawn({
        let seen = seen.clone();
        async move { *seen.lock().unwrap() = client::get(url).send().await.ok().map(|reply| reply.status.as_u16()) }
    });
    while server.host().stats().requests() == 0 {
        tokio::task::yield_now().await;
    }
    let url = server.url("/");
    server.stop().await;
    request.await.unwrap();
    assert_eq!(*seen.lock().unwrap(), Some(504));
    assert!(client::get(url).send().await.is_err(), "nobody listens any more");
}
