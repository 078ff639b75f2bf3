//! `LATCH_POLICY` in the built component: who may enter, what is hidden, what a sign-in with more scopes opens.

use http::StatusCode;
use mcp_latch_host::client::Reply;
use serde_json::{Value, json};

use crate::{
    bench::{Bench, Setup, change, sign, sign_as},
    issuer::Answer,
    keys::EC,
};

const POLICY: &str = r#"
version = 1

[scopes]
"notes:admin" = ["notes:write"]
"notes:write" = ["notes:read"]

[grants]
"group:writers" = ["notes:write"]

[tools."*"]
scopes = ["email"]

[tools."notes_*"]
scopes = ["notes:read"]

[tools."notes_delete"]
scopes = ["notes:write"]
groups = ["writers", "staff"]

[tools."purge_*"]
roles = ["nobody"]

[tools.whoami]

[resources."supabase://table/notes/secret*"]
groups = ["staff"]
"#;

const DATA: &str = r#"
version = 1
[tables.notes]
actions = ["select", "delete"]
key = "id"
columns = { id = "text", title = "text" }
[tables.purge]
columns = { id = "int" }
"#;

async fn bench() -> Bench {
    let setup = Setup::supabase().await.env("LATCH_POLICY", POLICY).env("LATCH_DATA", DATA);
    setup.env("LATCH_REQUIRED_SCOPES", "email").start().await
}

async fn send(bench: &Bench, claims: Value, method: &str, params: Value) -> Reply {
    let token = sign(&EC, &bench.with(claims));
    let name = params.get("name").or(params.get("uri")).and_then(Value::as_str).map(str::to_owned);
    let mut call = bench.modern(method, params);
    if let Some(name) = name {
        call = call.header("mcp-name", &name);
    }
    call.bearer(&token).send().await.unwrap()
}

async fn call(bench: &Bench, claims: Value, tool: &str) -> Reply {
    send(bench, claims, "tools/call", json!({ "name": tool, "arguments": {} })).await
}

async fn names(bench: &Bench, claims: Value) -> Vec<String> {
    let body: Value = send(bench, claims, "tools/list", json!({})).await.json().unwrap();
    body["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

/// The scopes that a challenge asks for.
fn asked(reply: &Reply) -> &str {
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    let challenge = reply.header("www-authenticate").expect("no challenge");
    assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
    challenge.split_once("scope=\"").unwrap().1.split('"').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_enter_is_told_so_without_a_challenge() {
    for (enter, claims, reason) in [
        ("subjects = ['somebody']", json!({}), "subject_not_allowed"),
        ("email_domains = ['example.com']", json!({}), "email_not_verified"),
        ("email_domains = ['Example.org']", json!({ "email_verified": true }), "domain_not_allowed"),
        ("emails = ['eve@example.com']", json!({ "email_verified": true }), "email_not_allowed"),
        ("tenants = ['t']", json!({}), "tenant_not_allowed"),
        ("organizations = ['o']", json!({ "org_id": "p" }), "organization_not_allowed"),
        ("groups = ['staff']", json!({ "groups": ["guests"] }), "group_not_allowed"),
        ("groups = ['staff']", json!({ "_claim_names": { "groups": "src1" } }), "groups_unknown"),
        ("clients = ['claude']", json!({}), "client_not_allowed"),
        ("min_aal = 'aal2'", json!({}), "aal_too_low"),
        ("anonymous = true\nroles = ['boss']", json!({ "is_anonymous": true }), "role_not_allowed"),
        ("claims = { 'app_metadata.plan' = ['pro'] }", json!({}), "claim_not_allowed"),
        ("[enter.a]\ngroups = ['a']\n[enter.b]\nroles = ['b']", json!({}), "not_allowed"),
    ] {
        let bench = Setup::supabase().await.env("LATCH_POLICY", format!("version = 1\n[enter]\n{enter}\n")).start().await;
        let reply = bench.enter(&sign(&EC, &bench.with(claims))).await;
        assert_eq!((reply.status, reply.header("www-authenticate")), (StatusCode::FORBIDDEN, None), "{enter}");
        assert_eq!(bench.reason().await, reason, "{enter}");
        assert!(!reply.text().contains(reason), "{}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_enter_enters() {
    for (enter, claims) in [
        ("email_domains = ['EXAMPLE.com']", json!({ "email_verified": true })),
        ("anonymous = true", json!({ "is_anonymous": true })),
        ("anonymous = true", json!({})),
        ("[enter.a]\ngroups = ['a']\n[enter.b]\nmin_aal = 'aal1'", json!({})),
    ] {
        let bench = Setup::supabase().await.env("LATCH_POLICY", format!("version = 1\n[enter]\n{enter}\n")).start().await;
        let reply = bench.enter(&sign(&EC, &bench.with(claims))).await;
        assert_eq!(reply.status, StatusCode::OK, "{enter} {}", reply.text());
    }
    // Nobody said that they may.
    let bench = Setup::supabase().await.env("LATCH_POLICY", "version = 1\n[enter]\nmin_aal = 'aal1'\n").start().await;
    let reply = bench.enter(&sign(&EC, &bench.with(json!({ "is_anonymous": true })))).await;
    assert_eq!((reply.status, bench.reason().await.as_str()), (StatusCode::UNAUTHORIZED, "anonymous_user"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_up_names_all_scopes_in_their_smallest_form() {
    let bench = bench().await;
    assert_eq!(asked(&call(&bench, json!({ "scope": "profile" }), "whoami").await), "email");
    assert_eq!(asked(&call(&bench, json!({ "scope": "email" }), "notes_select").await), "email notes:read");
    let staff = json!({ "groups": ["staff"] });
    assert_eq!(asked(&call(&bench, staff, "notes_delete").await), "email notes:write");
    // The resource reads what the tool reads.
    let row = send(&bench, json!({}), "resources/read", json!({ "uri": "supabase://table/notes/7" })).await;
    assert_eq!(asked(&row), "email notes:read");
}

#[tokio::test(flavor = "multi_thread")]
async fn hierarchy_and_grants_are_worth_scopes() {
    let bench = bench().await;
    bench.issuer.answer("/rest/v1/notes", Answer::rest(200, "[]"));
    for claims in
        [json!({ "scope": "email notes:read" }), json!({ "scope": "email notes:admin" }), json!({ "groups": ["writers"] })]
    {
        let reply = call(&bench, claims.clone(), "notes_select").await;
        assert_eq!(reply.status, StatusCode::OK, "{claims} {}", reply.text());
    }
    let token = sign(&EC, &bench.with(json!({ "scope": "email notes:admin", "groups": ["x"] })));
    let identity = bench.enter(&token).await.json::<Value>().unwrap()["result"]["structuredContent"].take();
    assert_eq!(identity["scopes"], json!(["email", "notes:admin", "notes:read", "notes:write"]));
    assert_eq!(identity["user"]["groups"], json!(["x"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_is_not_listed_and_does_not_exist() {
    let bench = bench().await;
    assert_eq!(names(&bench, json!({})).await, ["notes_select", "whoami"]);
    assert_eq!(names(&bench, json!({ "groups": ["staff"] })).await, ["notes_delete", "notes_select", "whoami"]);
    for tool in ["notes_delete", "purge_select"] {
        let hidden: Value = call(&bench, json!({ "scope": "email notes:admin" }), tool).await.json().unwrap();
        let absent: Value = call(&bench, json!({}), "no_such_tool").await.json().unwrap();
        assert_eq!(hidden["error"]["code"], absent["error"]["code"]);
        assert_eq!(hidden["error"]["message"].as_str().unwrap().replace(tool, "no_such_tool"), absent["error"]["message"]);
    }
    // The table whose tool is hidden has no resource either, and is not completed.
    let all = json!({ "scope": "email notes:admin" });
    let listed: Value = send(&bench, all.clone(), "resources/list", json!({})).await.json().unwrap();
    assert!(listed.to_string().contains("table/notes") && !listed.to_string().contains("purge"), "{listed}");
    let argument = json!({ "name": "table", "value": "" });
    let reference = json!({ "type": "ref/resource", "uri": "supabase://table/{table}" });
    let completed: Value =
        send(&bench, all.clone(), "completion/complete", json!({ "ref": reference, "argument": argument })).await.json().unwrap();
    assert_eq!(completed["result"]["completion"]["values"], json!(["notes"]));
    for uri in ["supabase://table/purge", "supabase://table/notes/secret1", "supabase://table/notes/%73ecret1"] {
        let read: Value = send(&bench, all.clone(), "resources/read", json!({ "uri": uri })).await.json().unwrap();
        assert_eq!(read["error"]["code"], -32602, "{uri} {read}");
    }
    bench.issuer.answer("/rest/v1/notes", Answer::rest(200, r#"[{"id":"secret1","title":"x"}]"#));
    let staff = json!({ "scope": "email notes:admin", "groups": ["staff"] });
    let read = send(&bench, staff, "resources/read", json!({ "uri": "supabase://table/notes/%73ecret1" })).await;
    assert!(read.status == StatusCode::OK && read.text().contains("secret1"), "{}", read.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_provider_has_its_own_places() {
    const PLACES: &str = "version = 1\n[claims]\nroles = \"https://example.com/roles\"\n[claims.auth0]\nroles = \"app.roles\"\n\
                          [claims.custom]\ngroups = [\"resource_access\", \"m.c.p\", \"roles\"]\n[tools.whoami]\nroles = [\"boss\"]\n";
    let setup = Setup::custom().await;
    let origin = setup.issuer().origin().to_owned();
    let jwks = json!({ "keys": [EC.jwk()] }).to_string();
    let setup = setup.env("LATCH_POLICY", PLACES).env("AUTH0_DOMAIN", &origin);
    let setup = setup.env("LATCH_JWKS_URI", "").env("LATCH_ALGORITHMS", "");
    let setup =
        setup.env("LATCH_CUSTOM_JWKS", &jwks).env("LATCH_CUSTOM_ALGORITHMS", "ES256").env("LATCH_AUTH0_ALGORITHMS", "RS256");
    let rsa = json!({ "keys": [crate::keys::RSA.jwk()] }).to_string();
    let bench = setup.env("LATCH_AUTH0_JWKS", rsa).start().await;
    let custom = |claims: Value| {
        let claims = change(bench.rfc9068_claims(), claims);
        sign_as(&EC, json!({ "alg": "ES256", "kid": EC.kid, "typ": "at+jwt" }), &claims)
    };
    let auth0 = |claims: Value| {
        let claims = change(change(bench.rfc9068_claims(), json!({ "iss": format!("{origin}/") })), claims);
        sign_as(&crate::keys::RSA, crate::keys::RSA.header(), &claims)
    };
    let standing = json!({ "https://example.com/roles": ["boss"], "resource_access": { "m.c.p": { "roles": ["g"] } } });
    let reply = bench.enter(&custom(standing.clone())).await;
    let identity = reply.json::<Value>().unwrap()["result"]["structuredContent"].take();
    assert_eq!((&identity["user"]["roles"], &identity["user"]["groups"]), (&json!(["boss"]), &json!(["g"])), "{}", reply.text());
    // The other provider's own place wins over the one for all.
    assert_eq!(bench.enter(&auth0(standing)).await.json::<Value>().unwrap()["error"]["code"], -32602);
    let identity = bench.enter(&auth0(json!({ "app": { "roles": "boss" } }))).await.json::<Value>().unwrap();
    assert_eq!(identity["result"]["structuredContent"]["user"]["roles"], json!(["boss"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_with_a_mistake_stops_the_start() {
    let text = "version = 1\n\n[enter]\ngroup = [\"staff\"]\n[scopes]\na = [\"b\"]\nb = [\"a\"]\n";
    let bench = Setup::supabase().await.env("LATCH_POLICY", text).start().await;
    assert_eq!(bench.enter(&bench.good()).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let line = bench.logged("misconfigured").await;
    let errors = line["errors"].as_str().unwrap();
    assert!(errors.contains("LATCH_POLICY: line 4, enter.group: there is no such member"), "{errors}");
    assert!(errors.contains("fix: did you mean \"groups\"?") && errors.contains("line 6, scopes.a: includes itself"), "{errors}");
}
