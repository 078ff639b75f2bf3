//! Mends a case, so that it gets past the first check.

use rand::RngExt as _;
use serde_json::{Value, json};

use super::Source;
use crate::case::Case;

impl Source {
    /// Makes the head agree with the body again, in one era or the other.
    pub(super) fn mend(&mut self, case: &mut Case) {
        let Ok(mut message) = serde_json::from_slice::<Value>(&case.body) else { return };
        let Some(members) = message.as_object_mut() else { return };
        if self.one_in(4) {
            let params = members.entry("params").or_insert_with(|| json!({}));
            if let Some(params) = params.as_object_mut() {
                if self.one_in(2) {
                    params.insert("_meta".into(), self.meta());
                } else {
                    params.remove("_meta");
                }
            }
        }
        let version = message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str().map(str::to_owned);
        case.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("mcp-"));
        if let Some(version) = version {
            case.set("mcp-protocol-version", version);
            case.set("mcp-method", message["method"].as_str().unwrap_or_default());
            let name = message["params"]["name"].as_str().or(message["params"]["uri"].as_str());
            if let Some(name) = name.filter(|name| name.is_ascii()) {
                case.set("mcp-name", name);
            }
            if let Some(region) = message["params"]["arguments"]["region"].as_str().filter(|_| !self.random.random_ratio(1, 4)) {
                case.set("mcp-param-region", region);
            }
        } else if self.one_in(2) {
            let version = self.word(&["2025-11-25", "2025-06-18", "2025-03-26"]);
            case.set("mcp-protocol-version", version);
        }
        if !self.one_in(8) {
            "POST".clone_into(&mut case.method);
            "/mcp".clone_into(&mut case.target);
            case.headers.retain(|(name, _)| !["origin", "content-length"].contains(&name.as_str()));
            case.set("authorization", "Bearer $TOKEN");
            case.set("content-type", "application/json");
        }
        case.body = message.to_string().into_bytes();
    }

    fn meta(&mut self) -> Value {
        let mut meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        for capability in ["elicitation", "sampling", "roots"] {
            if !self.one_in(3) {
                meta["io.modelcontextprotocol/clientCapabilities"][capability] = json!({});
            }
        }
        if self.one_in(2) {
            meta["progressToken"] = self.value(0);
        }
        if self.one_in(2) {
            meta["io.modelcontextprotocol/logLevel"] = json!(self.word(&["debug", "error", "emergency", "loud"]));
        }
        meta
    }
}
