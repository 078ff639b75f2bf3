//! What all pages have: head, style, the operator's name and logo.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderValue;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::Pages;

pub(super) const STYLE: &str = include_str!("style.css");

/// What a browser may load: our style, by its hash, and the operator's logo.
///
/// There is deliberately no `form-action`: Chromium applies it to every redirect that follows a form, up to the client's own
/// scheme, and then a click on "Continue" does nothing at all. What the form sends goes to us in any case.
pub(super) fn policy(logo: Option<&str>) -> HeaderValue {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let logo = logo.and_then(|logo| Url::parse(logo).ok()).map(|logo| logo.origin().ascii_serialization());
    let images = logo.as_deref().unwrap_or("'none'");
    let policy =
        format!("default-src 'none'; style-src 'sha256-{style}'; img-src {images}; base-uri 'none'; frame-ancestors 'none'");
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

pub(super) fn frame(pages: &Pages, title: &str, main: &Markup, footer: &str) -> String {
    let initial = pages.name.chars().find(|char| char.is_alphanumeric()).unwrap_or('·');
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    @match &pages.logo {
                        Some(logo) => img src=(logo) alt="" width="40" height="40";,
                        None => span.initial aria-hidden="true" { (initial.to_uppercase()) },
                    }
                    bdi { (pages.name) }
                }
                main { (main) }
                footer { p { (footer) } }
            }
        }
    };
    page.into_string()
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Something that is not known.
    Plain,
    /// Something that only the reader can judge.
    Care,
    /// Something that was checked.
    Fine,
}

/// A line with a sign in front.
pub(super) fn mark(mark: Mark, text: &Markup) -> Markup {
    let (class, sign) = match mark {
        Mark::Plain => ("mark plain", "M10 9v5M10 6.2v.1M18 10a8 8 0 1 1-16 0 8 8 0 0 1 16 0Z"),
        Mark::Care => ("mark care", "M10 2.6 18.3 17H1.7ZM10 8v4.2M10 14.6v.1"),
        Mark::Fine => ("mark fine", "m6.5 10.3 2.4 2.4 4.6-5.2M18 10a8 8 0 1 1-16 0 8 8 0 0 1 16 0Z"),
    };
    html! {
        p class=(class) {
            svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round"
                stroke-linejoin="round" aria-hidden="true" { path d=(sign) {} }
            span { (text) }
        }
    }
}
