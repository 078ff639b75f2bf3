//! A component whose configuration is wrong serves nobody and says why, to the operator only.

use crate::client::get;
use http::StatusCode;

use crate::bench::Setup;

#[tokio::test(flavor = "multi_thread")]
async fn a_misconfigured_component_answers_500_to_everything() {
    let setup = Setup::supabase().await.env("SUPABASE_JWT_SECRET", "short-secret").env("LATCH_ALGORITHMS", "none");
    let bench = setup.start().await;
    for path in ["/mcp", "/healthz", "/.well-known/oauth-protected-resource"] {
        let reply = get(bench.url(path)).send().await.unwrap();
        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(!reply.text().contains("SUPABASE") && !reply.text().contains("LATCH"), "{}", reply.text());
    }
    let line = bench.logged("misconfigured").await;
    let errors = line["errors"].as_str().unwrap();
    assert!(errors.contains("SUPABASE_JWT_SECRET: ") && errors.contains("LATCH_ALGORITHMS: \"none\""), "{errors}");
    assert!(!errors.contains("short-secret"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_variable_stops_it() {
    let bench = Setup::supabase().await.env("LATCH_CLIENT_ID", "only-this-one").start().await;
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        bench.logged("misconfigured").await["errors"].as_str().unwrap().starts_with("LATCH_CLIENT_ID: there is no such variable")
    );
}
