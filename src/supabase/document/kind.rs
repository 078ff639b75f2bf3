//! Types, operators and actions by their names.

use super::super::declaration::{Action, Base, Operator, Type, Width};
use crate::document::{
    Place,
    names::{suggestion, suggestion_among},
};

/// Every name of a type; the first [`LISTED`] are PostgreSQL's own, the others aliases.
static TYPES: [(&str, Base); 30] = [
    ("boolean", Base::Boolean),
    ("smallint", Base::Integer(Width::W16)),
    ("integer", Base::Integer(Width::W32)),
    ("bigint", Base::Integer(Width::W64)),
    ("numeric", Base::Numeric),
    ("real", Base::Float),
    ("double precision", Base::Float),
    ("text", Base::Text),
    ("uuid", Base::Uuid),
    ("date", Base::Date),
    ("time", Base::Time),
    ("timestamp", Base::Timestamp),
    ("timestamptz", Base::TimestampTz),
    ("interval", Base::Interval),
    ("json", Base::Json),
    ("jsonb", Base::Json),
    ("bytea", Base::Bytea),
    ("bool", Base::Boolean),
    ("int2", Base::Integer(Width::W16)),
    ("int4", Base::Integer(Width::W32)),
    ("int", Base::Integer(Width::W32)),
    ("int8", Base::Integer(Width::W64)),
    ("float4", Base::Float),
    ("float8", Base::Float),
    ("decimal", Base::Numeric),
    ("varchar", Base::Text),
    ("character varying", Base::Text),
    ("timestamp with time zone", Base::TimestampTz),
    ("timestamp without time zone", Base::Timestamp),
    ("time without time zone", Base::Time),
];

/// So many names are enough to choose from.
const LISTED: usize = 17;

const OPERATORS: [(&str, Operator); 15] = [
    ("eq", Operator::Eq),
    ("neq", Operator::Neq),
    ("gt", Operator::Gt),
    ("gte", Operator::Gte),
    ("lt", Operator::Lt),
    ("lte", Operator::Lte),
    ("in", Operator::In),
    ("not_in", Operator::NotIn),
    ("like", Operator::Like),
    ("ilike", Operator::Ilike),
    ("is_null", Operator::IsNull),
    ("search", Operator::Search),
    ("contains", Operator::Contains),
    ("contained_by", Operator::ContainedBy),
    ("overlaps", Operator::Overlaps),
];

pub(super) const ACTIONS: [(&str, Action); 5] = [
    ("select", Action::Select),
    ("insert", Action::Insert),
    ("update", Action::Update),
    ("upsert", Action::Upsert),
    ("delete", Action::Delete),
];

/// Most labels of an enum.
const MAX_LABELS: usize = 200;
/// PostgreSQL's limit of a label, in bytes.
const MAX_LABEL: usize = 63;

/// The type that stands here by its name, such as `text` or `bigint[]`.
pub(super) fn named(place: &Place<'_>) -> Option<Type> {
    let text = place.text()?;
    let (name, array) = text.strip_suffix("[]").map_or((text, false), |name| (name, true));
    let Some((_, base)) = TYPES.iter().find(|(known, _)| *known == name) else {
        // `varchar(200)` and `text[][]` are types of PostgreSQL, but not here.
        let plain = name.split(['(', '[']).next().unwrap_or(name).trim();
        let known = TYPES.each_ref().map(|(name, _)| *name);
        place.mistake("is no type", &suggestion_among(plain, &known, &known[..LISTED]));
        return None;
    };
    if array && *base == Base::Json {
        place.mistake("is no type", "use jsonb, which may hold a list");
        return None;
    }
    Some(Type { base: base.clone(), array })
}

/// The type that the members `type`, or `enum` and `array`, tell.
pub(super) fn declared(place: &Place<'_>) -> Option<Type> {
    let array = place.member("array").and_then(|array| array.switch()).unwrap_or(false);
    match (place.member("type"), place.member("enum")) {
        (Some(kind), None) => {
            if let Some(array) = place.member("array") {
                array.mistake_here("is for an enum", "remove it and write the type with [], such as \"text[]\"");
            }
            named(&kind)
        }
        (None, Some(labels)) => Some(Type { base: Base::Enum(labels_of(&labels)), array }),
        (Some(_), Some(labels)) => {
            labels.mistake_here("stands beside `type`", "remove one of the two");
            None
        }
        (None, None) => {
            place.needed("type", "write the column's type, such as type = \"text\", or enum = [\"a\", \"b\"]");
            None
        }
    }
}

fn labels_of(place: &Place<'_>) -> Vec<String> {
    let labels = place.texts(MAX_LABELS);
    if place.is_empty_list() {
        place.mistake_here("lists no label", "list the labels of the enum");
    }
    for (item, label) in &labels {
        if label.len() > MAX_LABEL || label.chars().any(char::is_control) {
            item.mistake("is no label of an enum", "use 63 bytes at most, without control characters");
        }
    }
    labels.into_iter().map(|(_, label)| label.to_owned()).collect()
}

/// Whether values of the type can be compared by size, so that rows can be sorted by them.
pub(super) const fn is_ordered(kind: &Type) -> bool {
    !kind.array && !matches!(kind.base, Base::Boolean | Base::Json | Base::Bytea)
}

/// Every operator that makes sense for a type.
pub(super) fn operators(kind: &Type) -> Vec<Operator> {
    use Operator::{ContainedBy, Contains, Eq, Gt, Gte, Ilike, In, IsNull, Like, Lt, Lte, Neq, NotIn, Overlaps, Search};
    if kind.array {
        return vec![Eq, Neq, IsNull, Contains, ContainedBy, Overlaps];
    }
    match kind.base {
        Base::Boolean | Base::Bytea => vec![Eq, Neq, IsNull],
        Base::Json => vec![IsNull, Contains, ContainedBy],
        Base::Text => vec![Eq, Neq, Gt, Gte, Lt, Lte, In, NotIn, Like, Ilike, IsNull, Search],
        _ => vec![Eq, Neq, Gt, Gte, Lt, Lte, In, NotIn, IsNull],
    }
}

/// The operators that the list here names, each of which must fit the type.
pub(super) fn chosen(place: &Place<'_>, kind: &Type) -> Vec<Operator> {
    let all = operators(kind);
    let fitting: Vec<&str> = all.iter().map(|operator| operator_name(*operator)).collect();
    let texts = place.texts(OPERATORS.len());
    if place.is_empty_list() {
        place.mistake_here("lists no operator", "write filter = false if callers may not filter by the column");
    }
    let chosen = texts.into_iter().filter_map(|(item, text)| {
        match OPERATORS.iter().find(|(name, _)| *name == text) {
            Some((_, operator)) if all.contains(operator) => return Some(*operator),
            Some(_) => item.mistake("does not fit the column's type", &format!("use {}", fitting.join(", "))),
            None => item.mistake("is no operator", &suggestion(text, &fitting)),
        }
        None
    });
    chosen.collect()
}

fn operator_name(operator: Operator) -> &'static str {
    OPERATORS.iter().find(|(_, known)| *known == operator).map_or("", |(name, _)| name)
}

pub(super) fn action_name(action: Action) -> &'static str {
    ACTIONS.iter().find(|(_, known)| *known == action).map_or("", |(name, _)| name)
}
