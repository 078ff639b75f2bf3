//! Tools whose input schema is what is tested.

use mcp_latch::mcp::{CallResult, Content, Registry};
use serde_json::{Value, json};

use crate::fixture::{Fixture, text};

pub(crate) fn add(registry: Registry) -> Registry {
    let region = json!({ "type": "string", "description": "Repeated in the header Mcp-Param-Region", "x-mcp-header": "Region" });
    registry
        .with_tool(
            Fixture::new("json_schema_2020_12_tool", "Has a schema with everything in it", |_, arguments| {
                Box::pin(async move { Ok(CallResult::content([Content::text(Value::Object(arguments.clone()).to_string())])) })
            })
            .taking(everything()),
        )
        .with_tool(
            Fixture::new("test_x_mcp_header", "Has an argument that is repeated in a header", |_, arguments| {
                Box::pin(async move {
                    let text = format!("region: {}", text(arguments, "region", "none"));
                    Ok(CallResult::content([Content::text(text)]))
                })
            })
            .taking(json!({ "type": "object", "properties": { "region": region } })),
        )
}

/// The suite's schema, word for word.
fn everything() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } }
            }
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" }
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false
    })
}
