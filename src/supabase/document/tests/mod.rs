mod corpus;
mod properties;
mod schema;
mod syntax;

use std::collections::BTreeSet;

use super::*;
use crate::{
    document::MAX_BYTES,
    supabase::declaration::{Base, Operator, Returns},
};

fn parse(text: &str) -> Declaration {
    Declaration::parse(text).unwrap_or_else(|mistakes| panic!("{}\n{text}", messages(&mistakes)))
}

fn messages(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n")
}

fn refusal(text: &str) -> String {
    Declaration::parse(text).map_or_else(|mistakes| messages(&mistakes), |declaration| panic!("{text}\n{declaration:?}"))
}

/// The blocks of the reference page that are fenced as one language.
fn examples(language: &str) -> Vec<&'static str> {
    let page = include_str!("../../../../docs/data.md");
    let fence = format!("```{language}\n");
    page.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn examples_of_the_reference_page_are_read() {
    let [toml] = examples("toml")[..] else { panic!("no example") };
    let [json] = examples("json")[..] else { panic!("no example") };
    parse(json);
    let declaration = parse(toml);
    let tools = declaration.tables.iter().flat_map(|table| table.actions.iter().map(|action| tool(table, *action)));
    let tools: Vec<String> = tools.chain(declaration.functions.iter().map(|function| format!("rpc_{}", function.name))).collect();
    let page = include_str!("../../../../docs/data.md");
    assert_eq!(tools.len(), 6);
    assert!(tools.iter().all(|tool| page.contains(&format!("`{tool}`"))), "{tools:?}");
}

#[test]
fn the_example_of_the_supabase_page_is_read() {
    let page = include_str!("../../../../docs/supabase.md");
    let examples: Vec<_> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [toml] = examples[..] else { panic!("no example") };
    assert_eq!(parse(toml).tables[0].name, "notes");
}

#[test]
fn every_member_of_a_table_arrives() {
    let declaration = parse(examples("toml")[0]);
    let [notes, view] = &declaration.tables[..] else { panic!("two tables") };
    assert_eq!((notes.relation.as_str(), notes.schema.as_deref(), notes.view), ("notes", Some("public"), false));
    assert_eq!((view.relation.as_str(), view.schema.as_deref(), view.view), ("notes_open", None, true));
    assert_eq!(notes.description.as_deref(), Some("The user's notes."));
    assert_eq!((notes.rows.default, notes.rows.max, notes.max_affected), (20, 100, 10));
    assert_eq!((view.rows.default, view.rows.max, view.max_affected), (50, 200, 20));
    assert_eq!(
        notes.order.iter().map(|term| (term.column.name.as_str(), term.descending)).collect::<Vec<_>>(),
        [("created_at", true)]
    );
    assert_eq!(notes.required[0].name, "team_id");
    assert_eq!(notes.access.scopes, ["notes:read"]);
    let claims: Vec<_> = notes.access.claims.iter().map(|claim| (claim.path.join("/"), claim.any_of.len())).collect();
    assert_eq!(claims, [("aal".to_owned(), 1), ("app_metadata/plan".to_owned(), 2)]);
    assert_eq!(view.actions, BTreeSet::from([super::super::declaration::Action::Select]));
    let names: Vec<&str> = notes.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["id", "team_id", "title", "state", "secret", "tags", "created_at"]);
    let [id, team, title, state, secret, tags, created] = &notes.columns[..] else { panic!("seven columns") };
    assert_eq!((id.insert, id.update, id.nullable), (true, false, false));
    assert_eq!((team.insert, team.update, team.nullable), (true, true, true));
    assert_eq!(title.operators, [Operator::Eq, Operator::Ilike]);
    assert_eq!((title.required, title.max_length), (true, Some(200)));
    assert_eq!((state.source.as_str(), &state.kind.base), ("State", &Base::Enum(vec!["open".into(), "done".into()])));
    assert_eq!((state.insert, state.update), (true, false));
    assert_eq!((secret.read, secret.operators.len(), secret.insert), (false, 0, true));
    assert!(tags.kind.array && tags.operators.contains(&Operator::Overlaps));
    assert_eq!((created.insert, created.update, created.read), (false, false, true));
    assert_eq!((declaration.limits.bytes, declaration.limits.seconds, declaration.limits.server_rows), (262_144, 6, 1000));
}

#[test]
fn every_member_of_a_function_arrives() {
    let declaration = parse(examples("toml")[0]);
    let function = &declaration.functions[0];
    assert_eq!((function.read_only, function.destructive, function.idempotent), (true, false, true));
    assert_eq!((function.rows.default, function.rows.max), (20, 100));
    let Returns::Rows(columns) = &function.returns else { panic!("no rows") };
    assert!(columns.iter().all(|column| column.read && !column.insert && column.operators.is_empty()));
    let [query, limit] = &function.arguments[..] else { panic!("two arguments") };
    assert_eq!((query.source.as_str(), query.required, query.nullable, query.max_length), ("q", true, false, Some(200)));
    assert_eq!((limit.source.as_str(), limit.required), ("limit_to", false));
    let plain = &parse("version = 1\n[functions.f]").functions[0];
    assert_eq!((plain.read_only, plain.destructive, plain.idempotent), (false, true, false));
    assert!(matches!(plain.returns, Returns::Void));
}

#[test]
fn defaults_are_lowered_to_what_a_table_sets() {
    let rows = |text: &str| {
        let rows = parse(&format!("version = 1\n{text}\n[tables.t.columns]\nid = \"int\"")).tables[0].rows;
        (rows.default, rows.max)
    };
    assert_eq!(rows(""), (50, 200));
    assert_eq!(rows("[tables.t]\nmax_rows = 20"), (20, 20));
    assert_eq!(rows("[limits]\nserver_rows = 100"), (50, 99));
    assert_eq!(rows("[limits]\nrows = 100\n[tables.t]\nmax_rows = 999"), (100, 999));
    let affected = |text: &str| parse(&format!("version = 1\n{text}\n[tables.t.columns]\nid = \"int\"")).tables[0].max_affected;
    assert_eq!(affected(""), 20);
    assert_eq!(affected("[limits]\nserver_rows = 10"), 9);
    assert_eq!(affected("[limits]\nserver_rows = 51\nmax_affected = 50"), 50);
}

/// Who may filter by a column can find out its values.
#[test]
fn a_column_that_is_not_read_is_not_filtered_by_unless_it_says_so() {
    let operators = |filter: &str| {
        let text = format!("version = 1\n[tables.t.columns]\nid = \"int\"\nhash = {{ type = \"bytea\", read = false{filter} }}");
        parse(&text).tables[0].columns[1].operators.len()
    };
    assert_eq!(operators(""), 0);
    assert_eq!(operators(", filter = true"), 3);
}

#[test]
fn twenty_mistakes_are_told_in_the_order_of_the_document() {
    let wrong: String = (0..30).map(|index| format!("c{index} = \"txet\"\n")).collect();
    let mistakes = Declaration::parse(&format!("version = 2\n[tables.t.columns]\n{wrong}")).unwrap_err();
    assert_eq!(mistakes.len(), 21);
    assert_eq!(mistakes[0].to_string(), "line 1, version: 2 is no version of this document; write version = 1");
    assert_eq!(mistakes[19].to_string(), "line 21, tables.t.columns.c18: \"txet\" is no type; did you mean \"text\"?");
    assert_eq!(mistakes[20].to_string(), "line 22: and 11 more; correct those above first");
}

#[test]
fn more_mistakes_than_are_kept_are_counted() {
    let members: String = (0..500).map(|index| format!("{}\"x{index}\": 1", if index == 0 { "" } else { "," })).collect();
    let mistakes = Declaration::parse(&format!(
        "{{\"version\":1,\"functions\":{{\"f\":{{{members}}}, \"g\": {{{members}}}, \"h\": {{{members}}}}}}}"
    ))
    .unwrap_err();
    assert_eq!(mistakes[20].problem, "and 1480 more");
}

#[test]
fn no_message_repeats_a_secret_or_a_long_value() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = URL_SAFE_NO_PAD.encode(r#"{"iss":"supabase","role":"service_role","canary":1}"#);
    let long = "canary".repeat(40);
    for (secret, told) in
        [("sb_secret_canary".to_owned(), true), (format!("eyJhbGciOiJIUzI1NiJ9.{payload}.c2ln"), true), (long, false)]
    {
        for text in [
            format!("version = 1\n[tables.t]\ndescription = \"x {secret}\"\n[tables.t.columns]\na = \"{secret}\""),
            format!(
                "version = 1\n[tables.t.columns.\"{secret}\"]\ntype = \"{secret}\"\n\"{secret}\" = 1\nfilter = [\"{secret}\"]\n"
            ),
            format!(
                "version = 1\n[tables.t.columns]\nid = \"int\"\n[tables.t]\nkey = \"{secret}\"\norder = [\"-{secret}\"]\nactions = [\"{secret}\"]"
            ),
            format!("version = 1\n\"{secret}\" = 1\n\"{secret}\" = 2\n"),
            format!("{{\"version\": \"{secret}\", \"{secret}\": {{\"{secret}\": 1, \"{secret}\": 2}}}}"),
            format!(
                "{{\"tables\": {{\"{secret}\": {{\"columns\": {{\"a\": {{\"column\": \"x\", \"type\": \"text\"}}, \"{secret}\": {{\"column\": \"x\"}}, \"c\": {{\"type\": \"text\", \"column\": \"x\"}}}}}}}}}}"
            ),
        ] {
            let mistakes = Declaration::parse(&text).unwrap_err();
            let message = format!("{} {mistakes:?}", messages(&mistakes));
            let fragment = if told { "canary" } else { &"canary".repeat(14) };
            assert!(!message.contains(fragment) && !message.contains(&payload), "{message}");
            if told && !message.contains("occurs twice") {
                assert!(message.contains("a secret key stands here"), "{message}");
            }
        }
    }
}

#[test]
fn a_document_that_is_too_large_is_refused() {
    let text = format!("version = 1\n[functions.f]\n#{}", "x".repeat(MAX_BYTES));
    assert!(refusal(&text).starts_with("line 1: the document has more than 262144 bytes"));
    parse(&text[..MAX_BYTES]);
}

#[test]
fn every_bad_document_gets_its_message() {
    for (_, text, message) in corpus::BAD {
        assert_eq!(refusal(text).lines().next(), Some(*message), "{text}");
    }
}

#[test]
fn counts_are_bounded() {
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(|index| line(index) + "\n").collect::<String>();
    let table = |index: usize| format!("[tables.t{index}]\ncolumns.id = \"int\"");
    let view = |index: usize| format!("[views.v{index}]\ncolumns.id = \"int\"");
    let function = |index: usize| format!("[functions.f{index}]");
    let column = |index: usize| format!("c{index} = \"int\"");
    let labels = |count: usize| format!("c = {{ enum = [{}] }}", many(count, &|index| format!("\"{index}\",")));
    parse(&format!("version = 1\n{}{}{}", many(60, &table), many(40, &view), many(100, &function)));
    parse(&format!("version = 1\n[tables.t.columns]\n{}{}", many(199, &column), labels(200)));
    for (text, message) in [
        (many(60, &table) + &many(41, &view), "line 122, views: there are 101 tables and views; declare 100 at most"),
        (many(101, &function), "line 2, functions: there are 101 functions; declare 100 at most"),
        (
            "[tables.t.columns]\n".to_owned() + &many(201, &column),
            "line 2, tables.t.columns: has 201 entries; declare 200 at most",
        ),
        ("[tables.t.columns]\n".to_owned() + &labels(201), "line 3, tables.t.columns.c.enum: has 201 items; list 200 at most"),
    ] {
        assert_eq!(refusal(&format!("version = 1\n{text}")), message);
    }
}

/// The page shows messages as they are.
#[test]
fn messages_of_the_reference_page_are_real() {
    let lines: String = "\n".repeat(9);
    let text = format!(
        "version = 1\n[tables.notes.columns.title]{lines}type = \"txet\"\n[tables.notes]{}discription = 1\n[functions.search_notes]{lines}\nrows = 5000\nreturns = {{ columns = {{ a = \"int\" }} }}",
        "\n".repeat(6)
    );
    let told = refusal(&text);
    let without_lines =
        |text: &str| text.lines().map(|line| line.split_once(", ").unwrap_or_default().1.to_owned()).collect::<Vec<_>>();
    assert_eq!(without_lines(examples("text")[0]), without_lines(&told), "{told}");
}
