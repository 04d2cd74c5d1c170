//! Fail points, one scenario at a time: they hold for the whole process.

use std::sync::{Mutex, MutexGuard};

static SCENARIO: Mutex<()> = Mutex::new(());

/// While it lives, fail points do what they were told; then all are off again.
pub struct Faults {
    _guard: MutexGuard<'static, ()>,
}

impl Faults {
    /// Waits for other scenarios to end. `actions` as in the crate `fail`: `("read-…", "1*return")`.
    pub fn set(actions: &[(&str, &str)]) -> Self {
        let guard = SCENARIO.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for (name, action) in actions {
            fail::cfg(*name, action).expect("a fail point's action");
        }
        Self { _guard: guard }
    }

    /// Switches one fail point off.
    pub fn clear(&self, name: &str) {
        fail::remove(name);
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        for (name, _) in fail::list() {
            fail::remove(name);
        }
    }
}
