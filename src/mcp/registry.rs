//! What a server offers. Capabilities follow from the content; `completions` from there being anything that could be completed.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value, json};

use super::{Access, Guest, Prompt, ResourceSpec, ResourceTemplate, Resources, ServerInfo, Tool, listing::Listing};
use crate::{
    identity::{Identity, Kind, Policy},
    json,
};

/// The tools, prompts and resources of a server, and its name.
#[derive(Default)]
pub struct Registry {
    info: ServerInfo,
    instructions: Option<String>,
    /// By name, so that lists have one order whatever the order of registration.
    tools: BTreeMap<String, Box<dyn Tool>>,
    prompts: BTreeMap<String, Box<dyn Prompt>>,
    resources: Vec<Box<dyn Resources>>,
    extensions: Map<String, Value>,
    logging: bool,
    pub(super) listing: Listing,
    pub(super) policy: Arc<Policy>,
    /// What callers without a token may do.
    pub(super) guest: Option<Guest>,
}

impl Registry {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says who the server is. Without it, it is this crate.
    #[must_use]
    pub fn with_info(self, info: ServerInfo) -> Self {
        Self { info, ..self }
    }

    /// Tells the model how to use the server as a whole.
    #[must_use]
    pub fn with_instructions(self, instructions: impl Into<String>) -> Self {
        Self { instructions: Some(instructions.into()), ..self }
    }

    /// Adds a tool. One of the same name is replaced.
    #[must_use]
    pub fn with_tool(mut self, tool: impl Tool + 'static) -> Self {
        self.tools.insert(tool.spec().name.clone(), Box::new(tool));
        self
    }

    /// Adds a prompt. One of the same name is replaced.
    #[must_use]
    pub fn with_prompt(mut self, prompt: impl Prompt + 'static) -> Self {
        self.prompts.insert(prompt.spec().name.clone(), Box::new(prompt));
        self
    }

    /// Adds a family of resources.
    #[must_use]
    pub fn with_resources(mut self, resources: impl Resources + 'static) -> Self {
        self.resources.push(Box::new(resources));
        self
    }

    /// Advertises an extension and its settings, such as `com.example/reports`.
    #[must_use]
    pub fn with_extension(mut self, id: impl Into<String>, settings: Map<String, Value>) -> Self {
        self.extensions.insert(id.into(), Value::Object(settings));
        self
    }

    /// Advertises that calls send log messages.
    #[must_use]
    pub fn with_logging(self) -> Self {
        Self { logging: true, ..self }
    }

    /// Says which tools and prompts a caller sees.
    #[must_use]
    pub fn with_listing(self, listing: Listing) -> Self {
        Self { listing, ..self }
    }

    /// Says what callers without a token may do.
    #[must_use]
    pub(crate) fn with_guest(self, guest: Option<Guest>) -> Self {
        Self { guest, ..self }
    }

    /// Says who may do what, beside what each tool, prompt and resource says itself.
    #[must_use]
    pub(crate) fn with_policy(self, policy: Arc<Policy>) -> Self {
        Self { policy, ..self }
    }

    pub(super) fn info(&self) -> &ServerInfo {
        &self.info
    }

    pub(super) fn instructions(&self) -> Option<&str> {
        self.instructions.as_deref()
    }

    pub(crate) fn tool(&self, name: &str) -> Option<&dyn Tool> {
        self.tools.get(name).map(AsRef::as_ref)
    }

    pub(super) fn prompt(&self, name: &str) -> Option<&dyn Prompt> {
        self.prompts.get(name).map(AsRef::as_ref)
    }

    pub(super) fn resources(&self) -> impl Iterator<Item = &dyn Resources> {
        self.resources.iter().map(AsRef::as_ref)
    }

    pub(super) fn has_prompts(&self) -> bool {
        !self.prompts.is_empty()
    }

    pub(super) fn has_resources(&self) -> bool {
        !self.resources.is_empty()
    }

    pub(super) fn has_completions(&self) -> bool {
        self.has_prompts() || self.has_resources()
    }

    pub(super) fn has_subscriptions(&self) -> bool {
        self.resources().any(Resources::has_fixed)
    }

    pub(super) const fn has_logging(&self) -> bool {
        self.logging
    }

    /// Entries of the policy that are about no tool and no prompt of this server.
    pub(super) fn unmatched(&self) -> Vec<String> {
        let mut unmatched = self.policy.matching_nothing(Kind::Tool, self.tools.keys().map(String::as_str));
        unmatched.extend(self.policy.matching_nothing(Kind::Prompt, self.prompts.keys().map(String::as_str)));
        unmatched
    }

    /// Whether a caller may call a tool: by what the tool says itself, and by the policy.
    pub(super) fn tool_access(&self, tool: &dyn Tool, identity: &Identity) -> Access {
        self.policed(Kind::Tool, &tool.spec().name, identity).and(tool.access(identity))
    }

    /// Likewise a prompt.
    pub(super) fn prompt_access(&self, prompt: &dyn Prompt, identity: &Identity) -> Access {
        self.policed(Kind::Prompt, &prompt.spec().name, identity).and(prompt.access(identity))
    }

    /// Whether the policy lets a caller read a resource. Its family has a say of its own.
    pub(super) fn resource_access(&self, uri: &str, identity: &Identity) -> Access {
        self.policed(Kind::Resource, uri, identity)
    }

    /// Likewise whatever is made of a template.
    pub(super) fn template_access(&self, template: &str, identity: &Identity) -> Access {
        let start = template.split('{').next().unwrap_or_default();
        self.policed(Kind::Resource, start, identity)
    }

    /// What the policy says, to guests too.
    fn policed(&self, kind: Kind, name: &str, identity: &Identity) -> Access {
        let access = self.policy.access(kind, name, identity);
        let may_stay = !identity.is_guest() || self.is_public(kind, name);
        if may_stay { access } else { access.and(Access::NeedsSignIn) }
    }

    /// Whether guests may use something.
    fn is_public(&self, kind: Kind, name: &str) -> bool {
        self.guest == Some(Guest::Tools) && self.policy.is_public(kind, name)
    }

    /// A tool as it is listed. Where there are guests, clients are told what takes them (`securitySchemes`, which ChatGPT reads).
    fn listed(&self, tool: &dyn Tool, identity: &Identity) -> Value {
        let mut value = serde_json::to_value(tool.spec()).unwrap_or_default();
        if self.guest.is_some() {
            let nobody = identity.without_scopes();
            let mut user = json!({ "type": "oauth2" });
            if let Access::NeedsScopes(scopes) =
                self.policy.access(Kind::Tool, &tool.spec().name, &nobody).and(tool.access(&nobody))
            {
                user["scopes"] = json!(self.policy.full(&scopes));
            }
            let guest = self.is_public(Kind::Tool, &tool.spec().name).then(|| json!({ "type": "noauth" }));
            let schemes: Vec<Value> = guest.into_iter().chain([user]).collect();
            value["_meta"] = json!({ "securitySchemes": schemes });
        }
        value
    }

    /// Whether a list shows something. `everything` is for those who are signed in.
    fn shows(&self, access: &Access, identity: &Identity) -> bool {
        self.listing.shows(access) && !(identity.is_guest() && *access == Access::Hidden)
    }

    /// The tools this caller sees, each with its name.
    pub(super) fn list_tools(&self, identity: &Identity) -> Vec<(String, Value)> {
        let visible = self.tools.values().filter(|tool| self.shows(&self.tool_access(tool.as_ref(), identity), identity));
        visible.map(|tool| (tool.spec().name.clone(), self.listed(tool.as_ref(), identity))).collect()
    }

    /// The prompts this caller sees, each with its name.
    pub(super) fn list_prompts(&self, identity: &Identity) -> Vec<(String, Value)> {
        let visible = self.prompts.values().filter(|prompt| self.shows(&self.prompt_access(prompt.as_ref(), identity), identity));
        visible.map(|prompt| (prompt.spec().name.clone(), serde_json::to_value(prompt.spec()).unwrap_or_default())).collect()
    }

    /// The resources this caller sees.
    pub(super) fn list_resources(&self, identity: &Identity) -> impl Iterator<Item = ResourceSpec> {
        let all = self.resources().flat_map(|family| family.list(identity).into_iter().map(move |spec| (family, spec)));
        let access = |family: &dyn Resources, uri: &str| self.resource_access(uri, identity).and(family.access(identity, uri));
        all.filter(move |(family, spec)| self.shows(&access(*family, &spec.uri), identity)).map(|(_, spec)| spec)
    }

    /// The templates this caller sees.
    pub(super) fn list_templates(&self, identity: &Identity) -> impl Iterator<Item = ResourceTemplate> {
        let all = self.resources().flat_map(|family| family.templates(identity).into_iter().map(move |spec| (family, spec)));
        let none = Map::new();
        let access = move |family: &dyn Resources, template: &str| {
            self.template_access(template, identity).and(family.template_access(identity, template, &none))
        };
        all.filter(move |(family, spec)| self.shows(&access(*family, &spec.uri_template), identity)).map(|(_, spec)| spec)
    }

    /// What both eras advertise.
    pub(super) fn capabilities(&self) -> Map<String, Value> {
        let all = [
            ("tools", !self.tools.is_empty()),
            ("prompts", self.has_prompts()),
            ("resources", self.has_resources()),
            ("completions", self.has_completions()),
            ("logging", self.logging),
        ];
        let there = all.into_iter().filter(|(_, there)| *there);
        let mut capabilities = json::members(there.map(|(name, _)| (name.to_owned(), json!({}))));
        if !self.extensions.is_empty() {
            capabilities.insert("extensions".into(), Value::Object(self.extensions.clone()));
        }
        capabilities
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Access, *};

    #[test]
    fn a_listing_decides_what_is_shown() {
        let scopes = Access::NeedsScopes(vec!["notes:write".to_owned()]);
        for (listing, expected) in [
            (Listing::Reachable, [true, true, false]),
            (Listing::Granted, [true, false, false]),
            (Listing::Everything, [true, true, true]),
        ] {
            let shown = [&Access::Granted, &scopes, &Access::Hidden].map(|access| listing.shows(access));
            assert_eq!(shown, expected, "{listing:?}");
        }
    }
}
