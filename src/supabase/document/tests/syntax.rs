//! TOML and JSON themselves: values, lines, and agreement with the `toml` crate.

use serde_json::Value as Json;

use super::refusal;
use crate::document::{Node, Value, json, toml as ours};

/// A node as plain JSON, so that it can be compared.
pub(super) fn plain(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Switch(switch) => Json::Bool(*switch),
        Value::Whole(number) => Json::from(*number),
        Value::Number(number) => Json::from(*number),
        Value::Text(text) => Json::String(text.clone()),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Table(members) => Json::Object(members.iter().map(|(name, node)| (name.clone(), plain(node))).collect()),
    }
}

/// What both parsers make of it; the line of the first mistake when ours refuses.
pub(super) fn compared(text: &str) -> Option<Json> {
    let read = ours::parse(text).ok().map(|node| plain(&node))?;
    // A carriage return before a line feed in a text is left out by ours, as TOML allows.
    let theirs: Json =
        toml::from_str(&text.replace("\r\n", "\n")).unwrap_or_else(|error| panic!("only ours accepts {text:?}: {error}"));
    assert_eq!(read, theirs, "{text:?}");
    Some(read)
}

#[test]
fn toml_is_read_as_the_toml_crate_reads_it() {
    for text in [
        "",
        "# c\n\n a = 1 # c",
        "a = true\nb = false\n",
        "a = [0, +1, -1, -0, 1_000, 0xdead_BEEF, 0o17, 0b1, 9223372036854775807, -9223372036854775808]",
        "a = [1.5, +1.0, -0.5, 1e3, 1E+3, 1_0.0_1e-0_2, 6.02e23]",
        r#"a = "\b\t\n\f\r\"\\\u00e9\U0001F600\e\x41 é""#,
        "a = ''\nb = 'C:\\x'\nc = \"\"\n'' = 1\n\"\u{e9}\" = 2",
        "a = \"\"\"\nx\n y\\\n   \n  z\"\"\"\nb = 1",
        "a = \"\"\"x\"\"\"\"\"\nb = '''\n''''\nc = \"\"\"\"x\"\"\"",
        "a = '''x\r\ny'''\r\nb = \"\"\"\r\nx\\\r\n  y\"\"\"\r\n",
        "a.b.c = 1\na.b.d = 2\na.'x.y' = 3\n a . z = 4",
        "[a]\nx = 1\n[a.b.c]\ny = 2\n[b]\n[a.b]\nz = 3",
        "[fruit]\napple.color = 1\n[fruit.apple.taste]\nx = 1",
        "a = { b = 1, c.d = 2, }\nb = {}\nc = [ # c\n 1, # d\n\n 2,\n]\nd = {\n x = 1, # c\n y = [\n{z = 2}] }",
        "[ a . \"b\" ]\n1 = 2\n-_ = 3",
    ] {
        assert!(compared(text).is_some(), "refused: {text:?} {:?}", ours::parse(text).err());
    }
}

#[test]
fn what_is_no_toml_is_refused() {
    for text in [
        "a",
        "a =",
        "= 1",
        "a = 1 b = 2",
        "a = 01",
        "a = 1__0",
        "a = _1",
        "a = 1_",
        "a = 1.",
        "a = .5",
        "a = 1.e1",
        "a = +-1",
        "a = 0x",
        "a = 0x_1",
        "a = -0x1",
        "a = 9223372036854775808",
        "a = 1e999",
        "a = tru",
        "a = \"x",
        "a = 'x",
        "a = \"\"\"x\"\"",
        "a = \"x\ny\"",
        "a = \"\\q\"",
        "a = \"\\ud800\"",
        "a = \"\\u12\"",
        "a = \"\u{1}\"",
        "# \u{1}",
        "a = 1\rb = 2",
        "a = [1",
        "a = [1 2]",
        "a = [,]",
        "a = {,}",
        "a = {b = 1",
        "[a",
        "[a]]",
        "[]",
        "[a.]",
        "a..b = 1",
        "[a]\n[a]",
        "a = 1\na = 2",
        "a = 1\n[a]",
        "a = 1\na.b = 2",
        "a.b = 1\n[a]",
        "[a.b]\n[a]\nb.c = 1",
        "a = {}\na.b = 1",
        "a = {}\n[a.b]",
        "a = {b = 1, b = 2}",
        "[a]\nb.c = 1\n[a.b]",
        "\"\"\"a\"\"\" = 1",
        "a = {b = 1}\n[a]",
        "a = \"\u{7f}\"",
        "é = 1",
        "a = \"\\",
        "a = [1]\n[a.b]",
    ] {
        assert!(ours::parse(text).is_err(), "{text:?}");
        assert!(toml::from_str::<toml::Table>(text).is_err() || text.contains("e999"), "{text:?}");
    }
}

#[test]
fn toml_we_have_no_use_for_is_refused_with_a_reason() {
    for (text, message) in [
        (
            "a = 2026-11-21",
            "line 1: not TOML: a value is neither text in quotes, nor a number, true, false, a list or a table; put text in double quotes",
        ),
        (
            "\n[[a]]",
            "line 2: not TOML: the document has no lists of tables; write one pair of brackets, and a name for each table",
        ),
        (
            "a = inf",
            "line 1: not TOML: a value is neither text in quotes, nor a number, true, false, a list or a table; put text in double quotes",
        ),
    ] {
        assert_eq!(refusal(text), message);
    }
}

fn lines(node: &Node, path: &str, found: &mut Vec<(String, usize)>) {
    found.push((path.to_owned(), node.line));
    match &node.value {
        Value::Table(members) => members.iter().for_each(|(name, node)| lines(node, &format!("{path}/{name}"), found)),
        Value::List(items) => items.iter().enumerate().for_each(|(index, node)| lines(node, &format!("{path}/{index}"), found)),
        _ => {}
    }
}

fn check(root: &Node, expected: &[(&str, usize)]) {
    let mut found = Vec::new();
    lines(root, "", &mut found);
    for (path, line) in expected {
        assert_eq!(found.iter().find(|(other, _)| other == path), Some(&((*path).to_owned(), *line)), "{found:?}");
    }
}

#[test]
fn lines_are_right_in_toml() {
    let text = "a = \"\"\"\none\ntwo\\\n\n three\"\"\"\nb = [\n  1,\n\n  [2]]\n[x.y] # z\nc = '''\n\n'''\nd = { e = 1,\n  f = 2 }\n[x]\n";
    let expected = [
        ("/a", 1),
        ("/b", 6),
        ("/b/0", 7),
        ("/b/1/0", 9),
        ("/x/y", 10),
        ("/x/y/c", 11),
        ("/x/y/d/e", 14),
        ("/x/y/d/f", 15),
        ("/x", 16),
    ];
    check(&ours::parse(text).unwrap(), &expected);
    check(&ours::parse(&text.replace('\n', "\r\n")).unwrap(), &expected);
}

#[test]
fn lines_are_right_in_json() {
    let text = "\n {\n \"a\": \"x\\ny\", \"b\": [\n1,\n\n[ 2 ]],\n \"\\u0063\":\n {\"d\": null,\n\"\u{e9}\":\t-1.5e3} }\n";
    let expected =
        [("", 2), ("/a", 3), ("/b", 3), ("/b/0", 4), ("/b/1", 6), ("/b/1/0", 6), ("/c", 7), ("/c/d", 8), ("/c/\u{e9}", 9)];
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        check(&json::parse(&text).unwrap(), &expected);
        assert_eq!(plain(&json::parse(&text).unwrap()), serde_json::from_str::<Json>(&text).unwrap());
    }
}

#[test]
fn syntax_is_told_with_its_line() {
    for (text, message) in [
        (
            "version = 1\r\n\r\na = \"x\r\n",
            "line 3: not TOML: a text starts here and does not end; close it with the same quotes",
        ),
        ("version = 1\n[a]\n\n[a]", "line 4: the key \"a\" occurs twice; the first is in line 2; join the two, or rename one"),
        (
            "version = 1\n[a]\nb = 1\n\nb = 2",
            "line 5: the key \"b\" occurs twice; the first is in line 3; join the two, or rename one",
        ),
        ("{\n\"a\": 1,\n\"a\": 2}", "line 3: the member \"a\" occurs twice; the first is in line 2; join the two, or rename one"),
        ("{\n\"a\": [1,\n]}", "line 3: not JSON: expected value; correct the syntax"),
        ("{} {}", "line 1: not JSON: trailing characters; correct the syntax"),
        ("", "line 1: the document is empty; see docs/data.md for an example"),
        (
            "version = text",
            "line 1: not TOML: a value is neither text in quotes, nor a number, true, false, a list or a table; put text in double quotes",
        ),
        (
            "x = [\n1\n2]",
            "line 3: not TOML: a ] is missing after an item of what starts in line 1; close it, or put a comma between the items",
        ),
    ] {
        assert_eq!(refusal(text), message, "{text:?}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |open: &str, close: &str, depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    for text in [
        format!("a = {}", nested("[", "]", 100_000)),
        format!("a = {}", nested("{b=", "}", 50_000)),
        format!("{}z = 1", "a.".repeat(100_000)),
        format!("{{\"a\": {}}}", nested("[", "]", 100)),
        format!("{{\"a\": {}}}", nested("{\"b\":", "}", 100)),
    ] {
        assert_eq!(refusal(&text), "line 1: the document is nested too deeply; its reference page describes the members");
    }
    assert!(
        refusal(&format!("{{\"a\": {}}}", nested("[", "]", 100_000))).starts_with("line 1: the document is nested too deeply")
    );
}
