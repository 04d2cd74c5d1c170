use std::collections::{BTreeSet, HashSet};

use cube::spec::SpecFile;
use ingest::decode::{Decoder, Outcome, TOMBSTONE};
use serde_json::Value;

use super::*;
use crate::produce::Counts;

fn shares() -> Shares {
    Shares { late: 5.0, null: 8.0, duplicate_key: 4.0, malformed: 3.0, tombstone: 2.0 }
}

fn options(messages: u64) -> SampleOptions {
    SampleOptions { messages, shares: shares(), ..SampleOptions::default() }
}

fn sample(options: SampleOptions) -> Vec<Message> {
    Sample::new(options).unwrap().collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let first = sample(options(500));
    assert_eq!(first, sample(options(500)));
    assert_ne!(first, sample(SampleOptions { seed: 2, ..options(500) }));
}

#[test]
fn kinds_come_in_the_shares_asked_for() {
    let mut counts = Counts::default();
    sample(options(20_000)).iter().for_each(|message| counts.add(message.kind));
    type Accepts = fn(Kind) -> bool;
    let expected: [(f64, Accepts); 5] = [
        (5.0, |kind| kind == Kind::Late),
        (8.0, |kind| kind == Kind::Null),
        (4.0, |kind| kind == Kind::DuplicateKey),
        (3.0, |kind| matches!(kind, Kind::Malformed(_))),
        (2.0, |kind| kind == Kind::Tombstone),
    ];
    for (percent, kind) in expected {
        let found = counts.of(kind) as f64 / 200.0;
        assert!((found - percent).abs() < 0.7, "{found} % where {percent} % were asked for");
    }
    assert_eq!(counts.total(), 20_000);
}

#[test]
fn another_share_changes_no_message_that_it_does_not_take() {
    let plain = sample(SampleOptions { shares: Shares::default(), ..options(1000) });
    let some_late =
        sample(SampleOptions { shares: Shares { late: 10.0, ..Shares::default() }, ..options(1000) });
    assert!(plain.iter().zip(&some_late).all(|(plain, other)| other.kind == Kind::Late || plain == other));
}

#[test]
fn a_message_has_the_shape_of_kylins() {
    for message in sample(SampleOptions { shares: Shares::default(), ..options(2000) }) {
        let text = message.value.unwrap();
        assert!((200..=260).contains(&text.len()), "{} bytes", text.len());
        let value: Value = serde_json::from_slice(&text).unwrap();
        let order = message.order.unwrap();
        assert_eq!(value["order_time"], order.order_time);
        assert!(COUNTRIES.contains(&value["country"].as_str().unwrap()));
        assert!(CATEGORIES.contains(&value["category"].as_str().unwrap()));
        assert!(DEVICES.contains(&value["device"].as_str().unwrap()));
        assert!(CURRENCIES.contains(&value["currency"].as_str().unwrap()));
        assert!(value["qty"].as_u64().unwrap() <= 9);
        assert_eq!(value["amount"].as_f64().unwrap(), f64::from(order.amount_cents.unwrap()) / 100.0);
        assert_eq!(value["user"]["id"].as_str().unwrap().len(), 36);
        assert!(GENDERS.contains(&value["user"]["gender"].as_str().unwrap()));
        assert!((10..30).contains(&value["user"]["age"].as_u64().unwrap()));
        let members = value.as_object().unwrap().keys().filter(|key| *key != "pad").count();
        assert_eq!(members, 8);
    }
}

#[test]
fn every_value_occurs() {
    let messages = sample(SampleOptions { shares: Shares::default(), ..options(5000) });
    let orders: Vec<Order> = messages.into_iter().filter_map(|message| message.order).collect();
    let distinct = |value: fn(&Order) -> u64| orders.iter().map(value).collect::<HashSet<_>>().len();
    assert_eq!(distinct(|order| order.qty.unwrap().into()), 10);
    assert_eq!(distinct(|order| order.user_age.unwrap().into()), 20);
    let countries: HashSet<_> = orders.iter().filter_map(|order| order.country).collect();
    assert_eq!(countries.len(), 8);
    assert!(orders.iter().map(|order| order.amount_cents.unwrap()).max().unwrap() < 10_000);
}

#[test]
fn event_times_run_over_the_span_and_late_ones_lie_before_their_place() {
    let options = SampleOptions { span: 1000, late_by: 50, messages: 1000, ..options(1000) };
    for (i, message) in sample(options.clone()).into_iter().enumerate() {
        assert_eq!(message.partition, i as i32 % 4);
        let Some(order) = message.order else { continue };
        let late_by = options.start + i as i64 - order.order_time;
        assert!(if message.kind == Kind::Late { (1..=50).contains(&late_by) } else { late_by == 0 });
    }
}

/// The decoder, which shares no code with the generator, reads what the generator says it wrote.
#[test]
fn each_message_is_read_as_what_it_says_it_is() {
    let spec = SpecFile::parse(include_str!("../../../../samples/sample-stream/sample-stream.yaml")).unwrap();
    let model = &spec.models[0];
    let needed: Vec<usize> = (0..model.columns.len()).collect();
    let mut decoder = Decoder::new(model, &needed).unwrap();
    let mut kinds = BTreeSet::new();
    let mut expected = vec![];
    for message in sample(SampleOptions { shares: Shares { malformed: 20.0, ..shares() }, ..options(3000) }) {
        kinds.insert(message.kind);
        let outcome = decoder.push(message.value.as_deref());
        match (message.kind, outcome) {
            (Kind::Tombstone, Outcome::Filtered(reason)) => assert_eq!(reason, TOMBSTONE),
            (Kind::Malformed(how), Outcome::Rejected(rejection)) => {
                assert_eq!(rejection.reason, how.reason())
            }
            (kind, Outcome::Row { event_time }) if kind.is_row() => {
                let order = message.order.unwrap();
                assert_eq!(event_time, order.order_time * 1000);
                expected.push(order);
            }
            (kind, outcome) => panic!("{kind:?} was read as {outcome:?}"),
        }
    }
    assert_eq!(kinds.len(), 5 + Malformed::ALL.len());
    let rows = decoder.finish().unwrap();
    let column = |name: &str| {
        let array =
            arrow::compute::cast(rows.column_by_name(name).unwrap(), &arrow::datatypes::DataType::Utf8)
                .unwrap();
        let array = arrow::array::AsArray::as_string::<i32>(&array).clone();
        array.iter().map(|value| value.map(str::to_owned)).collect::<Vec<_>>()
    };
    let of = |value: &dyn Fn(&Order) -> Option<String>| expected.iter().map(value).collect::<Vec<_>>();
    assert_eq!(column("country"), of(&|order| order.country.map(Into::into)));
    assert_eq!(column("qty"), of(&|order| order.qty.map(|qty| qty.to_string())));
    assert_eq!(column("user_gender"), of(&|order| order.user_gender.map(Into::into)));
    assert_eq!(column("user_age"), of(&|order| order.user_age.map(|age| age.to_string())));
    let amount = |cents: u16| format!("{}.{:02}00", cents / 100, cents % 100);
    assert_eq!(column("amount"), of(&|order| order.amount_cents.map(amount)));
}

#[test]
fn shares_that_cannot_be_are_refused() {
    let refusal = |shares| Sample::new(SampleOptions { shares, ..options(1) }).unwrap_err().to_string();
    assert!(refusal(Shares { late: -1.0, ..Shares::default() }).contains("use 0 to 100"));
    assert!(refusal(Shares { null: f64::NAN, ..Shares::default() }).contains("use 0 to 100"));
    assert!(refusal(Shares { late: 60.0, null: 60.0, ..Shares::default() }).contains("at most 100 together"));
}
