//! Functions with types: arguments that a schema bounds, choices between structs, types that hold themselves.

use std::collections::BTreeMap;

use mcp_latch::prelude::*;

use crate::outside::later;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
    Done,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
enum Shape {
    Round { radius: f64 },
    Square { width: f64, shape: Option<Box<Shape>> },
}

/// Takes all sorts.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Sorts {
    #[schemars(length(max = 20), regex(pattern = "^[^\n]*$"))]
    title: Option<String>,
    #[schemars(range(min = 1, max = 5))]
    stars: Option<u8>,
    state: Option<State>,
    shape: Option<Shape>,
    rows: Option<Vec<i64>>,
    deep: Option<BTreeMap<String, Sorts>>,
}

async fn typed(cx: &Context<'_>, sorts: Sorts) -> Result<Json<Sorts>, ToolError> {
    later().await;
    match sorts.state {
        Some(State::Open) => cx.progress(1.0, None, "open").await,
        Some(State::Done) => drop(cx.ask(&Ask::roots("roots"))?),
        None => {}
    }
    let sum = sorts.rows.iter().flatten().try_fold(0_i64, |sum, row| sum.checked_add(*row));
    sum.map(|_| Json(sorts)).ok_or_else(|| ToolError::internal("the sum is too large"))
}

#[derive(Deserialize, JsonSchema)]
struct Stars {
    #[schemars(range(min = 1, max = 5))]
    stars: u8,
}

async fn stars(Stars { stars }: Stars) -> Result<String, ToolError> {
    if stars == 2 { Err(ToolError::new("there are not two")) } else { Ok("*".repeat(usize::from(stars))) }
}

/// Adds one of each kind.
pub(crate) fn add(registry: Registry) -> Registry {
    registry
        .with_tool(tool("typed", typed))
        .with_prompt(prompt("stars", stars).complete("stars", |_| ["1", "2", "3"]))
        .with_resource(resource("typed://manual", "manual", async || "# Manual"))
        .with_resources(resource_template("typed://{stars}", "stars", stars))
}
