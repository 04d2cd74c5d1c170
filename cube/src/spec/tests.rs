//! Which specifications are accepted, what they mean, and what each refusal says.

mod accepted;
mod refused;

use super::*;

const FLIGHTS: &str = include_str!("../../../samples/flights/flights.yaml");
const SAMPLE_STREAM: &str = include_str!("../../../samples/sample-stream/sample-stream.yaml");

/// A small file in which every test changes one thing.
const ORDERS: &str = r#"
model:
  name: orders
  table:
    name: orders_table
    topic: orders_topic
    brokers: "kafka-1:9092, kafka-2:9092"
    properties: { client.id: kirin }
    format: json
    columns:
      - { name: Placed, type: timestamp }
      - { name: country, type: varchar }
      - { name: city, type: varchar }
      - { name: shop, type: integer }
      - { name: price, type: "decimal(19,4)" }
      - { name: weight, type: double }
      - { name: user_id, type: bigint, path: user.id }
    event_time: { column: placed, format: epoch_ms }
cube:
  name: orders_cube
  model: orders
  dimensions: [country, city, shop, day_start, hour_start]
  measures:
    - { name: revenue, function: sum, column: price }
    - { name: orders, function: count }
    - { name: users, function: count_distinct, column: user_id }
  aggregation_groups:
    - includes: [country, city, shop, day_start, hour_start]
      mandatory: [shop]
      hierarchies: [[country, city]]
      joints: []
  build:
    start: earliest
    rejected: { max_percent: 1, max_messages: 100 }
  storage: { compression: zstd }
"#;

/// [`ORDERS`] with one piece of text replaced.
fn orders_with(from: &str, to: &str) -> String {
    assert_eq!(ORDERS.matches(from).count(), 1, "{from:?} stands once in the file");
    ORDERS.replace(from, to)
}

fn parse_one(text: &str) -> (ModelSpec, CubeSpec) {
    let mut file = SpecFile::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    (file.models.remove(0), file.cubes.remove(0))
}
