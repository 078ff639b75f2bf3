//! What a wrong name may have been meant to be.

/// Beyond this length a name is not a slip of one that we know.
const MAX_GUESSED: usize = 80;

/// What to do about an unknown name: the nearest known one, else all of them.
pub(crate) fn suggestion(name: &str, known: &[&str]) -> String {
    suggestion_among(name, known, known)
}

/// The nearest known name, else those that we list.
pub(crate) fn suggestion_among(name: &str, known: &[&str], listed: &[&str]) -> String {
    match nearest(name, known) {
        Some(known) => format!("did you mean {known:?}?"),
        None if listed.is_empty() => "remove it".to_owned(),
        None => format!("use {}", list(listed)),
    }
}

fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    if name.len() > MAX_GUESSED {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let distance = |known: &str| strsim::osa_distance(&name, &known.to_ascii_lowercase());
    let (distance, nearest) = known.iter().map(|known| (distance(known), *known)).min_by_key(|(distance, _)| *distance)?;
    (distance <= (nearest.len() / 3).max(1)).then_some(nearest)
}

/// `a, b or c`; many are cut.
fn list(names: &[&str]) -> String {
    const MOST: usize = 24;
    match names {
        [one] => format!("`{one}`"),
        [most @ .., last] if names.len() <= MOST => format!("{} or {last}", most.join(", ")),
        _ => format!("{}, …", names[..MOST.min(names.len())].join(", ")),
    }
}
