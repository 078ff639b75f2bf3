//! The key-value store, used by components of a few lines.

#![allow(clippy::unwrap_used)]

use mcp_latch_host::{Host, Reuse, Running, Server, client};

/// A component whose handler opens a store and adds 1 to `n` in it. It traps if the host has an error for it, and if the count is
/// larger than `most`.
fn counting(store: &str, most: u64) -> Vec<u8> {
    let length = store.len();
    let text = format!(
        r#"(component
            (import "wasi:http/types@0.2.0" (instance $types
                (export "incoming-request" (type (sub resource)))
                (export "response-outparam" (type (sub resource)))))
            (alias export $types "incoming-request" (type $request))
            (alias export $types "response-outparam" (type $out))
            (import "wasi:keyvalue/store@0.2.0-draft2" (instance $store
                (type $error' (variant (case "no-such-store") (case "access-denied") (case "other" string)))
                (export "error" (type $error (eq $error')))
                (export "bucket" (type $bucket (sub resource)))
                (export "open" (func (param "identifier" string) (result (result (own $bucket) (error $error)))))))
            (alias export $store "error" (type $error))
            (alias export $store "bucket" (type $bucket))
            (import "wasi:keyvalue/atomics@0.2.0-draft2" (instance $atomics
                (alias outer 1 $error (type $error'))
                (alias outer 1 $bucket (type $bucket'))
                (export "error" (type $error (eq $error')))
                (export "bucket" (type $bucket (eq $bucket')))
                (export "increment" (func (param "bucket" (borrow $bucket)) (param "key" string) (param "delta" s64)
                    (result (result s64 (error $error)))))))
            (core module $memory
                (memory (export "memory") 1)
                (data (i32.const 0) "{store}")
                (data (i32.const 64) "n")
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024))
            (core instance $memory (instantiate $memory))
            (core func $open (canon lower (func $store "open")
                (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
            (core func $increment (canon lower (func $atomics "increment")
                (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
            (core module $module
                (import "host" "memory" (memory 1))
                (import "host" "open" (func $open (param i32 i32 i32)))
                (import "host" "increment" (func $increment (param i32 i32 i32 i64 i32)))
                (func (export "handle") (param i32 i32)
                    (call $open (i32.const 0) (i32.const {length}) (i32.const 128))
                    (if (i32.load8_u (i32.const 128)) (then unreachable))
                    (call $increment (i32.load (i32.const 132)) (i32.const 64) (i32.const 1) (i64.const 1) (i32.const 256))
                    (if (i32.load8_u (i32.const 256)) (then unreachable))
                    (if (i64.gt_s (i64.load (i32.const 264)) (i64.const {most})) (then unreachable))))
            (core instance $instance (instantiate $module (with "host" (instance
                (export "memory" (memory $memory "memory"))
                (export "open" (func $open))
                (export "increment" (func $increment))))))
            (func $handle (param "request" (own $request)) (param "response-out" (own $out))
                (canon lift (core func $instance "handle")))
            (instance $handler (export "handle" (func $handle)))
            (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))"#
    );
    wat::parse_str(text).unwrap()
}

async fn serve(component: Vec<u8>) -> Running {
    let host = Host::builder(component).reuse(Reuse::Fresh).build().unwrap();
    Server::bind(host, "127.0.0.1:0").await.unwrap().spawn()
}

async fn ask(server: &Running) {
    client::get(server.url("/")).send().await.unwrap();
}

/// A count that was lost would leave room for one more.
#[tokio::test(flavor = "multi_thread")]
async fn all_instances_count_in_one_store_and_no_count_is_lost() {
    let server = serve(counting("default", 100)).await;
    let requests: Vec<_> = (0..100).map(|_| client::get(server.url("/")).send()).collect();
    let tasks: Vec<_> = requests.into_iter().map(tokio::spawn).collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let stats = server.host().stats();
    assert_eq!((stats.requests(), stats.instances(), stats.traps()), (100, 100, 0));
    ask(&server).await;
    assert_eq!(server.host().stats().traps(), 1);
}

#[tokio::test]
async fn two_hosts_have_nothing_in_common() {
    for _ in 0..2 {
        let server = serve(counting("default", 1)).await;
        ask(&server).await;
        assert_eq!(server.host().stats().traps(), 0);
    }
}

#[tokio::test]
async fn there_is_one_store_and_its_name_is_default() {
    let server = serve(counting("other", 1)).await;
    ask(&server).await;
    assert_eq!(server.host().stats().traps(), 1);
}
