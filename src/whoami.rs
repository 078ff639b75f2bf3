//! The first tool: who does the server think I am?

use serde_json::{Map, Value, json};

use crate::{
    host::LocalFuture,
    mcp::{Annotations, CallResult, Called, Context, Tool, ToolSpec},
};

/// `whoami`: the caller's identity, as the token proved it.
pub struct Whoami(ToolSpec);

impl Default for Whoami {
    fn default() -> Self {
        let text = json!({ "type": "string" });
        let texts = json!({ "type": "array", "items": text });
        Self(ToolSpec {
            name: "whoami".to_owned(),
            title: Some("Who am I".to_owned()),
            description: "Tells who is signed in: user, client, scopes, issuer and when the sign-in expires.".to_owned(),
            input_schema: json!({ "type": "object", "properties": {}, "additionalProperties": false }),
            output_schema: Some(json!({
                "type": "object",
                "properties": {
                    // What a provider alone says of its users stands beside these.
                    "user": {
                        "type": "object",
                        "properties": {
                            "id": text, "userId": text, "email": text, "emailVerified": { "type": "boolean" }, "name": text,
                            "username": text, "picture": text, "roles": texts, "permissions": texts, "sessionId": text,
                            "organizationId": text, "tenantId": text
                        },
                        "required": ["id", "userId", "roles", "permissions"]
                    },
                    "clientId": text,
                    "scopes": texts,
                    "permissions": texts,
                    "issuer": text,
                    "provider": text,
                    "audience": texts,
                    "resource": text,
                    "expiresAt": { "type": "integer", "description": "seconds since 1970-01-01T00:00:00Z" }
                },
                "required": ["user", "scopes", "permissions", "issuer", "provider", "audience", "resource", "expiresAt"]
            })),
            annotations: Annotations { read_only_hint: true, idempotent_hint: true, ..Annotations::default() },
            ..ToolSpec::default()
        })
    }
}

impl Tool for Whoami {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    fn call<'a>(&'a self, context: Context<'a>, arguments: &'a Map<String, Value>) -> LocalFuture<'a, Called> {
        Box::pin(async move {
            if let Some(name) = arguments.keys().next() {
                return Ok(CallResult::error(format!("whoami takes no arguments; remove `{name:.80}`")));
            }
            Ok(match serde_json::to_value(context.identity) {
                Ok(identity) => CallResult::structured(identity),
                Err(_) => CallResult::error("the identity could not be written as JSON"),
            })
        })
    }
}
