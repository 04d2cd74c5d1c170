//! Faults that tests ask for by name (crate `fail`); compiled to nothing without its feature
//! `failpoints`, which only the test package turns on.

/// Whether a test wants the fault `name` to happen now.
pub(crate) fn fires(name: &str) -> bool {
    fail::has_failpoints() && evaluate(name)
}

fn evaluate(_name: &str) -> bool {
    fail::fail_point!(_name, |_| true);
    false
}

/// Whether a test holds back a partition.
pub(crate) fn holds_back(partition: i32) -> bool {
    fail::has_failpoints() && fires(&format!("hold-partition-{partition}"))
}
