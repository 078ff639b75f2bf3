//! Long lists in pages (MCP `PaginatedResult`).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{code, jsonrpc::Fault};

/// Items of a page. Many clients never ask for a second one, so it holds more than most servers have.
const PAGE: usize = 200;

/// One page of a list: the member, and `nextCursor` if there is more.
///
/// A cursor is the list's name and the key of the last item seen, so it needs no memory here. Items that come or go between two
/// pages do no harm, unless it is that very item: then the cursor is unknown, and the client starts again.
pub(super) fn of(member: &str, items: Vec<(String, Value)>, params: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let unknown = || Fault::of_method(code::INVALID_PARAMS, "unknown cursor");
    let start = match params.get("cursor") {
        // Some clients write an absent optional as null.
        None | Some(Value::Null) => 0,
        Some(Value::String(cursor)) => {
            let last = key(member, cursor).ok_or_else(unknown)?;
            items.iter().position(|(key, _)| *key == last).ok_or_else(unknown)? + 1
        }
        Some(_) => return Err(unknown()),
    };
    let more = items.len() > start + PAGE;
    let mut page: Vec<(String, Value)> = items.into_iter().skip(start).take(PAGE).collect();
    let next = page.last().filter(|_| more).map(|(key, _)| cursor(member, key));
    let mut result = Map::new();
    result.insert(member.to_owned(), page.drain(..).map(|(_, item)| item).collect());
    if let Some(next) = next {
        result.insert("nextCursor".into(), Value::String(next));
    }
    Ok(result)
}

fn cursor(member: &str, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{member}\n{key}"))
}

fn key(member: &str, cursor: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (list, key) = text.split_once('\n')?;
    (list == member).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn items(count: usize) -> Vec<(String, Value)> {
        (0..count).map(|index| (format!("tool{index:04}"), json!(index))).collect()
    }

    fn asked(cursor: Value) -> Map<String, Value> {
        Map::from_iter([("cursor".to_owned(), cursor)])
    }

    #[test]
    fn every_item_is_on_one_page() {
        let (mut seen, mut params) = (Vec::new(), Map::new());
        loop {
            let page = of("tools", items(3 * PAGE + 7), &params).unwrap();
            seen.extend(page["tools"].as_array().unwrap().iter().map(|item| item.as_u64().unwrap()));
            let Some(next) = page.get("nextCursor") else { break };
            params = asked(next.clone());
        }
        assert_eq!(seen, (0..3 * PAGE as u64 + 7).collect::<Vec<_>>());
    }

    #[test]
    fn a_full_last_page_has_no_successor() {
        assert!(!of("tools", items(PAGE), &Map::new()).unwrap().contains_key("nextCursor"));
        assert!(of("tools", items(PAGE + 1), &Map::new()).unwrap().contains_key("nextCursor"));
    }

    #[test]
    fn a_cursor_of_another_list_or_of_nobody_is_unknown() {
        let page = of("tools", items(PAGE + 1), &Map::new()).unwrap();
        assert!(of("prompts", items(PAGE + 1), &asked(page["nextCursor"].clone())).is_err());
        for wrong in [json!(""), json!("tool0001"), json!("!"), json!(1), json!(cursor("tools", "gone"))] {
            assert!(of("tools", items(PAGE + 1), &asked(wrong.clone())).is_err(), "{wrong}");
        }
        assert!(of("tools", items(1), &asked(Value::Null)).is_ok());
    }
}
