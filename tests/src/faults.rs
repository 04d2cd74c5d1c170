//! Fail points of one topic, so that tests that run at the same time do not meet.

/// While it lives, fail points do what they were told for builds of its topic.
pub struct Faults {
    names: Vec<String>,
}

impl Faults {
    /// `actions` as in the crate `fail`: `("read-…", "1*return")`.
    pub fn set(topic: &str, actions: &[(&str, &str)]) -> Self {
        let names = actions.iter().map(|(name, action)| {
            let name = format!("{name}@{topic}");
            fail::cfg(&name, action).expect("a fail point's action");
            name
        });
        Self { names: names.collect() }
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        self.names.iter().for_each(fail::remove);
    }
}
