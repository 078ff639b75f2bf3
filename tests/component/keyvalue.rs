//! The build with a key-value store.

use std::collections::BTreeSet;

use mcp_latch_host::component;

use crate::{
    bench::{Setup, component_path, keyvalue_path},
    second_host,
};

#[test]
fn it_imports_what_the_default_component_does_and_a_store() {
    let mut expected: BTreeSet<String> = component::imports(component_path()).unwrap().into_iter().collect();
    expected.extend(["store", "atomics"].map(|name| format!("wasi:keyvalue/{name}@0.2.0-draft2")));
    assert_eq!(component::imports(keyvalue_path()).unwrap().into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(component::exports(keyvalue_path()).unwrap(), component::exports(component_path()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_lets_the_same_users_in() {
    if second_host::command().is_some() {
        return println!("not run here: needs a host with a store");
    }
    let path = tokio::task::spawn_blocking(keyvalue_path).await.unwrap();
    let bench = Setup::supabase().await.component(path).start().await;
    assert_eq!(bench.enter(&bench.good()).await.status, 200);
}
