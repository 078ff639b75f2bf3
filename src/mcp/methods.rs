//! The methods both eras share.

use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::{
    Access, CallResult, Caller, Context, Interrupt, PromptError, ReadError, Server, Stop, ask::Cause, code, era::Era,
    exchange::Exchange, guest, jsonrpc::Fault, page, param, rounds::Rounds,
};
use crate::{
    identity::{Identity, Refusal},
    json,
};

/// How long a client may reuse a list or the discovery result, in milliseconds. They depend on the user and on the build.
pub(super) const LIST_TTL_MS: u64 = 60_000;
/// What both eras say, each with its own code.
pub(super) const NO_SUCH_RESOURCE: &str = "there is no such resource";
/// What a model reads when a tool cannot ask.
const TOO_OLD: &str = "This needs an answer from the user, and this client's protocol revision has no way to ask for it here. \
                       A client that speaks MCP 2026-07-28 can.";
/// A request for a method, whichever the era.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) server: &'a Server,
    pub(super) caller: Caller<'a>,
    pub(super) headers: &'a HeaderMap,
    pub(super) era: Era,
    pub(super) method: &'a str,
    pub(super) params: &'a Map<String, Value>,
}

/// What became of a method call.
pub(super) enum Outcome {
    /// A result, and for how long the modern era lets the client use it again.
    Done { result: Map<String, Value>, ttl_ms: Option<u64> },
    /// The client must ask somebody, and send the request again (2026-07-28).
    InputRequired(Map<String, Value>),
    /// Both eras have their own way to say this.
    NoSuchMethod,
    /// Likewise. The URI asked for.
    NoSuchResource(String),
}

impl Call<'_> {
    pub(super) async fn answer(self) -> Result<Outcome, Stop> {
        self.dispatch().await.map_err(|stop| self.with_all_scopes(stop))
    }

    /// A client replaces its token by one with the scopes it is told, so it is told all that this call needs: those of the thing it
    /// asks for too, where only something on the way was refused.
    fn with_all_scopes(self, stop: Stop) -> Stop {
        let Stop::Refused(Refusal::InsufficientScope { needed }) = stop else { return stop };
        let nobody = self.caller.identity.without_scopes();
        let mut all = match self.access(&nobody) {
            Access::NeedsScopes(scopes) => scopes,
            Access::Granted | Access::NeedsSignIn | Access::Hidden => Vec::new(),
        };
        all.extend(needed);
        Refusal::InsufficientScope { needed: self.server.registry.policy.full(&all) }.into()
    }

    /// Whether somebody may use what this call asks for, as far as that can be told without doing it.
    fn access(self, identity: &Identity) -> Access {
        self.asked_for(identity).unwrap_or(Access::Granted)
    }

    /// The same, or that there is no such thing.
    fn asked_for(self, identity: &Identity) -> Option<Access> {
        let registry = &self.server.registry;
        let member = |name: &str| self.params.get(name).and_then(Value::as_str).unwrap_or_default();
        match self.method {
            "tools/call" => registry.tool(member("name")).map(|tool| registry.tool_access(tool, identity)),
            "prompts/get" => registry.prompt(member("name")).map(|prompt| registry.prompt_access(prompt, identity)),
            "resources/read" => Some(registry.resource_access(member("uri"), identity)),
            _ => None,
        }
    }

    fn uses_something(self) -> bool {
        guest::USES.contains(&self.method)
    }

    async fn dispatch(self) -> Result<Outcome, Stop> {
        let (registry, identity) = (&self.server.registry, self.caller.identity);
        // What is not for guests, and what is not there, are the same to them: a sign-in may show more.
        if identity.is_guest() && self.uses_something() && self.asked_for(identity) != Some(Access::Granted) {
            return Err(Refusal::NoToken.into());
        }
        match self.method {
            "tools/list" => self.list("tools", registry.list_tools(identity)),
            "tools/call" => self.interruptible(Self::call_tool).await,
            "prompts/list" if registry.has_prompts() => self.list("prompts", registry.list_prompts(identity)),
            "prompts/get" if registry.has_prompts() => self.interruptible(Self::get_prompt).await,
            "resources/list" if registry.has_resources() => {
                let all = registry.list_resources(identity);
                self.list("resources", all.map(|spec| (spec.uri.clone(), to_value(&spec))).collect())
            }
            "resources/templates/list" if registry.has_resources() => {
                let all = registry.list_templates(identity);
                self.list("resourceTemplates", all.map(|spec| (spec.uri_template.clone(), to_value(&spec))).collect())
            }
            "resources/read" if registry.has_resources() => self.interruptible(Self::read_resource).await,
            "completion/complete" if registry.has_completions() => self.complete(),
            _ => Ok(Outcome::NoSuchMethod),
        }
    }

    fn list(self, member: &str, items: Vec<(String, Value)>) -> Result<Outcome, Stop> {
        Ok(Outcome::Done { result: page::of(member, items, self.params)?, ttl_ms: Some(LIST_TTL_MS) })
    }

    /// Runs a method whose work may stop for something that is needed first.
    async fn interruptible(self, work: impl AsyncFnOnce(Self, &Exchange) -> Result<Outcome, Stop>) -> Result<Outcome, Stop> {
        let rounds = match self.era {
            Era::Modern => Rounds::read(&self.caller, self.server.ring.as_ref(), self.method, self.params)?,
            Era::Legacy => Rounds::default(),
        };
        let exchange =
            Exchange::new(self.era, self.server.registry.has_logging(), self.params, self.caller.outbox.clone(), rounds);
        match work(self, &exchange).await {
            Err(Stop::Interrupt(interrupt)) => self.interrupted(&exchange, interrupt),
            outcome => outcome,
        }
    }

    fn interrupted(self, exchange: &Exchange, Interrupt(cause): Interrupt) -> Result<Outcome, Stop> {
        match cause {
            Cause::Ask(asks) => Ok(Outcome::InputRequired(exchange.rounds.borrow().ask(&self.caller, &asks)?)),
            Cause::Lacks(required) => {
                let text = "the request needs a client capability that was not declared";
                let fault = Fault::bad_request(code::MISSING_CLIENT_CAPABILITY, text);
                Err(fault.with_data(json!({ "requiredCapabilities": required })).into())
            }
            Cause::TooOld if self.method == "tools/call" => Ok(done(CallResult::error(TOO_OLD).into_members())),
            Cause::TooOld => Err(Fault::of_method(code::INTERNAL_ERROR, TOO_OLD).into()),
            Cause::Refused(refusal) => Err(refusal.into()),
        }
    }

    async fn call_tool(self, exchange: &Exchange) -> Result<Outcome, Stop> {
        let name = text(self.params, "name")?;
        let no_such_tool = || Fault::of_method(code::INVALID_PARAMS, format!("there is no tool {name:.80}"));
        let tool = self.server.registry.tool(name).ok_or_else(no_such_tool)?;
        self.access(self.caller.identity).admit(|| self.hidden(no_such_tool()))?;
        let none = Map::new();
        let arguments = self.arguments()?.unwrap_or(&none);
        if self.era == Era::Modern {
            param::check(&tool.spec().input_schema, arguments, self.headers)?;
        }
        Ok(done(tool.call(self.context(exchange), arguments).await?.into_members()))
    }

    async fn get_prompt(self, exchange: &Exchange) -> Result<Outcome, Stop> {
        let name = text(self.params, "name")?;
        let no_such_prompt = || Fault::of_method(code::INVALID_PARAMS, format!("there is no prompt {name:.80}"));
        let prompt = self.server.registry.prompt(name).ok_or_else(no_such_prompt)?;
        self.access(self.caller.identity).admit(|| self.hidden(no_such_prompt()))?;
        let none = Map::new();
        let arguments = self.arguments()?.unwrap_or(&none);
        for argument in prompt.spec().arguments.iter().filter(|argument| argument.required) {
            if !arguments.contains_key(&argument.name) {
                let text = format!("the prompt's argument {} is missing", argument.name);
                return Err(Fault::of_method(code::INVALID_PARAMS, text).into());
            }
        }
        if let Some((name, _)) = arguments.iter().find(|(_, value)| !value.is_string()) {
            let text = format!("the prompt's argument {name:.80} is not text");
            return Err(Fault::of_method(code::INVALID_PARAMS, text).into());
        }
        match prompt.get(self.context(exchange), arguments).await {
            Ok(filled) => Ok(done(filled.into_members())),
            Err(PromptError::Invalid(text)) => Err(Fault::of_method(code::INVALID_PARAMS, text).into()),
            Err(PromptError::Failed(text)) => Err(Fault::of_method(code::INTERNAL_ERROR, text).into()),
            Err(PromptError::Interrupt(interrupt)) => Err(interrupt.into()),
        }
    }

    async fn read_resource(self, exchange: &Exchange) -> Result<Outcome, Stop> {
        let uri = text(self.params, "uri")?;
        match self.access(self.caller.identity) {
            Access::Hidden => {
                self.caller.asked.note_hidden();
                return Ok(Outcome::NoSuchResource(excerpt(uri)));
            }
            access => access.admit(|| Stop::from(Fault::of_method(code::INTERNAL_ERROR, NO_SUCH_RESOURCE)))?,
        }
        for family in self.server.registry.resources() {
            match family.read(self.context(exchange), uri).await {
                Ok(reading) => {
                    let result = json::members([("contents".to_owned(), reading.contents(uri))]);
                    return Ok(Outcome::Done { result, ttl_ms: Some(reading.ttl_ms) });
                }
                Err(ReadError::NotFound) => {}
                Err(ReadError::Invalid(text)) => {
                    let fault = Fault::of_method(code::INVALID_PARAMS, text);
                    return Err(fault.with_data(json!({ "uri": excerpt(uri) })).into());
                }
                Err(ReadError::Failed(text)) => return Err(Fault::of_method(code::INTERNAL_ERROR, text).into()),
                Err(ReadError::Interrupt(interrupt)) => return Err(interrupt.into()),
            }
        }
        if self.caller.identity.is_guest() {
            return Err(Refusal::NoToken.into());
        }
        Ok(Outcome::NoSuchResource(excerpt(uri)))
    }

    /// The answer to somebody for whom something does not exist, and a note that it does.
    pub(super) fn hidden(self, fault: Fault) -> Stop {
        self.caller.asked.note_hidden();
        fault.into()
    }

    fn arguments(&self) -> Result<Option<&Map<String, Value>>, Fault> {
        match self.params.get("arguments") {
            None => Ok(None),
            Some(Value::Object(arguments)) => Ok(Some(arguments)),
            Some(_) => Err(Fault::of_method(code::INVALID_PARAMS, "params.arguments is not an object")),
        }
    }

    fn context<'a>(&'a self, exchange: &'a Exchange) -> Context<'a> {
        let Caller { host, identity, token, .. } = self.caller;
        let name = self.params.get("name").and_then(Value::as_str).filter(|_| self.method == "tools/call");
        let shows_token = name.is_some_and(|name| self.server.token_to_tools.iter().any(|allowed| allowed == name));
        Context { host, identity, token, shows_token, data: self.server.data.as_ref(), exchange }
    }
}

pub(super) fn done(result: Map<String, Value>) -> Outcome {
    Outcome::Done { result, ttl_ms: None }
}

/// As much of a client's URI as an answer repeats.
pub(super) fn excerpt(uri: &str) -> String {
    uri.chars().take(200).collect()
}

fn to_value(spec: &impl serde::Serialize) -> Value {
    serde_json::to_value(spec).unwrap_or_default()
}

/// A string the method cannot do without.
pub(super) fn text<'a>(params: &'a Map<String, Value>, name: &str) -> Result<&'a str, Fault> {
    let found = params.get(name).and_then(Value::as_str);
    found.ok_or_else(|| Fault::of_method(code::INVALID_PARAMS, format!("params.{name} is missing")))
}
