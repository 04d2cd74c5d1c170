//! Faults that tests ask for by name (crate `fail`); compiled to nothing without its feature
//! `failpoints`, which only the test package turns on.

/// Whether a test wants the fault `name` to happen now to a build that reads `topic`.
///
/// Fail points hold for the whole process; the topic in their names keeps tests apart.
pub(crate) fn fires(name: &str, topic: &str) -> bool {
    fail::has_failpoints() && evaluate(&format!("{name}@{topic}"))
}

/// Whether a test holds back a partition.
pub(crate) fn holds_back(partition: i32, topic: &str) -> bool {
    fail::has_failpoints() && evaluate(&format!("hold-partition-{partition}@{topic}"))
}

fn evaluate(_name: &str) -> bool {
    fail::fail_point!(_name, |_| true);
    false
}
