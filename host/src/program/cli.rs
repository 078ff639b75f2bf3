//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use mcp_latch::config::help_table;

/// An MCP endpoint with OAuth 2.1 in one sandboxed WebAssembly component.
///
/// Without a command it does `up`.
#[derive(Debug, Parser)]
#[command(name = "latch", version, args_conflicts_with_subcommands = true, after_long_help = variables())]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) up: Up,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Build the component if its sources changed, and serve it
    ///
    /// What it serves is decided by environment variables (below). Without any it starts a demo issuer beside itself, so that
    /// a first sign-in needs no account and no network.
    #[command(after_long_help = variables())]
    Up(Up),
    /// Build the component and say what it is
    Build(Build),
    /// Check a Supabase project from outside: what is wrong, and the fix
    ///
    /// Reads the same variables as `up` and changes nothing. The exit code is 0 if nothing failed, 1 if something did.
    #[command(after_long_help = variables())]
    Doctor,
    /// Make the value of LATCH_KEYS
    #[command(subcommand)]
    Keys(Keys),
    /// Write a first draft of LATCH_DATA from a Supabase project's tables, or say what the rules make of a token
    ///
    /// With --token it reads the environment as `up` does, asks nobody, and prints every check of the token, who it would be, and every
    /// rule of LATCH_POLICY. The exit code is 0 if it would be let in, 1 if not.
    ///
    /// With --supabase or --openapi it writes a draft. It reads the project's OpenAPI document with SUPABASE_URL and SUPABASE_SECRET_KEY (or SUPABASE_SERVICE_ROLE_KEY), or with
    /// SUPABASE_PROJECT_ID and SUPABASE_ACCESS_TOKEN from the Management API. These keys are used by this command on this
    /// machine and are never given to the component. The draft only reads (`actions = ["select"]`) until you say more.
    Inspect(Inspect),
}

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Print a new value: keep it like a password
    New,
    /// Print the successor of the value in LATCH_KEYS, which still opens what that one sealed
    Rotate,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["supabase", "openapi", "token"])))]
pub(super) struct Inspect {
    /// Ask the Supabase project that the environment names
    #[arg(long)]
    pub(super) supabase: bool,
    /// Read this OpenAPI document instead of asking a project
    #[arg(long, value_name = "FILE")]
    pub(super) openapi: Option<PathBuf>,
    /// Explain this token; `-` reads it from stdin, where other users of the machine do not see it
    #[arg(long, conflicts_with_all = ["output", "force"])]
    pub(super) token: Option<String>,
    /// Check its signature with the keys in this file, a JWK set
    #[arg(long, value_name = "FILE", requires = "token")]
    pub(super) jwks: Option<PathBuf>,
    /// The database schema
    #[arg(long, value_name = "NAME", default_value = "public")]
    pub(super) schema: String,
    /// Write here instead of to stdout
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Overwrite the output file
    #[arg(long, requires = "output")]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct Build {
    /// Build the component that has a key-value store, for hosts that give one (wasi:keyvalue)
    #[arg(long)]
    pub(super) keyvalue: bool,
}

#[derive(Debug, Args)]
pub(super) struct Up {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "HOST:PORT", env = "LATCH_LISTEN", default_value = "127.0.0.1:8787")]
    pub(super) listen: String,
    /// Serve this component instead of building one
    #[arg(long, value_name = "FILE")]
    pub(super) component: Option<PathBuf>,
    /// Build and serve the component that has a key-value store. It is in memory: what it knows is forgotten at a restart, and then
    /// users sign in again
    #[arg(long, conflicts_with = "component")]
    pub(super) keyvalue: bool,
    /// Start the demo issuer (the default when no provider is configured)
    #[arg(long)]
    pub(super) demo: bool,
    /// Make a new instance of the component for every request
    #[arg(long)]
    pub(super) fresh: bool,
    /// Give the component this variable too, for a component of your own; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) env: Vec<String>,
}

fn variables() -> String {
    format!("Environment variables:\n{}", help_table())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::{Cli, Command};

    fn parse(args: &[&str]) -> Cli {
        Cli::try_parse_from([&["latch"], args].concat()).unwrap()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn up_is_what_happens_without_a_command() {
        assert_eq!(parse(&["--listen", "127.0.0.1:0", "--fresh"]).up.listen, "127.0.0.1:0");
        assert_eq!(parse(&["--env", "A", "--env", "B"]).up.env, ["A", "B"]);
        let Some(Command::Up(up)) = parse(&["up", "--listen", "[::1]:1", "--demo", "--component", "a.wasm"]).command else {
            panic!("not up");
        };
        assert_eq!((up.listen.as_str(), up.demo, up.fresh), ("[::1]:1", true, false));
        assert!(matches!(parse(&["build"]).command, Some(Command::Build(build)) if !build.keyvalue));
        assert!(matches!(parse(&["build", "--keyvalue"]).command, Some(Command::Build(build)) if build.keyvalue));
        assert!(parse(&["--keyvalue"]).up.keyvalue);
        assert!(Cli::try_parse_from(["latch", "--demo", "build"]).is_err());
        assert!(Cli::try_parse_from(["latch", "--keyvalue", "--component", "a.wasm"]).is_err());
        assert!(matches!(parse(&["doctor"]).command, Some(Command::Doctor)));
        assert!(matches!(parse(&["inspect", "--supabase"]).command, Some(Command::Inspect(_))));
        assert!(matches!(parse(&["inspect", "--token", "-", "--jwks", "x"]).command, Some(Command::Inspect(_))));
        for args in [&["inspect"][..], &["inspect", "--jwks", "x"], &["inspect", "--token", "x", "--supabase"]] {
            assert!(Cli::try_parse_from([&["latch"], args].concat()).is_err());
        }
        for args in [&["inspect", "--supabase", "--openapi", "x"][..], &["inspect", "--supabase", "--force"]] {
            assert!(Cli::try_parse_from([&["latch"], args].concat()).is_err());
        }
    }

    #[test]
    fn help_lists_every_variable() {
        for args in [&["latch", "up", "--help"][..], &["latch", "--help"]] {
            let help = Cli::try_parse_from(args).unwrap_err().to_string();
            for variable in mcp_latch::config::VARIABLES {
                assert!(help.contains(variable.name), "{}", variable.name);
            }
        }
    }
}
