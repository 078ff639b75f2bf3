//! Redirect URIs: which are acceptable at all, when two are the same, and how an answer is sent to one.
pub(super) fn answer(uri: &str, fields: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields);
    let sep = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{sep}{}", query.finish())
}
