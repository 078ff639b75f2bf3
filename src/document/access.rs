//! Scopes and claims, in whichever document they are asked for.

use serde_json::{Number, Value as Json};

use super::{node::Value, place::Place};
use crate::identity::Claim;

/// Most scopes, and most values of a claim.
const MAX_ITEMS: usize = 100;

/// Claims with the values that are accepted, by path.
pub(crate) fn claims(place: &Place<'_>) -> Vec<Claim> {
    place.entries().filter_map(|(path, claim)| read_claim(path, &claim)).collect()
}

/// Scope tokens (RFC 6749 §3.3). They are copied into a quoted header parameter, so the grammar matters.
pub(crate) fn scopes(place: &Place<'_>) -> Vec<String> {
    let scopes = place.texts(MAX_ITEMS).into_iter().filter_map(|(item, scope)| {
        let fits = is_scope(scope);
        if !fits {
            item.mistake("is not a scope", NO_SCOPE);
        }
        fits.then(|| scope.to_owned())
    });
    scopes.collect()
}

/// What to do about what is no scope.
pub(crate) const NO_SCOPE: &str = "use printable ASCII without spaces, quotes or backslashes";

/// Whether a text is a scope token.
pub(crate) fn is_scope(text: &str) -> bool {
    let allowed = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !text.is_empty() && text.bytes().all(allowed)
}

/// A path to a claim: names separated by dots, or one name that is a URL.
pub(crate) fn path(text: &str, place: &Place<'_>) -> Vec<String> {
    let names: Vec<String> =
        if text.contains("://") { vec![text.to_owned()] } else { text.split('.').map(str::to_owned).collect() };
    check_path(&names, place);
    names
}

/// What users write about themselves (OpenID Connect Core §5.1), in the spelling of [`letters`]. Whether an address is verified is
/// for the issuer to say, and no part of the address.
const OF_A_PROFILE: [&str; 16] = [
    "email",
    "name",
    "givenname",
    "familyname",
    "middlename",
    "nickname",
    "preferredusername",
    "profile",
    "picture",
    "website",
    "phonenumber",
    "address",
    "zoneinfo",
    "locale",
    "birthdate",
    "gender",
];
/// Supabase's, Auth0's and Clerk's names of what users write.
const OF_USERS: [&str; 3] = ["usermetadata", "rawusermetadata", "unsafemetadata"];

/// Notes a mistake if names are no path, or lead to what users write themselves.
pub(crate) fn check_path(names: &[String], place: &Place<'_>) {
    if names.iter().any(String::is_empty) {
        place.mistake_here(
            "the name of the claim is no path",
            "write names separated by single dots, such as \"app_metadata.plan\"",
        );
    }
    const PROBLEM: &str = "the claim is one that users write themselves";
    // Claims with the name of a URL have the parts of one: `https://example.com/user_metadata`, `…#user_metadata`.
    let parts =
        |name: &str| name.split(|char: char| !char.is_alphanumeric() && !"-_".contains(char)).map(letters).collect::<Vec<_>>();
    if names.iter().flat_map(|name| parts(name)).any(|part| OF_USERS.contains(&part.as_str())) {
        place.mistake_here(PROBLEM, "use app_metadata, which only the server writes");
    } else if let Some(name) = names.iter().map(|name| letters(name)).find(|name| OF_A_PROFILE.contains(&name.as_str())) {
        let fix = if name == "email" {
            "use `emails` or `email_domains` of [enter], which ask for a verified address"
        } else {
            "use one that only the server writes, such as app_metadata"
        };
        place.mistake_here(PROBLEM, fix);
    }
}

/// A name as one word, so that `userMetadata` is no other than `user_metadata`.
fn letters(name: &str) -> String {
    name.chars().filter(|char| !"-_".contains(*char)).collect::<String>().to_lowercase()
}

fn read_claim(text: &str, place: &Place<'_>) -> Option<Claim> {
    let path = path(text, place);
    if place.is_table() {
        let fix = "write the path as one key in quotes, such as \"app_metadata.plan\" = \"pro\"";
        place.mistake("is not a value of a claim", fix);
        return None;
    }
    let items = if place.is_list() { place.items(MAX_ITEMS) } else { vec![place.clone()] };
    if place.is_empty_list() {
        place.mistake_here("lists no value", "list the values that are accepted");
    }
    Some(Claim { path, any_of: items.iter().filter_map(scalar).collect() })
}

fn scalar(place: &Place<'_>) -> Option<Json> {
    let json = match place.value() {
        Value::Text(text) => Some(Json::String(text.clone())),
        Value::Whole(number) => Some(Json::from(*number)),
        Value::Number(number) => Number::from_f64(*number).map(Json::Number),
        Value::Switch(switch) => Some(Json::Bool(*switch)),
        Value::Null | Value::List(_) | Value::Table(_) => None,
    };
    if json.is_none() {
        place.mistake("is not a value of a claim", "write text, a number, true or false, or a list of them");
    }
    json
}
