//! Lists and uses all that the conformance component offers, with the official Rust client.
//!
//! Reads [`Settings`] as one line of JSON from standard input, because others can read a token among the arguments. Prints one line
//! of JSON for each finding, as it comes. After `{"left":…}` it stays connected until its standard input ends.
// Sampling and roots are deprecated by newer revisions; servers ask for them all the same.
#![allow(deprecated)]

use std::{collections::HashMap, error::Error, io, pin::pin, time::Instant};

use rmcp::{
    ClientHandler, ErrorData, RoleClient,
    model::*,
    service::{ClientLifecycleMode, ClientServiceExt as _, NotificationContext, RequestContext, RunningService, ServiceError},
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// Steps of the tool that is waited for, and of the one that is left. Reports of other tools have other totals.
const SLOW: (&str, f64) = ("slow_progress", 5.0);
const ENDLESS: (&str, f64) = ("run_until_cancelled", 20.0);
/// Tools with this prefix are not done before somebody cancels them.
const LONG: &str = "run_";

#[derive(Deserialize)]
struct Settings {
    endpoint: String,
    /// Without `Bearer`.
    token: String,
    /// `legacy`: the handshake; `auto`: whatever the server can; otherwise this revision and no handshake.
    mode: String,
    /// Of the tools that need some.
    arguments: HashMap<String, JsonObject>,
    /// Resources to read that are in no list.
    resources: Vec<String>,
    /// What the call that is left writes to the server's log.
    label: String,
}

/// Answers whatever it is asked, and passes on what it hears of progress.
struct User {
    heard: mpsc::UnboundedSender<ProgressNotificationParam>,
}

impl ClientHandler for User {
    fn get_info(&self) -> ClientConfig {
        let capabilities = serde_json::from_value(json!({ "elicitation": {}, "sampling": {}, "roots": {} }));
        ClientConfig::new(capabilities.unwrap_or_default(), Implementation::new("live-rmcp", "1.0.0"))
    }

    async fn create_elicitation(&self, _: ElicitRequestParams, _: RequestContext<RoleClient>) -> Result<ElicitResult, ErrorData> {
        let content = json!({ "name": "Ada", "ok": true, "color": "blue" });
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(content))
    }

    async fn create_message(
        &self,
        _: CreateMessageRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        Ok(CreateMessageResult::new(SamplingMessage::assistant_text("Paris"), "none".to_owned()))
    }

    async fn list_roots(&self, _: RequestContext<RoleClient>) -> Result<ListRootsResult, ErrorData> {
        Ok(ListRootsResult::new(vec![Root::new("file:///tmp")]))
    }

    async fn on_progress(&self, report: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        let _ = self.heard.send(report);
    }
}

type Client = RunningService<RoleClient, User>;
type Heard = mpsc::UnboundedReceiver<ProgressNotificationParam>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if let Err(error) = run().await {
        say(json!({ "error": error.to_string() }));
        std::process::exit(1);
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let settings: Settings = serde_json::from_str(&line()?)?;
    let (heard, mut hearing) = mpsc::unbounded_channel();
    let config = StreamableHttpClientTransportConfig::with_uri(settings.endpoint.clone()).auth_header(settings.token.clone());
    let transport = StreamableHttpClientTransport::from_config(config);
    let client = User { heard }.serve_with_lifecycle(transport, lifecycle(&settings.mode)?).await?;
    let protocol = client.peer_info().map(|server| server.protocol_version.clone());
    say(json!({ "protocol": protocol }));
    use_everything(&client, &settings).await?;
    wait(&client, &mut hearing).await?;
    leave(&client, &mut hearing, &settings.label).await?;
    // Until whoever started this has seen enough.
    tokio::task::spawn_blocking(line).await??;
    client.cancel().await?;
    Ok(())
}

fn lifecycle(mode: &str) -> Result<ClientLifecycleMode, serde_json::Error> {
    Ok(match mode {
        "legacy" => ClientLifecycleMode::Initialize,
        "auto" => ClientLifecycleMode::Auto {
            preferred_versions: vec![ProtocolVersion::LATEST],
            legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
        },
        version => ClientLifecycleMode::Discover { preferred_versions: vec![serde_json::from_value(json!(version))?] },
    })
}

async fn use_everything(client: &Client, settings: &Settings) -> Result<(), ServiceError> {
    let tools = client.list_all_tools().await?;
    say(json!({ "tools": tools }));
    for tool in tools.into_iter().filter(|tool| !tool.name.starts_with(LONG)) {
        let mut call = CallToolRequestParams::new(tool.name.clone());
        call.arguments = settings.arguments.get(tool.name.as_ref()).cloned();
        found("tool", &tool.name, client.call_tool(call).await);
    }
    let prompts = client.list_all_prompts().await?;
    say(json!({ "prompts": prompts }));
    for Prompt { name, arguments, .. } in prompts {
        let blanks = arguments.unwrap_or_default().into_iter();
        let filled = blanks.map(|blank| (blank.name, json!("test://x"))).collect();
        found("prompt", &name, client.get_prompt(GetPromptRequestParams::new(&name).with_arguments(filled)).await);
    }
    let resources = client.list_all_resources().await?;
    say(json!({ "resources": resources }));
    for uri in resources.into_iter().map(|resource| resource.uri).chain(settings.resources.iter().cloned()) {
        found("resource", &uri, client.read_resource(ReadResourceRequestParams::new(&uri)).await);
    }
    say(json!({ "templates": client.list_all_resource_templates().await? }));
    let prompt = "test_prompt_with_arguments";
    found("completion", prompt, client.complete_prompt_argument(prompt, "arg1", "test", None).await);
    Ok(())
}

/// Calls a slow tool, and says what comes when.
async fn wait(client: &Client, hearing: &mut Heard) -> Result<(), ServiceError> {
    // Reports of the same tool, called before.
    while hearing.try_recv().is_ok() {}
    let began = Instant::now();
    let mut call = pin!(client.call_tool(CallToolRequestParams::new(SLOW.0)));
    loop {
        tokio::select! {
            progress = report(hearing, SLOW.1) => say(json!({ "progress": progress, "ms": began.elapsed().as_millis() })),
            result = &mut call => {
                found("waited", SLOW.0, result);
                say(json!({ "took": began.elapsed().as_millis() }));
                return Ok(());
            }
        }
    }
}

/// Calls the endless tool, and is no longer interested when it reports progress.
async fn leave(client: &Client, hearing: &mut Heard, label: &str) -> Result<(), Box<dyn Error>> {
    let arguments = JsonObject::from_iter([("label".to_owned(), json!(label))]);
    tokio::select! {
        result = client.call_tool(CallToolRequestParams::new(ENDLESS.0).with_arguments(arguments)) => {
            return Err(format!("the endless tool was not endless: {result:?}").into());
        }
        _ = report(hearing, ENDLESS.1) => {}
    }
    say(json!({ "left": label }));
    Ok(())
}

/// The next report with this total.
async fn report(hearing: &mut Heard, total: f64) -> f64 {
    loop {
        match hearing.recv().await {
            Some(report) if report.total == Some(total) => return report.progress,
            Some(_) => {}
            None => std::future::pending().await,
        }
    }
}

fn found(kind: &str, name: &str, result: Result<impl Serialize, ServiceError>) {
    match result {
        Ok(result) => say(json!({ kind: name, "result": result })),
        Err(error) => say(json!({ kind: name, "error": error.to_string() })),
    }
}

fn say(finding: Value) {
    println!("{finding}");
}

fn line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line)
}
