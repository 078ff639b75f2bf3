use super::{
    super::{
        declaration::{Base, Width},
        fixtures::*,
    },
    *,
};

fn of(table: &Table, action: Action) -> ToolSpec {
    of_table(table, action, LIMITS)
}

fn kind(base: Base) -> super::super::declaration::Type {
    super::super::fixtures::of(base)
}

#[test]
fn a_select_is_described_by_its_columns_and_limits() {
    let spec = of(&notes(), Action::Select);
    assert_eq!(spec.name, "notes_select");
    assert_eq!(
        spec.description,
        "Reads rows of the table notes as the signed-in user. The user's notes. At most 200 rows (50 by default) and \
         262144 bytes come back; if there is more, go on with next_cursor."
    );
    let input = &spec.input_schema["properties"];
    let members: Vec<&String> = input.as_object().unwrap().keys().collect();
    assert_eq!(members, ["any_of", "columns", "count", "cursor", "limit", "order", "where"]);
    assert_eq!(input["limit"], json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 }));
    let conditions = &input["where"]["properties"];
    assert_eq!(conditions.get("secret"), None);
    assert_eq!(
        conditions["state"],
        json!({
            "type": "object", "additionalProperties": false, "minProperties": 1,
            "properties": {
                "eq": { "type": "string", "enum": ["open", "done"] },
                "in": { "type": "array", "items": { "type": "string", "enum": ["open", "done"] }, "minItems": 1, "maxItems": 100 }
            }
        })
    );
    assert_eq!(conditions["title"]["description"], "What it is about.");
    assert_eq!(conditions["tags"]["properties"]["contains"], json!({ "type": "array", "items": { "type": "string" } }));
    assert!(!input["columns"].to_string().contains("secret"));
    let order = input["order"].to_string();
    assert!(order.contains("\"-created_at\"") && order.contains("Default: -created_at."));
    assert!(["secret", "tags", "meta", "locked"].iter().all(|name| !order.contains(name)), "{order}");
    assert_eq!(spec.input_schema.get("required"), None);
}

#[test]
fn required_filters_are_required() {
    for action in [Action::Select, Action::Update, Action::Delete] {
        let schema = of(&members(), action).input_schema;
        assert!(schema["required"].as_array().unwrap().contains(&json!("where")));
        assert_eq!(schema["properties"]["where"]["required"], json!(["team_id"]));
    }
}

#[test]
fn writes_list_what_may_be_written() {
    let columns = |action: Action, path: &str| -> Vec<String> {
        let schema = of(&notes(), action).input_schema;
        schema.pointer(path).unwrap().as_object().unwrap().keys().cloned().collect()
    };
    let row = "/properties/rows/items/properties";
    assert_eq!(columns(Action::Insert, row), ["created_at", "id", "meta", "price", "score", "secret", "state", "tags", "title"]);
    assert_eq!(columns(Action::Upsert, row), columns(Action::Insert, row));
    let set = columns(Action::Update, "/properties/set/properties");
    assert!(!set.contains(&"id".to_owned()) && !set.contains(&"locked".to_owned()));
    let insert = of(&notes(), Action::Insert).input_schema;
    assert_eq!(insert.pointer("/properties/rows/items/required"), Some(&json!(["title"])));
    assert_eq!(insert.pointer("/properties/rows/maxItems"), Some(&json!(20)));
    assert_eq!(
        insert.pointer("/properties/rows/items/properties/title"),
        Some(&json!({ "type": ["string", "null"], "maxLength": 10, "description": "What it is about." }))
    );
    assert_eq!(insert.pointer("/properties/rows/items/properties/state/enum"), Some(&json!(["open", "done", null])));
    let upsert = of(&notes(), Action::Upsert).input_schema;
    assert_eq!(upsert.pointer("/properties/rows/items/required"), Some(&json!(["id", "title"])));
    let delete = of(&notes(), Action::Delete).input_schema;
    assert_eq!(delete["required"], json!(["where"]));
    assert_eq!(delete["properties"].get("set"), None);
    assert_eq!(delete.pointer("/properties/where/minProperties"), Some(&json!(1)));
}

#[test]
fn results_promise_what_rows_hold() {
    let output = |action| of(&notes(), action).output_schema.unwrap();
    let select = output(Action::Select);
    let types = |name: &str| select["properties"]["rows"]["items"]["properties"][name].get("type").cloned();
    assert_eq!(types("id"), Some(json!(["integer", "string", "null"])));
    assert_eq!(types("price"), Some(json!(["string", "null"])));
    assert_eq!(types("score"), Some(json!(["number", "string", "null"])));
    assert_eq!(types("tags"), Some(json!(["array", "null"])));
    assert_eq!(types("meta"), None);
    assert_eq!(types("secret"), None);
    assert!(!select.to_string().contains("secret"));
    assert!(select["properties"].get("next_cursor").is_some());
    assert!(output(Action::Insert)["properties"].get("next_cursor").is_none());
}

#[test]
fn hints_follow_the_action() {
    let hints = |action| {
        let hints = of(&notes(), action).annotations;
        (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
    };
    assert_eq!(hints(Action::Select), (true, false, true, false));
    assert_eq!(hints(Action::Insert), (false, false, false, false));
    for action in [Action::Update, Action::Upsert, Action::Delete] {
        assert_eq!(hints(action), (false, true, true, false));
    }
}

#[test]
fn functions_have_their_arguments_and_result() {
    let spec = |returns| of_function(&search_notes(returns), LIMITS);
    let void = spec(Returns::Void);
    assert_eq!(void.name, "rpc_search_notes");
    assert_eq!(void.description, "Calls the database function search_notes as the signed-in user.");
    assert_eq!(
        void.input_schema,
        json!({
            "type": "object", "additionalProperties": false, "required": ["query"],
            "properties": {
                "query": { "type": "string", "maxLength": 5 },
                "most": { "type": "integer", "minimum": -2147483648, "maximum": 2147483647 }
            }
        })
    );
    assert_eq!(void.output_schema.unwrap()["properties"]["result"], json!({ "type": "null" }));
    let value = spec(Returns::Value(kind(Base::Integer(Width::W16)))).output_schema.unwrap();
    assert_eq!(value["properties"]["result"], json!({ "type": ["integer", "null"] }));
    let rows = spec(Returns::Rows(vec![Arc::new(column("id", kind(Base::Uuid)))]));
    assert!(rows.description.ends_with("Answers at most 3 rows and 262144 bytes."));
    assert_eq!(
        rows.output_schema.unwrap().pointer("/properties/rows/items/properties/id"),
        Some(&json!({ "type": ["string", "null"], "description": "UUID" }))
    );
    assert!(void.annotations.read_only_hint && void.annotations.idempotent_hint && !void.annotations.destructive_hint);
}

#[test]
fn long_enums_are_listed_once_per_column() {
    let labels: Vec<String> = (0..50).map(|n| format!("label{n}")).collect();
    let table =
        Table { columns: vec![Arc::new(column("kind", kind(Base::Enum(labels))))], key: vec![], order: vec![], ..notes() };
    let conditions = of(&table, Action::Select).input_schema["properties"]["where"].to_string();
    assert_eq!(conditions.matches("label49").count(), 1);
}

#[test]
fn schemas_are_compact() {
    let all = [Action::Select, Action::Insert, Action::Update, Action::Upsert, Action::Delete];
    let bytes: usize = all.iter().map(|action| serde_json::to_string(&of(&notes(), *action)).unwrap().len()).sum();
    assert!(bytes < 32_000, "{bytes}");
}
