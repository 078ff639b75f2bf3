//! Functions of the database.

use super::{
    super::declaration::{Argument, Base, Function, Returns, Type},
    access,
    column::{self, kind_of, max_length},
    kind,
    limits::{self, Defaults},
    names,
};
use crate::document::{Place, Value};

const MEMBERS: [&str; 12] = [
    "function",
    "schema",
    "description",
    "read_only",
    "destructive",
    "idempotent",
    "returns",
    "rows",
    "max_rows",
    "scopes",
    "claims",
    "arguments",
];

/// One function.
pub(super) fn read(name: &str, place: &Place<'_>, defaults: &Defaults) -> Option<Function> {
    names::check_tool(name, place);
    if !place.only(&MEMBERS) {
        return None;
    }
    let switch = |member: &str| place.member(member).and_then(|member| Some((member.switch()?, member)));
    let read_only = switch("read_only").is_some_and(|(switch, _)| switch);
    let destructive = switch("destructive").map_or(!read_only, |(destructive, member)| {
        if read_only && destructive {
            member.mistake_here("a function that is read_only destroys nothing", "remove one of the two");
        }
        destructive
    });
    let idempotent = switch("idempotent").map_or(read_only, |(idempotent, member)| {
        if read_only && !idempotent {
            member.mistake_here("a function that is read_only may be called again", "remove one of the two");
        }
        idempotent
    });
    let returns = place.member("returns").map_or(Some(Returns::Void), |returns| read_returns(&returns)).unwrap_or(Returns::Void);
    if !place.member("returns").is_some_and(|returns| returns.is_table()) {
        for member in ["rows", "max_rows"].iter().filter_map(|member| place.member(member)) {
            member.mistake_here("is for a function that returns rows", "remove it, or write returns = { columns = { … } }");
        }
    }
    Some(Function {
        name: name.to_owned(),
        schema: names::database(place, "schema"),
        routine: names::source(place, "function", name),
        description: names::description(place),
        arguments: place.member("arguments").map(|place| column::read_all(&place, "argument", argument)).unwrap_or_default(),
        returns,
        read_only,
        destructive,
        idempotent,
        rows: limits::rows(place, defaults),
        access: access::read(place),
    })
}

fn argument(name: &str, place: &Place<'_>) -> Option<Argument> {
    let kind = kind_of(place, &["type", "enum", "array", "argument", "description", "required", "nullable", "max_length"])?;
    let switch = |member: &str, default: bool| place.member(member).and_then(|member| member.switch()).unwrap_or(default);
    Some(Argument {
        name: name.to_owned(),
        source: names::source(place, "argument", name),
        description: names::description(place),
        required: switch("required", true),
        nullable: switch("nullable", false),
        max_length: max_length(place, &kind),
        kind,
    })
}

fn read_returns(place: &Place<'_>) -> Option<Returns> {
    match place.value() {
        Value::Text(text) if text == "void" => Some(Returns::Void),
        Value::Text(_) => match kind::named(place)? {
            // Nothing casts the result of a function that returns no rows, and a double has no room for it.
            Type { base: Base::Numeric, array: true } => {
                let fix = "let the function return text[], or rows with a column of this type";
                place.mistake("would lose digits on its way", fix);
                None
            }
            kind => Some(Returns::Value(kind)),
        },
        Value::Table(_) => {
            place.only(&["columns"]);
            let columns = place.needed("columns", "declare the columns of the rows, such as columns = { id = \"bigint\" }")?;
            if columns.is_empty() {
                columns.mistake_here("there are no columns", "declare the columns of the rows, or write returns = \"void\"");
            }
            Some(Returns::Rows(column::of_rows(&columns)))
        }
        _ => {
            place.mistake("is nothing a function returns", "write \"void\", a type or { columns = { … } }");
            None
        }
    }
}
