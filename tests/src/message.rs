//! The messages most specifications use: a small order, as its producer knows it.

use crate::topic::Record;

/// One order. What is `None` is written as `null`, or left out when `missing` says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub partition: i32,
    /// Milliseconds UTC.
    pub time: i64,
    pub country: Option<String>,
    pub device: Option<String>,
    pub age: Option<i64>,
    pub user: Option<i64>,
    /// In hundredths.
    pub amount: Option<i64>,
    pub qty: Option<i64>,
    /// Leave fields without a value out instead of writing null.
    pub missing: bool,
    /// Write every key twice, the first time with another value.
    pub duplicate_keys: bool,
}

impl Event {
    /// An order of 2026-01-01, `minute` minutes after midnight.
    pub fn at(partition: i32, minute: i64) -> Self {
        Self {
            partition,
            time: 1_767_225_600_000 + minute * 60_000,
            country: Some("US".into()),
            device: Some("iOS".into()),
            age: Some(26),
            user: Some(1),
            amount: Some(3820),
            qty: Some(4),
            missing: false,
            duplicate_keys: false,
        }
    }

    /// The message's value.
    pub fn json(&self) -> String {
        let mut fields = vec![format!("\"order_time\":{}", self.time)];
        let mut add = |key: &str, value: Option<String>| match value {
            Some(value) if self.duplicate_keys => fields.push(format!("\"{key}\":null,\"{key}\":{value}")),
            Some(value) => fields.push(format!("\"{key}\":{value}")),
            None if self.missing => {}
            None => fields.push(format!("\"{key}\":null")),
        };
        let text = |value: &Option<String>| value.as_ref().map(|text| serde_json::json!(text).to_string());
        add("country", text(&self.country));
        add("device", text(&self.device));
        add("amount", self.amount.map(|cents| format!("{}.{:02}", cents / 100, cents % 100)));
        add("qty", self.qty.map(|qty| qty.to_string()));
        let user: Vec<String> = [("id", self.user), ("age", self.age)]
            .into_iter()
            .filter_map(|(key, value)| match value {
                Some(value) => Some(format!("\"{key}\":{value}")),
                None if self.missing => None,
                None => Some(format!("\"{key}\":null")),
            })
            .collect();
        fields.push(format!("\"user\":{{{}}}", user.join(",")));
        format!("{{{}}}", fields.join(","))
    }

    pub fn record(&self) -> Record {
        Record { partition: self.partition, value: Some(self.json().into_bytes()), ..Record::default() }
    }
}

/// The model and cube of [`Event`], to be read as a specification; `{topic}` and `{brokers}` are
/// replaced.
pub const ORDERS: &str = r#"
model:
  name: orders
  table:
    name: orders
    topic: "{topic}"
    brokers: "{brokers}"
    columns:
      - { name: order_time, type: timestamp }
      - { name: country, type: varchar }
      - { name: device, type: varchar }
      - { name: user_age, type: integer, path: user.age }
      - { name: user_id, type: bigint, path: user.id }
      - { name: amount, type: "decimal(19,4)" }
      - { name: qty, type: bigint }
    event_time: { column: order_time, format: epoch_ms }
cube:
  name: orders_cube
  model: orders
  dimensions: [country, device, user_age, day_start, hour_start, minute_start]
  measures:
    - { name: orders, function: count }
    - { name: amount_sum, function: sum, column: amount }
    - { name: amount_avg, function: avg, column: amount }
    - { name: amount_min, function: min, column: amount }
    - { name: amount_max, function: max, column: amount }
    - { name: qty_count, function: count, column: qty }
    - { name: qty_sum, function: sum, column: qty }
    - { name: users, function: count_distinct, column: user_id }
    - { name: users_about, function: approx_count_distinct, column: user_id }
"#;
