//! Rows → base cuboid → all cuboids of a segment.
//!
//! Each worker pushes its decoded batches into a [`BaseBuilder`] of its own: values become
//! dictionary ids, ids are packed into one integer key, and a hash table of keys holds the states.
//! [`merge`] brings the workers together: their dictionaries become one, sorted, so that the
//! order of packed keys is the order of the rows. [`write_cuboids`] rolls the base cuboid up along the
//! lattice, depth first and in parallel, and hands each cuboid on as soon as it exists.

mod base;
mod dictionary;
mod groups;
mod key;
mod layout;
mod roll_up;
mod table;

pub use base::BaseBuilder;
pub use layout::BuildLayout;
pub use roll_up::{CuboidSink, roll_up, write_cuboids};
pub use table::{BaseCuboid, merge};

#[cfg(test)]
pub(crate) mod tests;
