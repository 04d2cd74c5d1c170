//! What the black-box specifications stand on: a real broker, topics of their own, a whole Kirin
//! in the test's process, and oracles that share no code with it.

pub mod binary;
pub mod faults;
pub mod http;
pub mod message;
pub mod oracle;
pub mod services;
pub mod topic;
pub mod world;

pub use http::Http;
pub use message::Event;
pub use services::{kafka, python};
pub use topic::Topic;
pub use world::World;
