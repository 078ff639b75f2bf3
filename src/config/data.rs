//! `LATCH_DATA`: the tables and functions that become tools.

use super::{Supabase, reader::Reader, variables as var};
use crate::supabase::Declaration;

/// The declaration of `LATCH_DATA`. Its tools speak to a Supabase project's data API, so there must be one.
pub(super) fn read(reader: &mut Reader<'_>, supabase: bool) -> Option<Declaration> {
    let text = reader.document(&var::LATCH_DATA)?;
    if !supabase && !Supabase::is_named(reader) {
        let fix = "remove it, or configure a Supabase project";
        reader.mistake_in(&var::LATCH_DATA, None, "is for a Supabase project", fix);
        return None;
    }
    match Declaration::parse(&text) {
        Ok(declaration) => Some(declaration),
        Err(mistakes) => {
            reader.mistakes_of(&var::LATCH_DATA, mistakes);
            None
        }
    }
}
