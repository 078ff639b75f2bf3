//! How a client proves itself.

use base64::engine::general_purpose::STANDARD;

use super::{super::super::Form, *};

fn listed() -> String {
    let digest = URL_SAFE_NO_PAD.encode(super::super::authenticate::digest("s3 cr+t%41&ü"));
    json!([
        { "client_id": "open", "redirect_uris": ["http://localhost/cb"] },
        { "client_id": "closed", "redirect_uris": ["http://localhost/cb"], "client_secret_sha256": digest },
    ])
    .to_string()
}

fn ask(clients: &Clients, authorization: &[&str], form: &str) -> Option<String> {
    let mut headers = HeaderMap::new();
    for value in authorization {
        headers.append("authorization", value.parse().unwrap());
    }
    clients.authenticate(&headers, &Form::parse(form.as_bytes()).unwrap(), START).ok()
}

fn basic(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

/// Form-encoded.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn a_public_client_names_itself_and_has_no_secret() {
    let (world, clients) = (World::new(), clients(&[("LATCH_CLIENTS", &listed()), ("LATCH_CIMD_HOSTS", "claude.ai")]));
    let id = registered(&clients, &world, &["http://localhost/cb"]).id;
    for id in [id.as_str(), "open", "https://claude.ai/client"] {
        let form = format!("client_id={}", encoded(id));
        assert_eq!(ask(&clients, &[], &form).as_deref(), Some(id));
        assert_eq!(ask(&clients, &[], &format!("{form}&client_secret=")).as_deref(), Some(id));
        assert_eq!(ask(&clients, &[&basic(&format!("{}:", encoded(id)))], "").as_deref(), Some(id));
        // A secret that nobody would look at.
        assert_eq!(ask(&clients, &[], &format!("{form}&client_secret=x")), None);
        assert_eq!(ask(&clients, &[&basic(&format!("{}:x", encoded(id)))], &form), None);
        assert_eq!(ask(&clients, &[], &format!("{form}&client_assertion=x")), None);
    }
    for form in ["", "client_id=", "client_id=nobody", "client_secret=x", "client_id=https://evil.example/client"] {
        assert_eq!(ask(&clients, &[], form), None, "{form}");
    }
    // No document is asked for.
    assert_eq!(world.fetches(), 0);
}

#[test]
fn a_confidential_client_needs_its_secret_by_one_method() {
    let (world, clients) = (World::new(), clients(&[]));
    let register = |method| {
        register(&clients, &world, json!({ "redirect_uris": ["http://localhost/cb"], "token_endpoint_auth_method": method }))
    };
    for method in ["client_secret_basic", "client_secret_post"] {
        let (one, other) = (register(method), register(method));
        let (id, secret) = (one["client_id"].as_str().unwrap(), one["client_secret"].as_str().unwrap());
        let (other_id, other_secret) = (other["client_id"].as_str().unwrap(), other["client_secret"].as_str().unwrap());
        let post = format!("client_id={id}&client_secret={secret}");
        let pair = format!("{id}:{secret}");
        assert_eq!(ask(&clients, &[], &post).as_deref(), Some(id));
        assert_eq!(ask(&clients, &[&basic(&pair)], "").as_deref(), Some(id));
        assert_eq!(ask(&clients, &[&basic(&pair)], &format!("client_id={id}")).as_deref(), Some(id));
        assert_eq!(ask(&clients, &[&basic(&pair).replace("Basic", "bAsIc").replace('=', "")], "").as_deref(), Some(id));
        for (authorization, form) in [
            (vec![], format!("client_id={id}")),
            (vec![], format!("client_id={id}&client_secret={other_secret}")),
            (vec![], format!("client_id={id}&client_secret={secret}x")),
            (
                vec![],
                format!("client_id={id}&client_secret={}", URL_SAFE_NO_PAD.encode(super::super::authenticate::digest(secret))),
            ),
            (vec![], format!("client_id={other_id}&client_secret={secret}")),
            (vec![basic(&format!("{id}:"))], String::new()),
            (vec![basic(&format!("{id}:{other_secret}"))], String::new()),
            (vec![basic(id)], String::new()),
            // Both at once, even if both are right; another name; two headers; another scheme.
            (vec![basic(&pair)], post.clone()),
            (vec![basic(&pair)], format!("client_id={other_id}")),
            (vec![basic(&pair), basic(&pair)], String::new()),
            (vec![format!("Bearer {}", STANDARD.encode(&pair))], post.clone()),
            (vec![format!("Basic {pair}")], String::new()),
            (vec!["Basic".to_owned()], post.clone()),
            (vec!["Basic ////".to_owned()], String::new()),
        ] {
            let values: Vec<_> = authorization.iter().map(String::as_str).collect();
            assert_eq!(ask(&clients, &values, &form), None, "{authorization:?} {form}");
        }
    }
}

#[test]
fn basic_is_read_encoded_as_the_rfc_says_and_raw_as_clients_send_it() {
    let clients = clients(&[("LATCH_CLIENTS", &listed())]);
    let secret = "s3 cr+t%41&ü";
    assert_eq!(ask(&clients, &[&basic(&format!("closed:{}", encoded(secret)))], "").as_deref(), Some("closed"));
    assert_eq!(ask(&clients, &[&basic(&format!("closed:{secret}"))], "").as_deref(), Some("closed"));
    assert_eq!(ask(&clients, &[], &format!("client_id=closed&client_secret={}", encoded(secret))).as_deref(), Some("closed"));
    for wrong in ["", "s3 cr+tA&ü", "s3 cr t%41&ü", "s3+cr+t%41&ü"] {
        assert_eq!(ask(&clients, &[&basic(&format!("closed:{wrong}"))], ""), None, "{wrong}");
    }
    assert_eq!(ask(&clients, &[], "client_id=closed"), None);
}
