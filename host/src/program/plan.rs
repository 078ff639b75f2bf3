//! Environment and command line → what is served.

use std::collections::BTreeMap;

use anyhow::Result;
use mcp_latch::config::{Config, VARIABLES, Variable, is_provider};
use mcp_latch_host::demo::{Demo, Options};
use mcp_latch_host::environment;

use super::Misuse;
use super::data::{self, Source};
use super::listen::Listen;

/// What is served.
pub(super) struct Plan {
    pub(super) config: Config,
    /// What the component is given.
    pub(super) env: Vec<(String, String)>,
    pub(super) demo: Option<Demo>,
    /// Where the declaration of tables and functions comes from.
    pub(super) data: Source,
}

/// Fills in what a newcomer need not say, and checks the rest.
///
/// # Errors
/// [`Misuse`] or [`mcp_latch::config::Errors`], with the fix.
pub(super) async fn plan(mut vars: BTreeMap<String, String>, listen: &Listen, origin: &str, demo: bool) -> Result<Plan> {
    if !is_set(&vars, "MCP_URL") {
        if !listen.is_loopback() {
            return Err(Misuse(
                "MCP_URL is not set, and only on loopback can it be guessed\nfix: set MCP_URL to the URL that clients will use, \
                 such as https://mcp.example.com/mcp"
                    .into(),
            )
            .into());
        }
        vars.insert("MCP_URL".into(), format!("{origin}/mcp"));
    }
    let chosen = provider(&vars);
    let demo = match chosen {
        Some(variable) if demo => {
            return Err(Misuse(format!("--demo and {variable} contradict each other\nfix: drop one of them")).into());
        }
        Some(_) => None,
        None => {
            // Somebody who has a project's secret has a project, and meant to name it. It is not for the demo issuer in any case.
            // The sealing keys are of no project.
            if let Some(secret) = first_set(&vars, |variable| variable.secret && variable.name != "LATCH_KEYS") {
                if secret.starts_with("LATCH_PROXY") {
                    let what =
                        "is set, but not LATCH_PROXY\nfix: set LATCH_PROXY to the upstream, such as google (docs/proxy.md)";
                    return Err(Misuse(format!("{secret} {what}")).into());
                }
                return Err(Misuse(format!(
                    "{secret} is set, but no project\nfix: set SUPABASE_URL (or SUPABASE_PROJECT_ID) too, or unset {secret} to try the demo"
                ))
                .into());
            }
            if let Some(url) = vars.get("MCP_URL").filter(|url| !is_loopback(url)) {
                return Err(Misuse(format!(
                    "MCP_URL is {url:?}, but no identity provider is set, and the demo issuer lets anybody in\nfix: set SUPABASE_URL, the \
                     variables of another provider (docs/providers) or LATCH_PROXY; or unset MCP_URL to try the demo"
                ))
                .into());
            }
            let demo = start_demo(listen).await?;
            vars.insert("SUPABASE_URL".into(), demo.origin().to_owned());
            Some(demo)
        }
    };
    let data = data::resolve(&mut vars, demo.is_some())?;
    let config = Config::from_env(vars.clone())?;
    Ok(Plan { config, env: environment::of_component(vars), demo, data })
}

async fn start_demo(listen: &Listen) -> Result<Demo> {
    if !listen.is_loopback() {
        return Err(Misuse(
            "no identity provider is set, and the demo issuer lets anybody in, so it is for loopback only\nfix: set SUPABASE_URL \
             to your project (or LATCH_ISSUER to another issuer), or listen on 127.0.0.1"
                .into(),
        )
        .into());
    }
    Demo::start(Options::default()).await
}

/// Whether a URL is of this machine. What is no URL is for the configuration to refuse.
fn is_loopback(url: &str) -> bool {
    match url::Url::parse(url.trim()).ok().as_ref().and_then(url::Url::host) {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => true,
    }
}

/// The variable that names a provider, under the name it was set by. Without one the demo issuer steps in.
fn provider(vars: &BTreeMap<String, String>) -> Option<&'static str> {
    first_set(vars, is_provider)
}

/// The first of some variables that has a value, under the name it was set by.
fn first_set(vars: &BTreeMap<String, String>, wanted: impl Fn(&Variable) -> bool) -> Option<&'static str> {
    let variables = VARIABLES.iter().filter(|variable| wanted(variable));
    variables.flat_map(|variable| [&[variable.name], variable.aliases].concat()).find(|name| is_set(vars, name))
}

/// An empty value counts as none, as it does in the component.
fn is_set(vars: &BTreeMap<String, String>, name: &str) -> bool {
    vars.get(name).is_some_and(|value| !value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn plan_of(listen: &str, vars: &[(&str, &str)], demo: bool) -> Result<Plan> {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let listen = Listen::parse(listen).await?;
        plan(vars, &listen, "http://localhost:4000", demo).await
    }

    #[tokio::test]
    async fn nothing_set_means_demo_on_our_own_address() {
        let plan = plan_of("localhost:4000", &[("SUPABASE_URL", ""), ("PATH", "/bin")], false).await.unwrap();
        let demo = plan.demo.unwrap();
        assert_eq!(plan.config.endpoint().url(), "http://localhost:4000/mcp");
        assert_eq!(plan.config.issuer(), demo.issuer());
        assert_eq!(plan.config.outbound(), [demo.origin()]);
        assert!(plan.env.iter().all(|(name, _)| name != "PATH"));
        assert!(plan.env.contains(&("SUPABASE_URL".into(), demo.origin().to_owned())));
        assert!(plan.env.contains(&("LATCH_DATA".into(), mcp_latch_host::demo::DATA.to_owned())));
        assert!(plan.config.data().is_some() && plan.data == Source::Demo);
    }

    #[tokio::test]
    async fn ones_own_declaration_is_used_in_the_demo_and_a_file_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data.toml");
        let text = "version = 1\n[tables.mine]\n[tables.mine.columns]\nid = \"bigint\"\n";
        std::fs::write(&path, text).unwrap();
        for value in [text, path.to_str().unwrap()] {
            let plan = plan_of("127.0.0.1:0", &[("LATCH_DATA", value)], false).await.unwrap();
            assert!(plan.demo.is_some() && plan.env.contains(&("LATCH_DATA".into(), text.to_owned())), "{value}");
        }
        let error = plan_of("127.0.0.1:0", &[("LATCH_DATA", "no/such/file.toml")], false).await.err().unwrap();
        assert!(error.is::<Misuse>() && error.to_string().contains("no/such/file.toml"), "{error}");
        let error = plan_of("127.0.0.1:0", &[("LATCH_DATA", "{}")], false).await.err().unwrap();
        assert!(error.is::<mcp_latch::config::Errors>(), "{error}");
    }

    #[tokio::test]
    async fn the_operators_keys_stay_outside() {
        let keys = ["SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_ACCESS_TOKEN"];
        let vars: Vec<(&str, &str)> = keys.map(|name| (name, "canary")).into();
        let plan = plan_of("127.0.0.1:0", &vars, false).await.unwrap();
        assert!(!plan.env.iter().any(|(name, value)| keys.contains(&name.as_str()) || value.contains("canary")));
    }

    #[tokio::test]
    async fn a_secret_without_a_project_is_no_demo() {
        for name in ["SUPABASE_JWT_SECRET", "SUPABASE_ANON_KEY"] {
            let error = plan_of("127.0.0.1:0", &[(name, "canary-canary-canary-canary-canary")], false).await.err().unwrap();
            assert!(error.is::<Misuse>() && error.to_string().contains(name) && !error.to_string().contains("canary"), "{error}");
        }
    }

    #[tokio::test]
    async fn the_sealing_keys_are_of_no_project() {
        let mut count = 0;
        let keys = mcp_latch::keys::Keys::generate(|key| {
            count += 1;
            key.fill(count);
        });
        let key = keys.expose().to_owned();
        let plan = plan_of("127.0.0.1:0", &[("LATCH_KEYS", &key)], false).await.unwrap();
        assert!(plan.demo.is_some() && plan.env.contains(&("LATCH_KEYS".into(), key)));
    }

    #[tokio::test]
    async fn a_provider_under_any_name_means_no_demo() {
        for name in ["SUPABASE_URL", "MCP_USE_OAUTH_SUPABASE_URL"] {
            let plan = plan_of("127.0.0.1:0", &[(name, "https://abc.supabase.co")], false).await.unwrap();
            assert!(plan.demo.is_none());
            assert_eq!(plan.config.issuer(), "https://abc.supabase.co/auth/v1");
            let error = plan_of("127.0.0.1:0", &[(name, "https://abc.supabase.co")], true).await.err().unwrap();
            assert!(error.is::<Misuse>() && error.to_string().contains(name));
        }
    }

    #[tokio::test]
    async fn the_public_needs_a_url_and_a_provider() {
        let error = plan_of("0.0.0.0:0", &[], false).await.err().unwrap().to_string();
        assert!(error.contains("MCP_URL") && error.contains("fix:"), "{error}");
        let error = plan_of("0.0.0.0:0", &[("MCP_URL", "https://h.example")], false).await.err().unwrap().to_string();
        assert!(error.contains("SUPABASE_URL") && error.contains("fix:"), "{error}");
        let error = plan_of("0.0.0.0:0", &[("MCP_URL", "https://h.example")], true).await.err().unwrap();
        assert!(error.is::<Misuse>());
    }

    #[tokio::test]
    async fn mistakes_are_the_configurations() {
        let error = plan_of("127.0.0.1:0", &[("SUPABASE_URL", "not a url")], false).await.err().unwrap();
        assert!(error.is::<mcp_latch::config::Errors>());
    }
}
