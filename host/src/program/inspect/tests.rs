use std::collections::BTreeMap;

use mcp_latch::supabase::Declaration;
use serde_json::{Value, json};

use super::*;

/// Of a real PostgREST 12.0.2 over a schema with awkward names.
const REAL: &[u8] = include_bytes!("../../../tests/fixtures/openapi.json");

fn drafted(json: &[u8]) -> (String, Value) {
    let text = draft::draft(&Document::parse(json).unwrap(), "public");
    if let Err(mistakes) = Declaration::parse(&text)
        && text.lines().any(|line| line.starts_with("[tables.") || line.starts_with("[views."))
    {
        panic!("{mistakes:?}\n{text}");
    }
    let value = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    (text, value)
}

#[test]
fn a_real_document_becomes_a_declaration() {
    let (text, draft) = drafted(REAL);
    assert_eq!(draft["version"], 1);
    let tables = draft["tables"].as_object().unwrap();
    assert_eq!(tables.len(), 8, "{text}");
    assert!(tables.values().all(|table| table["actions"] == json!(["select"])), "{text}");
    assert_eq!(draft["views"].as_object().unwrap().keys().collect::<Vec<_>>(), ["note_stats"]);
    let notes = &draft["tables"]["notes"];
    assert_eq!((&notes["key"], &notes["description"]), (&json!("id"), &json!("Notes of users.")));
    assert_eq!(
        notes["columns"],
        json!({
            "id": "bigint",
            "user_id": { "type": "uuid", "nullable": false },
            "title": { "type": "text", "max_length": 200, "nullable": false },
            "body": { "type": "text", "description": "Anything. In \"Markdown\"." },
            "state": { "enum": ["open", "done"], "nullable": false },
            "Due_Date": { "type": "date", "column": "Due Date" },
            "tags": { "type": "text[]", "nullable": false },
            "amount": "numeric",
            "meta": "jsonb",
            "created_at": { "type": "timestamptz", "nullable": false },
        })
    );
    assert!(text.contains("# span is of type int4range, which cannot be declared.\n"), "{text}");
    assert_eq!(draft["tables"]["members"]["key"], json!(["team_id", "user_id"]));
    let books = &draft["tables"]["B_cher_more"];
    assert_eq!((&books["table"], &books["columns"]["d_r"]["column"]), (&json!("Bücher & more"), &json!("dür")));
    assert!(books.get("key").is_none() && text.contains("It has no key"), "{text}");
    // The columns stand in the document's order.
    assert!(text.find("id = \"bigint\"").unwrap() < text.find("created_at = ").unwrap());
}

#[test]
fn functions_are_left_out_and_sound_when_they_are_let_in() {
    let (text, draft) = drafted(REAL);
    assert!(draft.get("functions").is_none());
    // This PostgREST offers GET for functions that write, too: then it proves nothing.
    assert!(text.contains("# [functions.close_all]") && !text.contains("read_only"), "{text}");
    let start = text.find("#\n# [functions.").unwrap();
    let uncommented: String =
        text[start..].lines().map(|line| format!("{}\n", line.strip_prefix("# ").unwrap_or_default())).collect();
    Declaration::parse(&format!("version = 1\n{uncommented}")).unwrap();
    let functions: Value = toml::from_str(&uncommented).unwrap();
    assert_eq!(
        functions["functions"]["search_notes"],
        json!({
            "description": "Finds notes.",
            "returns": "void",
            "arguments": { "limit_to": { "type": "integer", "required": false }, "q": "text" },
        })
    );
}

#[test]
fn get_tells_functions_apart_where_some_lack_it() {
    let (text, _) = drafted(br#"{"swagger":"2.0","paths":{"/rpc/a":{"get":{},"post":{}},"/rpc/b":{"post":{}}}}"#);
    let (a, b) = text.split_once("# [functions.b]").unwrap();
    assert!(a.contains("# read_only = true") && !b.contains("read_only"), "{text}");
}

#[test]
fn names_and_words_of_the_database_cannot_break_out() {
    let evil = "x\n[tables.evil]\nactions = [\"delete\"]";
    let document = json!({
        "swagger": "2.0",
        "definitions": {
            evil: { "properties": { "id": { "format": "bigint" } } },
            "a": { "description": evil, "properties": {
                evil: { "format": "text" }, "b": { "format": evil }, "c": { "format": "text", "description": evil },
                "\"": { "format": "text" }, "é": { "enum": ["a\"b", "\\"] }, "d": { "enum": [evil] }, "e.f": { "format": "text" } } },
            "b b": { "properties": { "x": { "format": "text", "maxLength": 9 } } },
            "b_b": { "properties": { "x": { "format": "json[]" } } },
        },
        "paths": { format!("/rpc/{evil}"): { "post": {} }, "/rpc/f": { "post": { "summary": evil, "parameters": [
            { "schema": { "properties": { "y": { "format": evil }, "z\"": { "format": "text" } } } }] } } },
    });
    let (text, draft) = drafted(document.to_string().as_bytes());
    assert_eq!(draft["tables"].as_object().unwrap().keys().collect::<Vec<_>>(), ["a", "b_b"], "{text}");
    assert!(draft.get("functions").is_none());
    let columns = draft["tables"]["a"]["columns"].as_object().unwrap();
    assert_eq!(columns.keys().collect::<Vec<_>>(), ["c", "e.f", "unnamed", "unnamed_2"], "{text}");
    assert_eq!(columns["unnamed_2"], json!({ "enum": ["a\"b", "\\"], "column": "é" }));
    assert!(!text.lines().any(|line| line.starts_with("[tables.evil]")), "{text}");
    assert!(text.contains("# Left out: none of its columns can be declared.\n# [tables.b_b_2]"), "{text}");
}

#[test]
fn a_draft_stays_within_the_limits_of_a_declaration() {
    let columns: serde_json::Map<_, _> = (0..201).map(|n| (format!("c{n}"), json!({ "format": "text" }))).collect();
    let tables: serde_json::Map<_, _> =
        (0..101).map(|n| (format!("t{n}"), json!({ "properties": { "a": { "format": "text" } } }))).collect();
    let wide = json!({ "swagger": "2.0", "definitions": { "wide": { "properties": columns } } });
    assert_eq!(drafted(wide.to_string().as_bytes()).1["tables"]["wide"]["columns"].as_object().unwrap().len(), 200);
    let many = json!({ "swagger": "2.0", "definitions": tables });
    assert_eq!(drafted(many.to_string().as_bytes()).1["tables"].as_object().unwrap().len(), 100);
    let mut names = names::Names::of_tools();
    let long = "n".repeat(60);
    assert_eq!([names.give(&long).len(), names.give(&long).len()], [48, 48]);
}

/// What the start would refuse, whatever a database calls things.
#[test]
fn a_draft_is_a_declaration_whatever_the_names_and_keys() {
    let pk = |format: &str| json!({ "format": format, "description": "Note:\nThis is a Primary Key.<pk/>" });
    let document = json!({
        "swagger": "2.0",
        "definitions": {
            "-x": { "properties": { "-id": pk("bigint"), "*": { "format": "text" }, "--": { "format": "text" } } },
            "*": { "properties": { "id": pk("bigint") } },
            "flags": { "properties": { "flag": pk("boolean"), "t": { "format": "text" } } },
            "blobs": { "properties": { "id": pk("bytea"), "n": pk("bigint") } },
            "lists": { "properties": { "id": pk("text[]") } },
        },
        "paths": { "/rpc/*": { "post": {} }, "/rpc/f": { "post": { "parameters": [
            { "schema": { "properties": { "-y": { "format": "text" } } } }] } } },
    });
    let (text, draft) = drafted(document.to_string().as_bytes());
    let tables = &draft["tables"];
    assert_eq!(tables.as_object().unwrap().keys().collect::<Vec<_>>(), ["-x", "blobs", "flags", "lists"], "{text}");
    let odd = &tables["-x"];
    assert_eq!(odd["key"], "id", "{text}");
    assert_eq!(
        odd["columns"],
        json!({ "id": { "type": "bigint", "column": "-id" }, "unnamed": { "type": "text", "column": "--" } })
    );
    for name in ["blobs", "flags", "lists"] {
        assert!(tables[name].get("key").is_none(), "{text}");
    }
    let start = text.find("#\n# [functions.").unwrap();
    let functions: String =
        text[start..].lines().map(|line| format!("{}\n", line.strip_prefix("# ").unwrap_or_default())).collect();
    Declaration::parse(&format!("version = 1\n{functions}")).unwrap();
}

#[test]
fn what_is_no_such_document_is_refused() {
    for json in ["", "{}", "[]", r#"{"openapi":"3.1.0"}"#, r#"{"swagger":"2.0","definitions":[]}"#] {
        assert!(Document::parse(json.as_bytes()).is_err(), "{json}");
    }
}

fn plan(vars: &[(&str, &str)]) -> Result<fetch::Plan> {
    let vars: BTreeMap<String, String> = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    fetch::plan(&vars, "api")
}

#[test]
fn keys_go_where_they_belong() {
    let project = ("SUPABASE_URL", "https://abc.supabase.co");
    let shown = |plan: &fetch::Plan| format!("{:?}", plan.headers);
    let new = plan(&[project, ("SUPABASE_SECRET_KEY", "sb_secret_canary")]).unwrap();
    assert_eq!((new.url.as_str(), new.headers.len()), ("https://abc.supabase.co/rest/v1/", 3));
    assert_eq!(new.headers[1].1, "sb_secret_canary");
    assert!(!shown(&new).contains("canary") && !shown(&new).contains("authorization"), "{}", shown(&new));
    let legacy = plan(&[project, ("SUPABASE_SERVICE_ROLE_KEY", "eyJa.eyJb.c")]).unwrap();
    assert_eq!((legacy.headers[2].0.as_str(), &legacy.headers[2].1), ("authorization", &"Bearer eyJa.eyJb.c".parse().unwrap()));
    let managed = plan(&[("SUPABASE_PROJECT_ID", "abc"), ("SUPABASE_ACCESS_TOKEN", "sbp_canary")]).unwrap();
    assert_eq!(managed.url, "https://api.supabase.com/v1/projects/abc/database/openapi?schema=api");
    assert!(managed.headers[1].1 == "Bearer sbp_canary" && !shown(&managed).contains("canary"));
    let misuse = |vars: &[(&str, &str)]| plan(vars).err().unwrap();
    let error = misuse(&[project]);
    assert!(error.is::<Misuse>() && error.to_string().contains("SUPABASE_SECRET_KEY"), "{error}");
    let error = misuse(&[("SUPABASE_URL", "https://db.example.com"), ("SUPABASE_ACCESS_TOKEN", "canary")]);
    assert!(error.is::<Misuse>() && error.to_string().contains("hosted") && !error.to_string().contains("canary"), "{error}");
    let error = misuse(&[project, ("SUPABASE_SECRET_KEY", "canary\ncanary")]);
    assert!(error.is::<Misuse>() && !error.to_string().contains("canary"), "{error}");
    assert!(misuse(&[("SUPABASE_SECRET_KEY", "canary")]).to_string().contains("SUPABASE_URL"));
    let error = misuse(&[("SUPABASE_URL", "http://abc.supabase.co"), ("SUPABASE_SECRET_KEY", "canary")]);
    assert!(error.to_string().contains("not encrypted") && !error.to_string().contains("canary"), "{error}");
}
