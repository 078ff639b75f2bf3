//! The time a component sees.
//!
//! Production uses [`SystemClock`]. Tests use a [`TestClock`]: real time plus an offset they move, so that an hour passes
//! without a wait and two reads still differ.
//!
//! Only what the component *reads* is moved. Its timers (`subscribe-duration`) and the host's deadlines stay on real time.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A wall clock and a monotonic clock.
pub trait Clock: Send + Sync {
    /// Time since the Unix epoch.
    fn wall(&self) -> Duration;
    /// Time since some fixed moment. Never goes back.
    fn monotonic(&self) -> Duration;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> Duration {
        // A machine set to before 1970 reads 1970: every token is then from the future, and refused.
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn monotonic(&self) -> Duration {
        START.elapsed()
    }
}

/// The machine's clock, moved. Clones share the offset.
///
/// ```
/// use std::time::Duration;
/// use mcp_latch_host::clock::{Clock, TestClock};
///
/// let clock = TestClock::new();
/// let before = clock.wall();
/// clock.advance(Duration::from_secs(3600));
/// assert!(clock.wall() - before >= Duration::from_secs(3600));
/// ```
#[derive(Clone, Debug, Default)]
pub struct TestClock {
    offsets: Arc<Offsets>,
}

#[derive(Debug, Default)]
struct Offsets {
    /// Nanoseconds, either way: 292 years.
    wall: AtomicI64,
    /// Nanoseconds, forward only.
    monotonic: AtomicU64,
}

impl TestClock {
    /// A clock that shows real time until it is moved.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `by` pass, on both clocks.
    pub fn advance(&self, by: Duration) {
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.offsets.wall.fetch_add(i64::try_from(nanos).unwrap_or(i64::MAX), Relaxed);
        self.offsets.monotonic.fetch_add(nanos, Relaxed);
    }

    /// Sets the wall clock to `unix` (time since the Unix epoch), from where it runs on. The monotonic clock is not touched,
    /// as when an administrator corrects a machine's date.
    pub fn set(&self, unix: Duration) {
        let nanos = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        self.offsets.wall.store(nanos(unix).saturating_sub(nanos(SystemClock.wall())), Relaxed);
    }
}

impl Clock for TestClock {
    fn wall(&self) -> Duration {
        let (real, offset) = (SystemClock.wall(), self.offsets.wall.load(Relaxed));
        let moved = Duration::from_nanos(offset.unsigned_abs());
        if offset < 0 { real.saturating_sub(moved) } else { real.saturating_add(moved) }
    }

    fn monotonic(&self) -> Duration {
        SystemClock.monotonic().saturating_add(Duration::from_nanos(self.offsets.monotonic.load(Relaxed)))
    }
}

/// What the component may believe about precision.
const RESOLUTION: Duration = Duration::from_nanos(1);

/// A [`Clock`] as `wasi:clocks/wall-clock`.
pub(crate) struct Wall(pub(crate) Arc<dyn Clock>);

impl HostWallClock for Wall {
    fn resolution(&self) -> Duration {
        RESOLUTION
    }

    fn now(&self) -> Duration {
        self.0.wall()
    }
}

/// A [`Clock`] as `wasi:clocks/monotonic-clock`.
pub(crate) struct Monotonic(pub(crate) Arc<dyn Clock>);

impl HostMonotonicClock for Monotonic {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.monotonic().as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_back_moves_the_wall_clock_only() {
        let clock = TestClock::new();
        let monotonic = clock.monotonic();
        clock.set(Duration::from_secs(1_000));
        assert_eq!(clock.wall().as_secs(), 1_000);
        assert!(clock.monotonic() >= monotonic);
        clock.clone().advance(Duration::from_secs(60));
        assert_eq!(clock.wall().as_secs(), 1_060);
        assert!(clock.monotonic() >= monotonic + Duration::from_secs(60));
    }
}
