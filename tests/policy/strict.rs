//! What stops the start, and tokens that contradict themselves.

use mcp_latch::{config::Config, identity::Policy};
use serde_json::{Value, json};

use crate::world::{Endpoint, NOW, TENANT, token};

fn mistakes(text: &str) -> String {
    match Policy::parse(&format!("version = 1\n{text}")) {
        Ok(_) => String::new(),
        Err(mistakes) => mistakes.iter().map(|mistake| format!("{mistake}\n")).collect(),
    }
}

fn config(variables: &[(&str, &str)]) -> String {
    let all = || {
        [("MCP_URL", "https://api.example.com")]
            .iter()
            .chain(variables)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
    };
    Config::from_env(all()).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn claims_that_users_write_themselves_decide_nothing() {
    let theirs = [
        "email",
        "name",
        "given_name",
        "givenName",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile.groups",
        "picture",
        "website",
        "phone_number",
        "address.country",
        "zoneinfo",
        "locale",
        "birthdate",
        "gender",
        "user.Email",
        "userMetadata.groups",
        "user-metadata.groups",
        "raw_user_metadata.g",
        "raw_user_meta_data.g",
        "unsafe_metadata.g",
        "unsafeMetadata.g",
        "https://x.example/user_metadata/groups",
        "https://x.example/user_metadata.groups",
        "https://x.example/user_metadata/",
        "https://x.example#user_metadata",
        "user_metadata:groups",
        "urn:x:user_metadata",
    ];
    for claim in theirs {
        for text in [
            format!("[claims]\ngroups = {claim:?}"),
            format!("[claims.custom]\ngroups = [{claim:?}]"),
            format!("[enter]\nclaims = {{ {claim:?} = \"x\" }}"),
            format!("[tools.a]\nclaims = {{ {claim:?} = [\"x\"] }}"),
        ] {
            // In a list the dots are part of a name, and no claim of a profile has any.
            let is_another =
                text.starts_with("[claims.custom]") && ["profile.groups", "address.country", "user.Email"].contains(&claim);
            assert_eq!(mistakes(&text).contains("users write themselves"), !is_another, "{text}: {}", mistakes(&text));
        }
        let data = format!(
            "version = 1\n[tables.notes]\nactions = [\"select\"]\nkey = \"id\"\ncolumns = {{ id = \"int8\" }}\n[tables.notes.claims]\n{claim:?} = \"x\"\n"
        );
        let told = config(&[("SUPABASE_URL", "https://abc.supabase.co"), ("LATCH_DATA", &data)]);
        assert!(told.contains("users write themselves"), "{claim}: {told}");
    }
    assert!(mistakes("[enter]\nclaims = { email = \"x\" }").contains("email_domains"));
    for claim in [
        "groups",
        "app_metadata.plan",
        "publicMetadata.g",
        "public_metadata.g",
        "https://example.com/roles",
        "https://example.com/email",
        "resource_access.mcp.roles",
        "email_verified",
        "user_metadata_of_admins",
    ] {
        assert_eq!(mistakes(&format!("[claims]\ngroups = {claim:?}\n[enter]\nclaims = {{ {claim:?} = \"x\" }}")), "", "{claim}");
    }
}

#[test]
fn one_of_several_rules_says_for_whom_it_is() {
    for (text, at) in [
        ("[enter.staff]\ngroups = ['staff']\n[enter.anon]\nanonymous = true", "enter.anon.anonymous"),
        ("[enter.staff]\ngroups = ['staff']\n[enter.x]\nanonymous = false", "enter.x.anonymous"),
        ("enter = [{ groups = ['staff'] }, { anonymous = true }]", "enter[1].anonymous"),
    ] {
        let told = mistakes(text);
        assert!(told.contains(&format!("{at}: ")) && told.contains("lets everybody in"), "{text}: {told}");
    }
    for text in [
        "[enter]\nanonymous = true",
        "[enter.x]\nanonymous = true",
        "[enter.staff]\ngroups = ['staff']\n[enter.anon]\nanonymous = true\nproviders = ['supabase']",
    ] {
        assert_eq!(mistakes(text), "", "{text}");
    }
}

#[test]
fn grants_of_a_provider_are_of_one_that_is_known() {
    let told = mistakes("[grants.auht0]\n\"group:a\" = ['s']");
    assert!(told.contains("grants.auht0: there is no such provider; did you mean \"auth0\"?"), "{told}");
    let told = mistakes("[grants.auth0]\nadmins = ['s']");
    assert!(told.contains("grants.auth0.admins: does not say whom"), "{told}");
    assert!(mistakes("[grants]\nauth0 = ['s']").contains("grants.auth0: does not say whom"));
    assert!(mistakes("[tools.x]\nproviders = ['auht0']").contains("did you mean \"auth0\"?"));
}

#[test]
fn an_issuer_is_of_one_provider() {
    let twice = [
        ("AUTH0_DOMAIN", "t.eu.auth0.com"),
        ("LATCH_ISSUER", "https://t.eu.auth0.com/"),
        ("LATCH_CUSTOM_ALGORITHMS", "RS256"),
        ("LATCH_CUSTOM_CLIENT_IDS", "only-this"),
        ("LATCH_CUSTOM_JWKS_URI", "https://t.eu.auth0.com/k"),
    ];
    let told = config(&twice);
    assert!(told.contains("LATCH_ISSUER") && told.contains("AUTH0_DOMAIN") && told.contains("same issuer"), "{told}");
    assert_eq!(config(&[twice[0], ("LATCH_ISSUER", "https://id.example"), twice[2], twice[3], twice[4]]), "");
}

fn custom(more: &Value) -> String {
    let mut claims = json!({ "iss": "https://id.example", "sub": "u", "aud": "https://api.example.com/mcp", "exp": NOW + 60 });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    token(&claims)
}

fn entra(more: &Value) -> String {
    let mut claims = json!({
        "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "aud": "22222222-0000-4000-8000-000000000002",
        "exp": NOW + 60, "sub": "s", "ver": "2.0", "tid": TENANT, "oid": "o", "scp": "access"
    });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    token(&claims)
}

#[test]
fn a_token_names_one_client() {
    let endpoint = Endpoint::new("version = 1\n[enter]\nclients = ['good']", "");
    let told = |token: &str| {
        let reply = endpoint.send(token, "tools/list", json!({}));
        (reply.status, reply.reason)
    };
    for names in
        [vec!["client_id"], vec!["azp"], vec!["cid"], vec!["appid"], vec!["client_id", "azp"], vec!["azp", "cid", "appid"]]
    {
        let claims: Value =
            names.iter().map(|name| ((*name).to_owned(), json!("good"))).collect::<serde_json::Map<_, _>>().into();
        assert_eq!(told(&custom(&claims)).0, 200, "{claims}");
        assert_eq!(told(&entra(&claims)).0, 200, "{claims}");
        for name in ["client_id", "azp", "cid", "appid"] {
            for other in [json!("evil"), json!(""), json!(5), json!(null), json!(["good"])] {
                let mut claims = claims.clone();
                claims[name] = other;
                if names.len() > 1 || claims[name] != "evil" || names[0] != name {
                    assert_eq!(told(&custom(&claims)), (401, "malformed_claim".to_owned()), "{claims}");
                    assert_eq!(told(&entra(&claims)), (401, "malformed_claim".to_owned()), "{claims}");
                } else {
                    assert_eq!(told(&custom(&claims)), (403, "client_not_allowed".to_owned()), "{claims}");
                }
            }
        }
    }
}

#[test]
fn a_token_that_says_what_it_is_for_is_an_access_token() {
    let endpoint = Endpoint::new("version = 1\n[tools.x]", "");
    for (kind, status, reason) in [
        (json!("access"), 200, ""),
        (json!("access_token"), 200, ""),
        (json!("id"), 401, "id_token"),
        (json!("id_token"), 401, "id_token"),
        (json!("refresh"), 401, "not_an_access_token"),
        (json!(""), 401, "not_an_access_token"),
        (json!(7), 401, "malformed_claim"),
    ] {
        for token in [custom(&json!({ "token_use": kind })), entra(&json!({ "token_use": kind }))] {
            let reply = endpoint.send(&token, "tools/list", json!({}));
            assert_eq!(reply.status, status, "{kind}");
            assert!(status == 200 || reply.reason == reason, "{kind}: {}", reply.reason);
        }
    }
}

/// What is one issuer's group is not another's, where the document says so.
#[test]
fn groups_of_another_issuer_are_others() {
    let endpoint = Endpoint::new(
        "version = 1\n[tools.greet]\ngroups = ['admins']\nproviders = ['entra']\n[tools.open]\nissuers = ['https://id.example']\n\
         [tools.notes_delete]\nscopes = ['notes:write']\n[grants.entra]\n'group:admins' = ['notes:write']",
        "",
    );
    let call = |token: &str, name: &str| {
        let reply = endpoint.send(token, "tools/call", json!({ "name": name }));
        (reply.status, reply.body.get("result").is_some())
    };
    let (here, there) = (custom(&json!({ "groups": ["admins"] })), entra(&json!({ "groups": ["admins"] })));
    assert_eq!((call(&here, "greet"), call(&there, "greet")), ((200, false), (200, true)));
    assert_eq!((call(&here, "open"), call(&there, "open")), ((200, true), (200, false)));
    assert_eq!((call(&here, "notes_delete"), call(&there, "notes_delete")), ((403, false), (200, true)));
}
