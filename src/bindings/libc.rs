//! Four C symbols that keep POSIX out of the component.
//!
//! The standard library's panic message goes through `writev` of wasi-libc, whose descriptor table brings standard input,
//! terminals and `exit` along as imports. Defining the symbols here keeps that object file from being linked, so the
//! component asks its host for nothing but what the world in `wit/` says; a test reads the built file.
#![allow(unsafe_code)]

use std::{ffi::c_int, slice};

use super::wasi_p2::write_stderr;

/// `struct iovec`.
#[repr(C)]
struct IoVec {
    base: *const u8,
    len: usize,
}

/// Writes to standard error, whatever the descriptor: it is the only stream the component has.
///
/// # Safety
/// As `writev(2)`: `parts` points to `count` valid entries.
#[unsafe(no_mangle)]
unsafe extern "C" fn writev(_: c_int, parts: *const IoVec, count: c_int) -> isize {
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: the caller of `writev` guarantees `count` entries at `parts`, each naming `len` readable bytes.
    let written = unsafe { slice::from_raw_parts(parts, count) }.iter().map(|part| {
        // SAFETY: as above.
        write_stderr(unsafe { slice::from_raw_parts(part.base, part.len) });
        part.len
    });
    isize::try_from(written.sum::<usize>()).unwrap_or(isize::MAX)
}

/// As [`writev`], for one buffer.
///
/// # Safety
/// As `write(2)`: `base` points to `len` readable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn write(descriptor: c_int, base: *const u8, len: usize) -> isize {
    let part = IoVec { base, len };
    // SAFETY: one entry, whose bytes the caller guarantees.
    unsafe { writev(descriptor, &raw const part, 1) }
}

/// Traps: the host sees the reason, and the instance is gone, as it would be after `exit`.
#[unsafe(no_mangle)]
extern "C" fn abort() -> ! {
    core::arch::wasm32::unreachable()
}

/// As [`abort`].
#[unsafe(no_mangle)]
extern "C" fn _Exit(_: c_int) -> ! {
    core::arch::wasm32::unreachable()
}
