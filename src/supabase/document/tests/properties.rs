//! No text makes the reader panic, and no text is TOML to us alone.

use proptest::prelude::*;

use super::{
    corpus::{BAD, GOOD},
    examples, schema, syntax,
};
use crate::supabase::Declaration;

/// Pieces of TOML and JSON.
const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "=",
    ".",
    ",",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ":",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\\",
    "\\\n",
    "#",
    "a",
    "b",
    "a.b",
    "a = 1\n",
    "[a]\n",
    "[a.b]\n",
    "1",
    "-",
    "+",
    "_",
    "0x",
    "1.5",
    "e",
    "true",
    "null",
    "\u{feff}",
    "é",
    "\0",
    "\\u00e9",
    "\\ud800",
    "\"a\": ",
    "version = 1\n",
    "[tables.t.columns]\n",
    "id = \"int\"\n",
    "[limits]\n",
    "server_rows = 2\n",
    "[functions.f]\n",
    "columns",
    "key = []\n",
    "999999999999999999999",
    "1e400",
];

fn documents() -> Vec<&'static str> {
    let bad = BAD.iter().map(|(_, text, _)| *text);
    GOOD.iter().copied().chain(bad).chain(examples("toml")).chain(examples("json")).collect()
}

/// A document of the corpus in which some places are replaced.
fn mutated() -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0..12_usize, prop::sample::select(PIECES));
    (prop::sample::select(documents()), prop::collection::vec(edit, 1..6)).prop_map(|(text, edits)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, length, piece) in edits {
            let start = at.index(chars.len() + 1);
            let end = (start + length).min(chars.len());
            chars.splice(start..end, piece.chars());
        }
        chars.into_iter().collect()
    })
}

fn check(text: &str) {
    match Declaration::parse(text) {
        Ok(_) => {}
        Err(mistakes) => {
            assert!((1..=21).contains(&mistakes.len()));
            let lines = text.lines().count().max(1);
            for mistake in &mistakes {
                assert!((1..=lines + 1).contains(&mistake.line), "{mistake} {text:?}");
            }
        }
    }
    syntax::compared(text);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        check(&pieces.concat());
    }

    #[test]
    fn any_mutated_document(text in mutated()) {
        check(&text);
        if Declaration::parse(&text).is_ok() && let Some(value) = schema::value(&text) {
            assert_eq!(schema::refusal(&value), None, "{text}");
        }
    }
}
