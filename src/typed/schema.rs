//! JSON Schemas (2020-12) of Rust types, without what nobody reads: a model pays for every word of them.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// The schema of a function's arguments, and what the type's documentation says.
pub(super) fn of_input<T: JsonSchema>() -> (Value, Option<String>) {
    let (mut schema, description) = generate::<T>(SchemaSettings::draft2020_12().for_deserialize());
    if schema.get("type").is_none()
        && let Value::Object(members) = &mut schema
    {
        // `serde_json::Value`, or a choice between structs: the arguments of a tool are an object in any case.
        members.insert("type".into(), json!("object"));
    }
    debug_assert!(
        schema["type"] == "object",
        "the arguments are a {}; make them a struct with one field for each",
        std::any::type_name::<T>()
    );
    (schema, description)
}

/// The schema of a result.
pub(super) fn of_output<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_serialize()).0
}

fn generate<T: JsonSchema>(mut settings: SchemaSettings) -> (Value, Option<String>) {
    settings.meta_schema = None;
    settings.inline_subschemas = true;
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<T>().to_value();
    let Some(root) = schema.as_object_mut() else { return (json!({}), None) };
    if root.get("title").and_then(Value::as_str) == Some(T::schema_name().as_ref()) {
        root.remove("title");
    }
    let description = root.remove("description").and_then(|text| text.as_str().map(str::to_owned));
    tidy(&mut schema);
    (schema, description)
}

/// Takes out formats that are names of Rust's number types, which JSON Schema does not know.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let rust =
                |format: &str| format.starts_with("int") || format.starts_with("uint") || ["double", "float"].contains(&format);
            let numeric = members.get("type").is_some_and(is_numeric);
            if numeric && members.get("format").and_then(Value::as_str).is_some_and(rust) {
                members.remove("format");
            }
            members
                .iter_mut()
                .filter(|(name, _)| !["default", "const", "enum", "examples"].contains(&name.as_str()))
                .for_each(|(_, member)| tidy(member));
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// The type, or `[type, "null"]`.
fn is_numeric(kind: &Value) -> bool {
    match kind {
        Value::String(name) => name == "integer" || name == "number",
        Value::Array(names) => names.iter().any(is_numeric),
        _ => false,
    }
}

/// Texts as the schema's properties want them: a prompt's arguments are always written as text.
pub(super) fn typed(schema: &Value, texts: impl IntoIterator<Item = (String, String)>) -> Map<String, Value> {
    let value = |(name, text): (String, String)| {
        let parsed = plain(&schema["properties"][&name], &text);
        (name, parsed.unwrap_or(Value::String(text)))
    };
    texts.into_iter().map(value).collect()
}

/// Likewise a URI's variables, each in the one spelling that its value has: a rule is about a URI, and another URI of the same
/// value would get past it. `None` if one is spelt otherwise.
pub(super) fn exact(schema: &Value, texts: impl IntoIterator<Item = (String, String)>) -> Option<Map<String, Value>> {
    let value = |(name, text): (String, String)| {
        let property = &schema["properties"][&name];
        let value = match plain(property, &text) {
            Some(value) => Some(value).filter(|value| is_spelt(value, is_of(property, &["number"]), &text))?,
            // As a type of UUIDs takes other forms of it too.
            None if property["format"] == "uuid"
                && text.bytes().any(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')) =>
            {
                return None;
            }
            None => Value::String(text),
        };
        Some((name, value))
    };
    texts.into_iter().map(value).collect()
}

/// A number or a boolean, if the property is nothing but that.
fn plain(property: &Value, text: &str) -> Option<Value> {
    let wanted = is_of(property, &["integer", "number", "boolean"]) && !is_of(property, &["string"]);
    let parsed = wanted.then(|| serde_json::from_str::<Value>(text).ok())?;
    parsed.filter(|value| value.is_number() || value.is_boolean())
}

fn is_of(property: &Value, kinds: &[&str]) -> bool {
    let is = |kind: &Value| kind.as_str().is_some_and(|kind| kinds.contains(&kind));
    let kind = &property["type"];
    is(kind) || kind.as_array().is_some_and(|all| all.iter().any(is))
}

/// Whether a value is written like this and in no other way. What is whole is written without a fraction, so `7.0` is no
/// spelling; what a field of doubles takes must be one double's own.
fn is_spelt(value: &Value, double: bool, text: &str) -> bool {
    let Value::Number(number) = value else { return text == "true" || text == "false" };
    if number.is_f64() {
        // From here on doubles are written with an exponent, and integers are not read.
        const WHOLE: f64 = 1e20;
        let whole = number.as_f64().is_none_or(|number| number.fract() == 0.0 && number.abs() < WHOLE);
        return !whole && number.to_string() == text;
    }
    // Beyond 2^53 several integers are the same double.
    const SAFE: u64 = 1 << 53;
    let near = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64()).is_some_and(|number| number < SAFE);
    number.to_string() == text && (near || !double)
}

/// The texts a property can be, if the schema lists them.
pub(super) fn choices(schema: &Value, name: &str) -> Vec<String> {
    let property = &schema["properties"][name];
    let listed = property["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .chain(property["oneOf"].as_array().into_iter().flatten().map(|one| &one["const"]));
    listed.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
