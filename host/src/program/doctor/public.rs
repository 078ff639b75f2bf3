//! The public URL: do clients that type it in find us there?

use mcp_latch::config::Config;
use serde_json::Value;

use super::super::http::{Answer, NoAnswer, shown};
use super::discovery::said;
use super::verdict::Verdict;

/// Where RFC 9728 puts our metadata.
pub(super) fn url(config: &Config) -> String {
    let endpoint = config.endpoint();
    format!("{}/.well-known/oauth-protected-resource{}", endpoint.origin(), endpoint.path())
}

pub(super) fn judge(config: &Config, answer: &Result<Answer, NoAnswer>) -> Verdict {
    let url = url(config);
    let ours = config.endpoint().url();
    let proxy = "start `latch up` behind MCP_URL, and let the proxy pass /.well-known/oauth-protected-resource* through with the rest of its origin";
    let document = match answer {
        Ok(answer) if answer.status == 200 => answer.json(),
        Ok(answer) if answer.status == 500 => {
            return Verdict::fail(
                format!("{url} {}", said(&Ok(answer.clone()))),
                "read the component's log there: `misconfigured` names the variables",
            );
        }
        Ok(_) => return Verdict::fail(format!("{url} {}", said(answer)), proxy),
        Err(error) => {
            let fix = "before the first start that is as it should be: start the endpoint, then run the doctor again\nif it is running, check \
                       the spelling of MCP_URL, DNS, certificate and firewall";
            return Verdict::warn(format!("nothing answers at {ours}: {error}"), fix);
        }
    };
    let resource = shown(document.get("resource").and_then(Value::as_str).unwrap_or_default());
    if resource.is_empty() {
        return Verdict::fail(format!("{url} serves no protected resource metadata"), proxy);
    }
    if resource != ours {
        let fix = format!(
            "set MCP_URL={ours} where the endpoint runs, or MCP_URL={resource} here: clients refuse a resource that is not the URL they typed"
        );
        return Verdict::fail(format!("the endpoint there calls itself {resource}, not {ours}"), fix);
    }
    let servers = document.get("authorization_servers").and_then(Value::as_array).cloned().unwrap_or_default();
    let expected = config.authorization_servers();
    if !expected.is_empty() && expected.iter().all(|ours| servers.iter().any(|server| server == ours)) {
        return Verdict::Good(format!("{ours} is served and sends clients to {}", expected.join(", ")));
    }
    let listed = shown(&Value::Array(servers).to_string());
    Verdict::fail(format!("the endpoint at {ours} sends clients to {listed}"), "start it there with the same variables as here")
}
