//! A host that is not ours, as a child process.

use std::{path::Path, process::Stdio};

use mcp_latch::config::VARIABLES;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdin, Command},
    sync::mpsc::UnboundedSender,
};

/// The command, if the tests are to run in another host.
pub(crate) fn command() -> Option<String> {
    std::env::var("LATCH_TEST_HOST").ok().filter(|command| !command.is_empty())
}

/// A running host; it ends with this value.
pub(crate) struct SecondHost {
    pub(crate) url: String,
    _child: Child,
    _stdin: Option<ChildStdin>,
}

/// Starts the component in the other host; its log lines go to `log`.
pub(crate) async fn start(command: &str, component: &Path, env: &[(String, String)], log: UnboundedSender<String>) -> SecondHost {
    let mut words = command.split_whitespace();
    let mut child = Command::new(words.next().unwrap());
    child.args(words).arg("--component").arg(component).args(["--port", "0"]);
    // Whoever runs the tests may have a project configured in their shell.
    for name in VARIABLES.iter().flat_map(|variable| std::iter::once(&variable.name).chain(variable.aliases)) {
        child.env_remove(name);
    }
    child.envs(env.iter().map(|(name, value)| (name, value)));
    child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = child.spawn().expect("LATCH_TEST_HOST does not start");
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    tokio::spawn(async move {
        while let Ok(Some(line)) = stderr.next_line().await {
            let _ = log.send(line);
        }
    });
    let url = loop {
        let line = stdout.next_line().await.unwrap().expect("the other host ended before it was ready");
        if let Ok(ready) = serde_json::from_str::<Value>(&line)
            && ready["ready"] == true
        {
            break ready["url"].as_str().unwrap().to_owned();
        }
    };
    SecondHost { url, _stdin: child.stdin.take(), _child: child }
}
