//! What a component asks for and offers, read from its outermost sections.

use anyhow::{Context, Result};
use wasmparser::{Parser, Payload};

use crate::embed::Artifact;

/// A component from the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Imported interfaces with their versions, sorted: `wasi:http/types@0.2.0`.
    pub imports: Vec<String>,
    /// Exported interfaces with their versions, sorted.
    pub exports: Vec<String>,
    /// Bytes of the file.
    pub size: usize,
}

/// Reads a component's imports, exports and size. Nothing is compiled.
///
/// # Errors
/// The file cannot be read or is not a component.
pub fn inspect(component: impl Into<Artifact>) -> Result<Inspection> {
    let wasm = component.into().read()?;
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    // Modules and components inside have imports of their own: those are wired up inside and are nobody else's business.
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(&wasm) {
        match payload.context("not a valid component")? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import.context("not a valid component")?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export.context("not a valid component")?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    imports.sort_unstable();
    exports.sort_unstable();
    Ok(Inspection { imports, exports, size: wasm.len() })
}

/// A component's imported interfaces, sorted.
///
/// # Errors
/// As [`inspect`].
pub fn imports(component: impl Into<Artifact>) -> Result<Vec<String>> {
    Ok(inspect(component)?.imports)
}

/// A component's exported interfaces, sorted.
///
/// # Errors
/// As [`inspect`].
pub fn exports(component: impl Into<Artifact>) -> Result<Vec<String>> {
    Ok(inspect(component)?.exports)
}
