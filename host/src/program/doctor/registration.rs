//! Dynamic client registration: may a client that nobody announced sign users in?

use serde_json::Value;

use super::super::http::{Answer, NoAnswer};
use super::discovery::said;
use super::verdict::Verdict;

/// A registration that asks for nothing and is refused for it: if it is refused for anything else, registration is off.
pub(super) const PROBE: &str = r#"{"redirect_uris":[]}"#;

const FIXES: &str = "dashboard → Authentication → OAuth Server: switch on “Allow Dynamic OAuth Apps”; or, to keep it off, register the client \
                     there by hand\nand enter its client id in the MCP client's settings, where it has such a field";

/// Where to register, if the metadata says so.
pub(super) fn endpoint(document: &Value) -> Result<String, Verdict> {
    let off = || Verdict::fail("the metadata names no registration_endpoint: dynamic client registration is off", FIXES);
    let endpoint = document.get("registration_endpoint").and_then(Value::as_str).ok_or_else(off)?;
    let web = url::Url::parse(endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if web { Ok(endpoint.to_owned()) } else { Err(Verdict::fail("the metadata's registration_endpoint is no URL", FIXES)) }
}

pub(super) fn judge(url: &str, answer: &Result<Answer, NoAnswer>) -> Verdict {
    let Ok(reply) = answer else {
        return Verdict::fail(format!("{url} {}", said(answer)), "check that the gateway lets clients reach /auth/v1/oauth/*");
    };
    match reply.status {
        400 | 422 => Verdict::Good("on: clients can register themselves".into()),
        403 | 404 if reply.text("error_code") == "oauth_dynamic_client_registration_disabled" => {
            Verdict::fail(format!("dynamic client registration is off ({})", reply.summary()), FIXES)
        }
        401 | 403 => {
            let fix = "let POST through to /auth/v1/oauth/clients/register without an apikey: MCP clients have none";
            Verdict::fail(format!("registration is closed ({})", reply.summary()), fix)
        }
        404 => Verdict::fail(format!("there is no registration at {url} ({})", reply.summary()), FIXES),
        429 => {
            Verdict::warn(format!("too many registrations from this address ({})", reply.summary()), "ask again in five minutes")
        }
        status if status < 300 => {
            let fix = "look through dashboard → Authentication → OAuth Apps for a client without redirect URIs and delete it";
            Verdict::warn("on, but an empty registration was accepted", fix)
        }
        _ => Verdict::fail(format!("{url} {}", said(answer)), "look at the project's Auth logs"),
    }
}
