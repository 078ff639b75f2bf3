//! Resources.

use mcp_latch::{
    host::LocalFuture,
    identity::Identity,
    mcp::{Context, Payload, ReadError, Reading, Registry, ResourceSpec, ResourceTemplate, Resources},
};
use serde_json::json;

use crate::{contents::png, fixture::Arguments};

const TTL_MS: u64 = 60_000;
const TEMPLATE: &str = "test://template/{id}/data";
const FIXED: [(&str, &str, &str, &str); 3] = [
    ("test://static-text", "static-text", "A text that never changes", "text/plain"),
    ("test://static-binary", "static-binary", "A picture that never changes", "image/png"),
    ("test://watched-resource", "watched-resource", "A text that can be subscribed to", "text/plain"),
];

struct Static;

pub(crate) fn add(registry: Registry) -> Registry {
    registry.with_resources(Static)
}

impl Resources for Static {
    fn list(&self, _: &Identity) -> Vec<ResourceSpec> {
        let spec = |(uri, name, description, mime_type): (&str, &str, &str, &'static str)| ResourceSpec {
            uri: uri.to_owned(),
            name: name.to_owned(),
            description: Some(description.to_owned()),
            mime_type: mime_type.into(),
            ..ResourceSpec::default()
        };
        FIXED.map(spec).into()
    }

    fn templates(&self, _: &Identity) -> Vec<ResourceTemplate> {
        vec![ResourceTemplate {
            uri_template: TEMPLATE.to_owned(),
            name: "template".to_owned(),
            description: Some("Data of a number".to_owned()),
            mime_type: "application/json".into(),
            ..ResourceTemplate::default()
        }]
    }

    fn read<'a>(&'a self, _: Context<'a>, uri: &'a str) -> LocalFuture<'a, Result<Reading, ReadError>> {
        let text = |text: &str| ("text/plain", Payload::Text(text.to_owned()));
        let found = match uri {
            "test://static-text" => Some(text("This is the content of the static text resource.")),
            "test://static-binary" => Some(("image/png", Payload::Bytes(png()))),
            "test://watched-resource" => Some(text("Watched resource content")),
            _ => uri.strip_prefix("test://template/").and_then(|rest| rest.strip_suffix("/data")).map(|id| {
                let data = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
                ("application/json", Payload::Text(data.to_string()))
            }),
        };
        let reading = found.map(|(mime_type, body)| Reading { mime_type: mime_type.into(), body, ttl_ms: TTL_MS });
        Box::pin(async { reading.ok_or(ReadError::NotFound) })
    }

    fn complete(&self, _: &Identity, template: &str, variable: &str, typed: &str, _: &Arguments) -> Option<Vec<String>> {
        let known = ["1", "12", "123"].into_iter().filter(|id| id.starts_with(typed)).map(str::to_owned).collect();
        (template == TEMPLATE && variable == "id").then_some(known)
    }

    fn is_fixed(&self, _: &Identity, uri: &str) -> bool {
        FIXED.iter().any(|(fixed, ..)| *fixed == uri)
    }

    fn has_fixed(&self) -> bool {
        true
    }
}
