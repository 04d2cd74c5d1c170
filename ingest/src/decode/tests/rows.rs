//! Rows are all or nothing, and batches do not depend on what went before.

use arrow::datatypes::{DataType, TimeUnit};
use proptest::prelude::*;

use super::*;

const COLUMNS: &[&str] = &[
    "t timestamp",
    "country varchar",
    "qty bigint",
    "amount decimal(10,2)",
    "rate double",
    "small float",
    "age integer user.age",
    "id varchar user.id",
    "ok boolean",
    "day date",
    "at timestamp",
];

const GOOD: &[(&str, &[&str])] = &[
    ("country", &["\"CHINA\"", "\"US\"", "null", "\"a country with a long name\"", "\"\\u00e9\""]),
    ("qty", &["1", "\"2\"", "3.0", "null"]),
    ("amount", &["38.2", "0", "-1.25", "null"]),
    ("rate", &["0.5", "1e10", "null"]),
    ("small", &["0.25", "null"]),
    ("user", &["{\"id\":\"x\",\"age\":3}", "{\"age\":null}", "null", "{\"id\":\"another rather long one\"}"]),
    ("ok", &["true", "\"FALSE\"", "null"]),
    ("day", &["\"2026-01-01\"", "null"]),
    ("at", &["\"2026-01-01 00:00:00\"", "5", "null"]),
    ("other", &["[1,{\"country\":2}]", "\"x\""]),
];

/// A value that its column refuses, and why.
const BAD: &[(&str, &str, &str)] = &[
    ("country", "{}", "wrong_type"),
    ("qty", "1.5", "not_integral"),
    ("amount", "1.234", "too_precise"),
    ("rate", "1e999", "out_of_range"),
    ("small", "1e99", "out_of_range"),
    ("user", "1", "wrong_type"),
    ("ok", "0", "wrong_type"),
    ("day", "\"today\"", "wrong_type"),
    ("at", "\"now\"", "wrong_type"),
    ("other", "[", "not_json"),
];

/// Members of a message that is accepted.
fn members() -> impl Strategy<Value = Vec<(String, String)>> {
    let member = |&(key, values): &(&'static str, &'static [&'static str])| {
        prop::option::of(prop::sample::select(values))
            .prop_map(move |value| value.map(|v| (key.to_owned(), v.to_owned())))
    };
    let members: Vec<_> = GOOD.iter().map(member).collect();
    (members, -1_000_000i64..1_000_000).prop_map(|(members, time)| {
        members.into_iter().flatten().chain([("t".to_owned(), time.to_string())]).collect()
    })
}

fn written(members: &[(String, String)]) -> String {
    let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn batch(messages: &[String]) -> RecordBatch {
    let mut decoder = decoder(COLUMNS);
    for message in messages {
        assert_eq!(reason(&decoder.push(Some(message.as_bytes()))), "row", "{message}");
    }
    decoder.finish().unwrap()
}

/// Equal, and with the same dictionaries: Arrow does not compare entries that no row uses.
fn assert_same(found: &RecordBatch, expected: &RecordBatch) {
    assert_eq!(found, expected);
    for (found, expected) in found.columns().iter().zip(expected.columns()) {
        if let Some(found) = found.as_dictionary_opt::<UInt32Type>() {
            assert_eq!(found.values(), expected.as_dictionary::<UInt32Type>().values());
        }
    }
}

#[test]
fn the_schema_has_the_needed_columns_in_the_models_order() {
    let model = model(&["t timestamp", "a varchar", "b bigint", "c varchar"], EventTimeFormat::EpochMillis);
    let decoder = Decoder::new(&model, &[3, 1, 3]).unwrap();
    assert_eq!(decoder.columns(), [0, 1, 3]);
    let schema = decoder.schema();
    let found: Vec<_> =
        schema.fields().iter().map(|f| (f.name().as_str(), f.data_type().clone(), f.is_nullable())).collect();
    let varchar = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
    let time = DataType::Timestamp(TimeUnit::Microsecond, None);
    assert_eq!(found, [("t", time, false), ("a", varchar.clone(), true), ("c", varchar, true)]);
    assert!(Decoder::new(&model, &[4]).is_err());
}

#[test]
fn overlapping_paths_are_refused() {
    for second in ["b varchar a", "b varchar a.b"] {
        let model = model(&["t timestamp", "a varchar a", second], EventTimeFormat::EpochMillis);
        assert!(Decoder::new(&model, &[1, 2]).err().unwrap().to_string().contains("path of its own"));
    }
}

#[test]
fn every_column_takes_back_what_a_later_one_refused() {
    for (key, value, expected) in BAD {
        let mut decoder = decoder(COLUMNS);
        let good =
            r#"{"country":"US","qty":1,"amount":1,"rate":1,"ok":true,"t":0,"user":{"id":"u","age":1}}"#;
        let bad = format!(
            r#"{{"t":7,"country":"FRANCE","user":{{"id":"somebody not seen before"}},"{key}":{value}}}"#
        );
        assert_eq!(reason(&decoder.push(Some(good.as_bytes()))), "row");
        assert_eq!(reason(&decoder.push(Some(bad.as_bytes()))), *expected, "{bad}");
        assert_eq!(decoder.rows(), 1);
        assert_eq!(reason(&decoder.push(Some(good.as_bytes()))), "row");
        assert_same(&decoder.finish().unwrap(), &batch(&[good.to_owned(), good.to_owned()]));
    }
}

#[test]
fn the_first_refusing_column_of_the_model_gives_the_reason_whatever_the_order() {
    for message in [r#"{"t":0,"qty":1.5,"country":[]}"#, r#"{"country":[],"qty":1.5,"t":0}"#] {
        assert_eq!(reason(&decoder(COLUMNS).push(Some(message.as_bytes()))), "wrong_type");
    }
}

#[test]
fn an_empty_batch_has_the_schema() {
    let mut decoder = decoder(COLUMNS);
    let batch = decoder.finish().unwrap();
    assert_eq!((batch.num_rows(), batch.schema()), (0, decoder.schema()));
}

proptest! {
    #[test]
    fn refused_messages_leave_no_trace(
        messages in prop::collection::vec((members(), prop::option::of(prop::sample::select(BAD))), 1..30),
        split in 0usize..30,
    ) {
        let mut decoder = decoder(COLUMNS);
        let mut kept: [Vec<String>; 2] = Default::default();
        let mut batches = vec![];
        for (at, (members, bad)) in messages.into_iter().enumerate() {
            if at == split {
                batches.push(decoder.finish().unwrap());
            }
            let Some((key, value, expected)) = bad else {
                let message = written(&members);
                prop_assert_eq!(reason(&decoder.push(Some(message.as_bytes()))), "row");
                kept[batches.len()].push(message);
                continue;
            };
            let others = members.into_iter().filter(|(other, _)| other != key);
            let message = written(&others.chain([(key.to_owned(), value.to_owned())]).collect::<Vec<_>>());
            prop_assert_eq!(reason(&decoder.push(Some(message.as_bytes()))), expected);
            prop_assert_eq!(decoder.rows(), kept[batches.len()].len());
        }
        batches.push(decoder.finish().unwrap());
        for (found, kept) in batches.iter().zip(&kept) {
            assert_same(found, &batch(kept));
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter(
        messages in prop::collection::vec(
            members().prop_flat_map(|members| (Just(members.clone()), Just(members).prop_shuffle())),
            1..20,
        ),
    ) {
        let messages = messages.iter().map(|(a, b)| (written(a), written(b)));
        let (ordered, shuffled): (Vec<_>, Vec<_>) = messages.unzip();
        prop_assert_eq!(batch(&ordered), batch(&shuffled));
    }
}
