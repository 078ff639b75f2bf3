//! How the tools of a declaration are listed.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    declaration::{Action, Column, Function, Limits, Order, Returns, Table},
    insert::writable,
    order::sortable,
    schema,
    select::COUNTS,
};
use crate::{
    json,
    mcp::{Annotations, ToolSpec},
};

/// Its name.
pub(super) fn name_of(table: &Table, action: Action) -> String {
    let suffix = match action {
        Action::Select => "select",
        Action::Insert => "insert",
        Action::Update => "update",
        Action::Upsert => "upsert",
        Action::Delete => "delete",
    };
    format!("{}_{suffix}", table.name)
}

/// The tool for an action on a table.
pub(super) fn of_table(table: &Table, action: Action, limits: Limits) -> ToolSpec {
    let title = match action {
        Action::Select => "Select from",
        Action::Insert => "Insert into",
        Action::Update => "Update",
        Action::Upsert => "Upsert into",
        Action::Delete => "Delete from",
    };
    let write =
        |destructive| Annotations { destructive_hint: destructive, idempotent_hint: destructive, ..Annotations::default() };
    ToolSpec {
        name: name_of(table, action),
        title: Some(format!("{title} {}", table.name)),
        description: description(table, action, limits),
        input_schema: match action {
            Action::Select => select_input(table),
            Action::Insert => insert_input(table, false),
            Action::Upsert => insert_input(table, true),
            Action::Update => change_input(table, true),
            Action::Delete => change_input(table, false),
        },
        output_schema: Some(rows_output(table.columns.iter().filter(|column| column.read), action == Action::Select)),
        annotations: match action {
            Action::Select => Annotations { read_only_hint: true, idempotent_hint: true, ..Annotations::default() },
            Action::Insert => write(false),
            Action::Update | Action::Upsert | Action::Delete => write(true),
        },
        ..ToolSpec::default()
    }
}

/// The tool for a function.
pub(super) fn of_function(function: &Function, limits: Limits) -> ToolSpec {
    let argument = |argument: &super::declaration::Argument| {
        let schema = schema::given(&argument.kind, argument.nullable, argument.max_length, argument.description.as_deref());
        (argument.name.clone(), schema)
    };
    let required: Vec<&str> =
        function.arguments.iter().filter(|argument| argument.required).map(|argument| argument.name.as_str()).collect();
    let mut description = format!("Calls the database function {} as the signed-in user.", function.name);
    sentence(&mut description, function.description.as_deref());
    if let Returns::Rows(_) = function.returns {
        description.push_str(&format!(" Answers at most {} rows and {} bytes.", function.rows.max, limits.bytes));
    }
    ToolSpec {
        name: format!("rpc_{}", function.name),
        title: Some(format!("Call {}", function.name)),
        description,
        input_schema: schema::object(json::members(function.arguments.iter().map(argument)), &required),
        output_schema: Some(match &function.returns {
            Returns::Void => result_output(json!({ "type": "null" })),
            Returns::Value(kind) => result_output(schema::returned(kind, None)),
            Returns::Rows(columns) => rows_output(columns, false),
        }),
        annotations: Annotations {
            read_only_hint: function.read_only,
            destructive_hint: function.destructive,
            idempotent_hint: function.idempotent,
            ..Annotations::default()
        },
        ..ToolSpec::default()
    }
}

fn description(table: &Table, action: Action, limits: Limits) -> String {
    let Table { name, max_affected: most, .. } = table;
    let what = if table.view { "view" } else { "table" };
    let mut text = match action {
        Action::Select => format!("Reads rows of the {what} {name} as the signed-in user."),
        Action::Insert => format!("Adds 1 to {most} rows to the {what} {name} as the signed-in user."),
        Action::Update => {
            format!("Changes rows of the {what} {name} that match `where`, at most {most} in one call, as the signed-in user.")
        }
        Action::Upsert => {
            let key: Vec<&str> = table.key.iter().map(|column| column.name.as_str()).collect();
            format!(
                "Adds 1 to {most} rows to the {what} {name}, or updates those whose key ({}) is there already, as the signed-in user.",
                key.join(", ")
            )
        }
        Action::Delete => format!(
            "Deletes rows of the {what} {name} that match `where`, at most {most} in one call, as the signed-in user. It cannot be undone."
        ),
    };
    sentence(&mut text, table.description.as_deref());
    if action == Action::Select {
        let (rows, bytes) = (table.rows, limits.bytes);
        text.push_str(&format!(
            " At most {} rows ({} by default) and {bytes} bytes come back; if there is more, go on with next_cursor.",
            rows.max, rows.default
        ));
    }
    text
}

/// Adds the operator's words, as a sentence.
fn sentence(text: &mut String, words: Option<&str>) {
    let Some(words) = words.map(str::trim).filter(|words| !words.is_empty()) else { return };
    text.push(' ');
    text.push_str(words);
    if !words.ends_with(['.', '!', '?', '…', '。']) {
        text.push('.');
    }
}

fn select_input(table: &Table) -> Value {
    let mut members = schema::filters(table);
    let readable = || table.columns.iter().filter(|column| column.read);
    let sortable: Vec<&str> = readable().filter(|column| sortable(column)).map(|column| column.name.as_str()).collect();
    members.insert("columns".into(), schema::names(readable(), "Columns to return; all if left out."));
    if !sortable.is_empty() {
        let terms: Vec<String> = sortable.iter().flat_map(|name| [(*name).to_owned(), format!("-{name}")]).collect();
        let order = |order: &Order| format!("{}{}", if order.descending { "-" } else { "" }, order.column.name);
        let default: Vec<String> = table.order.iter().map(order).collect();
        let default = if default.is_empty() { String::new() } else { format!(" Default: {}.", default.join(", ")) };
        members.insert(
            "order".into(),
            json!({
                "type": "array", "items": { "type": "string", "enum": terms }, "minItems": 1, "maxItems": 5,
                "description": format!("Columns to sort by, \"-\" for descending; nulls come last.{default}")
            }),
        );
    }
    members.insert(
        "limit".into(),
        json!({ "type": "integer", "minimum": 1, "maximum": table.rows.max, "default": table.rows.default }),
    );
    members.insert(
        "cursor".into(),
        json!({ "type": "string", "description": "next_cursor of the result before; all else but limit and columns as in that call." }),
    );
    members.insert(
        "count".into(),
        json!({ "type": "string", "enum": COUNTS, "description": "Also count all matching rows; on the first page only." }),
    );
    schema::object(members, if table.required.is_empty() { &[] } else { &["where"] })
}

fn insert_input(table: &Table, upsert: bool) -> Value {
    let columns = || table.columns.iter().filter(|column| writable(table, column, upsert));
    let is_key = |column: &Column| upsert && table.key.iter().any(|key| key.name == column.name);
    let needed: Vec<&str> =
        columns().filter(|column| column.required || is_key(column)).map(|column| column.name.as_str()).collect();
    let mut row = schema::object(schema::writable(columns()), &needed);
    row["minProperties"] = json!(1);
    let mut rows = json!({ "type": "array", "items": row, "minItems": 1, "maxItems": table.max_affected });
    if upsert {
        rows["description"] = json!("All rows must have the same columns.");
    }
    let mut members = Map::new();
    members.insert("rows".into(), rows);
    members.insert("returning".into(), returning(table));
    schema::object(members, &["rows"])
}

fn change_input(table: &Table, update: bool) -> Value {
    let mut members = schema::filters(table);
    if let Some(conditions) = members.get_mut("where") {
        conditions["minProperties"] = json!(1);
    }
    if update {
        let mut set = schema::object(schema::writable(table.columns.iter().filter(|column| column.update)), &[]);
        set["minProperties"] = json!(1);
        set["description"] = json!("Column → new value.");
        members.insert("set".into(), set);
    }
    members.insert(
        "max_affected".into(),
        json!({
            "type": "integer", "minimum": 1, "maximum": table.max_affected, "default": table.max_affected,
            "description": "If more rows match, nothing is changed."
        }),
    );
    members.insert("returning".into(), returning(table));
    schema::object(members, if update { &["where", "set"] } else { &["where"] })
}

fn returning(table: &Table) -> Value {
    let readable = table.columns.iter().filter(|column| column.read);
    schema::names(readable, "Columns of the written rows to return; all if left out, none if empty.")
}

fn rows_output<'a>(columns: impl IntoIterator<Item = &'a Arc<Column>>, paged: bool) -> Value {
    let mut properties = json!({
        "rows": schema::returned_rows(columns),
        "count": { "type": "integer", "description": "number of rows here, or written" },
        "cut": { "type": "string", "description": "why rows are missing" },
        "notice": { "type": "string" }
    });
    if paged {
        properties["total"] = json!({ "type": "integer", "description": "number of all matching rows, if count was given" });
        properties["next_cursor"] =
            json!({ "type": "string", "description": "there are more rows; repeat the call with it as cursor" });
    }
    json!({ "type": "object", "properties": properties, "required": ["rows", "count", "notice"] })
}

fn result_output(result: Value) -> Value {
    json!({ "type": "object", "properties": { "result": result }, "required": ["result"] })
}
