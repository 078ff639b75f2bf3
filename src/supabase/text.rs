//! Words for refusals: what a caller sent is repeated in part only, and a misspelt name is answered with the nearest allowed one.

use serde_json::{Map, Value};

/// Most characters of a caller's input that a sentence repeats.
const MAX_ECHO: usize = 80;

/// Follows what went wrong with a write after it was sent.
pub(super) const NOT_KNOWN: &str = " Whether the change was made is not known: look before you call again.";

/// The beginning of a caller's text, control characters shown as spaces.
pub(super) fn short(text: &str) -> String {
    let mut echo: String = text.chars().take(MAX_ECHO).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MAX_ECHO).is_some() {
        echo.pop();
        echo.push('…');
    }
    echo
}

/// A value a caller sent, for a sentence that ends with "got …".
pub(super) fn got(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::String(text) => format!("\"{}\"", short(text)),
        other => short(&other.to_string()),
    }
}

/// A refusal of a name, with the nearest allowed one or, if there are few, all of them.
pub(super) fn unknown<'a>(what: &str, name: &str, allowed: impl IntoIterator<Item = &'a str>) -> String {
    let allowed: Vec<&str> = allowed.into_iter().collect();
    let name = short(name);
    let nearest = allowed
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.chars().count() / 3));
    match nearest {
        Some((_, nearest)) => format!("{what} `{name}` is not allowed; did you mean `{nearest}`?"),
        None if allowed.is_empty() => format!("{what} `{name}` is not allowed; there are none here"),
        None if allowed.len() <= 20 => format!("{what} `{name}` is not allowed; allowed: {}", allowed.join(", ")),
        None => format!("{what} `{name}` is not allowed; allowed are for example {}", allowed[..20].join(", ")),
    }
}

/// Refuses members that are not among `allowed`.
pub(super) fn only(members: &Map<String, Value>, allowed: &[&str]) -> Result<(), String> {
    match members.keys().find(|name| !allowed.contains(&name.as_str())) {
        Some(name) => Err(unknown("argument", name, allowed.iter().copied())),
        None => Ok(()),
    }
}

/// A whole number of an argument, within bounds; `None` if it was not given.
pub(super) fn whole(members: &Map<String, Value>, name: &str, most: u32) -> Result<Option<u32>, String> {
    let Some(value) = members.get(name) else { return Ok(None) };
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    match number.filter(|number| (1..=most).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(format!("`{name}` must be an integer from 1 to {most}; got {}", got(value))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn repeats_at_most_80_characters_and_no_control() {
        assert_eq!(short("a\nb"), "a b");
        assert_eq!(short(&"ä".repeat(80)).chars().count(), 80);
        let long = short(&"ä".repeat(81));
        assert_eq!(long.chars().count(), 80);
        assert!(long.ends_with('…'));
        assert!(got(&json!("x".repeat(500))).chars().count() <= 82);
        assert!(unknown("argument", &"x".repeat(500), ["a"]).chars().count() < 150);
    }

    #[test]
    fn suggests_the_nearest_name() {
        assert!(unknown("column", "titel", ["id", "title"]).ends_with("did you mean `title`?"));
        assert!(unknown("column", "quantity", ["id", "title"]).ends_with("allowed: id, title"));
    }

    #[test]
    fn whole_numbers_have_bounds() {
        let members = json!({ "a": 5, "b": 0, "c": 6, "d": "5", "e": 4.5, "f": -1, "g": 4294967297_u64 });
        let members = members.as_object().unwrap();
        assert_eq!(whole(members, "a", 5), Ok(Some(5)));
        assert_eq!(whole(members, "z", 5), Ok(None));
        for name in ["b", "c", "d", "e", "f", "g"] {
            assert!(whole(members, name, 5).is_err(), "{name}");
        }
    }
}
