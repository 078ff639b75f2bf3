//! Paging walks over every row exactly once: a small evaluator stands in for the database.

use std::cmp::Ordering::{self, Equal, Greater, Less};

use proptest::prelude::*;

use super::{
    super::super::{
        declaration::Operator,
        filter::{Condition, Operand},
    },
    *,
};

type Row = Map<String, Value>;

/// Compares by number if both are numbers, else by text.
fn compare(value: &Value, text: &str) -> Ordering {
    let own = match value {
        Value::String(own) => own.clone(),
        other => other.to_string(),
    };
    match (own.parse::<f64>(), text.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.partial_cmp(&b).unwrap(),
        _ => own.as_str().cmp(text),
    }
}

fn holds(filter: &Filter, row: &Row) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().all(|part| holds(part, row)),
        Filter::Any(parts) => parts.iter().any(|part| holds(part, row)),
        Filter::Test(Condition { column, operator, operand }) => match (&row[&column.source], operand) {
            (value, Operand::Null(null)) => value.is_null() == *null,
            (Value::Null, _) => false,
            (value, Operand::Literal(text)) => match operator {
                Operator::Eq => compare(value, text) == Equal,
                Operator::Gt => compare(value, text) == Greater,
                Operator::Lt => compare(value, text) == Less,
                other => panic!("{other:?}"),
            },
            (_, Operand::List(_)) => panic!("no lists here"),
        },
    }
}

fn by(terms: &[Order], one: &Row, two: &Row) -> Ordering {
    let decide = |term: &Order| match (&one[&term.column.source], &two[&term.column.source]) {
        (Value::Null, Value::Null) => Equal,
        (Value::Null, _) => Greater,
        (_, Value::Null) => Less,
        (one, two) => {
            let text = two.as_str().map_or_else(|| two.to_string(), str::to_owned);
            if term.descending { compare(one, &text).reverse() } else { compare(one, &text) }
        }
    };
    terms.iter().map(decide).find(|order| *order != Equal).unwrap_or(Equal)
}

/// What PostgREST would answer to a plan.
fn answer(plan: &Plan, rows: &[Row]) -> Value {
    let filter = match &plan.start {
        Some(Position::After(values)) => plan.list.filter.clone().and(plan.list.ordering.after(values).unwrap()),
        _ => plan.list.filter.clone(),
    };
    let mut found: Vec<&Row> = rows.iter().filter(|row| holds(&filter, row)).collect();
    found.sort_by(|one, two| by(&plan.list.ordering.terms, one, two));
    let select = |row: &&Row| {
        let mut selected = Map::new();
        for column in &plan.list.projection.shown {
            selected.insert(column.name.clone(), row[&column.source].clone());
        }
        let parameter = plan.list.projection.to_parameter();
        for column in plan.list.ordering.columns() {
            let hidden = (0..9).find(|index| parameter.contains(&format!("\"~{index}\":\"{}\"", column.source)));
            if let Some(index) = hidden {
                selected.insert(format!("~{index}"), row[&column.source].clone());
            }
        }
        Value::Object(selected)
    };
    found.iter().take(plan.limit + 1).map(select).collect()
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let title = prop_oneof![Just(json!(null)), "[a-c\"\\\\,]{0,2}".prop_map(Value::from)];
    let score = prop_oneof![Just(json!(null)), (0..3_i32).prop_map(|n| json!(n))];
    proptest::collection::vec((title, score), 0..40).prop_map(|rows| {
        let row = |(id, (title, score)): (usize, (Value, Value))| {
            arguments(json!({ "id": id, "title": title, "price": score.to_string().replace("null", "0"), "score": score }))
        };
        rows.into_iter().enumerate().map(row).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_once_and_in_order(
        rows in rows(),
        order in proptest::sample::subsequence(vec!["title", "score", "price", "id"], 0..=4).prop_shuffle(),
        directions in proptest::collection::vec(any::<bool>(), 4),
        limits in proptest::collection::vec(1..8_u32, 50),
        narrow in any::<bool>(),
        bytes in 40..400_usize,
    ) {
        let table = Table { rows: Rows { default: 5, max: 10 }, order: vec![], ..notes() };
        let mut asked = json!({ "columns": ["id"] });
        if !order.is_empty() {
            let term = |(name, descending): (&&str, &bool)| if *descending { format!("-{name}") } else { (*name).to_owned() };
            asked["order"] = order.iter().zip(&directions).map(term).collect();
        }
        if narrow {
            asked["where"] = json!({ "score": { "gt": 0 } });
        }
        let mut seen = vec![];
        let mut expected: Vec<Row> = vec![];
        for limit in limits {
            asked["limit"] = json!(limit);
            let plan = plan(&table, Limits { bytes, ..LIMITS }, &arguments(asked.clone())).unwrap();
            if seen.is_empty() {
                expected = rows.iter().filter(|row| holds(&plan.list.filter, row)).cloned().collect();
                expected.sort_by(|one, two| by(&plan.list.ordering.terms, one, two));
            }
            let page = plan.result(answer(&plan, &rows), None).unwrap();
            seen.extend(page["rows"].as_array().unwrap().iter().map(|row| row["id"].clone()));
            match page.get("next_cursor") {
                Some(cursor) => asked["cursor"] = cursor.clone(),
                None => break,
            }
        }
        let expected: Vec<Value> = expected.iter().map(|row| row["id"].clone()).collect();
        prop_assert_eq!(seen, expected);
    }
}
