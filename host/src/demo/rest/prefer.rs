//! The request's preferences (RFC 7240), as PostgREST reads them.

use http::HeaderMap;

use super::fault::Fault;

/// What a request asks for beside the data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Prefer {
    /// `return=representation`
    pub(super) representation: bool,
    /// `count=…`; in a table this small every way of counting is exact.
    pub(super) count: bool,
    /// `resolution=merge-duplicates`
    pub(super) merge: bool,
    /// `resolution=ignore-duplicates`
    pub(super) ignore: bool,
    /// `missing=default`
    pub(super) defaults: bool,
    /// `max-affected=N`, which counts only with `handling=strict`.
    pub(super) max_affected: Option<usize>,
    /// What is obeyed, for `Preference-Applied`.
    pub(super) applied: Vec<String>,
}

impl Prefer {
    /// # Errors
    /// With `handling=strict`, a preference that is not known.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, Fault> {
        let lines = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        let all: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|text| !text.is_empty()).collect();
        let strict = all.contains(&"handling=strict");
        let mut prefer = Self::default();
        let mut unknown = Vec::new();
        for text in all {
            match text {
                "return=representation" => prefer.representation = true,
                "return=minimal" | "handling=strict" | "handling=lenient" | "missing=null" => {}
                "count=exact" | "count=planned" | "count=estimated" => prefer.count = true,
                "resolution=merge-duplicates" => prefer.merge = true,
                "resolution=ignore-duplicates" => prefer.ignore = true,
                "missing=default" => prefer.defaults = true,
                _ => match text.strip_prefix("max-affected=").map(str::parse) {
                    Some(Ok(most)) if strict => prefer.max_affected = Some(most),
                    Some(Ok(_)) => continue,
                    _ => {
                        unknown.push(text);
                        continue;
                    }
                },
            }
            prefer.applied.push(text.to_owned());
        }
        if strict && !unknown.is_empty() {
            let details = format!("Invalid preferences: {}", unknown.join(", "));
            return Err(Fault::bad("PGRST122", "Invalid preferences given with handling=strict").details(details));
        }
        Ok(prefer)
    }

    /// # Errors
    /// More rows than the request allows.
    pub(super) fn bound(&self, affected: usize) -> Result<(), Fault> {
        if self.max_affected.is_some_and(|most| affected > most) {
            let fault = Fault::bad("PGRST124", "Query result exceeds max-affected preference constraint");
            return Err(fault.details(format!("The query affects {affected} rows")));
        }
        Ok(())
    }
}
