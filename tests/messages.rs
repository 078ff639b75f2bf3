//! What the compiler says of functions that cannot be handed over. A doc-test of kind `compile_fail` passes for any error at all.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

/// The libraries this test was linked with lie beside it; of several builds of ours the newest comes first.
fn libraries() -> (PathBuf, Vec<PathBuf>) {
    let folder = env::current_exe().unwrap().parent().unwrap().to_owned();
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libmcp_latch-") && name.ends_with(".rlib")
    };
    let mut found: Vec<PathBuf> = fs::read_dir(&folder).unwrap().flatten().map(|file| file.path()).filter(ours).collect();
    let age = |path: &PathBuf| fs::metadata(path).and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    found.sort_by_key(|path| std::cmp::Reverse(age(path)));
    (folder, found)
}

/// What the compiler says of a program, if it does not take it.
fn errors(folder: &Path, library: &Path, name: &str, program: &str) -> Option<String> {
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("messages-{name}.rs"));
    fs::write(&source, format!("#![allow(dead_code)]\nuse mcp_latch::prelude::*;\n{program}\n")).unwrap();
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "--color", "never", "-o"]);
    rustc.arg(source.with_extension("rmeta")).arg("-L").arg(format!("dependency={}", folder.display()));
    rustc.arg("--extern").arg(format!("mcp_latch={}", library.display())).arg(&source);
    let output = rustc.output().unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_compiler_says_what_to_write() {
    let (folder, candidates) = libraries();
    // One that is right, so that the errors below are about what is wrong with the others.
    let right = "async fn echo(_: &Context<'_>, value: Value) -> String { value.to_string() }\nfn f() { tool(\"echo\", echo); }";
    let works = |library: &&PathBuf| errors(&folder, library, "right", right).is_none();
    let library = candidates.iter().find(works).unwrap_or_else(|| panic!("none of {candidates:?} can be used"));

    let shape = ["cannot be a tool, a prompt or a resource", "write `async fn name(cx: &Context<'_>, arguments: A) -> R`"];
    let cases: [(&str, &str, &[&str]); 7] = [
        ("not-async", "fn ping() -> &'static str { \"pong\" }\nfn f() { tool(\"ping\", ping); }", &shape),
        (
            "order",
            "async fn echo(_: Value, _: &Context<'_>) -> String { String::new() }\nfn f() { tool(\"echo\", echo); }",
            &shape,
        ),
        (
            "no-schema",
            "struct Name;\nasync fn hello(_: &Context<'_>, _: Name) -> String { String::new() }\nfn f() { tool(\"hello\", hello); }",
            &["cannot be a tool, a prompt or a resource", "#[derive(Deserialize, JsonSchema)]"],
        ),
        (
            "tool",
            "async fn answer() -> u64 { 42 }\nfn f() { tool(\"answer\", answer); }",
            &["a tool cannot return `u64`", "`Json(value)`"],
        ),
        (
            "prompt",
            "async fn review() -> Content { Content::text(\"x\") }\nfn f() { prompt(\"review\", review); }",
            &["a prompt cannot return `mcp_latch::mcp::Content`", "`Vec<(Role, Content)>`"],
        ),
        ("resource", "fn f() { resource(\"doc://a\", \"a\", 7_u64); }", &["`u64` cannot be the content of a resource"]),
        (
            "template",
            "async fn note(_: Value) -> u64 { 7 }\nfn f() { resource_template(\"note://{id}\", \"note\", note); }",
            &["a resource cannot be read as `u64`", "`Reading`"],
        ),
    ];
    for (name, program, expected) in cases {
        let said = errors(&folder, library, name, program).unwrap_or_else(|| panic!("{name} compiles"));
        for text in expected {
            assert!(said.contains(text), "{name}: {text:?} is not in\n{said}");
        }
    }
}
