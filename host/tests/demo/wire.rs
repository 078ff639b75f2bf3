//! HTTP below OAuth: slow bodies, other origins, other methods.

use std::time::Duration;

use mcp_latch_host::client;
use mcp_latch_host::demo::{Demo, Options};

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let demo = Demo::start(Options::default().body_timeout(Duration::from_millis(50))).await.unwrap();
    let authority = demo.origin().strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(authority).await.unwrap();
    let head = format!("POST /auth/v1/oauth/token HTTP/1.1\r\nhost: {authority}\r\ncontent-length: 9\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut reply = String::new();
    let whole = stream.read_to_string(&mut reply);
    tokio::time::timeout(Duration::from_secs(20), whole).await.expect("it is waited for").unwrap();
    assert!(reply.starts_with("HTTP/1.1 408") && reply.contains("invalid_request"), "{reply}");
}

#[tokio::test]
async fn scripts_may_ask_but_not_decide() {
    let demo = Demo::start(Options::default()).await.unwrap();
    for path in ["/.well-known/jwks.json", "/oauth/token", "/oauth/clients/register"] {
        let reply = client::call(http::Method::OPTIONS, format!("{}{path}", demo.issuer())).send().await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (204, Some("*")));
    }
    for (method, path) in
        [("OPTIONS", "/oauth/consent"), ("GET", "/oauth/token"), ("DELETE", "/oauth/authorize"), ("OPTIONS", "/token")]
    {
        let reply = client::call(method.parse().unwrap(), format!("{}{path}", demo.issuer())).send().await.unwrap();
        assert!(reply.status == 405 && reply.header("allow").is_some(), "{method} {path}");
    }
    let public = Options::default().addr(([0, 0, 0, 0], 0).into());
    assert!(Demo::start(public).await.err().unwrap().to_string().contains("loopback"));
}
