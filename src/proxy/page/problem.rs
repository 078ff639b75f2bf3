//! What went wrong, what to do now, and a reference for the operator. Nothing of the upstream's words.

use maud::html;
use serde_json::json;

use super::{Pages, Problem, frame};

pub(super) fn page(pages: &Pages, problem: &Problem<'_>) -> String {
    let main = html! {
        h1 { (problem.what) }
        p { (problem.advice) }
        dl {
            dt { "Reference, if you ask for help" }
            dd { code { (problem.reference) } }
        }
    };
    frame::frame(pages, &format!("{} – {}", problem.what, pages.name), &main, "You can close this page.")
}

pub(super) fn json(problem: &Problem<'_>) -> String {
    let description = format!("{} {}", problem.what, problem.advice);
    json!({ "error": problem.error, "error_description": description.trim(), "reference": problem.reference }).to_string()
}
