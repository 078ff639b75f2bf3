//! `latch build`

use anyhow::Result;
use mcp_latch_host::component;

use super::cli::Build;
use super::{banner, output};

/// Builds the component and says where it lies, how large it is and what it wants.
pub(super) fn build(args: &Build) -> Result<()> {
    let path = if args.keyvalue { component::ensure_keyvalue_built()? } else { component::ensure_built()? };
    let inspection = component::inspect(path.as_path())?;
    let mut text = format!("{}\n{} ({} bytes)\n", path.display(), banner::size(inspection.size), inspection.size);
    for (direction, names) in [("import", &inspection.imports), ("export", &inspection.exports)] {
        for name in names {
            text.push_str(&format!("{direction} {name}\n"));
        }
    }
    output::print(&text);
    Ok(())
}
