//! Reading a topic by explicit offsets.

mod client;
mod reader;
mod watermarks;

pub use client::KafkaSource;
pub use reader::{PartitionReader, Polled, RangeReader, RawMessage};
pub use watermarks::{TopicWatermarks, Watermarks};
