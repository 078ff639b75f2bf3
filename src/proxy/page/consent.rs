//! The consent page: who asks, how much is known of them, for what, and where the answer goes. Then a person decides.
//!
//! Every word of a client stands apart from ours: in quotes, in an element of its own, and with a mark that says whose word it is.

use maud::{Markup, html};

use super::{
    Pages, Question,
    frame::{self, Mark},
};
use crate::proxy::{
    client::Origin,
    redirect::{self, Place},
};

pub(super) fn page(pages: &Pages, question: &Question<'_>) -> String {
    let name = question.client.name.as_deref().map(without_quotes);
    let title = match &name {
        Some(name) => format!("“{name}” wants to use {}", pages.name),
        None => format!("An application wants to use {}", pages.name),
    };
    let main = html! {
        h1 {
            @match &name {
                Some(name) => { "“" bdi { (name) } "”" },
                None => "An application without a name",
            }
            " wants to use " bdi { (pages.name) }
        }
        (known(pages, question))
        section aria-labelledby="where" {
            h2 #where { "Access is handed to" }
            (destination(question.redirect_uri))
        }
        section aria-labelledby="what" {
            h2 #what { "It asks to" }
            ul {
                li { "Use " bdi { (pages.name) } " as you" code.quiet { (question.resource) } }
                @for scope in question.scopes { li { (words(scope)) } }
                @if question.stays { li { "Keep its access while you are away" } }
            }
        }
        // Nothing has the focus at first, and there is no text field: a stray Enter decides nothing. With the keyboard, "Continue"
        // comes first, as it does to the eye; a form sent otherwise would press its first button.
        form method="post" action="/consent" {
            @for (name, value) in question.fields { input type="hidden" name=(name) value=(value); }
            @if question.upstreams.len() > 1 { p.quiet { "Choose how to sign in:" } }
            @for choice in question.upstreams {
                button type="submit" name="decision" value=(choice.name) { "Continue with " (choice.label) }
            }
            button.no type="submit" name="decision" value="deny" { "Cancel" }
        }
        details {
            summary { "Details" }
            dl {
                dt { "Access is handed to" }
                dd { code { (question.redirect_uri) } }
                @if !question.scopes.is_empty() {
                    dt { "Scopes" }
                    dd { code { (question.scopes.join(" ")) } }
                }
                @for choice in question.upstreams.iter().filter(|choice| !choice.scopes.is_empty()) {
                    dt { (pages.name) " asks " (choice.label) " for" }
                    dd { code { (choice.scopes) } }
                }
            }
        }
    };
    frame::frame(pages, &title, &main, "Continue only if you started this yourself. Nothing is shared before you continue.")
}

/// A name that does not end the quotes around it, to go on as if we spoke.
fn without_quotes(name: &str) -> String {
    name.replace(['"', '“', '”', '„', '‟', '«', '»', '″', '〝', '〞', '＂'], "’")
}

/// What is known of the client, and by whom.
fn known(pages: &Pages, question: &Question<'_>) -> Markup {
    match (&question.client.origin, &question.client.name) {
        (Origin::Document(host), _) => {
            frame::mark(Mark::Fine, &html! { "Checked: this application is described by " strong { bdi { (host) } } })
        }
        (Origin::Listed, _) => frame::mark(Mark::Fine, &html! { "This application is known to " bdi { (pages.name) } }),
        (Origin::Registered, Some(_)) => {
            frame::mark(Mark::Plain, &html! { "This name was given by the application itself and was not checked." })
        }
        (Origin::Registered, None) => frame::mark(Mark::Plain, &html! { "Nothing is known about this application." }),
    }
}

/// Where the answer goes. What listens on this computer or claimed a scheme may be any program, so there the user is what is
/// left to tell the right one.
fn destination(uri: &str) -> Markup {
    let Some(parts) = redirect::parse(uri) else { return html! { p.place { code { (uri) } } } };
    match parts.place() {
        Place::Web => html! {
            p.place { (parts.host) @if let Some(port) = parts.port { ":" (port) } }
        },
        Place::Loopback => frame::mark(
            Mark::Care,
            &html! {
                strong { "An application on this computer" }
                "Any program on this computer can ask in this way. Continue only if you just started this from one that you trust."
            },
        ),
        Place::App => frame::mark(
            Mark::Care,
            &html! {
                strong { "An app on this device (" code { (parts.scheme) ":" } ")" }
                "Any app on this device can ask in this way. Continue only if you just started this from one that you trust."
            },
        ),
    }
}

/// A scope in words, where its meaning is the same everywhere.
fn words(scope: &str) -> Markup {
    match scope {
        "openid" => html! { "Know who you are" },
        "email" => html! { "See your email address" },
        "profile" => html! { "See your name and picture" },
        _ => html! { code { (scope) } },
    }
}
